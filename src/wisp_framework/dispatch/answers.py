"""The last word to a member: a refusal, a safe sentence with a reference, or that the bot is stopping."""

import logging
from typing import Generic, TypeVar

import discord
import msgspec
from discord.ext import commands

from wisp_framework.config.redaction import redact, words_of
from wisp_framework.context import Invocation, current_decision, current_invocation, new_reference
from wisp_framework.dispatch.sentences import as_refusal, root_cause, sentence_for
from wisp_framework.exceptions import RefusedError
from wisp_framework.services.metrics import MetricsService

_log = logging.getLogger(__name__)

BotT = TypeVar("BotT", bound=commands.Bot | commands.AutoShardedBot, covariant=True)


async def answer(interaction: discord.Interaction, text: str) -> None:
    """Show ``text`` to the member alone; where Discord no longer takes it, log that and go on."""
    try:
        if interaction.type is discord.InteractionType.autocomplete:
            if not interaction.response.is_done():
                await interaction.response.autocomplete([])
        elif interaction.response.is_done():
            await interaction.followup.send(
                text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
            )
        else:
            await interaction.response.send_message(
                text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
            )
    except Exception as error:  # noqa: BLE001 - the last word: there is nobody left to tell but the operator
        _log.warning("no answer reached the member: %s: %s", type(error).__name__, error)


async def reply(ctx: commands.Context[BotT], text: str) -> None:
    """Reply to a prefix command without pinging anyone; log it where Discord does not take it."""
    try:
        await ctx.send(text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())
    except Exception as error:  # noqa: BLE001 - as above
        _log.warning("no answer reached the member: %s: %s", type(error).__name__, error)


class InteractionResponder(msgspec.Struct):
    """Tells the member of an interaction that no answer will come."""

    _interaction: discord.Interaction

    async def give_up(self, sentence: str) -> None:
        """Say so, once; never raises."""
        await answer(self._interaction, sentence)


class ContextResponder(Generic[BotT]):
    """The same for a prefix command."""

    def __init__(self, ctx: commands.Context[BotT]) -> None:
        self._ctx = ctx

    async def give_up(self, sentence: str) -> None:
        """Say so, once; never raises."""
        await reply(self._ctx, sentence)


class Answers:
    """Turns refusals and failures into a count, a log line and one sentence."""

    def __init__(self, metrics: MetricsService) -> None:
        self._metrics = metrics

    def refusal(self, invocation: Invocation, refusal: RefusedError) -> str:
        """Count, log and record a refusal; returns the sentence for the member."""
        decision = current_decision()
        if decision is not None:
            decision.refuse(refusal.gate, redact(str(refusal)))
        self._metrics.increment("commands.refused", gate=refusal.gate)
        _log.info("%s %s refused by %s: %s", invocation.kind, invocation.name, refusal.gate, refusal)
        return refusal.user_message

    def failure(self, error: BaseException, *, handled: bool = False) -> str:
        """Count, log and record what a handler raised; returns the sentence for the member.

        Args:
            error: as discord.py or the handler raised it.
            handled: the module's own error handler has seen it, so the log keeps it short.
        """
        invocation = current_invocation()
        cause = root_cause(error)
        refusal = as_refusal(cause)
        if invocation is not None and refusal is not None:
            return self.refusal(invocation, refusal)
        decision = current_decision()
        if decision is not None:
            decision.fail(words_of(cause))
        sentence = sentence_for(cause)
        if invocation is None:
            self._metrics.increment("event.failed")
        reference = invocation.reference if invocation is not None else new_reference()
        name = invocation.name if invocation is not None else "?"
        if handled or sentence is not None:
            _log.warning("%s failed (reference %s): %s", name, reference, cause)
        else:
            _log.error("%s failed (reference %s)", name, reference, exc_info=cause)
        return sentence or f"Something went wrong. If you report it, name the reference `{reference}`."
