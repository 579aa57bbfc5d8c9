"""The scheduler: when jobs are due, what stops them, and whose they are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from datetime import timedelta

import pytest

from support.clock import START, FakeClock, settle
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import JobError
from wisp_framework.registry.loader import release
from wisp_framework.services import HealthState, JobInfo, SchedulerService
from wisp_framework.services.scheduler import GUILDS_AT_ONCE
from wisp_framework.utils.clock import SystemClock
from wisp_framework.utils.ownership import Owner, current_owner, owned_by


class Switches:
    """Where modules are on: what the test says."""

    def __init__(self) -> None:
        self.on: dict[str, list[int]] = {}

    def guilds(self, module: str) -> Sequence[int]:
        return self.on.get(module, [])


class Runs:
    """A job that notes when it ran; it can be made to fail, or to wait."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.at_s: list[float] = []
        self.owners: list[Owner | None] = []
        self.takes_s = 0.0
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.at_s.append(self._clock.now_s)
        self.owners.append(current_owner())
        if self.takes_s:
            await self._clock.sleep(self.takes_s)
        if self.error is not None:
            raise self.error


@pytest.fixture
def switches() -> Switches:
    """No module is on anywhere."""
    return Switches()


@pytest.fixture
async def scheduler(
    config: AppConfig, switches: Switches, clock: FakeClock
) -> AsyncIterator[SchedulerService]:
    """A scheduler that is started."""
    scheduler = SchedulerService(config, switches, clock)
    await scheduler.start()
    yield scheduler
    stopping = asyncio.create_task(scheduler.stop())
    await clock.advance(10)
    await stopping


@pytest.fixture
def runs(clock: FakeClock) -> Runs:
    """A job that notes when it ran."""
    return Runs(clock)


async def test_runs_at_multiples_of_the_interval(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """However long a run takes, the next one is due a whole interval after the last due time."""
    await clock.advance(3)
    runs.takes_s = 4
    scheduler.register(runs, 10, name="tick")

    await clock.advance(35)

    assert runs.at_s == [13, 23, 33]


async def test_skips_what_would_overlap(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    """A due time at which the last run is still under way is skipped and counted, never caught up on."""
    runs.takes_s = 25
    scheduler.register(runs, 10, name="tick")

    await clock.advance(55)

    assert runs.at_s == [10, 40]
    assert scheduler.list_jobs()[0].skipped == 3
    assert "Job 'tick' is still running" in caplog.text


async def test_counts_due_times_that_a_blocked_loop_missed(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """After a standstill the job runs once, not once for each due time, and keeps its beat."""
    scheduler.register(runs, 10, name="tick")
    await settle()

    clock.now_s = 47  # time went on, and nobody was woken
    await clock.advance(0)
    await clock.advance(3)

    assert runs.at_s == [47, 50]
    assert scheduler.list_jobs()[0].skipped == 3


async def test_runs_once(scheduler: SchedulerService, clock: FakeClock, runs: Runs) -> None:
    """A single job runs after its delay, and then its name is free again."""
    scheduler.register_once(runs, 5, name="reminder")
    await clock.advance(4.9)
    assert runs.at_s == []
    await clock.advance(100)

    assert runs.at_s == [5]
    assert scheduler.list_jobs() == ()
    scheduler.register_once(runs, 0, name="reminder")
    await clock.advance(0)
    assert runs.at_s == [5, 104.9]


async def test_waits_for_its_start(config: AppConfig, clock: FakeClock, runs: Runs) -> None:
    """What is registered before the service starts is due from its start on."""
    scheduler = SchedulerService(config, clock=clock)
    scheduler.register(runs, 10, name="tick")
    await clock.advance(100)
    assert runs.at_s == []
    assert scheduler.list_jobs()[0].next_due is None

    await scheduler.start()
    await clock.advance(10)
    assert runs.at_s == [110]
    await scheduler.stop()


async def test_a_failure_stops_nothing(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    """A run that raises is logged with the job's name and counted; health says so until a run ends well."""
    scheduler.register(runs, 10, name="tick")
    runs.error = ValueError("no such guild")
    await clock.advance(20)

    job = scheduler.list_jobs()[0]
    assert (job.runs, job.failures, job.last_error) == (2, 2, "ValueError: no such guild")
    assert "Job 'tick' failed" in caplog.text
    health = await scheduler.check_health()
    assert (health.state, health.detail) == (HealthState.DEGRADED, "the last run failed: tick")

    runs.error = None
    await clock.advance(10)
    assert scheduler.list_jobs()[0].last_error is None
    assert (await scheduler.check_health()).state is HealthState.OK


async def test_runs_for_each_guild_that_has_the_module_on(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock
) -> None:
    """A per-guild job runs in its module's name, in the guilds where the module is on at that moment."""
    seen: list[tuple[int, Owner | None]] = []

    async def greet(guild_id: int) -> None:
        seen.append((guild_id, current_owner()))

    module = Owner("welcome")
    switches.on = {"welcome": [1, 2], "other": [3]}
    with owned_by(module):
        scheduler.register_per_guild(greet, 10, name="greet")

    await clock.advance(10)
    assert seen == [(1, module), (2, module)]

    switches.on["welcome"] = [2]
    await clock.advance(10)
    assert seen[2:] == [(2, module)]


async def test_one_guild_does_not_spoil_it_for_the_others(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure in one guild leaves the others their turn, and the log names the guild."""
    seen: list[int] = []

    async def greet(guild_id: int) -> None:
        if guild_id == 1:
            raise ValueError("no channel")
        seen.append(guild_id)

    switches.on = {"welcome": [1, 2, 3]}
    with owned_by(Owner("welcome")):
        scheduler.register_per_guild(greet, 10, name="greet")
    await clock.advance(10)

    assert seen == [2, 3]
    assert scheduler.list_jobs()[0].last_error == "ExceptionGroup: failed in 1 of 3 guilds (1 sub-exception)"
    assert "in guild 1" in caplog.text


async def test_a_few_guilds_at_a_time(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock
) -> None:
    """Many guilds are worked off ten at a time."""
    under_way, most = 0, 0

    async def greet(guild_id: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await clock.sleep(1)
        under_way -= 1

    switches.on = {"welcome": list(range(35))}
    with owned_by(Owner("welcome")):
        scheduler.register_per_guild(greet, 10, name="greet")
    await clock.advance(15)

    assert (most, under_way) == (GUILDS_AT_ONCE, 0)


async def test_a_job_per_guild_needs_a_module(config: AppConfig, scheduler: SchedulerService) -> None:
    """Outside a module, and where nobody knows the switches, a per-guild job is refused with the remedy."""

    async def greet(guild_id: int) -> None: ...

    with pytest.raises(JobError, match=r"'greet' runs per guild, but no module registers it; .*setup\(\)"):
        scheduler.register_per_guild(greet, 10, name="greet")
    with owned_by(Owner("welcome")), pytest.raises(JobError, match="nobody provides ActiveGuilds"):
        SchedulerService(config).register_per_guild(greet, 10, name="greet")


async def test_a_job_inherits_nothing_but_its_owner(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """A job runs in its module's name, and in no other context of the code that registered it."""
    request: ContextVar[str] = ContextVar("request", default="none")
    seen: list[str] = []

    async def look() -> None:
        seen.append(request.get())
        await runs()

    module = Owner("welcome")
    request.set("/remind")
    with owned_by(module):
        scheduler.register(look, 10, name="look")
    with owned_by(None):
        scheduler.register(runs, 10, name="tick")
    await clock.advance(10)

    assert seen == ["none"]
    assert runs.owners == [module, None]


async def test_jobs_go_with_their_module(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock, runs: Runs
) -> None:
    """When a module is unloaded its jobs are gone, and a run that is under way is cancelled."""
    ended: list[str] = []

    async def long() -> None:
        try:
            await clock.sleep(60)
        finally:
            ended.append("cancelled")

    module = Owner("welcome")
    with owned_by(module):
        scheduler.register(long, 10, name="long")
        scheduler.register_once(runs, 30, name="later")
        scheduler.register_once(runs, 5, name="soon")
    scheduler.register(runs, 100, name="other")
    await clock.advance(10)
    assert module.holdings == 2  # the job that ran once holds nothing any more

    await release(module, SystemClock())

    assert ended == ["cancelled"]
    assert [job.name for job in scheduler.list_jobs()] == ["other"]
    await clock.advance(50)
    assert runs.at_s == [5]


async def test_unregistering_ends_the_future_not_the_present(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """A job that is unregistered is due no more; a run under way ends by itself, the owner forgets it."""
    ended: list[float] = []

    async def long() -> None:
        await clock.sleep(15)
        ended.append(clock.now_s)

    module = Owner("welcome")
    with owned_by(module):
        scheduler.register(long, 10, name="long")
    await clock.advance(11)
    scheduler.unregister("long")
    scheduler.register(runs, 100, name="long")
    await release(module, SystemClock())
    await clock.advance(100)

    assert ended == [25]
    assert [job.name for job in scheduler.list_jobs()] == ["long"]


async def test_a_run_that_ends_frees_no_newer_job(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """A single run that was unregistered and then ends leaves alone what has its name now."""
    runs.takes_s = 10
    scheduler.register_once(runs, 5, name="reminder")
    await clock.advance(6)
    scheduler.unregister("reminder")
    scheduler.register(runs, 100, name="reminder")
    await clock.advance(20)

    assert [job.interval_s for job in scheduler.list_jobs()] == [100]


async def test_a_job_may_unregister_itself(scheduler: SchedulerService, clock: FakeClock) -> None:
    """A job that has done its work can end its own repetition."""
    count = 0

    async def until_third() -> None:
        nonlocal count
        count += 1
        if count == 3:
            scheduler.unregister("thrice")
        await clock.sleep(0)

    scheduler.register(until_third, 1, name="thrice")
    await clock.advance(10)

    assert count == 3


@pytest.mark.parametrize("interval_s", [0, -1, float("nan"), float("inf")])
async def test_refuses_impossible_times(scheduler: SchedulerService, runs: Runs, interval_s: float) -> None:
    """An interval is a finite number above 0, and a delay is none below 0."""
    with pytest.raises(JobError, match=r"'tick' has an interval of .* give a finite number above 0"):
        scheduler.register(runs, interval_s, name="tick")
    with pytest.raises(JobError, match=r"'tick' has a delay of .* give a finite number, 0 or more"):
        scheduler.register_once(runs, interval_s or -1, name="tick")

    assert scheduler.list_jobs() == ()


async def test_names_are_unique(scheduler: SchedulerService, runs: Runs) -> None:
    """A name that is taken is refused, and so is unregistering what is not there."""
    scheduler.register(runs, 10, name="tick")

    with pytest.raises(JobError, match="'tick' is registered already"):
        scheduler.register_once(runs, 10, name="tick")
    with pytest.raises(JobError, match=r"'tock' is not registered \(there are: tick\)"):
        scheduler.unregister("tock")


async def test_refuses_an_unloaded_module(scheduler: SchedulerService, runs: Runs) -> None:
    """A module that is gone cannot leave a job behind."""
    module = Owner("welcome")
    await release(module, SystemClock())

    with owned_by(module), pytest.raises(JobError, match="came from module 'welcome', which is unloaded"):
        scheduler.register(runs, 10, name="tick")


async def test_describes_jobs(scheduler: SchedulerService, clock: FakeClock, runs: Runs) -> None:
    """What is known of a job is told: whose it is, when it is due next, and how it went."""
    runs.takes_s = 1
    with owned_by(Owner("welcome")):
        scheduler.register(runs, 10, name="tick")
    scheduler.register_once(runs, 12, name="reminder")
    assert [job.next_due for job in scheduler.list_jobs()] == [START + timedelta(seconds=s) for s in (10, 12)]
    await clock.advance(10.5)

    assert scheduler.list_jobs() == (
        JobInfo("tick", "welcome", 10, START + timedelta(seconds=20), True, 0, 0, 0, None),
        JobInfo("reminder", None, None, START + timedelta(seconds=12), False, 0, 0, 0, None),
    )


async def test_shutdown_waits_for_runs(config: AppConfig, clock: FakeClock, runs: Runs) -> None:
    """At the end a run under way may finish, nothing is due any more and nothing can be registered."""
    scheduler = SchedulerService(config, clock=clock)
    await scheduler.start()
    finished: list[float] = []

    async def short() -> None:
        await clock.sleep(3)
        finished.append(clock.now_s)

    scheduler.register(short, 10, name="short")
    scheduler.register(runs, 11, name="tick")
    await clock.advance(10)

    stopping = asyncio.create_task(scheduler.stop())
    await clock.advance(3)
    await stopping
    await clock.advance(60)

    assert finished == [13]
    assert runs.at_s == []
    with pytest.raises(JobError, match="came after the scheduler was stopped"):
        scheduler.register(runs, 10, name="tick")


async def test_shutdown_has_a_limit(config: AppConfig, clock: FakeClock) -> None:
    """A run that does not end within five seconds is cancelled."""
    scheduler = SchedulerService(config, clock=clock)
    await scheduler.start()
    ended: list[float] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(clock.now_s)

    scheduler.register(endless, 10, name="endless")
    await clock.advance(10)
    stopping = asyncio.create_task(scheduler.stop())
    await clock.advance(4.9)
    assert ended == []
    await clock.advance(0.1)
    await stopping

    assert ended == [15]
