"""The same ``/ping`` on Wisp: ``python -m benchmarks.wisp_bot URL COMMANDS WARM_UP [FOLDER]``.

With a folder, switches, guild data and the audit trail rest in a SQLite file there, as they do by
default; without one nothing is kept.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import discord
from discord import app_commands
from discord.ext import commands
from pydantic import SecretStr
from typing_extensions import override

from benchmarks.load import Measured, Task, measure
from benchmarks.payloads import TOKEN
from benchmarks.statements import Statements
from wisp_framework import AppConfig, BotContext, Module, create_app


class PingModule(Module):
    """The same ``/ping`` as that of the plain bot, in place of Wisp's own, which also tells the latency."""

    name = "ping"
    visibility = "global"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(PingCog())


class PingCog(commands.Cog):
    """The command."""

    @app_commands.command()
    async def ping(self, interaction: discord.Interaction) -> None:
        """See whether the bot answers."""
        await interaction.response.send_message("Pong!")


def configuration(api_url: str, folder: Path, *, database: bool) -> AppConfig:
    """Defaults but for the address, the level that a plain bot logs at, and where files go."""
    return AppConfig(
        discord_token=SecretStr(TOKEN),
        discord_api_url=api_url,
        log_level="WARNING",
        data_dir=folder,
        database_url=None if database else SecretStr("memory://"),
    )


async def run(task: Task, folder: Path, *, database: bool) -> Measured:
    """Connect, be measured, leave."""
    app = create_app(configuration(f"{task.url}/api/v10", folder, database=database), modules=[PingModule])
    await app.start()
    try:
        with Statements() as statements:
            measured = await measure(task)
    finally:
        await app.close()
    counted = statements.count / (task.commands + task.warm_up) if database else None
    return replace(measured, statements=counted)


async def main() -> None:
    """Run in the folder that was named, or in one that is gone afterwards."""
    task = Task.from_arguments()
    folder = sys.argv[4] if len(sys.argv) > 4 else None
    with TemporaryDirectory() as nowhere:
        (await run(task, Path(folder or nowhere), database=folder is not None)).print()


if __name__ == "__main__":
    asyncio.run(main())
