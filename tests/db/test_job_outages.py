"""A scheduler stops while its database is gone or hangs: in time, with a word, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from support.clock import FakeClock
from support.database import migrated_at
from support.fault_proxy import FaultProxy, fault_proxy
from wisp_framework.db.job_store import SqlJobStore
from wisp_framework.services import JobRun, SchedulerService, job
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.job_loop import DEFAULT_PACE
from wisp_framework.services.scheduler import DRAIN_LIMIT_S

STEP_S = 0.5
PATIENCE_S = 10.0
"""Of the test, for what happens on sockets; the limits that count are those of the clock."""


class Runs:
    """Jobs that end when they are told to, and what was run."""

    def __init__(self, db: DatabaseService, clock: FakeClock) -> None:
        self.keys: list[str] = []
        self.both = asyncio.Event()
        self.ends = asyncio.Event()
        self.scheduler = SchedulerService(db.config, SqlJobStore(db), clock=clock)
        self.scheduler.add_all(self)

    @job(retries=0)
    async def ending(self, run: JobRun) -> None:
        """Ends when it may."""
        self._note(run)
        await self.ends.wait()

    @job(retries=0)
    async def endless(self, run: JobRun) -> None:
        """Goes on until it is cancelled."""
        self._note(run)
        await asyncio.Event().wait()

    def _note(self, run: JobRun) -> None:
        self.keys.append(run.key)
        if len(self.keys) == 2:
            self.both.set()

    async def running(self) -> None:
        """Wait until both have begun."""
        async with asyncio.timeout(PATIENCE_S):
            await self.both.wait()


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(urlsplit(postgres_url).port or 5432) as proxy:
        yield proxy


async def stopped_after_s(scheduler: SchedulerService, clock: FakeClock) -> float:
    """Stop it, and tell how long that took on its clock."""
    begun_s = clock.now_s
    stopping = asyncio.create_task(scheduler.stop())
    await clock.advance(DRAIN_LIMIT_S)
    async with asyncio.timeout(PATIENCE_S):
        while not stopping.done():
            await asyncio.wait({stopping}, timeout=STEP_S)  # a socket is dropped after a fifth of a second
            await clock.advance(STEP_S)
    await stopping
    return clock.now_s - begun_s


@pytest.mark.parametrize("fault", ["dies", "hangs"])
async def test_stops_in_time_without_its_database(
    postgres_url: str, wire: FaultProxy, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """It stops within its limit and names what was under way, which the next process runs under its key."""
    clock = FakeClock()
    wired_url = urlsplit(postgres_url)._replace(netloc=f"wisp@127.0.0.1:{wire.port}").geturl()
    async with migrated_at(wired_url) as db:
        before = Runs(db, clock)
        await before.scheduler.start()
        await before.scheduler.schedule(before.ending, timedelta(0), name="ending")
        await before.scheduler.schedule(before.endless, timedelta(0), name="endless")
        await before.scheduler.schedule(before.ending, timedelta(hours=1), name="later")
        await before.running()

        if fault == "dies":
            await wire.cut()
        else:
            wire.silent = True
        before.ends.set()
        assert await stopped_after_s(before.scheduler, clock) < SchedulerService.shutdown_timeout_s
        left = [task.get_name() for task in asyncio.all_tasks() if "job" in task.get_name()]
        assert left == []
        said = "\n".join(caplog.messages)
        assert "job ending could not be put back" in said
        assert "job endless could not be put back" in said
        await wire.drop()

    async with migrated_at(postgres_url) as db:
        after = Runs(db, clock)
        after.ends.set()
        clock.now_s += DEFAULT_PACE.lease_s
        await after.scheduler.start()
        await after.running()
        assert sorted(after.keys) == sorted(before.keys)
        assert [kept.name for kept in await after.scheduler.jobs() if kept.holder is None] == ["later"]
        await stopped_after_s(after.scheduler, clock)
