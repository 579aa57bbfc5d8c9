"""What became of every invocation: a record while it travels, kept for whoever asks why."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

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


class Outcome(StrEnum):
    """How an invocation ended."""

    RUNNING = "running"
    """It has not ended yet."""
    RAN = "ran"
    """The handler came to its end."""
    DEFERRED = "deferred"
    """The handler came to its end, after its answer had been deferred for it."""
    REFUSED = "refused"
    """A gate, or a check of the author, did not let it through."""
    FAILED = "failed"
    """The handler raised."""
    GIVEN_UP = "given up"
    """The bot was stopping, or the module going, and did not wait any longer."""


class Step(NamedTuple):
    """One gate or part of the way, and when it was over."""

    name: str
    verdict: str
    at_ms: float
    """Milliseconds since the invocation arrived."""


PASSED = "passed"
DEFER_STEP = "deferred"
HANDLER_STEP = "handler"


class Decision(msgspec.Struct, gc=False, kw_only=True):
    """Who called what, where, and what became of it; filled while the invocation travels.

    Times are read from the clock of the road by whoever notes them, so that tests can move it.
    """

    reference: str
    kind: str
    name: str
    module: str | None
    guild_id: int | None
    channel_id: int | None
    user_id: int
    at: datetime = datetime.min.replace(tzinfo=UTC)
    began_s: float = 0.0
    outcome: Outcome = Outcome.RUNNING
    gate: str | None = None
    """Which gate refused."""
    detail: str | None = None
    """The operator's sentence about a refusal or failure."""
    steps: list[Step] = msgspec.field(default_factory=list)

    def note(self, name: str, verdict: str, now_s: float) -> None:
        """Write down that a part of the way is over.

        Args:
            name: the gate, or the part.
            verdict: what came of it.
            now_s: the monotonic time of the road's clock.
        """
        self.steps.append(Step(name, verdict, (now_s - self.began_s) * 1000))

    def defer(self, now_s: float) -> None:
        """Write down that Wisp deferred the answer, because the handler had not answered by then."""
        self.note(DEFER_STEP, "not answered in time", now_s)

    @property
    def deferred_after_ms(self) -> float | None:
        """When the answer was deferred, since the invocation arrived; None if it was not."""
        return next((step.at_ms for step in self.steps if step.name == DEFER_STEP), None)

    @property
    def took_ms(self) -> float:
        """How long all of it took, so far."""
        return self.steps[-1].at_ms if self.steps else 0.0

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
        if self.outcome is Outcome.RUNNING:
            late = any(step.name == DEFER_STEP for step in self.steps)
            self.outcome = Outcome.DEFERRED if late else Outcome.RAN
        self.note(HANDLER_STEP, self.outcome.value, now_s)


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
        return (
            (self.guild_id is None or decision.guild_id == self.guild_id)
            and (self.outcome is None or decision.outcome is self.outcome)
            and (self.name is None or decision.name == self.name or decision.name.startswith(f"{self.name} "))
        )


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

    def keep(self, decision: Decision) -> None:
        """Remember a decision; it is stored a moment later."""
        self._newest.append(decision)
        if self._store is not None:
            self._waiting.append(decision)

    async def find(self, reference: str) -> Decision | None:
        """The decision of that reference, in any writing; None where nobody knows it (any more).

        Raises:
            DatabaseError: the process does not remember it, and the store cannot be read.
        """
        wanted = reference.strip().strip("`").upper()
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
