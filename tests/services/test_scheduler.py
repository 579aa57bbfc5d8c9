"""The scheduler: when jobs run, what stops them, whose they are, and what becomes of failures."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from typing_extensions import override

from support.clock import START, FakeClock, settle
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DatabaseError, JobError, JobPayloadError, ScheduleError
from wisp_framework.registry.loader import release
from wisp_framework.services import (
    Cron,
    Every,
    GuildJobRun,
    HealthState,
    JobQuery,
    JobRun,
    JobState,
    MemoryJobStore,
    MetricsService,
    SchedulerService,
    at,
    every,
    job,
)
from wisp_framework.services.job_loop import Pace
from wisp_framework.services.job_runs import OFF_PAUSE_S
from wisp_framework.services.job_store import ALL_GUILDS, Reach, Shards
from wisp_framework.utils.clock import SystemClock
from wisp_framework.utils.ownership import Owner, current_owner, owned_by

Handler = Callable[..., Awaitable[object]]
HOUR_S = 3600.0


class Switches:
    """Where modules are on, and which guilds are this process's: what the test says."""

    def __init__(self) -> None:
        self.on: dict[str, list[int]] = {}
        self.mine: Shards | None = ALL_GUILDS

    def guilds(self, module: str) -> Sequence[int]:
        return self.on.get(module, []) if self.mine is not None else []

    def is_on(self, module: str, guild_id: int | None) -> bool:
        guilds = self.on.get(module, [])
        return bool(guilds) if guild_id is None else guild_id in guilds

    def shards(self) -> Shards | None:
        return self.mine


class Runs:
    """What a handler notes of its runs; it can be made to fail, or to wait."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.at_s: list[float] = []
        self.runs: list[JobRun[Any]] = []
        self.owners: list[Owner | None] = []
        self.takes_s = 0.0
        self.error: Exception | None = None

    async def note(self, run: JobRun[Any]) -> None:
        self.at_s.append(self._clock.now_s)
        self.runs.append(run)
        self.owners.append(current_owner())
        if self.takes_s:
            await self._clock.sleep(self.takes_s)
        if self.error is not None:
            raise self.error

    def under(self, decorate: Callable[[Any], Any], kind: Any = JobRun) -> Handler:
        """A handler under a decorator, which takes that kind of run."""

        async def tick(run: Any) -> None:
            await self.note(run)

        tick.__annotations__["run"] = kind
        handler: Handler = decorate(tick)
        return handler


@pytest.fixture
def switches() -> Switches:
    """No module is on anywhere."""
    return Switches()


@pytest.fixture
def store() -> MemoryJobStore:
    """What a test may hand to one scheduler after the other, as a database would be."""
    return MemoryJobStore()


@pytest.fixture
def metrics(config: AppConfig, clock: FakeClock) -> MetricsService:
    """Counts."""
    return MetricsService(config, clock)


@pytest.fixture
async def make(
    config: AppConfig, switches: Switches, metrics: MetricsService, clock: FakeClock, store: MemoryJobStore
) -> AsyncIterator[Callable[[], Awaitable[SchedulerService]]]:
    """Starts schedulers on that store, each as a process of its own."""
    made: list[SchedulerService] = []

    async def start() -> SchedulerService:
        scheduler = SchedulerService(config, store, switches, metrics, clock)
        made.append(scheduler)
        await scheduler.start()
        return scheduler

    yield start
    for scheduler in made:
        await stop(scheduler, clock)


@pytest.fixture
async def scheduler(make: Callable[[], Awaitable[SchedulerService]]) -> SchedulerService:
    """A scheduler that is started."""
    return await make()


@pytest.fixture
def runs(clock: FakeClock) -> Runs:
    """What a handler notes."""
    return Runs(clock)


async def stop(scheduler: SchedulerService, clock: FakeClock) -> None:
    """Stop it; what does not end is given up."""
    stopping = asyncio.create_task(scheduler.stop())
    await clock.advance(10)
    await stopping


# --- when ---


async def test_runs_at_multiples_of_the_interval(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """The second run of a ten-second job that takes four begins at twenty seconds, not at twenty-four."""
    runs.takes_s = 4
    scheduler.add(runs.under(every(seconds=10)))
    await clock.advance(35)

    assert runs.at_s == [10, 20, 30]


async def test_a_due_time_in_a_run_is_passed_over(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """A job that takes longer than its interval never runs twice at once, and keeps to its times."""
    runs.takes_s = 25
    scheduler.add(runs.under(every(seconds=10)))
    await clock.advance(75)

    assert runs.at_s == [10, 40, 70]


async def test_a_due_time_in_a_run_can_wait(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """With overlap="wait" it comes as soon as the run has ended; several count as one."""
    runs.takes_s = 25
    scheduler.add(runs.under(every(seconds=10, overlap="wait")))
    await clock.advance(90)

    assert runs.at_s == [10, 35, 60, 85]


async def test_comes_by_a_line_of_cron(scheduler: SchedulerService, clock: FakeClock, runs: Runs) -> None:
    """At each quarter of an hour by the clock, however it stood at the start."""
    await scheduler_with(scheduler, runs, Cron("*/15 * * * *"))
    clock.now_s = 60.0
    await clock.advance(HOUR_S)

    assert runs.at_s == [900, 1800, 2700, 3600]


async def scheduler_with(scheduler: SchedulerService, runs: Runs, when: Any, **more: Any) -> str:
    """Add a handler under `job`, and schedule it."""
    handler = runs.under(job(name=more.pop("handler", "")))
    scheduler.add(handler)
    return await scheduler.schedule(handler, when, **more)


async def test_comes_once_at_an_instant(scheduler: SchedulerService, clock: FakeClock, runs: Runs) -> None:
    """Declared or scheduled, in whatever zone; afterwards nothing waits any more."""
    scheduler.add(runs.under(at(START + timedelta(seconds=5))))
    await scheduler_with(scheduler, runs, (START + timedelta(seconds=7)).astimezone(), handler="later")
    await scheduler_with(scheduler, runs, timedelta(seconds=9), handler="in_nine_seconds")
    await scheduler_with(scheduler, runs, START - timedelta(days=1), handler="passed")
    await clock.advance(100)

    assert runs.at_s == [0, 5, 7, 9]
    assert [found.state for found in await scheduler.jobs()] == [JobState.DONE]


async def test_an_instant_that_has_passed_is_not_declared(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """A new bot does not begin with what its code once celebrated."""
    scheduler.add(runs.under(at(START - timedelta(seconds=1))))
    await clock.advance(100)

    assert runs.at_s == []


async def test_jitter_spreads_what_is_due_at_once(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """Each run begins late by chance, never early nor by more than was said, and keeps its due time."""
    scheduler.add(runs.under(every(seconds=100, jitter_s=50)))
    await clock.advance(1060)

    late = [at_s - number * 100 for number, at_s in enumerate(runs.at_s, 1)]
    assert len(late) >= 10
    assert all(0 <= each < 51 for each in late)
    assert len({round(each, 3) for each in late}) > 5
    assert [run.due for run in runs.runs[:2]] == [START + timedelta(seconds=s) for s in (100, 200)]


async def test_time_begins_with_the_service(config: AppConfig, clock: FakeClock, runs: Runs) -> None:
    """What was added before the start is due one interval after it."""
    scheduler = SchedulerService(config, clock=clock)
    scheduler.add(runs.under(every(seconds=10)))
    await clock.advance(7)
    await scheduler.start()
    await clock.advance(10)

    assert runs.at_s == [17]
    await stop(scheduler, clock)


# --- over restarts ---


async def test_an_interval_goes_on_over_a_restart(
    make: Callable[[], Awaitable[SchedulerService]], clock: FakeClock, runs: Runs
) -> None:
    """A bot that is restarted each hour has its daily job run each day."""
    for _ in range(30):
        scheduler = await make()
        scheduler.add(runs.under(every(days=1)))
        await clock.advance(HOUR_S - 10)
        await stop(scheduler, clock)

    assert runs.at_s == [24 * HOUR_S]


@pytest.mark.parametrize(
    ("missed", "due_s"), [("once", [10, 50]), ("skip", [50]), ("all", [10, 20, 30, 40, 50])]
)
async def test_what_nobody_could_run_is_made_up_for_as_told(
    missed: Any,
    due_s: list[int],
    make: Callable[[], Awaitable[SchedulerService]],
    clock: FakeClock,
    runs: Runs,
) -> None:
    """After 45 seconds in which no process ran: one run for all, none, or one for each; then as usual."""
    first = await make()
    handler = runs.under(every(seconds=10, missed=missed, missed_after_s=2))
    first.add(handler)
    await settle()
    await first.stop()
    clock.now_s = 45.0
    second = await make()
    second.add(handler)
    await clock.advance(6)

    assert [round((run.due - START).total_seconds()) for run in runs.runs] == due_s


async def test_what_was_scheduled_outlives_the_process(
    make: Callable[[], Awaitable[SchedulerService]], clock: FakeClock, runs: Runs
) -> None:
    """A reminder comes from the next process, with what it carries; late, if that starts late."""
    handler = runs.under(job(), JobRun[str])
    first = await make()
    first.add(handler)
    await first.schedule(handler, timedelta(seconds=30), "tea")
    await stop(first, clock)
    clock.now_s = 100.0
    second = await make()
    await clock.advance(5)
    assert runs.runs == []

    second.add(handler)
    await clock.advance(1)
    assert [(run.payload, run.due) for run in runs.runs] == [("tea", START + timedelta(seconds=30))]


async def test_each_process_runs_what_is_its_own(
    make: Callable[[], Awaitable[SchedulerService]], clock: FakeClock, runs: Runs
) -> None:
    """A job for each process runs in both; one for the whole bot in one of them."""
    schedulers = [await make(), await make()]
    own, common = Runs(clock), runs
    for each in schedulers:
        each.add(own.under(every(seconds=10, each_process=True, name="own")))
        each.add(common.under(every(seconds=10, name="common")))
    await clock.advance(35)

    assert common.at_s == [10, 20, 30]
    assert own.at_s == [10, 10, 20, 20, 30, 30]


# --- failures ---


async def test_a_failure_is_tried_again_after_longer_and_longer_pauses(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    """Twice as long each time, under the same key; then it is given up, told of, and kept for a week."""
    runs.error = ValueError("no tea")
    handler = runs.under(job(retries=3, retry_after_s=10))
    scheduler.add(handler)
    name = await scheduler.schedule(handler, timedelta())
    await clock.advance(500)

    pauses = [later - earlier for earlier, later in zip(runs.at_s, runs.at_s[1:], strict=False)]
    assert [round(pause, -1) for pause in pauses] == [10, 20, 40]
    assert [run.attempt for run in runs.runs] == [1, 2, 3, 4]
    assert len({run.key for run in runs.runs}) == 1
    (failed,) = await scheduler.jobs(JobQuery(state=JobState.FAILED))
    assert (failed.name, failed.last_error) == (name, "ValueError: no tea")
    assert "no tea" in caplog.text
    health = await scheduler.check_health()
    assert (health.state, health.detail) == (HealthState.DEGRADED, "the last run failed: tick")

    runs.error = None
    assert await scheduler.run_now(name)
    await clock.advance(1)
    assert runs.runs[-1].key == runs.runs[0].key
    assert await scheduler.jobs() == []
    assert (await scheduler.check_health()).state is HealthState.OK


async def test_what_failed_goes_after_a_week(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """Nobody has to clear it away."""
    runs.error = ValueError("no tea")
    handler = runs.under(job(retries=0))
    scheduler.add(handler)
    await scheduler.schedule(handler, timedelta())
    await clock.advance(1)
    clock.now_s += 6 * 24 * HOUR_S
    await clock.advance(61)
    assert len(await scheduler.jobs()) == 1
    clock.now_s += 2 * 24 * HOUR_S
    await clock.advance(61)
    assert await scheduler.jobs() == []


async def test_a_job_that_failed_comes_again_at_its_next_time(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """What is given up is the one due time, not the job; the others are never held up."""
    runs.error = ValueError("no tea")
    other = Runs(clock)
    scheduler.add(runs.under(every(seconds=10, retries=0)))
    scheduler.add(other.under(every(seconds=10, name="other")))
    await clock.advance(25)

    assert runs.at_s == [10, 20]
    assert other.at_s == [10, 20]
    assert len({run.key for run in runs.runs}) == 2


async def test_what_is_kept_of_a_failure_holds_no_secret(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """A password in the words of an error is hidden before they are stored."""
    runs.error = OSError("cannot reach redis://:hunter2hunter2@cache:6379")
    scheduler.add(runs.under(every(seconds=100, retries=0)))
    await clock.advance(150)

    assert (await scheduler.jobs())[0].last_error == "OSError: cannot reach redis://:[hidden]@cache:6379"


async def test_a_run_that_does_not_end_is_cancelled(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """After its time it has failed, and its next due time comes."""
    runs.takes_s = HOUR_S
    scheduler.add(runs.under(every(seconds=100, timeout_s=30, retries=0)))
    await clock.advance(150)

    assert (await scheduler.jobs())[0].last_error == "it did not end within 30 s"
    await clock.advance(60)
    assert runs.at_s == [100, 200]


async def test_log_lines_of_a_run_name_its_key(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    """What a handler logs is bound to the key of its run, and the line about its failure names it."""
    bound: list[object] = []

    async def tick(run: JobRun) -> None:
        bound.append(structlog.contextvars.get_contextvars().get("request_id"))
        await runs.note(run)

    runs.error = ValueError("Boom")
    scheduler.add(every(seconds=100, retries=0)(tick))
    await clock.advance(100)

    assert bound == [runs.runs[0].key]
    assert any(f"(request_id {runs.runs[0].key})" in message for message in caplog.messages)
    assert "request_id" not in structlog.contextvars.get_contextvars()


async def test_what_is_due_is_taken_up_without_looking_each_time(
    config: AppConfig, clock: FakeClock, runs: Runs
) -> None:
    """A backlog of more than runs at once costs one look at its start, and one at its end."""

    class Asked(MemoryJobStore):
        looks = 0

        @override
        async def next_wake(self, *args: Any) -> datetime | None:
            self.looks += 1
            return await super().next_wake(*args)

    store = Asked()
    scheduler = SchedulerService(config, store, clock=clock, pace=Pace(at_once=2))
    later = runs.under(job(name="later"))
    scheduler.add(later)
    for number in range(8):
        await scheduler.schedule(later, timedelta(seconds=10), name=f"job {number}")
    await scheduler.start()
    await clock.advance(9)
    before = store.looks
    await clock.advance(2)

    assert len(runs.runs) == 8
    assert store.looks - before == 2
    await scheduler.stop()


async def test_a_store_that_is_away_is_waited_for(
    config: AppConfig, clock: FakeClock, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing runs meanwhile, health says so, one warning does; what had begun is not run a second time."""

    class Away(MemoryJobStore):
        away = False

        def _check(self) -> None:
            if self.away:
                raise DatabaseError("the database is away")

        @override
        async def next_wake(self, *args: Any) -> datetime | None:
            self._check()
            return await super().next_wake(*args)

        @override
        async def put_back(self, *args: Any) -> bool:
            self._check()
            return await super().put_back(*args)

        @override
        async def create(self, *args: Any, **more: Any) -> bool:
            self._check()
            return await super().create(*args, **more)

    store = Away()
    scheduler = SchedulerService(config, store, clock=clock)
    await scheduler.start()
    runs.takes_s = 5
    handler, later = runs.under(every(seconds=10)), runs.under(job(name="later"))
    scheduler.add(handler)
    scheduler.add(later)
    await clock.advance(11)
    store.away = True
    await clock.advance(100)
    assert "the database is away" in (await scheduler.check_health()).detail
    with pytest.raises(DatabaseError):
        await scheduler.schedule(later, timedelta())
    store.away = False
    await clock.advance(70)

    assert runs.at_s[0] == 10
    assert len(set(runs.at_s)) == len({run.key for run in runs.runs})
    assert sum("cannot be used" in record.message for record in caplog.records) == 1
    assert (await scheduler.check_health()).state is HealthState.OK
    await stop(scheduler, clock)


# --- several processes ---


async def test_what_a_dead_process_held_is_run_again(
    make: Callable[[], Awaitable[SchedulerService]], clock: FakeClock, runs: Runs, store: MemoryJobStore
) -> None:
    """When its lease is over, another one takes it, under the same key, as the second attempt."""
    handler = runs.under(job())
    alive = await make()
    alive.add(handler)
    await alive.schedule(handler, timedelta(seconds=5), name="a")
    now, until = (clock.now() + timedelta(seconds=seconds) for seconds in (5, 30))
    (taken,) = await store.claim(Reach(alive.names()), now, until, "dead", 1)
    await clock.advance(29)
    assert runs.at_s == []
    await clock.advance(2)

    assert [(run.attempt, run.due) for run in runs.runs] == [(2, taken.due_at)]


async def test_a_lease_is_kept_while_a_run_goes_on(
    make: Callable[[], Awaitable[SchedulerService]], clock: FakeClock, runs: Runs
) -> None:
    """A run of ten minutes is one run, though leases are of thirty seconds and others wait for them."""
    handler = runs.under(job(timeout_s=HOUR_S))
    for each in (await make(), await make()):
        each.add(handler)
    runs.takes_s = 600
    await each.schedule(handler, timedelta())
    await clock.advance(700)

    assert runs.at_s == [0]


async def test_a_run_whose_job_was_taken_is_cancelled(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs, metrics: MetricsService
) -> None:
    """A job that is cancelled in the middle of a run is not brought back, and the run ends soon."""
    runs.takes_s = 100
    name = await scheduler_with(scheduler, runs, timedelta())
    await clock.advance(1)
    assert await scheduler.cancel(name)
    await clock.advance(15)

    await scheduler.idle()
    assert await scheduler.jobs() == []
    assert metrics.get_metrics().counters['jobs.runs{handler="tick",outcome="lost"}'] == 1


# --- modules and guilds ---


async def test_a_guilds_job_runs_where_the_module_is_on(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock, runs: Runs
) -> None:
    """Once for each guild, as it stands at that moment; guilds that come later are found."""
    switches.on["greet"] = [1, 2]
    owner = Owner("greet")
    with owned_by(owner):
        scheduler.add(runs.under(every(seconds=10), GuildJobRun))
    await clock.advance(11)
    assert sorted(run.guild_id for run in runs.runs if isinstance(run, GuildJobRun)) == [1, 2]
    assert set(runs.owners) == {owner}

    switches.on["greet"] = [2, 3]
    scheduler.look()
    runs.runs.clear()
    await clock.advance(13)
    assert sorted(run.name for run in runs.runs) == ["greet.tick@2", "greet.tick@3"]


async def test_what_comes_once_waits_for_the_switch(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock, runs: Runs
) -> None:
    """A ban that ends while its module is off in the guild ends when it is on again."""
    with owned_by(Owner("bans")):
        handler = runs.under(job(name="unban"), GuildJobRun[int])
        scheduler.add(handler)
    switches.on["bans"] = [1]
    for guild_id in (1, 2):
        await scheduler.schedule(handler, timedelta(seconds=5), 9, guild_id=guild_id)
    await clock.advance(60)
    assert [run.guild_id for run in runs.runs if isinstance(run, GuildJobRun)] == [1]

    switches.on["bans"] = [1, 2]
    await clock.advance(OFF_PAUSE_S)
    assert [(run.payload, run.attempt) for run in runs.runs] == [(9, 1), (9, 1)]


async def test_only_a_processs_own_guilds_are_served(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock, runs: Runs
) -> None:
    """What belongs to a guild of another shard is left to whoever has that."""
    near, far = 4 << 22, 5 << 22
    switches.mine, switches.on["bans"] = Shards(2, frozenset({0})), [near, far]
    with owned_by(Owner("bans")):
        handler = runs.under(job(), GuildJobRun)
        scheduler.add(handler)
    for guild_id in (near, far):
        await scheduler.schedule(handler, timedelta(), guild_id=guild_id)
    await clock.advance(60)

    assert [run.guild_id for run in runs.runs if isinstance(run, GuildJobRun)] == [near]


async def test_modules_wait_until_the_guilds_are_known(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock, runs: Runs
) -> None:
    """Before the bot is ready no job of a module runs, and none is passed over; the framework's own do."""
    switches.mine, switches.on["greet"] = None, [1]
    own = Runs(clock)
    scheduler.add(own.under(every(seconds=10, name="own")))
    with owned_by(Owner("greet")):
        scheduler.add(runs.under(every(seconds=10)))
    await clock.advance(25)
    assert (own.at_s, runs.at_s) == ([10, 20], [])

    switches.mine = ALL_GUILDS
    scheduler.look()
    await clock.advance(1)
    assert runs.at_s == [25]


async def test_a_module_takes_its_handlers_with_it(
    scheduler: SchedulerService, switches: Switches, clock: FakeClock, runs: Runs
) -> None:
    """Unloaded in the middle of a run, that ends; what is scheduled waits until the module is back."""
    switches.on["tea"] = [1]
    owner = Owner("tea")
    runs.takes_s = 50
    with owned_by(owner):
        handler = runs.under(job())
        scheduler.add(handler)
    await scheduler.schedule(handler, timedelta(seconds=5))
    await clock.advance(10)
    await release(owner, SystemClock())
    assert scheduler.names() == ()
    assert owner.holdings == 0
    with pytest.raises(JobError, match="was not added here; there are: none"):
        await scheduler.schedule(handler, timedelta())
    await clock.advance(500)
    assert runs.at_s == [5]

    with owned_by(Owner("tea")):
        scheduler.add(handler)
    await clock.advance(60)
    assert runs.at_s == [5, 510]
    assert [run.attempt for run in runs.runs] == [1, 1]
    with owned_by(owner), pytest.raises(JobError, match="which is unloaded"):
        scheduler.add(runs.under(every(seconds=5, name="other")))


# --- asking and telling ---


async def test_jobs_are_found_and_cancelled_by_name(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """The author's name or a made-up one; a cancelled job comes no more."""
    handler = runs.under(job(), JobRun[str])
    scheduler.add(handler)
    made_up = await scheduler.schedule(handler, timedelta(seconds=5), "a")
    assert await scheduler.schedule(handler, Every(10), "b", name="tea") == "tea"
    with pytest.raises(JobError, match="is there already; choose another name, or replace it"):
        await scheduler.schedule(handler, timedelta(seconds=7), "c", name="tea")
    await scheduler.schedule(handler, timedelta(seconds=7), "c", name="tea", replace=True)
    assert [found.name for found in await scheduler.jobs()] == [made_up, "tea"]
    assert await scheduler.cancel(made_up)
    assert not await scheduler.cancel(made_up)
    await clock.advance(60)

    assert [run.payload for run in runs.runs] == ["c"]


async def test_a_job_may_end_itself(scheduler: SchedulerService, clock: FakeClock) -> None:
    """A run that cancels its own job ends well, and is the last one."""
    ran: list[int] = []

    @job()
    async def until_third(run: JobRun) -> None:
        ran.append(1)
        if len(ran) == 3:
            await scheduler.cancel(run.name)

    scheduler.add(until_third)
    await scheduler.schedule(until_third, Every(1))
    await clock.advance(60)

    assert len(ran) == 3


async def test_a_declared_job_can_be_run_at_once(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """With a due time and key of its own."""
    scheduler.add(runs.under(every(hours=1)))
    await clock.advance(60)
    assert await scheduler.run_now("tick")
    assert not await scheduler.run_now("tock")
    await clock.advance(1)
    await clock.advance(HOUR_S)

    assert runs.at_s == [60, 60 + HOUR_S]


async def test_handlers_are_added_and_removed(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs
) -> None:
    """A name is taken once and free again after its removal; a run under way may end."""
    runs.takes_s = 5
    handler = runs.under(every(seconds=10))
    scheduler.add(handler)
    with pytest.raises(JobError, match="is there already; give one of the two another name="):
        scheduler.add(runs.under(every(seconds=10)))
    with pytest.raises(JobError, match="only a module of a bot has guilds"):
        scheduler.add(runs.under(every(seconds=10, name="other"), GuildJobRun))
    await clock.advance(12)
    assert scheduler.remove(handler)
    assert not scheduler.remove(handler)
    await clock.advance(100)
    assert (scheduler.names(), runs.at_s) == ((), [10])
    assert (await scheduler.jobs())[0].state is JobState.WAITING


@pytest.mark.parametrize(
    ("when", "more", "error", "says"),
    [
        (datetime(2030, 1, 1), {}, ScheduleError, "has no time zone"),  # noqa: DTZ001 - what is refused
        (timedelta(seconds=-1), {}, ScheduleError, "cannot come 0:00:01 ago"),
        (timedelta(), {"payload": 5}, JobPayloadError, "carries str"),
        (timedelta(), {"payload": "x" * 20_000}, JobPayloadError, "at most 16384 are kept"),
        (timedelta(), {"name": ""}, JobError, "needs a name"),
        (timedelta(), {"name": "x" * 151}, JobError, "needs a name"),
        (timedelta(), {"name": "a\nb"}, JobError, "needs a name"),
    ],
)
async def test_what_cannot_be_scheduled_is_refused(
    when: Any, more: dict[str, Any], error: type[JobError], says: str, scheduler: SchedulerService, runs: Runs
) -> None:
    """Naive times, negative spans, payloads and names that do not fit: nothing is kept of them."""
    handler = runs.under(job(), JobRun[str])
    scheduler.add(handler)
    with pytest.raises(error, match=says):
        await scheduler.schedule(handler, when, **({"payload": "tea"} | more))

    assert await scheduler.jobs() == []


async def test_only_what_is_added_can_be_scheduled(
    scheduler: SchedulerService, runs: Runs, switches: Switches
) -> None:
    """Unknown handlers, those with a schedule of their own, and guild's jobs without a guild are refused."""
    with pytest.raises(JobError, match="was not added here"):
        await scheduler.schedule(runs.under(job()), timedelta())
    declared, guilds = runs.under(every(hours=1)), runs.under(job(name="guilds"), GuildJobRun)
    scheduler.add(declared)
    with pytest.raises(JobError, match="has a schedule in its code"):
        await scheduler.schedule(declared, timedelta())
    with owned_by(Owner("tea")):
        scheduler.add(guilds)
    with pytest.raises(JobError, match="need a guild_id"):
        await scheduler.schedule(guilds, timedelta())


async def test_counts_what_happens(
    scheduler: SchedulerService, clock: FakeClock, runs: Runs, metrics: MetricsService
) -> None:
    """Runs by outcome, lateness and duration, by handler."""
    runs.takes_s = 2
    scheduler.add(runs.under(every(seconds=10)))
    await clock.advance(35)
    await clock.advance(1)

    snapshot = metrics.get_metrics()
    assert snapshot.counters['jobs.runs{handler="tick",outcome="ran"}'] == 3
    assert snapshot.timings['jobs.duration{handler="tick"}'].max == 2
    assert snapshot.timings['jobs.lateness{handler="tick"}'].max < 1


async def test_takes_up_no_more_than_it_can_run(
    config: AppConfig, clock: FakeClock, runs: Runs, store: MemoryJobStore
) -> None:
    """What is due beyond that is left for others, and taken as soon as there is room."""
    scheduler = SchedulerService(config, store, clock=clock, pace=Pace(at_once=3))
    await scheduler.start()
    runs.takes_s = 10
    handler = runs.under(job())
    scheduler.add(handler)
    for _ in range(7):
        await scheduler.schedule(handler, timedelta())
    await clock.advance(5)
    assert len(await scheduler.jobs(JobQuery(state=JobState.RUNNING))) == 3
    await clock.advance(30)

    assert runs.at_s == [0, 0, 0, 10, 10, 10, 20]
    await stop(scheduler, clock)


async def test_a_stop_waits_for_what_runs(
    make: Callable[[], Awaitable[SchedulerService]], clock: FakeClock, runs: Runs
) -> None:
    """A short run comes to its end; nothing new begins, and nothing can be added any more."""
    scheduler = await make()
    runs.takes_s = 4
    scheduler.add(runs.under(every(seconds=10)))
    await clock.advance(11)
    stopping = asyncio.create_task(scheduler.stop())
    await clock.advance(4)

    assert stopping.done()
    with pytest.raises(JobError, match="came after the scheduler was stopped"):
        scheduler.add(runs.under(every(seconds=10)))


async def test_a_stop_gives_up_what_does_not_end(
    make: Callable[[], Awaitable[SchedulerService]], clock: FakeClock, runs: Runs
) -> None:
    """After five seconds it is cancelled, and another process may run it at once, as if it had not begun."""
    first, second = await make(), await make()
    runs.takes_s = 100
    handler = runs.under(job())
    first.add(handler)
    await first.schedule(handler, timedelta())
    await clock.advance(1)
    stopping = asyncio.create_task(first.stop())
    await clock.advance(6)
    await stopping
    second.add(handler)
    await clock.advance(1)

    assert [run.attempt for run in runs.runs] == [1, 1]
