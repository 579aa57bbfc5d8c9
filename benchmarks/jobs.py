"""``PYTHONPATH=tests python -m benchmarks.jobs``: how fast due jobs are claimed on PostgreSQL.

The store takes up all that is due, in batches of at most 20; once more with the look when the next is due,
which a scheduler takes unless its last claim brought all it asked for. In turns with it, bare asyncpg
executes the same UPDATE, prepared the first time, in a transaction, and nothing else. Beside the rates
stands the CPU time of this process; the server has its own.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import asyncpg
from pydantic import SecretStr
from sqlalchemy import text

from benchmarks.payloads import TOKEN
from benchmarks.switch_across import servers
from wisp_framework import AppConfig
from wisp_framework.db.job_store import SqlJobStore
from wisp_framework.db.migrator import SqlMigrator
from wisp_framework.services import Job
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.job_loop import DEFAULT_PACE
from wisp_framework.services.job_store import Reach

LEAST_RATIO = 0.3
BATCH = DEFAULT_PACE.at_once
REACH = Reach(["shop.restock"])
HOLDER = "host:1:benchmark"
CLAIM = """
WITH ripe AS MATERIALIZED (
    SELECT name FROM jobs
    WHERE wake_at <= $1 AND handler = ANY($2) AND (guild_id IS NULL OR (guild_id >> 22) % $3 = ANY($4))
    ORDER BY wake_at LIMIT $5 FOR UPDATE SKIP LOCKED
)
UPDATE jobs SET wake_at = $6, holder = $7, epoch = epoch + 1, attempt = attempt + 1, updated_at = $1
FROM ripe WHERE jobs.name = ripe.name
RETURNING jobs.name, handler, schedule, due_at, wake_at, guild_id, payload, declared, holder, epoch, attempt,
    last_error
"""
"""What the store executes, too."""


@dataclass(frozen=True)
class Report:
    """What was found, each figure the median of the rounds.

    Attributes:
        claimed_per_s: jobs a second that the store took up.
        bare_per_s: jobs a second by bare asyncpg.
        ratio: the first over the second, of the same round; the promise is `LEAST_RATIO`.
        looked_per_s: as `claimed_per_s`, with a look when the next job is due before each batch.
        claimed_us: CPU time of this process for one job, in microseconds.
        bare_us: the same of bare asyncpg.
    """

    claimed_per_s: float
    bare_per_s: float
    ratio: float
    looked_per_s: float
    claimed_us: float
    bare_us: float


async def fill(db: DatabaseService, jobs: int) -> None:
    """Let so many be due, and nothing else be there."""
    async with db.session() as session:
        await session.execute(text("TRUNCATE jobs"))
    due_at = datetime.now(UTC) - timedelta(hours=1)
    await SqlJobStore(db).declare(
        [
            Job(f"shop.restock@{number}", "shop.restock", "every 60 s", due_at, due_at, payload='{"tea":1}')
            for number in range(jobs)
        ]
    )
    async with db.session() as session:
        await session.execute(text("ANALYZE jobs"))


async def drained(claim: Callable[[], Awaitable[int]], jobs: int) -> tuple[float, float]:
    """Claim until nothing is due: jobs a second, and microseconds of CPU for one."""
    begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
    claimed = 0
    while taken := await claim():
        claimed += taken
    took_s, cpu_s = time.perf_counter() - begun_s, time.process_time() - begun_cpu_s
    if claimed != jobs:
        raise AssertionError(f"{claimed} of {jobs} jobs were claimed")
    return jobs / took_s, cpu_s / jobs * 1e6


async def run(url: str, jobs: int, repeats: int) -> Report:
    """Claim all that is due in both ways, in turns."""
    config = AppConfig(discord_token=SecretStr(TOKEN), database_url=SecretStr(url), db_statement_timeout=60)
    db = DatabaseService(config, SqlMigrator())
    await db.start()
    store = SqlJobStore(db)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))

    async def by_store() -> int:
        now = datetime.now(UTC)
        return len(await store.claim(REACH, now, now + timedelta(hours=1), HOLDER, BATCH))

    async def with_look() -> int:
        await store.next_wake(REACH)
        return await by_store()

    async def by_asyncpg() -> int:
        now = datetime.now(UTC)
        reach = (REACH.handlers, REACH.shards.count, sorted(REACH.shards.ids))
        async with connection.transaction():
            return len(
                await connection.fetch(CLAIM, now, *reach, BATCH, now + timedelta(hours=1), HOLDER),
            )

    rounds, looked = [], []
    for _ in range(repeats):
        await fill(db, jobs)
        wisp = await drained(by_store, jobs)
        await fill(db, jobs)
        looked.append((await drained(with_look, jobs))[0])
        await fill(db, jobs)
        rounds.append((wisp, await drained(by_asyncpg, jobs)))
    await connection.close()
    await db.stop()
    return Report(
        claimed_per_s=median(wisp[0] for wisp, _ in rounds),
        bare_per_s=median(bare[0] for _, bare in rounds),
        ratio=median(wisp[0] / bare[0] for wisp, bare in rounds),
        looked_per_s=median(looked),
        claimed_us=median(wisp[1] for wisp, _ in rounds),
        bare_us=median(bare[1] for _, bare in rounds),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000, help="due jobs in a round (2000)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds (5)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args(arguments)
    with servers() as (database, _):
        report = asyncio.run(run(database, asked.jobs, asked.repeats))
    if asked.json:
        print(json.dumps(asdict(report)))
        return 0
    kept = "kept" if report.ratio >= LEAST_RATIO else "BROKEN"
    print(f"claimed {report.claimed_per_s:.0f} jobs/s, {report.claimed_us:.0f} us of CPU each")
    print(f"  with the looks {report.looked_per_s:.0f} jobs/s")
    print(f"bare asyncpg {report.bare_per_s:.0f} jobs/s, {report.bare_us:.0f} us of CPU each")
    print(f"rate {report.ratio:.2f} of bare asyncpg (at least {LEAST_RATIO}: {kept})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
