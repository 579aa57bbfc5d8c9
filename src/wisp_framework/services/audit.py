"""Who did what, where, and what changed: a line in the log, and a row behind a port."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import Context, copy_context
from datetime import timedelta

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import AuditError
from wisp_framework.services.audit_event import AuditAction as AuditAction
from wisp_framework.services.audit_event import AuditEvent as AuditEvent
from wisp_framework.services.audit_event import AuditQuery as AuditQuery
from wisp_framework.services.audit_event import AuditSink as AuditSink
from wisp_framework.services.audit_event import MemoryAuditSink as MemoryAuditSink
from wisp_framework.services.audit_event import new_event
from wisp_framework.services.audit_spool import AuditSpool as AuditSpool
from wisp_framework.services.audit_writer import AuditWriter
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.deadline import give_up, within
from wisp_framework.services.decisions import current_invocation
from wisp_framework.services.metrics import MetricsService
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.json_value import JsonInput

MAX_UNLOGGED = 10_000
"""How many lines may wait for the loop before they are written at once."""

PRUNE_BATCH = 1000
PRUNE_PAUSE_S = 1.0
PRUNE_EVERY_S = 3600.0
PRUNE_TIMEOUT_S = 30.0

_log = logging.getLogger(__name__)
_lines = logging.getLogger("audit")


class AuditService(BaseService):
    """Writes what was done to the logger ``audit``, and to the `AuditSink`.

    A line has the action as its message and everything else as fields. The logger ``audit`` has its own
    level, so that a quiet ``LOG_LEVEL`` loses nothing.

    Args:
        config: says how long events are kept.
        sink: where they rest; None for the memory of this process.
        clock: tells when something was done.
        spool: where they wait while the sink is away; None for the memory of this process.
        metrics: counts what was stored, spooled, replayed and dropped.
    """

    def __init__(
        self,
        config: AppConfig,
        sink: AuditSink | None = None,
        clock: Clock | None = None,
        spool: AuditSpool | None = None,
        metrics: MetricsService | None = None,
    ) -> None:
        super().__init__(config)
        self._sink = sink or MemoryAuditSink()
        self._clock = clock or SystemClock()
        self._writer = AuditWriter(self._sink, spool, self._clock, metrics)
        self._unlogged: deque[tuple[Context, AuditEvent]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pruner: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """How many events were only logged, because too many waited for the sink."""
        return self._writer.dropped

    def log_action(
        self,
        action: str,
        *,
        actor_id: int | None,
        guild_id: int | None = None,
        target: str | None = None,
        before: JsonInput = None,
        after: JsonInput = None,
        reason: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, JsonInput] | None = None,
    ) -> AuditEvent:
        """Note what was done, and return at once; it is written a moment later.

        Args:
            action: what; an `AuditAction`, or a name of your own with its module in front.
            actor_id: the user who did it; None for the bot itself.
            guild_id: where.
            target: to what or whom.
            before: the value that was replaced.
            after: the value that replaced it.
            reason: why, in the actor's words.
            reference: of the invocation that did it; the one that is running, if not given.
            metadata: whatever else is worth keeping.

        Raises:
            AuditError: a value is no JSON, or the event is too large; nothing is noted.
        """
        event = new_event(
            self._clock.now(),
            action,
            actor_id=actor_id,
            guild_id=guild_id,
            target=target,
            before=before,
            after=after,
            reason=reason,
            reference=reference if reference is not None else _running(),
            metadata=metadata,
        )
        self._note(event)
        return event

    async def record(
        self,
        action: str,
        *,
        actor_id: int | None,
        guild_id: int | None = None,
        target: str | None = None,
        before: JsonInput = None,
        after: JsonInput = None,
        reason: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, JsonInput] | None = None,
    ) -> AuditEvent:
        """Note what is being done, and return once it is stored: for what must not happen unseen.

        While the sink is away the spool stores it. The arguments are those of `log_action`.

        Raises:
            AuditError: it could not be stored within 2.5 seconds, or is malformed.
        """
        event = new_event(
            self._clock.now(),
            action,
            actor_id=actor_id,
            guild_id=guild_id,
            target=target,
            before=before,
            after=after,
            reason=reason,
            reference=reference if reference is not None else _running(),
            metadata=metadata,
        )
        try:
            await self._writer.store(event)
        except Exception as error:
            raise AuditError(action, f"not stored, {words_of(error)}") from error
        _write_line(event)
        return event

    async def query(self, query: AuditQuery) -> Sequence[AuditEvent]:
        """Those that fit, the newest first; what was noted before the question is in the answer.

        Raises:
            DatabaseError: the sink cannot be read.
        """
        await self._writer.settle()
        return await self._sink.query(query)

    @override
    async def startup(self) -> None:
        """Begin to write what was noted so far, and what comes."""
        _lines.setLevel(logging.INFO)
        self._loop = asyncio.get_running_loop()
        self._writer.start()
        if self.config.audit_retention_days is not None:
            kept = timedelta(days=self.config.audit_retention_days)
            self._pruner = asyncio.create_task(self._prune(kept), name="audit pruner", context=Context())
        self._write_lines()
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Write what still waits; what nobody takes within eight seconds is said aloud."""
        self._loop = None
        self._write_lines()
        pruner, self._pruner = self._pruner, None
        if pruner is not None:
            await give_up(self._clock, pruner)
        await self._writer.stop()

    @override
    async def check_health(self) -> Health:
        """Degraded while the sink or the spool fails, and after events had to be dropped."""
        in_memory, in_spool = await self._writer.waiting()
        if self._writer.away is not None:
            detail = f"{in_memory + in_spool} events wait to be stored"
            if self._writer.spool_problem is not None:
                detail += f"; {self._writer.spool_problem}"
            return Health(HealthState.DEGRADED, detail)
        if self.dropped:
            return Health(HealthState.DEGRADED, f"{self.dropped} events were logged but not stored")
        return await super().check_health()

    def _note(self, event: AuditEvent) -> None:
        if not self._unlogged and self._loop is not None:
            self._loop.call_soon(self._write_lines, context=Context())
        # The caller's context, so that the line bears the caller's request id.
        self._unlogged.append((copy_context(), event))
        if self._writer.ended or len(self._unlogged) > MAX_UNLOGGED:
            self._write_lines()
        self._writer.add(event)

    def _write_lines(self) -> None:
        while self._unlogged:
            context, event = self._unlogged.popleft()
            context.run(_write_line, event)

    async def _prune(self, kept: timedelta) -> None:
        """Remove what is too old, a batch at a time, so that nobody waits long for it."""
        while True:
            before = self._clock.now() - kept
            try:
                pruning = self._sink.prune(before, PRUNE_BATCH)
                full = await within(self._clock, PRUNE_TIMEOUT_S, pruning) == PRUNE_BATCH
            except Exception as error:  # noqa: BLE001 - whatever the sink raises; it is tried again
                _log.warning("Old audit events are not removed yet: %s: %s", type(error).__name__, error)
                full = False
            await self._clock.sleep(PRUNE_PAUSE_S if full else PRUNE_EVERY_S)


def _running() -> str | None:
    invocation = current_invocation()
    return invocation.reference if invocation is not None else None


def _write_line(event: AuditEvent) -> None:
    # One by one: dataclasses.asdict copies deeply, which cost more than the rest of the line together.
    fields: dict[str, object] = {
        "id": str(event.id),
        "at": event.at.isoformat(),
        "actor_id": event.actor_id,
        "guild_id": event.guild_id,
        "target": event.target,
        "before": event.before,
        "after": event.after,
        "reason": event.reason,
        "reference": event.reference,
        "metadata": event.metadata,
    }
    _lines.info(event.action, extra={name: value for name, value in fields.items() if value is not None})
