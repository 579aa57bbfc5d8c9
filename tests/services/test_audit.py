"""The audit: what is written where, what is kept while the sink is away, and what fails closed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from contracts.audit_sink import event
from support.clock import START, FakeClock, settle
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import AuditError, DatabaseError
from wisp_framework.services import AuditEvent, AuditService, HealthState, MetricsService
from wisp_framework.services.audit import PRUNE_BATCH
from wisp_framework.services.audit_event import MAX_EVENT_BYTES, AuditQuery, MemoryAuditSink
from wisp_framework.services.audit_writer import BATCH_SIZE, MAX_WAITING
from wisp_framework.services.decisions import Decision, Invocation, InvocationKind, enter_decision

GUILD = 81384788765712384
ADA = 53908232506183680


class Shelf(MemoryAuditSink):
    """A sink that keeps what it is given; it can be made to fail, or to hang."""

    def __init__(self) -> None:
        super().__init__()
        self.pruned: list[tuple[datetime, int]] = []
        self.batches: list[list[AuditEvent]] = []
        self.calls = 0
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    @override
    async def store(self, events: Sequence[AuditEvent]) -> None:
        self.calls += 1
        await self.open.wait()
        if self.error is not None:
            raise self.error
        self.batches.append(list(events))
        await super().store(events)

    @override
    async def prune(self, before: datetime, limit: int) -> int:
        if self.error is not None:
            raise self.error
        self.pruned.append((before, limit))
        return await super().prune(before, limit)

    @property
    def actions(self) -> list[str]:
        return [event.action for batch in self.batches for event in batch]


@pytest.fixture
def shelf() -> Shelf:
    """An empty sink."""
    return Shelf()


@pytest.fixture
async def audit(config: AppConfig, shelf: Shelf, clock: FakeClock) -> AsyncIterator[AuditService]:
    """An audit with a sink, started."""
    audit = AuditService(config, shelf, clock)
    await audit.start()
    yield audit
    stopping = asyncio.create_task(audit.stop())
    await clock.advance(20)
    await stopping


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged while the level of all other loggers is the quietest."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.CRITICAL)
    yield caplog
    root.setLevel(level)


def logged(lines: pytest.LogCaptureFixture) -> list[str]:
    """The actions in the lines of the logger ``audit``."""
    records = [record for record in lines.records if record.name == "audit"]
    return [record.getMessage() for record in records]


async def test_writes_one_line_and_one_row(
    audit: AuditService, shelf: Shelf, lines: pytest.LogCaptureFixture
) -> None:
    """An event goes to the logger as one line with fields and to the sink, whatever the level."""
    event = audit.log_action(
        "module.disabled",
        actor_id=ADA,
        guild_id=GUILD,
        target="ping",
        before={"enabled": True},
        after={"enabled": False},
        reason="too\nloud",
        reference="3F2A91BC",
        metadata={"tags": ["a"]},
    )
    await settle()

    assert shelf.batches == [[event]]
    assert (event.at, event.actor_id, event.metadata) == (START, ADA, {"tags": ["a"]})
    (record,) = [record for record in lines.records if record.name == "audit"]
    assert record.getMessage() == "module.disabled"
    assert (
        vars(record).items()
        >= {
            "id": str(event.id),
            "at": "2026-01-01T12:00:00+00:00",
            "actor_id": ADA,
            "guild_id": GUILD,
            "target": "ping",
            "before": {"enabled": True},
            "after": {"enabled": False},
            "reason": "too\nloud",
            "reference": "3F2A91BC",
            "metadata": {"tags": ["a"]},
        }.items()
    )


async def test_a_line_keeps_the_request_of_its_caller(
    audit: AuditService, lines: pytest.LogCaptureFixture
) -> None:
    """A line is written in the context of the code that noted it, whoever else noted something then."""
    request: ContextVar[str] = ContextVar("request")
    seen: list[str] = []

    def look(record: logging.LogRecord) -> bool:
        seen.append(request.get())
        return True

    lines.handler.addFilter(look)
    for name in ("first", "second"):
        request.set(name)
        audit.log_action("ping", actor_id=ADA)
    request.set("later")
    await settle()
    lines.handler.removeFilter(look)

    assert seen == ["first", "second"]


async def test_returns_before_anything_is_written(
    audit: AuditService, shelf: Shelf, lines: pytest.LogCaptureFixture
) -> None:
    """Noting an event waits for nobody."""
    shelf.open.clear()
    audit.log_action("ping", actor_id=ADA)
    assert (shelf.calls, logged(lines)) == (0, [])

    await settle()
    assert (shelf.calls, logged(lines)) == (1, ["ping"])
    shelf.open.set()


async def test_keeps_what_was_true_then(audit: AuditService, shelf: Shelf) -> None:
    """Changing a value after it was noted does not change the event."""
    roles = ["member"]
    audit.log_action("roles", actor_id=ADA, before={"roles": roles}, after={"roles": [*roles, "mod"]})
    roles.append("owner")
    await settle()

    assert shelf.batches[0][0].before == {"roles": ["member"]}


async def test_stores_in_batches(audit: AuditService, shelf: Shelf) -> None:
    """Many events reach the sink together, in their order."""
    for number in range(BATCH_SIZE + 50):
        audit.log_action(f"act {number}", actor_id=None)
    await settle()

    assert [len(batch) for batch in shelf.batches] == [BATCH_SIZE, 50]
    assert shelf.actions == [f"act {number}" for number in range(BATCH_SIZE + 50)]


async def test_waits_for_a_sink_that_fails(
    audit: AuditService, shelf: Shelf, clock: FakeClock, lines: pytest.LogCaptureFixture
) -> None:
    """Events are kept while the sink fails, and stored once and in order when it is back."""
    lines.set_level(logging.INFO, logger="wisp_framework.services.audit_writer")
    shelf.error = DatabaseError("away")
    audit.log_action("first", actor_id=ADA)
    await clock.advance(0)
    audit.log_action("second", actor_id=ADA)
    await clock.advance(8)

    assert shelf.calls == 4  # at 0, 1, 3 and 7 seconds; then every five
    assert logged(lines) == ["first", "second"]
    health = await audit.check_health()
    assert (health.state, health.detail) == (HealthState.DEGRADED, "2 events wait to be stored")
    assert lines.text.count("Audit events wait in memory, the sink failed: DatabaseError: away") == 1

    shelf.error = None
    await clock.advance(5)
    assert shelf.actions == ["first", "second"]
    assert (await audit.check_health()).state is HealthState.OK
    assert "Audit events are stored again" in lines.text


async def test_a_sink_that_hangs_is_one_that_fails(
    audit: AuditService, shelf: Shelf, clock: FakeClock
) -> None:
    """The sink has five seconds; after that the events wait for the next attempt."""
    shelf.open.clear()
    audit.log_action("first", actor_id=ADA)
    await clock.advance(5)
    assert (await audit.check_health()).state is HealthState.DEGRADED

    shelf.open.set()
    await clock.advance(1)
    assert shelf.actions == ["first"]


async def test_an_overflow_is_counted_and_still_logged(
    audit: AuditService, shelf: Shelf, clock: FakeClock, lines: pytest.LogCaptureFixture
) -> None:
    """When too many events wait, later ones reach the log only; they are counted, and health says so."""
    shelf.error = DatabaseError("away")
    for number in range(MAX_WAITING + 3):
        audit.log_action(f"act {number}", actor_id=None)
    await clock.advance(0)

    assert audit.dropped == 3
    assert len(logged(lines)) == MAX_WAITING + 3

    shelf.error = None
    await clock.advance(60)
    assert len(shelf.actions) == MAX_WAITING
    health = await audit.check_health()
    assert (health.state, health.detail) == (
        HealthState.DEGRADED,
        "3 events were logged but not stored",
    )


async def test_record_returns_once_it_is_stored(
    audit: AuditService, shelf: Shelf, lines: pytest.LogCaptureFixture
) -> None:
    """Recording waits for the sink, and then the line is written too."""
    shelf.open.clear()
    recording = asyncio.create_task(audit.record("ban", actor_id=ADA, guild_id=GUILD))
    await settle()
    assert not recording.done()

    shelf.open.set()
    event = await recording
    assert shelf.batches == [[event]]
    assert logged(lines) == ["ban"]


async def test_record_fails_closed(
    audit: AuditService, shelf: Shelf, clock: FakeClock, lines: pytest.LogCaptureFixture
) -> None:
    """What could not be stored in time raises, with a sentence fit for the member, and is not tried again."""
    shelf.error = DatabaseError("away")
    with pytest.raises(AuditError, match="Audit event 'ban': not stored, DatabaseError: away") as failed:
        await audit.record("ban", actor_id=ADA)
    assert "was not done" in failed.value.user_message

    shelf.error = None
    shelf.open.clear()
    recording = asyncio.create_task(audit.record("ban", actor_id=ADA))
    await clock.advance(1.5)
    with pytest.raises(AuditError, match=r"not done within 1\.5 s"):
        await recording

    shelf.open.set()
    await clock.advance(60)
    assert shelf.actions == []
    assert logged(lines) == []


async def test_without_a_sink_the_process_remembers(
    config: AppConfig, clock: FakeClock, lines: pytest.LogCaptureFixture
) -> None:
    """Where there is no database, both ways of noting write the line, can be asked for, and all is well."""
    audit = AuditService(config, clock=clock)
    await audit.start()
    audit.log_action("ping", actor_id=ADA)
    await settle()
    await audit.record("ban", actor_id=ADA)

    assert logged(lines) == ["ping", "ban"]
    assert {event.action for event in await audit.query(AuditQuery(actor_id=ADA))} == {"ping", "ban"}
    assert (await audit.check_health()).state is HealthState.OK
    await audit.stop()


async def test_shutdown_stores_what_waits(
    config: AppConfig, shelf: Shelf, clock: FakeClock, lines: pytest.LogCaptureFixture
) -> None:
    """What was noted before the end is written at the end, and what comes later is logged and counted."""
    audit = AuditService(config, shelf, clock)
    audit.log_action("early", actor_id=None)
    await audit.start()
    for number in range(BATCH_SIZE + 1):
        audit.log_action(f"act {number}", actor_id=None)
    await audit.stop()

    assert len(shelf.actions) == BATCH_SIZE + 2
    audit.log_action("late", actor_id=None)
    assert logged(lines)[0] == "early"
    assert logged(lines)[-1] == "late"
    assert audit.dropped == 1


async def test_shutdown_says_what_it_could_not_store(
    config: AppConfig, shelf: Shelf, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A sink that hangs at the end does not hold the stop; what is lost is told."""
    audit = AuditService(config, shelf, clock)
    await audit.start()
    shelf.open.clear()
    audit.log_action("ping", actor_id=None)
    await settle()
    stopping = asyncio.create_task(audit.stop())
    await clock.advance(12)
    await stopping

    assert "1 audit events were logged but never stored" in caplog.text


async def test_refuses_what_cannot_be_kept(audit: AuditService, shelf: Shelf) -> None:
    """A value that is no JSON and an event that is too large are refused at once, by both ways of noting."""
    with pytest.raises(AuditError, match=r"'ban': after: \$.roles \(set\) is not"):
        audit.log_action("ban", actor_id=ADA, after={"roles": {1}})  # type: ignore[dict-item]
    with pytest.raises(AuditError, match=f"the limit is {MAX_EVENT_BYTES}"):
        await audit.record("ban", actor_id=ADA, before="x" * MAX_EVENT_BYTES)
    await settle()

    assert shelf.calls == 0


async def test_bears_the_reference_of_what_runs(audit: AuditService) -> None:
    """What a handler does is found by the reference of its invocation, unless it names another."""
    running = Invocation(InvocationKind.COMMAND, "ban", "mod", GUILD, 2, ADA, "3F2A91BC")
    enter_decision(Decision(running, datetime.now(UTC), 0.0))
    noted = audit.log_action("ban", actor_id=ADA)
    recorded = await audit.record("ban", actor_id=ADA)
    other = audit.log_action("ban", actor_id=ADA, reference="BBBB2222")

    assert (noted.reference, recorded.reference, other.reference) == ("3F2A91BC", "3F2A91BC", "BBBB2222")


async def test_an_answer_holds_what_was_noted_before(audit: AuditService) -> None:
    """Who asks need not wait for the next batch."""
    noted = [audit.log_action(f"act {number}", actor_id=None) for number in range(BATCH_SIZE + 3)]

    assert set(await audit.query(AuditQuery(limit=1000))) == set(noted)


async def test_old_events_go_a_batch_at_a_time(
    config: AppConfig, shelf: Shelf, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """After 90 days, with pauses for the others, every hour; a sink that fails is asked again."""
    await shelf.store([event(minutes / 60) for minutes in range(PRUNE_BATCH + 5)])
    clock.now_s = timedelta(days=91).total_seconds()
    audit = AuditService(config, shelf, clock)
    await audit.start()
    await clock.advance(0)
    assert len(await audit.query(AuditQuery(limit=PRUNE_BATCH))) == 5
    assert shelf.pruned == [(START + timedelta(days=1), PRUNE_BATCH)]
    await clock.advance(1)
    assert not await audit.query(AuditQuery())

    shelf.error = DatabaseError("away")
    await clock.advance(3600)
    assert "Old audit events are not removed yet: DatabaseError: away" in caplog.text
    shelf.error = None
    await clock.advance(3600)
    assert [before - START for before, _ in shelf.pruned][1:] == [
        timedelta(days=1, seconds=1),
        timedelta(days=1, seconds=7201),
    ]
    await audit.stop()


async def test_events_may_be_kept_for_ever(shelf: Shelf, clock: FakeClock) -> None:
    """With AUDIT_RETENTION_DAYS=never nothing is removed."""
    config = AppConfig(discord_token="made.up.token", audit_retention_days=None)
    audit = AuditService(config, shelf, clock)
    await audit.start()
    await clock.advance(10_000)
    await audit.stop()

    assert shelf.pruned == []


async def test_what_is_in_hand_is_counted(config: AppConfig, shelf: Shelf, clock: FakeClock) -> None:
    """Metrics tell how many events were stored."""
    metrics = MetricsService(config, clock)
    audit = AuditService(config, shelf, clock, metrics=metrics)
    await audit.start()
    audit.log_action("ping", actor_id=ADA)
    await audit.record("ban", actor_id=ADA)
    await settle()
    await audit.stop()

    assert metrics.get_metrics().counters['audit.events{outcome="stored"}'] == 2
