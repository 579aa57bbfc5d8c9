"""``/health``: how the parts of the bot are, asked when asked."""

from collections.abc import Mapping

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.context import BotContext
from wisp_framework.module import Module
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.health import HealthService

MARKS = {HealthState.OK: "🟢", HealthState.DEGRADED: "🟡", HealthState.DOWN: "🔴"}


def report(answers: Mapping[str, Health]) -> str:
    """One line for each part; details are for the operator's log and stay out."""
    return "\n".join(f"{MARKS[health.state]} {name}: {health.state}" for name, health in answers.items())


class HealthModule(Module):
    """Answers ``/health``."""

    name = "health"
    description = "How the parts of the bot are"
    visibility = "global"

    def __init__(self, health: HealthService) -> None:
        self._health = health

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(HealthCog(self._health))


class HealthCog(commands.Cog):
    """The command of the health module."""

    def __init__(self, health: HealthService) -> None:
        self._health = health

    @app_commands.command(name="health")
    async def show_health(self, interaction: discord.Interaction) -> None:
        """See how the parts of the bot are."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(report(await self._health.get_all()), ephemeral=True)
