"""``/why``: what became of an invocation, for the bot's owner."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.context import BotContext
from wisp_framework.module import Module
from wisp_framework.policy import require_owner
from wisp_framework.services.decisions import DecisionQuery, DecisionService, Outcome
from wisp_framework.ui import framed, headline, story

MOST_LISTED = 15
ENDINGS = [outcome for outcome in Outcome if outcome is not Outcome.RUNNING]


class WhyModule(Module):
    """Tells the owner why something ran, was refused or failed."""

    name = "why"
    description = "Why something did or did not work"
    can_disable = False
    visibility = "global"

    def __init__(self, decisions: DecisionService) -> None:
        self._decisions = decisions

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(WhyCog(self._decisions))


class WhyCog(commands.Cog):
    """The command of the module."""

    def __init__(self, decisions: DecisionService) -> None:
        self._decisions = decisions

    @app_commands.command()
    @app_commands.default_permissions(administrator=True)
    @app_commands.describe(
        reference="What the member was shown",
        command="Only this command, and those below it",
        outcome="Only what ended so",
        everywhere="Of all servers, not only of this one",
    )
    @app_commands.choices(
        outcome=[app_commands.Choice(name=outcome.value, value=outcome.value) for outcome in ENDINGS]
    )
    @require_owner()
    async def why(
        self,
        interaction: discord.Interaction,
        reference: str | None = None,
        command: str | None = None,
        outcome: str | None = None,
        everywhere: bool = False,
    ) -> None:
        """For the bot's owner: what became of a command."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        if reference is not None:
            decision = await self._decisions.find(reference)
            lines = story(decision) if decision is not None else [not_known(reference)]
        else:
            query = DecisionQuery(
                guild_id=None if everywhere else interaction.guild_id,
                name=command,
                outcome=Outcome(outcome) if outcome is not None else None,
                limit=MOST_LISTED,
            )
            lines = [headline(decision) for decision in await self._decisions.recent(query)]
        await interaction.followup.send(framed(lines or ["Nothing that fits is known."]), ephemeral=True)


def not_known(reference: str) -> str:
    """The sentence where nothing of that reference is kept."""
    return f"Nothing is known of {reference[:50]!r}: it is older than seven days, or there never was one."
