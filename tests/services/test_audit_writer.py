"""While the sink is away: events go to the spool, come back each once, or are refused in words."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from contracts.audit_sink import event
from support.clock import FakeClock, passing
from support.database import file_config
from wisp_framework.exceptions import AuditError, DatabaseError
from wisp_framework.services import AuditService, HealthState, MetricsService
from wisp_framework.services.audit_event import AuditEvent, AuditQuery, MemoryAuditSink
from wisp_framework.services.audit_spool import AuditSpool
from wisp_framework.services.audit_writer import BATCH_SIZE, LOOK_EVERY_S, MAX_WAITING


class Shelf(MemoryAuditSink):
    """A sink that can be away, hang, or store and lose the answer; it counts how often it took an event."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.answers = True
        self.open = asyncio.Event()
        self.open.set()
        self.taken: list[str] = []

    @override
    async def store(self, events: Sequence[AuditEvent]) -> None:
        await self.open.wait()
        if self.away:
            raise DatabaseError("away")
        await super().store(events)
        self.taken += [event.action for event in events]
        if not self.answers:
            raise DatabaseError("the answer was lost")

    async def actions(self) -> list[str]:
        """What is kept, in order."""
        return [event.action for event in reversed(await self.query(AuditQuery(limit=100_000)))]


@pytest.fixture
def shelf() -> Shelf:
    """An empty sink."""
    return Shelf()


@pytest.fixture
def clock() -> FakeClock:
    """Time that only the test moves."""
    return FakeClock()


@asynccontextmanager
async def running(
    folder: Path, shelf: Shelf, clock: FakeClock, max_bytes: int = 10_000_000
) -> AsyncIterator[AuditService]:
    """An audit with a spool in that folder."""
    config = file_config(folder)
    spool = AuditSpool(config, max_bytes)
    audit = AuditService(config, shelf, clock, spool, MetricsService(config, clock))
    await audit.start()
    yield audit
    await passing(clock, audit.stop())


async def until(true: Callable[[], bool]) -> None:
    """Return once it is so; the spool has a thread of its own, which no clock moves."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.001)


async def spooled(folder: Path) -> list[str]:
    """What the spool of that folder holds."""
    spool = AuditSpool(file_config(folder))
    try:
        return [event.action for event in await spool.oldest(100_000)]
    finally:
        await spool.close()


async def until_spooled(folder: Path, count: int) -> None:
    """Return once so many wait there."""
    async with asyncio.timeout(20):
        while len(await spooled(folder)) != count:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)


async def test_what_was_accepted_meanwhile_is_stored_once(
    tmp_path: Path, shelf: Shelf, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Noted and recorded events rest in the spool while the sink is away, and are stored when it is back."""
    shelf.away = True
    async with running(tmp_path, shelf, clock) as audit:
        noted = [
            audit.log_action(f"noted {number}", actor_id=None).action for number in range(BATCH_SIZE + 9)
        ]
        await until_spooled(tmp_path, len(noted))
        recorded = [(await audit.record(f"recorded {number}", actor_id=1)).action for number in range(5)]
        health = await audit.check_health()
        assert (health.state, health.detail) == (
            HealthState.DEGRADED,
            f"{BATCH_SIZE + 14} events wait to be stored",
        )
        assert await shelf.actions() == []

        shelf.away = False
        await clock.advance(5)
        await passing(clock, until(lambda: len(shelf.taken) == BATCH_SIZE + 14))
        await passing(clock, until_spooled(tmp_path, 0))
        assert sorted(await shelf.actions()) == sorted(noted + recorded)
        assert (await audit.check_health()).state is HealthState.OK
    assert caplog.text.count("the sink failed") == 1


async def test_another_process_stores_what_one_left(tmp_path: Path, shelf: Shelf, clock: FakeClock) -> None:
    """After a restart with the same folder, what waits is stored; also while the first still runs."""
    shelf.away = True
    other = Shelf()
    async with running(tmp_path, shelf, clock) as audit:
        await audit.record("ban", actor_id=1)
        audit.log_action("ping", actor_id=1)
        await until_spooled(tmp_path, 2)
        async with running(tmp_path, other, clock):
            await until_spooled(tmp_path, 0)

    assert sorted(await other.actions()) == ["ban", "ping"]
    assert await shelf.actions() == []


async def test_what_others_left_is_looked_for(tmp_path: Path, shelf: Shelf, clock: FakeClock) -> None:
    """A process whose own sink never failed stores, within a minute, what a killed one left."""
    async with running(tmp_path, shelf, clock) as audit:
        audit.log_action("first", actor_id=1)
        await until(lambda: shelf.taken == ["first"])
        killed = AuditSpool(file_config(tmp_path))
        await killed.append([event(action="left behind")])
        await killed.close()
        await clock.advance(0)
        assert shelf.taken == ["first"]

        await clock.advance(LOOK_EVERY_S)
        await passing(clock, until(lambda: shelf.taken == ["first", "left behind"]))


async def test_an_answer_that_was_lost_stores_nothing_twice(
    tmp_path: Path, shelf: Shelf, clock: FakeClock
) -> None:
    """A sink that stored and then failed is given the same events again, and keeps each once."""
    shelf.answers = False
    async with running(tmp_path, shelf, clock) as audit:
        await audit.record("ban", actor_id=1)
        audit.log_action("ping", actor_id=1)
        await until_spooled(tmp_path, 2)
        shelf.answers = True
        await passing(clock, until_spooled(tmp_path, 0))

    assert sorted(set(shelf.taken)) == ["ban", "ping"]
    assert len(shelf.taken) > 2
    assert sorted(await shelf.actions()) == ["ban", "ping"]


async def test_a_sink_that_hangs_is_waited_for_once(tmp_path: Path, shelf: Shelf, clock: FakeClock) -> None:
    """The first who records waits a second and a half, the next one does not: the spool takes both."""
    shelf.open.clear()
    async with running(tmp_path, shelf, clock) as audit:
        first = asyncio.create_task(audit.record("first", actor_id=1))
        await clock.advance(1.5)
        await first
        await audit.record("second", actor_id=1)
        assert await spooled(tmp_path) == ["first", "second"]
        shelf.open.set()


async def test_recording_fails_closed_where_nobody_stores(
    tmp_path: Path, shelf: Shelf, clock: FakeClock
) -> None:
    """With the sink away and the spool full, a security event is refused, and what was accepted is kept."""
    shelf.away = True
    accepted = 0
    async with running(tmp_path, shelf, clock, max_bytes=60_000) as audit:

        async def fill() -> None:
            nonlocal accepted
            while True:
                await audit.record("ban", actor_id=1, reason="x" * 5000)
                accepted += 1

        with pytest.raises(AuditError, match=r"SpoolError: the audit spool .* is full") as refused:
            await fill()
        assert "was not done" in refused.value.user_message
        assert "is full" in (await audit.check_health()).detail

        shelf.away = False
        await clock.advance(10)
        await passing(clock, until(lambda: len(shelf.taken) >= accepted))
        await audit.record("ban", actor_id=1)
    assert len(await shelf.actions()) == accepted + 1


async def test_what_fits_nowhere_is_dropped_and_counted(
    tmp_path: Path, shelf: Shelf, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """With both full, what is only noted waits in memory; beyond its limit it is logged and counted."""
    shelf.away = True
    async with running(tmp_path, shelf, clock, max_bytes=4096) as audit:
        for number in range(MAX_WAITING + 3):
            audit.log_action(f"act {number}", actor_id=None)
        await until(lambda: "cannot be put aside" in caplog.text)
        assert audit.dropped == 3

        shelf.away = False
        await clock.advance(20)
        await passing(clock, until(lambda: len(shelf.taken) == MAX_WAITING))
        assert (await audit.check_health()).detail == "3 events were logged but not stored"


async def test_a_stop_leaves_what_waits_in_the_spool(tmp_path: Path, shelf: Shelf, clock: FakeClock) -> None:
    """A bot that is stopped during an outage has lost nothing."""
    async with running(tmp_path, shelf, clock) as audit:
        shelf.away = True
        for number in range(3):
            audit.log_action(f"act {number}", actor_id=None)

    assert sorted(await spooled(tmp_path)) == ["act 0", "act 1", "act 2"]
