"""``/ping``: is the bot there, and how far is Discord."""

import math

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.context import BotContext
from wisp_framework.module import Module


def pong(latency_s: float) -> str:
    """The answer; the time is left out until the first heartbeat has come back."""
    return f"Pong! {latency_s * 1000:.0f} ms" if math.isfinite(latency_s) else "Pong!"


class PingModule(Module):
    """Answers ``/ping`` and the same as a prefix command."""

    name = "ping"
    description = "Is the bot there?"
    visibility = "global"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(PingCog(bot))


class PingCog(commands.Cog):
    """The commands of the ping module."""

    def __init__(self, bot: commands.AutoShardedBot) -> None:
        self._bot = bot

    @app_commands.command(name="ping")
    async def ping(self, interaction: discord.Interaction) -> None:
        """See whether the bot answers, and how fast."""
        await interaction.response.send_message(pong(self._bot.latency))

    @commands.command(name="ping")
    async def ping_by_message(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        """See whether the bot answers, and how fast."""
        await ctx.send(pong(self._bot.latency))
