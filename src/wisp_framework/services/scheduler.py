"""Jobs that run again and again, or once, later."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import JobError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.deadline import give_up
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.ownership import Owner, current_owner, enter_owner

DRAIN_LIMIT_S = 5.0
"""How long `SchedulerService.shutdown` waits for runs that are under way."""

GUILDS_AT_ONCE = 10
"""For how many guilds a per-guild job runs at the same time."""

Run = Callable[[], Awaitable[object]]
"""What a job does."""

GuildRun = Callable[[int], Awaitable[object]]
"""What a per-guild job does, for the guild of that id."""

_MAX_ERROR_LENGTH = 200

_log = logging.getLogger(__name__)


class ActiveGuilds(Protocol):
    """Knows where a module is on."""

    def guilds(self, module: str) -> Sequence[int]:
        """Ids of the guilds of this process in which the module of that name is on now."""


@dataclass(frozen=True, slots=True)
class JobInfo:
    """What is known of one job.

    Args:
        name: unique in this process.
        owner: the module that registered it; None for the framework.
        interval_s: seconds between two due times; None for a job that runs once.
        next_due: aware UTC; None before the scheduler is started, and once a single run has begun.
        running: whether a run is under way.
        runs: how many runs have ended, well or not.
        skipped: how many due times passed because a run was still under way.
        failures: how many runs raised.
        last_error: what the last run raised; None if it ended well.
    """

    name: str
    owner: str | None
    interval_s: float | None
    next_due: datetime | None
    running: bool
    runs: int
    skipped: int
    failures: int
    last_error: str | None


@dataclass(eq=False, slots=True)
class _Job:
    name: str
    run: Run
    delay_s: float
    repeats: bool
    owner: Owner | None
    undo_key: int | None = None
    next_due_s: float | None = None
    timer: asyncio.Task[None] | None = None
    under_way: asyncio.Task[None] | None = None
    runs: int = 0
    skipped: int = 0
    failures: int = 0
    last_error: str | None = None

    @property
    def running(self) -> bool:
        return self.under_way is not None and not self.under_way.done()


class SchedulerService(BaseService):
    """Runs jobs in this process, and forgets them with it.

    A repeating job is due at whole multiples of its interval, counted from its
    registration (or from the start of the service, if that is later), however long a
    run takes. A due time at which the last run is still under way is skipped and
    counted. What a run raises is logged with the job's name and stops nothing. Jobs
    that a module registers run in its name, and go with it.
    """

    def __init__(
        self, config: AppConfig, active_guilds: ActiveGuilds | None = None, clock: Clock | None = None
    ) -> None:
        super().__init__(config)
        self._active_guilds = active_guilds
        self._clock = clock or SystemClock()
        self._jobs: dict[str, _Job] = {}
        self._ended = False

    def register(self, run: Run, interval_s: float, *, name: str) -> None:
        """Run ``run`` every ``interval_s`` seconds, the first time after one interval.

        Raises:
            JobError: the name is taken, the interval is no finite number above 0, the
                scheduler has stopped, or the module that asks is unloaded.
        """
        if not (math.isfinite(interval_s) and interval_s > 0):
            raise JobError(name, f"has an interval of {interval_s} s; give a finite number above 0")
        self._add(_Job(name, run, interval_s, repeats=True, owner=current_owner()))

    def register_once(self, run: Run, delay_s: float, *, name: str) -> None:
        """Run ``run`` once, ``delay_s`` seconds from now; the name is free again afterwards.

        Raises:
            JobError: as `register`; a delay of 0 is fine.
        """
        if not (math.isfinite(delay_s) and delay_s >= 0):
            raise JobError(name, f"has a delay of {delay_s} s; give a finite number, 0 or more")
        self._add(_Job(name, run, delay_s, repeats=False, owner=current_owner()))

    def register_per_guild(self, run: GuildRun, interval_s: float, *, name: str) -> None:
        """Run ``run`` every ``interval_s`` seconds for each guild in which the running module is on.

        A run that fails for one guild goes on with the others.

        Raises:
            JobError: as `register`; also outside a module.
        """
        owner, guilds = current_owner(), self._active_guilds
        if owner is None:
            raise JobError(name, "runs per guild, but no module registers it; do it in a module's setup()")
        if guilds is None:
            raise JobError(name, "runs per guild, but nobody provides ActiveGuilds")
        self.register(_for_each_guild(run, guilds, owner.name), interval_s, name=name)

    def unregister(self, name: str) -> None:
        """Let that job be due no more; a run that is under way may end.

        Raises:
            JobError: there is no job of that name.
        """
        job = self._jobs.get(name)
        if job is None:
            known = ", ".join(self._jobs) or "none"
            raise JobError(name, f"is not registered (there are: {known})")
        self._forget(job)

    def list_jobs(self) -> tuple[JobInfo, ...]:
        """What is known of each job, in order of registration."""
        return tuple(self._describe(job) for job in self._jobs.values())

    @override
    async def startup(self) -> None:
        """Let time begin for the jobs that were registered before."""
        self._ended = False
        self._mark_initialized()
        for job in self._jobs.values():
            self._arm(job)

    @override
    async def shutdown(self) -> None:
        """Let nothing be due any more; wait up to five seconds for runs under way, then cancel them."""
        self._ended = True
        under_way = [job.under_way for job in self._jobs.values() if job.under_way and job.running]
        for job in list(self._jobs.values()):
            self._forget(job)
        if not under_way:
            return
        limit = asyncio.ensure_future(self._clock.sleep(DRAIN_LIMIT_S))
        drained = asyncio.ensure_future(asyncio.wait(under_way))
        try:
            await asyncio.wait({limit, drained}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
            drained.cancel()
            await asyncio.gather(*(give_up(self._clock, task) for task in under_way))

    @override
    async def check_health(self) -> Health:
        """Degraded while the last run of some job has failed."""
        failing = [job.name for job in self._jobs.values() if job.last_error is not None]
        if failing:
            return Health(HealthState.DEGRADED, f"the last run failed: {', '.join(failing)}")
        return await super().check_health()

    def _add(self, job: _Job) -> None:
        if job.name in self._jobs:
            raise JobError(job.name, "is registered already; choose another name or unregister it first")
        if self._ended:
            raise JobError(job.name, "came after the scheduler was stopped")
        if job.owner is not None:
            if job.owner.released:
                raise JobError(job.name, f"came from module {job.owner.name!r}, which is unloaded")
            job.undo_key = job.owner.record(lambda: self._take_back(job))
        self._jobs[job.name] = job
        if self._initialized:
            self._arm(job)

    def _arm(self, job: _Job) -> None:
        # An empty context: a job inherits nothing from the command that happened to register it.
        since_s = self._clock.monotonic()
        job.next_due_s = since_s + job.delay_s
        job.timer = asyncio.create_task(
            self._keep_time(job, since_s), name=f"timer of {job.name}", context=Context()
        )

    async def _keep_time(self, job: _Job, since_s: float) -> None:
        turn = 1
        while True:
            due_s = since_s + turn * job.delay_s
            job.next_due_s = due_s
            await self._clock.sleep(max(0.0, due_s - self._clock.monotonic()))
            self._launch(job)
            if not job.repeats:
                job.next_due_s = None
                return
            passed = math.floor((self._clock.monotonic() - since_s) / job.delay_s)
            job.skipped += max(0, passed - turn)
            turn = max(turn, passed) + 1

    def _launch(self, job: _Job) -> None:
        if job.running:
            job.skipped += 1
            _log.warning("Job %r is still running; this due time is skipped", job.name)
            return
        job.under_way = asyncio.create_task(self._run(job), name=f"job {job.name}")

    async def _run(self, job: _Job) -> None:
        enter_owner(job.owner)
        try:
            await job.run()
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise  # we were cancelled; otherwise the job let out the end of a task of its own
            job.failures += 1
            job.last_error = "CancelledError"
            _log.exception("Job %r failed", job.name)
        except Exception as error:  # noqa: BLE001 - foreign code; one job must not stop the others
            job.failures += 1
            job.last_error = f"{type(error).__name__}: {error}"[:_MAX_ERROR_LENGTH]
            _log.exception("Job %r failed", job.name)
        else:
            job.last_error = None
        finally:
            job.runs += 1
            if not job.repeats:
                self._forget(job)

    def _forget(self, job: _Job) -> None:
        if self._jobs.get(job.name) is job:
            del self._jobs[job.name]
        if job.timer is not None:
            job.timer.cancel()
        if job.owner is not None and job.undo_key is not None:
            job.owner.forget(job.undo_key)

    async def _take_back(self, job: _Job) -> None:
        """Undo a registration at the unload of its module; unlike `unregister` it ends the run, too."""
        self._forget(job)
        if job.under_way is not None and job.under_way is not asyncio.current_task():
            await give_up(self._clock, job.under_way)

    def _describe(self, job: _Job) -> JobInfo:
        wait_s = None if job.next_due_s is None else job.next_due_s - self._clock.monotonic()
        return JobInfo(
            name=job.name,
            owner=job.owner.name if job.owner else None,
            interval_s=job.delay_s if job.repeats else None,
            next_due=None if wait_s is None else self._clock.now() + timedelta(seconds=wait_s),
            running=job.running,
            runs=job.runs,
            skipped=job.skipped,
            failures=job.failures,
            last_error=job.last_error,
        )


def _for_each_guild(run: GuildRun, active: ActiveGuilds, module: str) -> Run:
    async def run_all() -> None:
        guild_ids = list(active.guilds(module))
        waiting, failures = iter(guild_ids), list[Exception]()
        workers = (_work_off(run, waiting, failures) for _ in range(min(GUILDS_AT_ONCE, len(guild_ids))))
        await asyncio.gather(*workers)
        if failures:
            raise ExceptionGroup(f"failed in {len(failures)} of {len(guild_ids)} guilds", failures)

    return run_all


async def _work_off(run: GuildRun, waiting: Iterator[int], failures: list[Exception]) -> None:
    for guild_id in waiting:
        try:
            await run(guild_id)
        except Exception as error:  # noqa: BLE001 - foreign code; the other guilds must still have their turn
            error.add_note(f"in guild {guild_id}")
            failures.append(error)
