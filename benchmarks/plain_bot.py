"""``/ping`` on plain discord.py: ``python -m benchmarks.plain_bot URL COMMANDS WARM_UP``."""

import asyncio
import logging

import discord
import discord.http
from discord.ext import commands

from benchmarks.load import Task, measure
from benchmarks.payloads import TOKEN


def intents() -> discord.Intents:
    """The ones that a Wisp bot asks for when nothing is configured."""
    wanted = discord.Intents.default()
    wanted.voice_states = False
    return wanted


def plain_bot() -> commands.AutoShardedBot:
    """A bot of the class that Wisp builds upon, with one command and Wisp's careful mentions."""
    bot = commands.AutoShardedBot(
        command_prefix=commands.when_mentioned,
        intents=intents(),
        allowed_mentions=discord.AllowedMentions.none(),
        chunk_guilds_at_startup=False,
        guild_ready_timeout=0.1,  # of the start alone, which is not measured
    )

    @bot.tree.command()
    async def ping(interaction: discord.Interaction) -> None:
        """See whether the bot answers."""
        await interaction.response.send_message("Pong!")

    return bot


async def main() -> None:
    """Connect, be measured, leave."""
    task = Task.from_arguments()
    logging.basicConfig(level=logging.WARNING)
    discord.http.Route.BASE = f"{task.url}/api/v10"
    async with plain_bot() as bot:
        connection = asyncio.create_task(bot.start(TOKEN))
        ready = asyncio.create_task(bot.wait_until_ready())
        await asyncio.wait({connection, ready}, return_when=asyncio.FIRST_COMPLETED)
        if connection.done():
            await connection
        (await measure(task)).print()
        await bot.close()
        await connection


if __name__ == "__main__":
    asyncio.run(main())
