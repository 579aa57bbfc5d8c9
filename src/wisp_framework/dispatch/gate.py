"""The gates in front of everything that belongs to a module, in their order."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from wisp_framework.context import Invocation, InvocationKind
from wisp_framework.exceptions import ModuleDisabledError, RefusedError, ShuttingDownError
from wisp_framework.feature_flags import FeatureFlags
from wisp_framework.policy import NOTHING, Caller, Demands


class Question(msgspec.Struct):
    """What the gates are asked.

    Args:
        invocation: who wants to call what, where.
        caller: answers what a gate has to know about them.
        demands: what the decorators of the handler demand.
        counts: whether it is a real use, which a limit counts, or somebody only wants to know.
        counted_as: what limits call the handler; the invocation's name where it is empty.
    """

    invocation: Invocation
    caller: Caller
    demands: Demands = NOTHING
    counts: bool = True
    counted_as: str = ""

    @property
    def is_use(self) -> bool:
        """Whether limits have a say: suggestions are asked for at every key that is pressed."""
        return self.invocation.kind is not InvocationKind.AUTOCOMPLETE


class EntryGate(Protocol):
    """A gate that is asked before anything else is looked at, and answers from memory."""

    name: str

    def check(self, invocation: Invocation, caller: Caller) -> None:
        """Return, or raise a `RefusedError`."""


class InnerGate(Protocol):
    """A gate that needs to know which handler it is about."""

    name: str
    asks_always: bool
    """Whether it has something to ask where the handler demands nothing."""

    def check(self, question: Question) -> Awaitable[None] | None:
        """Return None, or what is to be awaited; either may raise a `RefusedError`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says to a question; ``refusal`` is None where it lets through."""

    gate: str
    refusal: RefusedError | None = None
    asked: bool = True
    """False behind a gate that has refused."""


def _hold_nothing(_reference: str) -> None:
    pass


class Gate:
    """Lets an invocation through, or refuses by raising; never asks a database.

    The order: the bot is not stopping, the gates of ``entries`` (the age of the interaction), the module is
    on, then ``inners``. What is left are the author's own checks, which discord.py asks with the handler.
    """

    def __init__(
        self,
        flags: FeatureFlags,
        inners: Sequence[InnerGate] = (),
        entries: Sequence[EntryGate] = (),
        released: Callable[[str], object] = _hold_nothing,
    ) -> None:
        self._flags = flags
        self._inners = tuple(inners)
        self._always = tuple(gate for gate in inners if gate.asks_always)
        self._entries = tuple(entries)
        self.release = released
        """An admitted invocation, of that reference, is over."""
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the bot is stopping and takes nothing new."""
        return self._closed

    def close(self) -> None:
        """Refuse everything from now on; what runs already goes on."""
        self._closed = True

    @property
    def names(self) -> tuple[str, ...]:
        """The gates in their order."""
        entries = [gate.name for gate in self._entries]
        return ("draining", *entries, "module", *(gate.name for gate in self._inners))

    def enter(self, invocation: Invocation, caller: Caller) -> None:
        """Return if the invocation may come in at all.

        Raises:
            ShuttingDownError: the bot is stopping.
            ModuleDisabledError: the module is off there.
            RefusedError: as the entry gates say.
        """
        if self._closed:
            raise ShuttingDownError
        for gate in self._entries:
            gate.check(invocation, caller)
        module = invocation.module
        if module is not None and not self._flags.is_enabled(invocation.guild_id, module):
            raise ModuleDisabledError(module, invocation.guild_id)

    def admit(self, question: Question) -> Awaitable[None] | None:
        """Let the handler run, or refuse; every use that is admitted has to be released.

        Returns:
            None where all gates have let it through, else what is to be awaited until they have.

        Raises:
            RefusedError: the first gate that says no.
        """
        gates = iter(self._always if question.demands is NOTHING else self._inners)
        for gate in gates:
            waiting = gate.check(question)
            if waiting is not None:
                return self._admit_later(waiting, gates, question)
        return None

    async def _admit_later(
        self, waiting: Awaitable[None], rest: Iterator[InnerGate], question: Question
    ) -> None:
        await waiting
        for gate in rest:
            further = gate.check(question)
            if further is not None:
                await further

    async def explain(self, question: Question) -> list[Verdict]:
        """What each gate would say, by asking the very gates; counts nothing."""
        question.counts = False
        try:
            self.enter(question.invocation, question.caller)
            waiting = self.admit(question)
            if waiting is not None:
                await waiting
        except RefusedError as refusal:
            at = self.names.index(refusal.gate)
            passed = [Verdict(name) for name in self.names[:at]]
            behind = [Verdict(name, asked=False) for name in self.names[at + 1 :]]
            return [*passed, Verdict(refusal.gate, refusal), *behind]
        return [Verdict(name) for name in self.names]

    def allows(self, module: str | None, guild_id: int | None) -> bool:
        """Whether the module is on there, without the reason, for events, to which nobody could reply."""
        return not self._closed and (module is None or self._flags.is_enabled(guild_id, module))
