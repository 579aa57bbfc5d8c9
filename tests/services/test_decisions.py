"""What became of invocations: remembered at once, stored in batches, kept for seven days."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from contracts.decision_store import decision
from support.clock import START, FakeClock
from support.database import TOKEN
from wisp_framework.config import AppConfig
from wisp_framework.context import new_reference
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.base import HealthState
from wisp_framework.services.decisions import (
    BATCH_SIZE,
    KEPT_DAYS,
    MAX_WAITING,
    REMEMBERED,
    STORE_EVERY_S,
    Decision,
    DecisionQuery,
    DecisionService,
    Outcome,
    as_reference,
)


class Store:
    """Keeps decisions in a list, unless it is away."""

    def __init__(self) -> None:
        self.batches: list[list[Decision]] = []
        self.pruned: list[datetime] = []
        self.away = False

    async def store(self, decisions: Sequence[Decision]) -> None:
        if self.away:
            raise DatabaseError("away")
        self.batches.append(list(decisions))

    async def find(self, reference: str) -> Decision | None:
        if self.away:
            raise DatabaseError("away")
        return next((made for batch in self.batches for made in batch if made.reference == reference), None)

    async def recent(self, query: DecisionQuery) -> Sequence[Decision]:
        if self.away:
            raise DatabaseError("away")
        return [made for batch in self.batches for made in batch if query.fits(made)][-query.limit :]

    async def prune(self, before: datetime) -> int:
        self.pruned.append(before)
        return 0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> Store:
    return Store()


@asynccontextmanager
async def running(store: Store | None, clock: FakeClock) -> AsyncIterator[DecisionService]:
    service = DecisionService(AppConfig(discord_token=TOKEN), store, clock)
    await service.start()
    try:
        yield service
    finally:
        stopping = asyncio.create_task(service.stop())
        await clock.advance(10.0)
        await stopping


async def test_they_are_stored_in_batches_a_moment_later(store: Store, clock: FakeClock) -> None:
    """Nothing is asked of the store while commands run; then as many as there are, a batch at a time."""
    async with running(store, clock) as service:
        await clock.advance(0.1)
        for number in range(BATCH_SIZE + 1):
            service.keep(decision(str(number)))
        await clock.advance(STORE_EVERY_S - 0.2)
        assert store.batches == []
        await clock.advance(0.2)

    assert [len(batch) for batch in store.batches] == [BATCH_SIZE, 1]


async def test_none_is_lost_while_the_store_is_away(store: Store, clock: FakeClock) -> None:
    """They wait, health says so, and are stored once each when it is back."""
    async with running(store, clock) as service:
        store.away = True
        for number in range(3):
            service.keep(decision(str(number)))
            await clock.advance(STORE_EVERY_S)
        health = await service.check_health()
        store.away = False
        await clock.advance(STORE_EVERY_S)
        after = await service.check_health()

    assert health.state is HealthState.DEGRADED
    assert "3 decisions wait" in health.detail
    assert after.state is HealthState.OK
    assert [made.reference for batch in store.batches for made in batch] == ["0", "1", "2"]


async def test_what_waits_at_the_end_is_stored(store: Store, clock: FakeClock) -> None:
    """A stop stores what came in the last moment."""
    async with running(store, clock) as service:
        await clock.advance(0.1)
        service.keep(decision("last"))

    assert [made.reference for batch in store.batches for made in batch] == ["last"]


async def test_memory_stays_bounded(store: Store, clock: FakeClock) -> None:
    """However long the store is away and however much happens, only so many are held, the newest."""
    async with running(store, clock) as service:
        store.away = True
        for number in range(MAX_WAITING + 5):
            service.keep(decision(str(number)))
        assert await service.find(str(MAX_WAITING + 4)) is not None
        with pytest.raises(DatabaseError):
            await service.find(str(MAX_WAITING + 4 - REMEMBERED))
        store.away = False
        await clock.advance(STORE_EVERY_S)

    kept = [made.reference for batch in store.batches for made in batch]
    assert (kept[0], len(kept)) == ("5", MAX_WAITING)


async def test_old_ones_are_removed_now_and_then(store: Store, clock: FakeClock) -> None:
    """At the start and once an hour, what is older than seven days."""
    async with running(store, clock):
        await clock.advance(2 * 3600.0 + 10)

    assert len(store.pruned) == 3
    assert store.pruned[0] == START - timedelta(days=KEPT_DAYS)


async def test_the_newest_are_listed_also_before_they_are_stored(store: Store, clock: FakeClock) -> None:
    """Who asks just after a command sees it; while the store is away the process tells what it remembers."""
    async with running(store, clock) as service:
        service.keep(decision("A"))
        assert [made.reference for made in await service.recent(DecisionQuery())] == ["A"]
        store.away = True
        failed = decision("B")
        failed.fail("x")
        service.keep(failed)
        assert [made.reference for made in await service.recent(DecisionQuery())] == ["B", "A"]
        found = await service.recent(DecisionQuery(outcome=Outcome.FAILED))
        assert [made.reference for made in found] == ["B"]
        store.away = False


async def test_without_a_store_the_process_remembers(clock: FakeClock) -> None:
    """A bot without a database can still tell why, in any writing of the reference."""
    async with running(None, clock) as service:
        service.keep(decision("AB12C0DE"))
        for heard in ("AB12C0DE", " `ab12c0de` ", "ab12-code", "ABI2 C0DE"):
            found = await service.find(heard)
            assert found is not None
            assert found.reference == "AB12C0DE"


def test_a_deferred_handler_that_failed_has_failed() -> None:
    """That it was deferred stays on record, but the outcome is what came of the handler."""
    made = decision("A")
    made.outcome = Outcome.RUNNING
    made.defer(102.0)
    assert made.is_open
    made.fail("ValueError: x")
    made.close(103.0)

    assert made.outcome is Outcome.FAILED
    assert made.deferred_after_ms == 2000.0
    assert [step.name for step in made.steps()] == ["gates", "deferred", "end"]


def test_references_hardly_ever_meet() -> None:
    """Of 100,000, many more than a busy bot hands out in an hour, no two are the same."""
    made = {new_reference() for _ in range(100_000)}

    assert len(made) >= 99_999
    assert {len(reference) for reference in made} == {8}
    assert all(as_reference(reference.lower()) == reference for reference in list(made)[:1000])
