"""Processes that run jobs on one database and note in it what they do, made to be killed; and their judge."""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from sqlalchemy import text

from support.database import url_config
from wisp_framework.db.job_store import SqlJobStore
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services import Every, JobQuery, JobRun, SchedulerService, job
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.job_loop import Pace

TABLES = (
    "CREATE TABLE runs (run_key VARCHAR(40), process INTEGER)",
    "CREATE TABLE effects (run_key VARCHAR(40) PRIMARY KEY, job VARCHAR(150), due VARCHAR(40))",
)
RUN_S = 0.02
TICK_S = 0.1
STALL_S = 0.3
READY = "ready"
END = "end"
NOBODY = Pace(at_once=0)
"""Of the scheduler that only stores jobs."""


class Worker:
    """A scheduler with two handlers, for jobs that come once and for those that come again and again.

    Args:
        db: where the jobs rest.
        pace: how fast it goes about them.
        parent: who is told of each run.
        stall_s: so long each run stops its whole process, which gives no sign of life meanwhile.
    """

    def __init__(
        self, db: DatabaseService, pace: Pace, parent: Connection | None = None, stall_s: float = 0.0
    ) -> None:
        self._db = db
        self._parent = parent
        self._stall_s = stall_s
        self.scheduler = SchedulerService(db.config, SqlJobStore(db), pace=pace)
        self.scheduler.add_all(self)

    @job(retries=0)
    async def once(self, run: JobRun) -> None:
        """What comes once."""
        await self._note(run)

    @job(retries=0, missed="all", overlap="wait")
    async def tick(self, run: JobRun) -> None:
        """What comes again and again, and must not leave out a due time."""
        await self._note(run)

    async def _note(self, run: JobRun) -> None:
        # First that it runs, then, after a while in which it may be killed, the effect: once for each key.
        await self._execute("INSERT INTO runs VALUES (:key, :process)", key=run.key, process=os.getpid())
        if self._parent is not None:
            self._parent.send(run.key)
        time.sleep(self._stall_s)  # noqa: ASYNC251 - the loop is to stand still
        await asyncio.sleep(RUN_S)
        due = run.due.astimezone(UTC).isoformat()
        effect = "INSERT INTO effects VALUES (:key, :job, :due) ON CONFLICT DO NOTHING"
        await self._execute(effect, key=run.key, job=run.name, due=due)

    async def _execute(self, statement: str, **values: object) -> None:
        while True:
            try:
                async with self._db.session() as session:
                    await session.execute(text(statement), values)
                    return
            except DatabaseError:  # a file that eight processes write is locked now and then
                await asyncio.sleep(RUN_S)


def work_deaf(parent: Connection, url: str) -> None:
    """As `work`, but with no sign of life during a run."""
    work(parent, url, STALL_S)


def work(parent: Connection, url: str, stall_s: float = 0.0) -> None:
    """Say when the database is there, be told the pace, and tell each run's key, until told to end."""

    async def run() -> None:
        db = DatabaseService(url_config(url))
        await db.start()
        parent.send(READY)
        pace: Pace = await asyncio.to_thread(parent.recv)
        worker = Worker(db, pace, parent, stall_s)
        await worker.scheduler.start()
        await asyncio.to_thread(parent.recv)
        await worker.scheduler.stop()
        await db.stop()

    asyncio.run(run())


@dataclass(frozen=True)
class Work:
    """What was given to the processes to do.

    Attributes:
        singles: when each job is due that comes once.
        ticks: when each job was due first that comes every `TICK_S`.
    """

    singles: Mapping[str, datetime]
    ticks: Mapping[str, datetime]


async def give(db: DatabaseService, singles: int, ticks: int, span_s: float) -> Work:
    """Store jobs that come once, some due now and the others within a span, and jobs that come on and on."""
    worker = Worker(db, NOBODY)
    now = datetime.now(UTC)
    due = {f"once {number}": now + timedelta(seconds=span_s * number / singles) for number in range(singles)}
    for name, due_at in due.items():
        await worker.scheduler.schedule(worker.once, due_at, name=name)
    for number in range(ticks):
        await worker.scheduler.schedule(worker.tick, Every(TICK_S), name=f"tick {number}")
    stored = await worker.scheduler.jobs(JobQuery(handler="tick", limit=ticks))
    return Work(due, {job.name: job.due_at for job in stored})


@dataclass(frozen=True)
class Verdict:
    """What the database tells when all processes have ended.

    Attributes:
        firings: due times that have had their effect.
        missed: due times that are over and had none.
        doubled: due times that had an effect more than once.
        repeats: runs beyond the first of a due time.
        held: what processes had in their hands when they were killed or taken for dead.
    """

    firings: int
    missed: int
    doubled: int
    repeats: int
    held: int

    @property
    def kept(self) -> bool:
        """Whether each due time had one effect, and only what died was repeated."""
        return not self.missed and not self.doubled and self.repeats <= self.held


async def judge(db: DatabaseService, given: Work, held: int) -> Verdict:
    """Compare what had to be done with what was."""
    store = SqlJobStore(db)
    due_next = {job.name: job.due_at for job in await store.find(JobQuery(limit=100_000))}
    over = {(name, due) for name, due in given.singles.items() if name not in due_next}
    missed = len(given.singles) - len(over)
    for name, first in given.ticks.items():
        count = (due_next[name] - first) // timedelta(seconds=TICK_S)
        over |= {(name, first + number * timedelta(seconds=TICK_S)) for number in range(count)}
    async with db.session(read_only=True) as session:
        effects = (await session.execute(text("SELECT job, due FROM effects"))).all()
        runs = (await session.execute(text("SELECT count(*), count(DISTINCT run_key) FROM runs"))).one()
    had = {(name, datetime.fromisoformat(due)) for name, due in effects}
    return Verdict(
        firings=len(had),
        missed=missed + len(over - had),
        doubled=len(effects) - len(had),
        repeats=runs[0] - runs[1],
        held=held,
    )
