"""Eight processes run jobs from one database and are killed, one by one: nothing is missed or done twice."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import text

from support.database import file_url, migrated_at
from support.database_children import heard, start_child
from support.job_children import END, READY, TABLES, Verdict, give, judge, work, work_deaf
from wisp_framework.db.job_store import SqlJobStore
from wisp_framework.services import JobQuery
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.job_loop import Pace
from wisp_framework.services.job_store import JobState

SEED = int(os.environ.get("WISP_SEED", "20260101"))
FIRINGS = 10_000 if os.environ.get("WISP_SOAK") else 1000
PROCESSES = 8
TICKS = 8
PACE = Pace(lease_s=3.0, poll_s=0.2, at_once=4)
ON_A_FILE = Pace(lease_s=6.0, poll_s=0.2, at_once=1)
"""A file has one writer at a time, and who says that he is alive may wait for his turn for 2 s."""

KILL_AFTER = range(5, 35) if os.environ.get("WISP_SOAK") else range(15, 85)
"""So many runs begin between one kill and the next: at most a second or so goes by."""

FREEZE_EVERY = 15
MOST_RUNS = 5
"""So many times what there is to do: with so many runs something is wrong, and it is time to judge."""

SPAN_S = 0.004
"""So long after the one before is each job due that comes once."""

PATIENCE_S = 200 + 0.05 * FIRINGS
LOOK_S = 0.2


@dataclass
class Crowd:
    """Processes that run jobs, and what those that are dead had in their hands.

    Attributes:
        held: names of jobs with their epochs.
        gone: ids of processes that were killed, or were stopped for longer than their lease.
    """

    url: str
    pace: Pace
    work: Callable[[Connection, str], None] = work
    alive: dict[Connection, BaseProcess] = field(default_factory=dict)
    held: set[tuple[str, int]] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    kills: int = 0

    def gather(self) -> None:
        """Start eight, and let them begin together; on a machine that is slow at that, with longer leases."""
        began_s = time.monotonic()
        for _ in range(PROCESSES):
            self.grow()
        for connection in self.alive:
            assert connection.recv() == READY
        took_s = time.monotonic() - began_s
        if self.pace.lease_s >= 1.0:
            self.pace = replace(self.pace, lease_s=max(self.pace.lease_s, took_s))
        for connection in self.alive:
            connection.send(self.pace)

    def grow(self) -> Connection:
        """Start one more."""
        process, connection = start_child(self.work, self.url)
        self.alive[connection] = process
        return connection

    def heard(self) -> int:
        """How many runs have begun since it was asked last; waits a moment for the first."""
        ready = [one for one in wait(list(self.alive), LOOK_S) if isinstance(one, Connection)]
        return sum(one.recv() != READY for one in ready)

    def kill(self, victim: Connection) -> None:
        """Let one die at once, and another take its place."""
        process = self.alive.pop(victim)
        process.kill()
        process.join()
        victim.close()
        assert process.pid is not None
        self.gone.add(process.pid)
        self.kills += 1
        self.grow().send(self.pace)

    async def look(self, db: DatabaseService) -> None:
        """Note what the dead have in their hands; until the lease is over it stays there."""
        for job in await SqlJobStore(db).find(JobQuery(state=JobState.RUNNING)):
            if job.holder is not None and int(job.holder.split(":")[1]) in self.gone:
                self.held.add((job.name, job.epoch))

    def freeze(self) -> BaseProcess | None:
        """Stop one for a while, as a machine may do that is starved, and count it as dead; not on Windows."""
        if sys.platform == "win32":
            return None
        process = next(iter(self.alive.values()))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        self.gone.add(process.pid)
        return process

    def thaw(self, process: BaseProcess) -> None:
        """Let it go on, with jobs in its hands that are others' by now."""
        if sys.platform != "win32" and process.pid is not None:
            os.kill(process.pid, signal.SIGCONT)

    def end(self) -> None:
        """Let all come to their end."""
        for connection, process in self.alive.items():
            self.thaw(process)
            connection.send(END)
        for connection, process in self.alive.items():
            heard(connection)
            process.join()


async def is_done(db: DatabaseService, firings: int) -> bool:
    """Whether that much has had its effect, and nothing that comes once is still to come."""
    query = """
        SELECT (SELECT count(*) FROM effects),
        (SELECT count(*) FROM jobs WHERE handler = 'once' AND wake_at IS NOT NULL)
    """
    async with db.session(read_only=True) as session:
        effects, left = (await session.execute(text(query))).one()
    return bool(effects >= firings and not left)


async def disturb(
    db: DatabaseService, crowd: Crowd, firings: int, patience_s: float, *, freezing: bool
) -> None:
    """Kill one after the other until most is done, then wait for the rest, or for too long."""
    chance = random.Random(SEED)
    begun, kill_at = 0, chance.choice(KILL_AFTER)
    frozen, thaw_at_s = None, 0.0
    give_up_s = time.monotonic() + patience_s
    while begun < MOST_RUNS * firings and time.monotonic() < give_up_s:
        if begun >= firings and await is_done(db, firings):
            break
        begun += crowd.heard()
        if frozen is not None and time.monotonic() >= thaw_at_s:
            crowd.thaw(frozen)
            frozen = None
        if begun >= kill_at and begun < 0.9 * firings:
            kill_at = begun + chance.choice(KILL_AFTER)
            crowd.kill(chance.choice([one for one, process in crowd.alive.items() if process is not frozen]))
            if freezing and crowd.kills % FREEZE_EVERY == 1 and frozen is None:
                frozen, thaw_at_s = crowd.freeze(), time.monotonic() + 1.2 * crowd.pace.lease_s
            await crowd.look(db)


async def proof(
    url: str,
    firings: int,
    *,
    pace: Pace,
    work: Callable[[Connection, str], None] = work,
    freezing: bool = False,
    patience_s: float = PATIENCE_S,
) -> Verdict:
    """Let eight processes do that much, and judge what they did."""
    crowd = Crowd(url, pace, work)
    async with migrated_at(url) as db:
        for table in TABLES:
            async with db.session() as session:
                await session.execute(text(table))
        try:
            crowd.gather()
            given = await give(db, firings // 2, TICKS, firings * SPAN_S)
            await disturb(db, crowd, firings, patience_s, freezing=freezing)
        finally:
            crowd.end()
        verdict = await judge(db, given, len(crowd.held))
    print(f"{verdict}, {crowd.kills} kills, {crowd.pace}, seed {SEED}")  # noqa: T201 - shown where the proof fails
    return verdict


@pytest.mark.timeout(2 * PATIENCE_S)
async def test_what_is_killed_is_run_again_on_postgresql(postgres_url: str) -> None:
    """One of eight is killed every few hundred milliseconds: no due time is missed, none has two effects.

    Some are not killed but stopped for longer than their lease, and must not keep what others have by then.
    """
    verdict = await proof(postgres_url, FIRINGS, pace=PACE, freezing=True)

    assert verdict.firings >= FIRINGS
    assert verdict.kept, verdict


@pytest.mark.timeout(2 * PATIENCE_S)
async def test_what_is_killed_is_run_again_on_sqlite(tmp_path: Path) -> None:
    """The same on one file; nobody is stopped there, for who holds the file then stops all others."""
    verdict = await proof(file_url(tmp_path), FIRINGS // 5, pace=ON_A_FILE)

    assert verdict.firings >= FIRINGS // 5
    assert verdict.kept, verdict


async def test_without_leases_the_proof_fails(postgres_url: str) -> None:
    """Where a lease is over before a run is, runs are taken from those who live, and this is seen."""
    pace = replace(PACE, lease_s=0.01)
    verdict = await proof(postgres_url, 40, pace=pace, work=work_deaf, patience_s=4.0)

    assert verdict.repeats
    assert not verdict.kept
