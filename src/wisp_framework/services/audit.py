"""Who did what, where, and what changed: a line in the log, and a row behind a port."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import AuditError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.deadline import CANCEL_GRACE_S, DeadlineExceededError, give_up, within
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.json_value import JsonInput, JsonValue, find_misfit

MAX_WAITING = 10_000
"""How many events may wait for the sink; later ones are only logged, and counted."""

MAX_EVENT_BYTES = 64 * 1024
"""How large one event may be, as JSON."""

MAX_NAME_LENGTH = 100
"""How long an action and a reference may be, in characters."""

BATCH_SIZE = 200
STORE_TIMEOUT_S = 5.0
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 30.0

FLUSH_LIMIT_S = 8.0
"""How long a shutdown tries to store what still waits."""

_decode = msgspec.json.Decoder().decode

_NUL, _REPLACED = "\x00", "\ufffd"

_log = logging.getLogger(__name__)
_lines = logging.getLogger("audit")


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that was done.

    Args:
        id: the same for the line and the row; storing it twice must keep one.
        at: when, aware UTC.
        action: what, for example ``"module.disabled"``.
        actor_id: the user who did it; None for the bot itself.
        guild_id: where; None for what belongs to no guild.
        target: to what or whom, for example ``"module:ping"``.
        before: the value that was replaced.
        after: the value that replaced it.
        reason: why, in the actor's words.
        reference: the id that the member was shown.
        metadata: whatever else is worth keeping.
    """

    id: uuid.UUID
    at: datetime
    action: str
    actor_id: int | None
    guild_id: int | None = None
    target: str | None = None
    before: JsonValue = None
    after: JsonValue = None
    reason: str | None = None
    reference: str | None = None
    metadata: JsonValue = None


class AuditSink(Protocol):
    """Where audit events rest."""

    async def store(self, events: Sequence[AuditEvent]) -> None:
        """Keep all of them, or none and raise; an event that is kept already is no error."""


class AuditService(BaseService):
    """Writes what was done to the logger ``audit``, and to the `AuditSink` if there is one.

    A line has the action as its message and everything else as fields.

    The logger ``audit`` has its own level, so that a quiet ``LOG_LEVEL`` loses nothing.
    Events wait in memory for a sink that fails, and are tried again until it takes them.
    """

    def __init__(self, config: AppConfig, sink: AuditSink | None = None, clock: Clock | None = None) -> None:
        super().__init__(config)
        self._sink = sink
        self._clock = clock or SystemClock()
        self._unlogged: deque[tuple[Context, AuditEvent]] = deque()
        self._unstored: deque[AuditEvent] = deque()
        self._wake = asyncio.Event()
        self._storing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False
        self._failing = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many events were only logged, because too many waited for the sink."""
        return self._dropped

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

        Raises:
            AuditError: a value is no JSON, or the event is too large; nothing is noted.
        """
        event = self._event(
            action,
            actor_id,
            guild_id,
            target,
            reason,
            reference,
            before=before,
            after=after,
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

        Where there is no sink, the line in the log is the store.

        Raises:
            AuditError: it could not be stored within five seconds, or is malformed.
        """
        event = self._event(
            action,
            actor_id,
            guild_id,
            target,
            reason,
            reference,
            before=before,
            after=after,
            metadata=metadata,
        )
        if self._sink is not None:
            try:
                await within(self._clock, STORE_TIMEOUT_S, self._sink.store([event]))
            except Exception as error:
                raise AuditError(action, f"not stored, {type(error).__name__}: {error}") from error
        _write_line(event)
        return event

    @override
    async def startup(self) -> None:
        """Begin to write what was noted so far, and what comes."""
        _lines.setLevel(logging.INFO)
        self._ended, self._loop = False, asyncio.get_running_loop()
        if self._sink is not None:
            self._writer = asyncio.create_task(
                self._write(self._sink), name="audit writer", context=Context()
            )
        self._write_lines()
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Write what still waits; what the sink does not take within eight seconds is said aloud."""
        self._ended, self._loop = True, None
        self._write_lines()
        writer, self._writer = self._writer, None
        if writer is not None:
            await self._end(writer)
        if self._sink is not None and self._unstored:
            await self._flush(self._sink)

    async def _end(self, writer: asyncio.Task[None]) -> None:
        """Cancel the writer between two batches: in the midst of one, the sink would have to undo it."""
        try:
            await within(self._clock, CANCEL_GRACE_S, self._storing.acquire())
        except DeadlineExceededError:
            await give_up(self._clock, writer)
            return
        await give_up(self._clock, writer)
        self._storing.release()

    @override
    async def check_health(self) -> Health:
        """Degraded while the sink fails, and after events had to be dropped."""
        if self._failing:
            return Health(HealthState.DEGRADED, f"{len(self._unstored)} events wait to be stored")
        if self._dropped:
            return Health(HealthState.DEGRADED, f"{self._dropped} events were logged but not stored")
        return await super().check_health()

    def _event(
        self,
        action: str,
        actor_id: int | None,
        guild_id: int | None,
        target: str | None,
        reason: str | None,
        reference: str | None,
        **values: JsonInput,
    ) -> AuditEvent:
        if not 0 < len(action) <= MAX_NAME_LENGTH or len(reference or "") > MAX_NAME_LENGTH:
            raise AuditError(action[:MAX_NAME_LENGTH], "action and reference take 1 to 100 characters each")
        encoded = {name: _encode(action, name, value) for name, value in values.items() if value is not None}
        size_bytes = sum(map(len, encoded.values())) + len(target or "") + len(reason or "")
        if size_bytes > MAX_EVENT_BYTES:
            raise AuditError(action, f"takes {size_bytes} bytes; the limit is {MAX_EVENT_BYTES}")
        return AuditEvent(
            id=uuid.uuid4(),
            at=self._clock.now(),
            action=action.replace(_NUL, _REPLACED),
            actor_id=actor_id,
            guild_id=guild_id,
            target=_storable(target),
            reason=_storable(reason),
            reference=_storable(reference),
            **{name: _decode(text) for name, text in encoded.items()},
        )

    def _note(self, event: AuditEvent) -> None:
        if not self._unlogged and self._loop is not None:
            self._loop.call_soon(self._write_lines, context=Context())
        # The caller's context, so that the line bears the caller's request id.
        self._unlogged.append((copy_context(), event))
        if self._ended or len(self._unlogged) > MAX_WAITING:
            self._write_lines()
        if self._sink is None:
            return
        if self._ended or len(self._unstored) >= MAX_WAITING:
            self._drop(1)
        else:
            self._unstored.append(event)
            self._wake.set()

    def _drop(self, count: int) -> None:
        if not self._dropped:
            _log.error("Audit events are dropped: %d wait for the sink already", len(self._unstored))
        self._dropped += count

    def _write_lines(self) -> None:
        while self._unlogged:
            context, event = self._unlogged.popleft()
            context.run(_write_line, event)

    async def _write(self, sink: AuditSink) -> None:
        pause_s = RETRY_FIRST_S
        while True:
            if not self._unstored:
                self._wake.clear()
                await self._wake.wait()
            if await self._store_batch(sink):
                pause_s = RETRY_FIRST_S
            else:
                await self._clock.sleep(pause_s)
                pause_s = min(pause_s * 2, RETRY_MAX_S)

    async def _store_batch(self, sink: AuditSink) -> bool:
        batch = [self._unstored[index] for index in range(min(BATCH_SIZE, len(self._unstored)))]
        try:
            async with self._storing:
                await within(self._clock, STORE_TIMEOUT_S, sink.store(batch))
        except Exception as error:  # noqa: BLE001 - whatever the sink raises, the events must be kept
            if not self._failing:
                _log.warning("Audit events wait, the sink failed: %s: %s", type(error).__name__, error)
            self._failing = True
            return False
        for _ in batch:
            self._unstored.popleft()
        if self._failing:
            _log.info("Audit events are stored again")
        self._failing = False
        return True

    async def _flush(self, sink: AuditSink) -> None:
        async def store_all() -> None:
            while self._unstored and await self._store_batch(sink):
                pass

        with suppress(DeadlineExceededError):
            await within(self._clock, FLUSH_LIMIT_S, store_all())
        if self._unstored:
            _log.error("%d audit events were logged but never stored", len(self._unstored))


def _encode(action: str, name: str, value: JsonInput) -> bytes:
    """The value as it is now, whatever the caller does to it later."""
    misfit = find_misfit(value)
    if misfit is not None:
        raise AuditError(action, f"{name}: {misfit.path:.80} ({misfit.type_name}) {misfit.reason}")
    return msgspec.json.encode(value)


def _storable(text: str | None) -> str | None:
    """Without the one character that PostgreSQL keeps in no text: it would block all that waits behind."""
    return text.replace(_NUL, _REPLACED) if text is not None else None


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
