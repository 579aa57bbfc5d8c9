"""Stars: a ⭐ under a message counts for whoever wrote it, and once an hour the leader is named."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, GuildDataService, GuildJobRun, Module, every

MODULE = "stars"
STAR = "⭐"


class StarsModule(Module):
    """Counts stars, shows them, and names the leader in the server's system channel."""

    name = MODULE
    description = "Stars for good messages"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(StarsCog(bot, ctx.guild_data))


class StarsCog(commands.Cog):
    """The command, the listener and the job of the stars module."""

    def __init__(self, bot: commands.AutoShardedBot, guild_data: GuildDataService) -> None:
        self._bot = bot
        self._guild_data = guild_data

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Count a star, unless it is for oneself."""
        author_id = event.message_author_id
        if str(event.emoji) != STAR or event.guild_id is None or author_id in (None, event.user_id):
            return
        stars = await self._guild_data.get(event.guild_id, str(author_id), MODULE)
        await self._guild_data.set(
            event.guild_id, str(author_id), (stars if isinstance(stars, int) else 0) + 1, MODULE
        )

    @app_commands.command()
    @app_commands.guild_only()
    async def stars(self, interaction: discord.Interaction) -> None:
        """See who has the most stars here."""
        ranks = await self._ranks(interaction.guild_id or 0)
        lines = [f"{STAR} {count} <@{member_id}>" for member_id, count in ranks[:10]]
        await interaction.response.send_message(
            "\n".join(lines) or f"No stars yet. Put a {STAR} under a message!"
        )

    @every(hours=1)
    async def name_the_leader(self, run: GuildJobRun) -> None:
        """Name the member with the most stars, where the server wants such messages."""
        ranks = await self._ranks(run.guild_id)
        guild = self._bot.get_guild(run.guild_id)
        if ranks and guild is not None and guild.system_channel is not None:
            member_id, count = ranks[0]
            await guild.system_channel.send(f"{STAR} <@{member_id}> leads with {count}.", nonce=run.key)

    async def _ranks(self, guild_id: int) -> list[tuple[str, int]]:
        counts = await self._guild_data.get_all(guild_id, MODULE)
        ranks = [(member_id, count) for member_id, count in counts.items() if isinstance(count, int)]
        return sorted(ranks, key=lambda rank: -rank[1])
