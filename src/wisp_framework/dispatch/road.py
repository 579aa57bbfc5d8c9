"""The one road: enter the context, ask the gate, run the handler, answer what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable

import discord
import structlog

from wisp_framework.context import Invocation, InvocationKind, enter_invocation, new_reference
from wisp_framework.dispatch.answers import Answers, InteractionResponder, answer
from wisp_framework.dispatch.gate import Gate
from wisp_framework.dispatch.running import Running
from wisp_framework.exceptions import RefusedError
from wisp_framework.utils.ownership import Owner, enter_owner

Handler = Callable[[], Awaitable[None]]


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
    """Every invocation of one bot travels it, and nothing else may answer a refusal."""

    def __init__(self, gate: Gate, running: Running, answers: Answers) -> None:
        self.gate = gate
        self.running = running
        self.answers = answers

    def start(
        self, interaction: discord.Interaction, invocation: Invocation, owner: Owner | None, handler: Handler
    ) -> None:
        """Let one interaction travel, in a task of its own."""
        self.running.start(
            self._travel(interaction, invocation, owner, handler),
            module=invocation.module,
            invocation=invocation,
            responder=InteractionResponder(interaction),
        )

    def enter(self, invocation: Invocation, owner: Owner | None) -> None:
        """Let the rest of this task act and log in the name of the invocation.

        Raises:
            RefusedError: the gate does not let it through.
        """
        enter_owner(owner)
        enter_invocation(invocation)
        structlog.contextvars.bind_contextvars(request_id=invocation.reference)
        self.gate.check(invocation.module, invocation.guild_id)

    async def _travel(
        self, interaction: discord.Interaction, invocation: Invocation, owner: Owner | None, handler: Handler
    ) -> None:
        try:
            self.enter(invocation, owner)
            await handler()
        except RefusedError as refusal:
            await answer(interaction, self.answers.refusal(invocation, refusal))
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # we were given up, and whoever did that tells the member
            await answer(interaction, self.answers.failure(error))
        except Exception as error:  # noqa: BLE001 - a handler is foreign code, and its member waits for an answer
            await answer(interaction, self.answers.failure(error))
