"""What became of every invocation: a record while it travels, kept for whoever asks why."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context, ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

import msgspec
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.utils.clock import Clock, SystemClock

_log = logging.getLogger(__name__)

KEPT_DAYS = 7
"""How long decisions rest in the store."""

REMEMBERED = 2000
"""How many decisions the process itself remembers, the newest ones."""

MAX_WAITING = 10_000
"""How many may wait for a store that fails; the oldest are given up first."""

BATCH_SIZE = 200
STORE_EVERY_S = 2.0
PRUNE_EVERY_S = 3600.0
STORE_TIMEOUT_S = 5.0
FLUSH_LIMIT_S = 3.0


class InvocationKind(StrEnum):
    """The ways in which code of a module is called."""

    COMMAND = "command"
    AUTOCOMPLETE = "autocomplete"
    COMPONENT = "component"
    MODAL = "modal"
    PREFIX = "prefix"


class Invocation(msgspec.Struct, frozen=True, gc=False):
    """Who called what, where; ``reference`` is what a member is shown when it fails."""

    kind: InvocationKind
    name: str
    module: str | None
    guild_id: int | None
    channel_id: int | None
    user_id: int
    reference: str


_MISREAD = str.maketrans("ILO", "110", " `-")


def as_reference(text: str) -> str:
    """A reference as it is kept, from whatever somebody heard, copied or typed."""
    return text.strip().upper().translate(_MISREAD)


class Outcome(StrEnum):
    """How an invocation ended."""

    RUNNING = "running"
    """It has not ended yet."""
    RAN = "ran"
    """The handler came to its end."""
    DEFERRED = "deferred"
    """The answer was deferred for the handler, which came to its end, or still runs."""
    REFUSED = "refused"
    """A gate, or a check of the author, did not let it through."""
    FAILED = "failed"
    """The handler raised."""
    GIVEN_UP = "given up"
    """The bot was stopping, or the module going, and did not wait any longer."""


# On Python 3.11 to look a member up costs as much as two records: each command is asked for these.
_RUNNING: Final = Outcome.RUNNING
_RAN: Final = Outcome.RAN
_DEFERRED: Final = Outcome.DEFERRED


class Step(NamedTuple):
    """One part of the way, and when it was over."""

    name: str
    verdict: str
    at_ms: float
    """Milliseconds since the invocation arrived."""


class Decision(msgspec.Struct, gc=False):
    """What becomes of an invocation; filled while it travels, never changed after its end.

    Times are monotonic, in seconds; 0.0 is a moment that never came. Whoever writes one down reads it from
    the road's clock, so that tests can move it.
    """

    invocation: Invocation
    at: datetime
    """When it arrived."""
    began_s: float
    admitted_s: float = 0.0
    deferred_s: float = 0.0
    ended_s: float = 0.0
    outcome: Outcome = _RUNNING
    gate: str | None = None
    """Which gate refused."""
    detail: str | None = None
    """The operator's sentence about a refusal or failure."""

    @property
    def reference(self) -> str:
        """What the member was shown, if it failed."""
        return self.invocation.reference

    @property
    def is_open(self) -> bool:
        """Whether nothing was refused and nothing has failed so far."""
        return self.outcome is _RUNNING or self.outcome is _DEFERRED

    @property
    def took_ms(self) -> float:
        """How long all of it took; 0.0 while it runs."""
        return (self.ended_s - self.began_s) * 1000 if self.ended_s else 0.0

    @property
    def deferred_after_ms(self) -> float | None:
        """When the answer was deferred, since the invocation arrived; None if it was not."""
        return (self.deferred_s - self.began_s) * 1000 if self.deferred_s else None

    def steps(self) -> list[Step]:
        """The parts of the way in their order, each with the time at which it was over."""
        moments = (
            (GATES_STEP, "passed", self.admitted_s),
            (DEFER_STEP, "not answered in time", self.deferred_s),
            (END_STEP, self.outcome.value, self.ended_s),
        )
        return [Step(name, said, (at_s - self.began_s) * 1000) for name, said, at_s in moments if at_s]

    def admit(self, now_s: float) -> None:
        """Write down that all gates let it through."""
        self.admitted_s = now_s

    def defer(self, now_s: float) -> None:
        """Write down that Wisp deferred the answer, because the handler had not answered by then."""
        self.deferred_s = now_s
        if self.outcome is Outcome.RUNNING:
            self.outcome = Outcome.DEFERRED

    def refuse(self, gate: str, detail: str) -> None:
        """Write down which gate refused, and why."""
        self.outcome, self.gate, self.detail = Outcome.REFUSED, gate, detail

    def fail(self, detail: str) -> None:
        """Write down what went wrong."""
        self.outcome, self.detail = Outcome.FAILED, detail

    def give_up(self, detail: str) -> None:
        """Write down that nobody waited for the end."""
        self.outcome, self.detail = Outcome.GIVEN_UP, detail

    def close(self, now_s: float) -> None:
        """Write down the end; what has no other outcome by then ran."""
        self.ended_s = now_s
        if self.outcome is _RUNNING:
            self.outcome = _RAN


GATES_STEP = "gates"
DEFER_STEP = "deferred"
END_STEP = "end"

_decision: ContextVar[Decision | None] = ContextVar("wisp_decision", default=None)


def current_decision() -> Decision | None:
    """The record of the invocation whose handler is running; None where there is no invocation."""
    return _decision.get()


def enter_decision(decision: Decision) -> None:
    """Make it, and its invocation, the current one for the rest of this task."""
    _decision.set(decision)


def current_invocation() -> Invocation | None:
    """The invocation whose handler is running; None in events, jobs and the framework's own code."""
    decision = _decision.get()
    return decision.invocation if decision is not None else None


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions are wanted; what is None does not matter.

    Args:
        guild_id: of this guild.
        name: of this command; of a group: of all below it.
        outcome: that ended so.
        limit: at most so many, the newest.
    """

    guild_id: int | None = None
    name: str | None = None
    outcome: Outcome | None = None
    limit: int = 20

    def fits(self, decision: Decision) -> bool:
        """Whether a decision is among those that are wanted."""
        invocation = decision.invocation
        if self.guild_id is not None and invocation.guild_id != self.guild_id:
            return False
        if self.name is not None and not f"{invocation.name} ".startswith(f"{self.name} "):
            return False
        return self.outcome is None or decision.outcome is self.outcome


class DecisionStore(Protocol):
    """Where decisions rest, so that other processes can ask."""

    async def store(self, decisions: Sequence[Decision]) -> None:
        """Keep all of them, or none and raise; one whose reference is kept already is no error.

        Raises:
            DatabaseError: none was stored.
        """

    async def find(self, reference: str) -> Decision | None:
        """The decision of that reference.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def recent(self, query: DecisionQuery) -> Sequence[Decision]:
        """Those that fit, the newest first.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def prune(self, before: datetime) -> int:
        """Remove what is older, and return how many that were.

        Raises:
            DatabaseError: nothing was removed.
        """


class DecisionService(BaseService):
    """Remembers what became of the latest invocations, and hands them to the store in batches.

    Keeping one asks nobody and never fails: a command does not wait for its record. Without a store the
    process remembers the newest `REMEMBERED`.
    """

    required = False

    def __init__(
        self, config: AppConfig, store: DecisionStore | None = None, clock: Clock | None = None
    ) -> None:
        super().__init__(config)
        self._store = store
        self._clock = clock or SystemClock()
        self._newest: deque[Decision] = deque(maxlen=REMEMBERED)
        self._waiting: deque[Decision] = deque(maxlen=MAX_WAITING)
        self._storing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._problem: str | None = None
        self._listeners: list[Callable[[Decision], None]] = []

    def listen(self, heard: Callable[[Decision], None]) -> Callable[[], None]:
        """Call ``heard``, which must neither raise nor wait, with each decision; returns what ends it."""
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard)

    def keep(self, decision: Decision) -> None:
        """Remember a decision; it is stored a moment later."""
        self._newest.append(decision)
        for heard in self._listeners:
            heard(decision)
        if self._store is not None:
            self._waiting.append(decision)

    async def find(self, reference: str) -> Decision | None:
        """The decision of that reference, in any writing; None where nobody knows it (any more).

        Raises:
            DatabaseError: the process does not remember it, and the store cannot be read.
        """
        wanted = as_reference(reference)
        found = next((decision for decision in self._newest if decision.reference == wanted), None)
        if found is None and self._store is not None:
            found = await self._store.find(wanted)
        return found

    async def recent(self, query: DecisionQuery) -> Sequence[Decision]:
        """Those that fit, the newest first; without a store, or while it fails, those of this process."""
        if self._store is not None:
            with suppress(DatabaseError, DeadlineExceededError):
                await self.flush()
                return await self._store.recent(query)
        fitting = (decision for decision in reversed(self._newest) if query.fits(decision))
        return list(itertools.islice(fitting, query.limit))

    async def flush(self) -> None:
        """Hand what waits to the store.

        Raises:
            DatabaseError: it takes nothing; what waits is tried again later.
        """
        if self._store is None:
            return
        async with self._storing:
            while self._waiting:
                batch = list(itertools.islice(self._waiting, BATCH_SIZE))
                await within(self._clock, STORE_TIMEOUT_S, self._store.store(batch))
                for decision in batch:  # some may have been given up meanwhile, those first
                    if self._waiting and self._waiting[0] is decision:
                        self._waiting.popleft()

    @override
    async def startup(self) -> None:
        """Begin to hand decisions to the store."""
        if self._store is not None:
            self._writer = asyncio.create_task(
                self._write(self._store), name="decision writer", context=Context()
            )
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Store what still waits, as far as that is possible within three seconds."""
        if self._writer is not None:
            async with self._storing:  # not in the midst of a batch, which the store would have to undo
                self._writer.cancel()
            await asyncio.wait({self._writer})
        with suppress(DatabaseError, DeadlineExceededError):
            await within(self._clock, FLUSH_LIMIT_S, self.flush())
        if self._waiting:
            _log.warning("%d decisions were not stored", len(self._waiting))

    @override
    async def check_health(self) -> Health:
        """Degraded while the store fails: only this process can tell why."""
        if self._problem is not None:
            return Health(HealthState.DEGRADED, self._problem)
        return await super().check_health()

    async def _write(self, store: DecisionStore) -> None:
        prune_at_s = self._clock.monotonic()
        while True:
            try:
                await self.flush()
                if self._clock.monotonic() >= prune_at_s:
                    await store.prune(self._clock.now() - timedelta(days=KEPT_DAYS))
                    prune_at_s = self._clock.monotonic() + PRUNE_EVERY_S
                self._problem = None
            except (DatabaseError, DeadlineExceededError) as error:
                if self._problem is None:
                    _log.warning("decisions wait, the store failed: %s", error)
                self._problem = f"{len(self._waiting)} decisions wait to be stored: {error}"
            await self._clock.sleep(STORE_EVERY_S)
