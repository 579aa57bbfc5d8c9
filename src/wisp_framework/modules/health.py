"""``/health``: how the parts of the bot are, asked when asked."""

from collections.abc import Mapping

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.context import BotContext
from wisp_framework.module import Module
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.health import HealthService
from wisp_framework.ui import EmbedKind, branded_embed

MARKS = {HealthState.OK: "🟢", HealthState.DEGRADED: "🟡", HealthState.DOWN: "🔴"}
KINDS = {
    HealthState.DOWN: EmbedKind.ERROR,
    HealthState.DEGRADED: EmbedKind.WARNING,
    HealthState.OK: EmbedKind.SUCCESS,
}
"""The colour of a report, the worst first."""


def report(answers: Mapping[str, Health]) -> str:
    """One line for each part; details are for the operator's log and stay out."""
    return "\n".join(f"{MARKS[health.state]} {name}: {health.state}" for name, health in answers.items())


def report_embed(config: AppConfig, answers: Mapping[str, Health]) -> discord.Embed:
    """The report as members see it, in the colour of the worst answer."""
    states = {health.state for health in answers.values()}
    worst = next((kind for state, kind in KINDS.items() if state in states), EmbedKind.SUCCESS)
    return branded_embed(config, "Health", report(answers), worst)


class HealthModule(Module):
    """Answers ``/health``."""

    name = "health"
    description = "How the parts of the bot are"
    can_disable = False  # with the database away nothing else may be on, and this must say so
    visibility = "global"

    def __init__(self, health: HealthService) -> None:
        self._health = health

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(HealthCog(self._health, ctx.config))


class HealthCog(commands.Cog):
    """The command of the health module."""

    def __init__(self, health: HealthService, config: AppConfig) -> None:
        self._health = health
        self._config = config

    @app_commands.command(name="health")
    async def show_health(self, interaction: discord.Interaction) -> None:
        """See how the parts of the bot are."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        embed = report_embed(self._config, await self._health.get_all())
        await interaction.followup.send(embed=embed, ephemeral=True)
