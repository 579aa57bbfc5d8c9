"""Takes jobs up from one store when they are due, runs them, and keeps hold of them meanwhile."""

import asyncio
import logging
import os
import random
import socket
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.deadline import CANCEL_GRACE_S, give_up
from wisp_framework.services.job_runs import Ended, RunOutcome, Switches, given_up, run_job
from wisp_framework.services.job_store import Job, JobStore, Reach
from wisp_framework.services.jobs import Handler
from wisp_framework.services.metrics import MetricsService
from wisp_framework.utils.clock import Clock

LONGEST_REST_S: Final = 60.0
PRUNE_EVERY_S: Final = 3600.0
STOP_LIMIT_S: Final = 3 * CANCEL_GRACE_S
KEPT_DAYS: Final = 7
"""How long a job that was given up rests in the store."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a process goes about its jobs.

    Args:
        lease_s: after how many seconds without a sign of life its jobs are taken from it; the clocks of all
            processes have to agree much better than that.
        poll_s: how often it looks what others have stored.
        at_once: how many runs it has under way; it takes up no more than it can run.
    """

    lease_s: float = 30.0
    poll_s: float = 1.0
    at_once: int = 20


DEFAULT_PACE: Final = Pace()


class Run:
    """One run under way; equal to itself alone."""

    def __init__(self, job: Job, handler: Handler | None) -> None:
        self.job = job
        self.handler = handler
        self.lost = False
        self.ending = False
        self.task: asyncio.Task[None] | None = None


class JobLoop:
    """Runs the jobs of one store in this process.

    Args:
        store: where they rest.
        reach: tells, at each look, which of them can be run now.
        handlers: finds a handler by its name.
        declare: called before each look; stores what came to be declared, and returns soon.
        switches: where modules are on; None: everywhere.
        metrics: what runs, lateness and retries are counted in.
        clock: the time.
        pace: how fast.
    """

    def __init__(
        self,
        store: JobStore,
        *,
        reach: Callable[[], Reach],
        handlers: Callable[[str], Handler | None],
        declare: Callable[[JobStore], Awaitable[None]],
        switches: Switches | None,
        metrics: MetricsService | None,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self.store = store
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.problem: str | None = None
        self.failing: dict[str, str] = {}
        """What the last run raised, by the handler; those that ended well are not in it."""
        self._reach = reach
        self._handler = handlers
        self._declare = declare
        self._switches = switches
        self._metrics = metrics
        self._clock = clock
        self._pace = pace
        self._nudge = asyncio.Event()
        self._busy = asyncio.Event()
        self._stopping = False
        self._runs: set[Run] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._looks_at: datetime | None = None
        self._prune_at_s = -PRUNE_EVERY_S
        self._more_due = False

    @property
    def runs(self) -> Collection[Run]:
        """What is under way."""
        return self._runs

    @property
    def alive(self) -> bool:
        """Whether it goes on."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    def start(self) -> None:
        """Begin to look for what is due."""
        self._stopping = False
        for work, name in ((self._look(), "jobs"), (self._keep_hold(), "leases of jobs")):
            # An empty context: jobs inherit nothing from whoever happened to start them.
            self._tasks.append(asyncio.create_task(work, name=name, context=Context()))

    def nudge(self) -> None:
        """Look at once: something has changed."""
        self._nudge.set()

    async def pause(self) -> None:
        """Take up nothing more; returns when what was being taken up is known."""
        self._stopping = True
        self._nudge.set()
        if self._tasks:
            looking, *_ = self._tasks
            await asyncio.wait({looking})

    async def idle(self) -> None:
        """Return once no run is under way."""
        while tasks := {run.task for run in self._runs if run.task is not None}:
            await asyncio.wait(tasks)

    async def give_up(self, runs: Iterable[Run]) -> None:
        """Cancel runs, and let their jobs be taken up again; a run that asks for its own end goes on."""
        here = asyncio.current_task()
        tasks = [run.task for run in runs if run.task is not None and run.task is not here]
        await asyncio.gather(*(give_up(self._clock, task) for task in tasks))

    async def stop(self) -> None:
        """End, with what is still under way, within `STOP_LIMIT_S`; after `pause`."""
        await self.give_up(list(self._runs))
        # What is left would wait for its store: its job comes again when the lease is over.
        await self.give_up(list(self._runs))
        await asyncio.gather(*(give_up(self._clock, task) for task in self._tasks))
        self._tasks.clear()

    # --- taking up ---

    async def _look(self) -> None:
        while not self._stopping:
            self._nudge.clear()
            try:
                wake = await self._turn()
                self._note_problem(None)
            except Exception as error:  # noqa: BLE001 - whatever it was, the jobs must go on
                if not isinstance(error, DatabaseError):
                    _log.exception("a look for due jobs failed")
                self._note_problem(error)
                wake = None
            if not self._stopping:
                await self._rest(wake)

    async def _turn(self) -> datetime | None:
        """Take up what is due; when to look again, None for the usual time."""
        await self._declare(self.store)
        await self._prune()
        reach, room = self._reach(), self._pace.at_once - len(self._runs)
        if room <= 0 or not reach.handlers:
            return None
        now = self._clock.now()
        looked = not self._more_due  # where a claim brought all it asked for, there is hardly need to look
        if looked:
            wake = await self.store.next_wake(reach)
            if wake is None or wake > now:
                return wake
        until = now + timedelta(seconds=self._pace.lease_s)
        claimed = await self.store.claim(reach, now, until, self.holder, room)
        for job in claimed:
            self._launch(job)
        self._more_due = len(claimed) == room
        if looked and not claimed:  # another process was first; not all shall come again at the same time
            return now + timedelta(seconds=self._pace.poll_s * random.uniform(0.02, 0.2))
        return now if len(claimed) < room else None

    async def _prune(self) -> None:
        if self._clock.monotonic() >= self._prune_at_s:
            self._prune_at_s = self._clock.monotonic() + PRUNE_EVERY_S
            await self.store.prune(self._clock.now() - timedelta(days=KEPT_DAYS))

    async def _rest(self, wake: datetime | None) -> None:
        longest_s = self._pace.poll_s if self.store.shared else LONGEST_REST_S
        rest_s = (wake - self._clock.now()).total_seconds() if wake is not None else longest_s
        if self._nudge.is_set() or rest_s <= 0:
            await asyncio.sleep(0)
            return
        rest_s = min(rest_s, longest_s)
        self._looks_at = self._clock.now() + timedelta(seconds=rest_s)
        sleeping = asyncio.ensure_future(self._clock.sleep(rest_s))
        nudged = asyncio.ensure_future(self._nudge.wait())
        try:
            await asyncio.wait({sleeping, nudged}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            nudged.cancel()
            self._looks_at = None

    def _note_problem(self, error: Exception | None) -> None:
        if error is not None and self.problem is None:
            _log.warning("jobs wait, their store cannot be used: %s", error)
        elif error is None and self.problem is not None:
            _log.info("the store of jobs is back")
        self.problem = None if error is None else str(error)

    # --- running ---

    def _launch(self, job: Job) -> None:
        run = Run(job, self._handler(job.handler))
        self._runs.add(run)
        self._busy.set()
        run.task = asyncio.create_task(self._run(run), name=f"job {job.name}", context=Context())

    async def _run(self, run: Run) -> None:
        started_s = self._clock.monotonic()
        lateness_s = (self._clock.now() - run.job.due_at).total_seconds()
        try:
            ended = await self._ended(run)
            run.ending = True
            if ended.outcome is not RunOutcome.LOST and not await self._store(run.job, ended):
                ended = Ended(RunOutcome.LOST, None)
            self._count(run, ended, lateness_s, self._clock.monotonic() - started_s)
        except asyncio.CancelledError:
            lease_s = self._pace.lease_s
            _log.warning("job %s could not be put back; it is run again within %g s", run.job.name, lease_s)
            raise
        finally:
            self._runs.discard(run)
            if not self._runs:
                self._busy.clear()
            if len(self._runs) == self._pace.at_once - 1:
                self._nudge.set()

    async def _ended(self, run: Run) -> Ended:
        if run.handler is None:  # its module went while the store was asked
            return given_up(run.job, self._clock.now())
        try:
            return await run_job(run.job, run.handler, self._switches, self._clock)
        except asyncio.CancelledError:
            return Ended(RunOutcome.LOST, None) if run.lost else given_up(run.job, self._clock.now())

    async def _store(self, job: Job, ended: Ended) -> bool:
        """Let the job rest as it is to; False if somebody else has it by now, or it was cancelled."""
        while True:
            try:
                if ended.job is None:
                    return await self.store.finish(job)
                if not await self.store.put_back(ended.job):
                    return False
                self._look_by(ended.job.wake_at)
                return True  # noqa: TRY300 - an else after the except below would hide where the loop ends
            except DatabaseError as error:
                # Nobody else can take it meanwhile: the store is away for all, or our lease goes on.
                self._note_problem(error)
            await self._clock.sleep(self._pace.poll_s)

    def _look_by(self, wake_at: datetime | None) -> None:
        if wake_at is not None and (self._looks_at is None or wake_at < self._looks_at):
            self._nudge.set()

    def _count(self, run: Run, ended: Ended, lateness_s: float, took_s: float) -> None:
        name, outcome = run.job.handler, ended.outcome
        if outcome in (RunOutcome.FAILED, RunOutcome.RETRIED) and ended.job is not None:
            self.failing[name] = ended.job.last_error or ""
        elif outcome is RunOutcome.RAN:
            self.failing.pop(name, None)
        if outcome is RunOutcome.LOST:
            _log.warning("job %s was taken by another process, or cancelled, while it ran", run.job.name)
        if self._metrics is None:
            return
        self._metrics.increment("jobs.runs", handler=name, outcome=outcome.value)
        if run.job.attempt == 1:
            self._metrics.timing("jobs.lateness", max(0.0, lateness_s), handler=name)
        if outcome in (RunOutcome.RAN, RunOutcome.FAILED, RunOutcome.RETRIED):
            self._metrics.timing("jobs.duration", took_s, handler=name)

    async def _keep_hold(self) -> None:
        while True:
            await self._busy.wait()
            await self._clock.sleep(self._pace.lease_s / 3)
            running = [run for run in self._runs if not run.ending]
            if not running:
                continue
            until = self._clock.now() + timedelta(seconds=self._pace.lease_s)
            try:
                held = await self.store.renew(self.holder, until)
            except DatabaseError as error:
                self._note_problem(error)
                continue
            for run in running:
                if not run.ending and held.get(run.job.name) != run.job.epoch and run.task is not None:
                    run.lost = True
                    run.task.cancel()
