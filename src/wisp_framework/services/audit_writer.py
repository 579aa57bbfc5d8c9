"""How audit events come to the sink: in batches, and through the spool while the sink is away."""

import asyncio
import itertools
import logging
from collections import deque
from contextlib import suppress
from contextvars import Context

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import SpoolError
from wisp_framework.services.audit_event import AuditEvent, AuditSink
from wisp_framework.services.audit_spool import AuditSpool
from wisp_framework.services.deadline import CANCEL_GRACE_S, DeadlineExceededError, give_up, within
from wisp_framework.services.metrics import MetricsService
from wisp_framework.utils.clock import Clock

MAX_WAITING = 10_000
"""How many events may wait in memory; later ones are only logged, and counted."""

BATCH_SIZE = 200
STORE_TIMEOUT_S = 5.0
"""How long the sink has for a batch, and the spool for whatever it is asked."""

RECORD_SINK_S = 1.5
RECORD_SPOOL_S = 1.0
"""How long both have where somebody waits: who is to be answered within Discord's three seconds."""

RETRY_FIRST_S = 1.0
RETRY_MAX_S = 5.0
LOOK_EVERY_S = 60.0
"""How often it is looked for what other processes left in the spool."""

FLUSH_LIMIT_S = 8.0
"""How long a shutdown tries to store what still waits."""

_log = logging.getLogger(__name__)


class AuditWriter:
    """Stores events, each once, in the sink; while that is away they rest in the spool.

    Args:
        sink: where they go.
        spool: where they wait; None leaves them in memory.
        clock: paces the attempts.
        metrics: counts what became of them.
    """

    def __init__(
        self, sink: AuditSink, spool: AuditSpool | None, clock: Clock, metrics: MetricsService | None
    ) -> None:
        self._sink = sink
        self._spool = spool
        self._clock = clock
        self._metrics = metrics
        self._waiting: deque[AuditEvent] = deque()
        self._wake = asyncio.Event()
        self._storing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.ended = False
        """Whether nothing is taken any more."""
        self._pause_s = RETRY_FIRST_S
        self._try_at_s = 0.0
        self._look_at_s = 0.0
        self._spooled = spool is not None
        self.dropped = 0
        """How many events were only logged, because too many waited."""
        self.away: str | None = None
        """Why the sink takes nothing at present."""
        self.spool_problem: str | None = None
        """Why the spool took nothing when it was last asked."""

    def add(self, event: AuditEvent) -> None:
        """Store it soon; never waits, never raises."""
        if self.ended or len(self._waiting) >= MAX_WAITING:
            self._drop(1)
            return
        self._waiting.append(event)
        self._wake.set()

    async def store(self, event: AuditEvent) -> None:
        """Return once it is in the sink or in the spool.

        Raises:
            Exception: what the sink said, where there is no spool.
            SpoolError: neither could store it.
            DeadlineExceededError: neither could within 2.5 seconds.
        """
        spool = self._spool if not self.ended else None
        if self.away is None or spool is None:
            try:
                await within(self._clock, RECORD_SINK_S, self._sink.store([event]))
            except Exception as error:
                self._note_away(error)
                if spool is None:
                    raise
            else:
                self._count("stored", 1)
                return
        await self._put_aside(spool, [event], RECORD_SPOOL_S)
        self._wake.set()

    async def settle(self) -> None:
        """Return once nothing waits in memory any more, or neither sink nor spool takes it."""
        while self._waiting and await self._step():
            pass

    async def waiting(self) -> tuple[int, int]:
        """How many events wait in memory, and how many in the spool as far as that can be read."""
        spooled = 0
        if self._spool is not None:
            with suppress(SpoolError, DeadlineExceededError):
                spooled = await within(self._clock, STORE_TIMEOUT_S, self._spool.count())
        return len(self._waiting), spooled

    def start(self) -> None:
        """Begin to store what was added so far, and what comes."""
        self.ended = False
        self._task = asyncio.create_task(self._run(), name="audit writer", context=Context())

    async def stop(self) -> None:
        """Store what still waits; what cannot be within eight seconds is said aloud."""
        self.ended = True
        task, self._task = self._task, None
        if task is not None:
            await self._end(task)
        self._try_at_s = self._clock.monotonic()  # once more, without a pause
        with suppress(DeadlineExceededError):
            await within(self._clock, FLUSH_LIMIT_S, self.settle())
        if self._waiting:
            _log.error("%d audit events were logged but never stored", len(self._waiting))
        if self._spool is not None:
            await self._spool.close()

    async def _end(self, task: asyncio.Task[None]) -> None:
        """Cancel the writer between two batches: in the midst of one, the sink would have to undo it."""
        try:
            await within(self._clock, CANCEL_GRACE_S, self._storing.acquire())
        except DeadlineExceededError:
            await give_up(self._clock, task)
            return
        await give_up(self._clock, task)
        self._storing.release()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            if not await self._step():
                await self._pause()

    async def _pause(self) -> None:
        """Wait for an event, or until the sink may be tried again or the spool looked at."""
        if self.away is None and self._spool is None:
            await self._wake.wait()
            return
        until_s = self._try_at_s if self.away is not None else self._look_at_s
        limit_s = until_s - self._clock.monotonic()
        if self.away is not None and (self._spool is None or self.spool_problem is not None):
            await self._clock.sleep(limit_s)  # nobody takes anything: another event changes nothing
        else:
            await self._woken(limit_s)

    async def _woken(self, limit_s: float) -> None:
        woken = asyncio.ensure_future(self._wake.wait())
        alarm = asyncio.ensure_future(self._clock.sleep(limit_s))
        try:
            await asyncio.wait({woken, alarm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            alarm.cancel()

    async def _step(self) -> bool:
        """Store one batch wherever that is possible; whether there may be more to do at once."""
        async with self._storing:
            now_s = self._clock.monotonic()
            if self.away is None or now_s >= self._try_at_s:
                if not self._waiting:
                    return await self._replay(now_s)
                if await self._waiting_to_sink():
                    return True
            return await self._waiting_to_spool()

    def _batch(self) -> list[AuditEvent]:
        return list(itertools.islice(self._waiting, BATCH_SIZE))

    async def _waiting_to_sink(self) -> bool:
        batch = self._batch()
        if not await self._to_sink(batch):
            return False
        self._take_out(batch)
        self._count("stored", len(batch))
        return True

    async def _waiting_to_spool(self) -> bool:
        batch = self._batch()
        if self._spool is None or not batch:
            return False
        try:
            await self._put_aside(self._spool, batch, STORE_TIMEOUT_S)
        except (SpoolError, DeadlineExceededError):
            return False
        self._take_out(batch)
        return True

    async def _replay(self, now_s: float) -> bool:
        """Bring one batch from the spool to the sink, which keeps each event once."""
        if self._spool is None or not (self._spooled or now_s >= self._look_at_s):
            self.away = None  # there is nothing to try the sink with: the next event will
            return False
        self._look_at_s = now_s + LOOK_EVERY_S
        try:
            batch = await within(self._clock, STORE_TIMEOUT_S, self._spool.oldest(BATCH_SIZE))
            self._spooled = bool(batch)
            if not batch or not await self._to_sink(batch):
                return False
            await within(self._clock, STORE_TIMEOUT_S, self._spool.remove(batch))
        except (SpoolError, DeadlineExceededError) as error:
            self._note_spool(error)
            return False
        self.spool_problem = None
        self._count("replayed", len(batch))
        return True

    async def _to_sink(self, batch: list[AuditEvent]) -> bool:
        try:
            await within(self._clock, STORE_TIMEOUT_S, self._sink.store(batch))
        except Exception as error:  # noqa: BLE001 - whatever the sink raises, the events must be kept
            self._note_away(error)
            return False
        if self.away is not None:
            _log.info("Audit events are stored again")
        self.away, self._pause_s = None, RETRY_FIRST_S
        return True

    async def _put_aside(self, spool: AuditSpool, batch: list[AuditEvent], limit_s: float) -> None:
        try:
            await within(self._clock, limit_s, spool.append(batch))
        except (SpoolError, DeadlineExceededError) as error:
            self._note_spool(error)
            raise
        self._spooled, self.spool_problem = True, None
        self._count("spooled", len(batch))

    def _take_out(self, batch: list[AuditEvent]) -> None:
        for _ in batch:
            self._waiting.popleft()

    def _note_away(self, error: Exception) -> None:
        if self.away is None:
            where = "in memory" if self._spool is None else f"in {self._spool.file}"
            _log.warning("Audit events wait %s, the sink failed: %s: %s", where, type(error).__name__, error)
            self._pause_s = RETRY_FIRST_S
        else:
            self._pause_s = min(self._pause_s * 2, RETRY_MAX_S)
        self.away = words_of(error)
        self._try_at_s = self._clock.monotonic() + self._pause_s

    def _note_spool(self, error: Exception) -> None:
        if self.spool_problem is None:
            _log.error("Audit events cannot be put aside: %s", error)
        self.spool_problem = str(error)

    def _drop(self, count: int) -> None:
        if not self.dropped:
            _log.error("Audit events are dropped: %d wait already", len(self._waiting))
        self.dropped += count
        self._count("dropped", count)

    def _count(self, what: str, count: int) -> None:
        if self._metrics is not None:
            self._metrics.increment("audit.events", count, outcome=what)
