"""The one road: enter the context, ask the gates, run the handler, answer what went wrong, write it down."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import structlog

from wisp_framework.context import (
    Invocation,
    InvocationKind,
    current_decision,
    current_invocation,
    enter_decision,
    enter_invocation,
    new_reference,
)
from wisp_framework.dispatch.answers import Answers, InteractionResponder, answer
from wisp_framework.dispatch.gate import Gate, Question
from wisp_framework.dispatch.running import Running
from wisp_framework.exceptions import RefusedError
from wisp_framework.policy import Caller, InteractionCaller, demands_of
from wisp_framework.services.decisions import PASSED, Decision, DecisionService, Outcome
from wisp_framework.utils.clock import Clock
from wisp_framework.utils.ownership import Owner, enter_owner

Handler = Callable[[], Awaitable[None]]

GATES_STEP = "gates"
GIVEN_UP = "the bot did not wait for it any longer"


def invocation_of(
    kind: InvocationKind, name: str, module: str | None, interaction: discord.Interaction
) -> Invocation:
    """Who called what, where, as the interaction tells it; with a reference of its own."""
    return Invocation(
        kind=kind,
        name=name,
        module=module,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        user_id=interaction.user.id,
        reference=new_reference(),
    )


class Road:
    """Every invocation of one bot travels it, and nothing else may answer a refusal.

    Args:
        gate: all the gates.
        running: what is on the road now.
        answers: the words for what went wrong.
        decisions: where each record goes at the end.
        clock: tells the times of the records.
    """

    def __init__(
        self, gate: Gate, running: Running, answers: Answers, decisions: DecisionService, clock: Clock
    ) -> None:
        self.gate = gate
        self.running = running
        self.answers = answers
        self._decisions = decisions
        self._clock = clock

    def start(
        self, interaction: discord.Interaction, invocation: Invocation, owner: Owner | None, handler: Handler
    ) -> None:
        """Let one interaction travel, in a task of its own; the handler has to ask `admit` first."""
        self.running.start(
            self._travel(interaction, invocation, owner, handler),
            module=invocation.module,
            invocation=invocation,
            responder=InteractionResponder(interaction),
        )

    def enter(self, invocation: Invocation, owner: Owner | None, caller: Caller) -> None:
        """Let the rest of this task act and log in the name of the invocation.

        Raises:
            RefusedError: the gates do not let it in.
        """
        enter_owner(owner)
        enter_invocation(invocation)
        structlog.contextvars.bind_contextvars(request_id=invocation.reference)
        self.gate.enter(invocation, caller)

    async def admit(self, interaction: discord.Interaction, handler: object) -> None:
        """Return if this handler of the current invocation may run now; no handler may before.

        Args:
            interaction: what it would answer.
            handler: a command, or the function that a component or form calls.

        Raises:
            RefusedError: the first gate that says no.
        """
        invocation = current_invocation()
        if invocation is None:
            raise RuntimeError("only what travels the road can be admitted")
        caller, demands = InteractionCaller(interaction), demands_of(handler)
        await self.ask(Question(invocation, caller, demands, counted_as=_counted_as(invocation, handler)))

    async def ask(self, question: Question) -> None:
        """As `admit`; what the gates take for the invocation is given back when the record is closed.

        Raises:
            RefusedError: the first gate that says no.
        """
        await self.gate.admit(question)
        decision = current_decision()
        if decision is not None:
            decision.note(GATES_STEP, PASSED, self._clock.monotonic())

    def open(self, invocation: Invocation) -> Decision:
        """Begin the record of an invocation, and make it the current one of this task."""
        decision = Decision(
            reference=invocation.reference,
            kind=invocation.kind,
            name=invocation.name,
            module=invocation.module,
            guild_id=invocation.guild_id,
            channel_id=invocation.channel_id,
            user_id=invocation.user_id,
            at=self._clock.now(),
            began_s=self._clock.monotonic(),
        )
        enter_decision(decision)
        return decision

    def close(self, decision: Decision) -> None:
        """End the record, and keep it; of suggestions, asked for at every key, only what went wrong."""
        self.gate.release(decision.reference)
        decision.close(self._clock.monotonic())
        if decision.outcome is not Outcome.RAN or decision.kind != InvocationKind.AUTOCOMPLETE:
            self._decisions.keep(decision)

    async def _travel(
        self, interaction: discord.Interaction, invocation: Invocation, owner: Owner | None, handler: Handler
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


def _counted_as(invocation: Invocation, handler: Any) -> str:  # noqa: ANN401 - a function, or discord.py's object around one
    """What limits call a handler: of buttons and forms the code, since their ids may be made up each time."""
    if invocation.kind not in (InvocationKind.COMPONENT, InvocationKind.MODAL):
        return invocation.name
    function = inspect.unwrap(getattr(handler, "callback", handler))
    return f"{function.__module__}.{function.__qualname__}"
