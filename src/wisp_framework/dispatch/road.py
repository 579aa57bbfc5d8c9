"""The one road: enter the context, ask the gates, run the handler, answer what went wrong, write it down."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import cast

import discord
import structlog

from wisp_framework.context import (
    Invocation,
    InvocationKind,
    current_decision,
    enter_decision,
    new_reference,
)
from wisp_framework.dispatch.answers import Answers, InteractionResponder, answer
from wisp_framework.dispatch.gate import Gate, Question
from wisp_framework.dispatch.journey import begin_journey, current_journey
from wisp_framework.dispatch.running import Run, Running
from wisp_framework.exceptions import RefusedError
from wisp_framework.policy import NOTHING, Caller, InteractionCaller, demands_of
from wisp_framework.services.audit import AuditAction, AuditService
from wisp_framework.services.decisions import Decision, DecisionService, Outcome
from wisp_framework.services.metrics import MAX_SERIES, MetricsService
from wisp_framework.services.tracing import TracingService
from wisp_framework.utils.clock import Clock
from wisp_framework.utils.ownership import Owner, enter_owner

Handler = Callable[[], Awaitable[None]]
Meters = tuple[Callable[[], None], Callable[[float], None]]
"""What counts a kind of invocation, and what times it."""

# The very variable that structlog reads: to bind it by name costs more than all else that is entered here.
_REQUEST_ID = copy_context().run(structlog.contextvars.bind_contextvars, request_id="")["request_id"].var
_AUTOCOMPLETE, _RAN, _DEFERRED = InvocationKind.AUTOCOMPLETE, Outcome.RAN, Outcome.DEFERRED
_NAMED_BY_IDS = (InvocationKind.COMPONENT, InvocationKind.MODAL)
_AUDITED = {
    InvocationKind.COMMAND: AuditAction.COMMAND_COMPLETED,
    InvocationKind.PREFIX: AuditAction.COMMAND_COMPLETED,
    InvocationKind.COMPONENT: AuditAction.COMPONENT_COMPLETED,
    InvocationKind.MODAL: AuditAction.FORM_COMPLETED,
}
GIVEN_UP = "the bot did not wait for it any longer"


def invocation_of(
    kind: InvocationKind, name: str, module: str | None, interaction: discord.Interaction
) -> Invocation:
    """Who called what, where, as the interaction tells it; with a reference of its own."""
    return Invocation(
        kind,
        name,
        module,
        interaction.guild_id,
        interaction.channel_id,
        interaction.user.id,
        new_reference(),
    )


class Road:
    """Every invocation of one bot travels it, and nothing else may answer a refusal.

    Args:
        gate: all the gates.
        running: what is on the road now.
        answers: the words for what went wrong.
        decisions: where each record goes at the end.
        audit: is told of each use that came to its end.
        metrics: counts and times what has ended.
        tracing: says whether each is traced.
        clock: tells the times of the records.
    """

    def __init__(
        self,
        gate: Gate,
        running: Running,
        answers: Answers,
        decisions: DecisionService,
        audit: AuditService,
        metrics: MetricsService,
        tracing: TracingService,
        clock: Clock,
    ) -> None:
        self.gate = gate
        self.running = running
        self.answers = answers
        self._decisions = decisions
        self._audit = audit
        self._metrics = metrics
        self._meters: dict[tuple[InvocationKind, str | None, str, Outcome], Meters] = {}
        self.tracing = tracing
        self._clock = clock

    def start(
        self, interaction: discord.Interaction, invocation: Invocation, owner: Owner | None, handler: Handler
    ) -> None:
        """Let one interaction travel, in a task of its own; the handler has to ask `admit` first."""
        run = Run(invocation.module, invocation, InteractionResponder(interaction))
        self.running.start(run, self._travel(run, interaction, invocation, owner, handler))

    def enter(self, invocation: Invocation, owner: Owner | None, caller: Caller) -> None:
        """Let the rest of this task act in the name of the invocation's owner, if the gates do.

        Raises:
            RefusedError: the gates do not let it in.
        """
        enter_owner(owner)
        self.gate.enter(invocation, caller)

    def admit(self, interaction: discord.Interaction, handler: object) -> Awaitable[None] | None:
        """Let a handler of the current invocation run, or refuse; no handler may run before.

        Args:
            interaction: what it would answer.
            handler: a command, or the function that a component or form calls.

        Returns:
            None where it may run now, else what is to be awaited until it may.

        Raises:
            RefusedError: the first gate that says no.
        """
        decision = current_decision()
        if decision is None:
            raise RuntimeError("only what travels the road can be admitted")
        question = Question(decision.invocation, InteractionCaller(interaction), demands_of(handler))
        if question.demands is not NOTHING:
            question.counted_as = _counted_as(decision.invocation, handler)
        return self.ask(question, decision)

    def ask(self, question: Question, decision: Decision) -> Awaitable[None] | None:
        """As `admit`; what the gates take for the invocation is given back when the record is closed.

        Args:
            question: about the invocation of the record.
            decision: the record.

        Returns:
            None where the handler may run now, else what is to be awaited until it may.

        Raises:
            RefusedError: the first gate that says no.
        """
        waiting = self.gate.admit(question)
        if waiting is not None:
            return self._ask_later(waiting, decision)
        self._note_admitted(decision)
        return None

    async def _ask_later(self, waiting: Awaitable[None], decision: Decision) -> None:
        await waiting
        self._note_admitted(decision)

    def _note_admitted(self, decision: Decision) -> None:
        decision.admit(self._clock.monotonic())
        if self.tracing.tracer is not None and (journey := current_journey()) is not None:
            journey.admitted()

    def open(self, invocation: Invocation) -> Decision:
        """Begin the record of an invocation: the rest of this task acts and logs in its name."""
        clock = self._clock
        decision = Decision(invocation, clock.now(), clock.monotonic())
        enter_decision(decision)
        _REQUEST_ID.set(invocation.reference)
        if (tracer := self.tracing.tracer) is not None:
            begin_journey(tracer, invocation)
        return decision

    def close(self, decision: Decision) -> None:
        """End the record, and keep and audit it; of suggestions, asked at every key, only what went wrong."""
        self.gate.release(decision.invocation.reference)
        decision.close(self._clock.monotonic())
        self._measure(decision)
        if self.tracing.tracer is not None and (journey := current_journey()) is not None:
            journey.ended(decision)
        if decision.invocation.kind is not _AUTOCOMPLETE or decision.outcome is not _RAN:
            self._decisions.keep(decision)
        if decision.outcome is _RAN or decision.outcome is _DEFERRED:
            self._note_use(decision.invocation)

    def _note_use(self, invocation: Invocation) -> None:
        action = _AUDITED.get(invocation.kind)
        if action is not None:
            self._audit.log_action(
                action,
                actor_id=invocation.user_id,
                guild_id=invocation.guild_id,
                target=invocation.name,
                reference=invocation.reference,
            )

    def _measure(self, decision: Decision) -> None:
        invocation = decision.invocation
        # Ids of components may be made up each time, and names that are measured must be few.
        name = "" if invocation.kind in _NAMED_BY_IDS else invocation.name
        key = (invocation.kind, invocation.module, name, decision.outcome)
        meters = self._meters.get(key)
        if meters is None:
            meters = self._new_meters(key)
        count, take = meters
        count()
        take(decision.ended_s - decision.began_s)

    def _new_meters(self, key: tuple[InvocationKind, str | None, str, Outcome]) -> Meters:
        kind, module, name, outcome = key
        about = {"kind": kind.value, "module": module or "", "name": name}
        count = self._metrics.counter_of("commands", **about, outcome=outcome.value)
        meters = count, self._metrics.timer_of("command", **about)
        if len(self._meters) < MAX_SERIES:
            self._meters[key] = meters
        return meters

    async def _travel(
        self,
        run: Run,
        interaction: discord.Interaction,
        invocation: Invocation,
        owner: Owner | None,
        handler: Handler,
    ) -> None:
        decision = self.open(invocation)
        try:
            self.enter(invocation, owner, InteractionCaller(interaction))
            await handler()
        except RefusedError as refusal:
            sentence = self.answers.refusal(invocation, refusal)
            if refusal.can_be_told:
                await answer(interaction, sentence)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                decision.give_up(GIVEN_UP)
                raise  # we were given up, and whoever did that tells the member
            await answer(interaction, self.answers.failure(error))
        except Exception as error:  # noqa: BLE001 - a handler is foreign code, and its member waits for an answer
            await answer(interaction, self.answers.failure(error))
        finally:
            self.close(decision)
            self.running.ended(run)


def _counted_as(invocation: Invocation, handler: object) -> str:
    """What limits call a handler: of buttons and forms the code, since their ids may be made up each time."""
    if invocation.kind not in _NAMED_BY_IDS:
        return invocation.name
    function = cast("Callable[..., object]", getattr(handler, "callback", handler))
    return f"{function.__module__}.{function.__qualname__}"
