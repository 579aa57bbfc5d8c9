"""``python -m benchmarks.audit``: what audit and metrics cost a command, and how fast the spool is.

The first part does what a command that ran leaves behind: its metrics, and an audit event. What the
command waits for is measured alone; the line and the row that follow, written in batches by nobody's
command, are told beside it. The second part appends the same events to the spool and to a bare sqlite3
file with the same durability and the same batches, in turns.
"""

import argparse
import asyncio
import json
import logging
import sqlite3
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.timing import per_call_us
from wisp_framework import AppConfig
from wisp_framework.services import AuditService, MetricsService
from wisp_framework.services.audit_event import AuditAction, AuditEvent, AuditQuery, MemoryAuditSink
from wisp_framework.services.audit_spool import AuditSpool
from wisp_framework.utils.ordered_id import ordered_id

BUDGET_US = 20.0
LEAST_RATIO = 0.5
BATCH = 100
TOKEN = "benchmark.only.token"  # noqa: S105 - it opens nothing
GUILD, ADA = 81384788765712384, 53908232506183680
NOTHING = AuditQuery(action="nothing")


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        metrics_us: the metrics of one command, in microseconds of CPU.
        audit_us: noting its audit event.
        together_us: both; the budget is for these.
        behind_us: the line and the sink's batch for one event, later.
        spool_per_s: events a second into the spool, in batches.
        bare_per_s: the same rows into a bare sqlite3 file.
        ratio: the first over the second: the median of all rounds.
    """

    metrics_us: float
    audit_us: float
    together_us: float
    behind_us: float
    spool_per_s: float
    bare_per_s: float
    ratio: float


async def command_costs(folder: Path, calls: int, repeats: int) -> tuple[float, float, float]:
    """Microseconds for the metrics, for the event, and for what follows it."""
    config = AppConfig(discord_token=TOKEN, database_url="memory://", data_dir=folder)
    metrics = MetricsService(config)
    audit = AuditService(config, MemoryAuditSink(), metrics=metrics)
    await audit.start()

    def measure() -> None:
        metrics.increment("commands", kind="command", module="shop", name="buy", outcome="ran")
        metrics.timing("command", 0.002, kind="command", module="shop", name="buy")

    def note() -> None:
        audit.log_action(AuditAction.COMMAND_COMPLETED, actor_id=ADA, guild_id=GUILD, target="shop buy")

    metrics_us = min([await per_call_us(measure, calls) for _ in range(repeats)])
    notes: list[float] = []
    behind: list[float] = []
    for _ in range(repeats):
        began_s = time.process_time()
        for _ in range(calls):
            note()
        noted_s = time.process_time()
        await asyncio.sleep(0)  # the lines
        await audit.query(NOTHING)  # the rows
        behind.append((time.process_time() - noted_s) / calls * 1e6)
        notes.append((noted_s - began_s) / calls * 1e6)
    await audit.stop()
    return metrics_us, min(notes), min(behind)


def events(count: int) -> list[AuditEvent]:
    """As many events of commands."""
    at = datetime.now(UTC)
    return [
        AuditEvent(ordered_id(at), at, "command.completed", ADA, GUILD, "shop buy", reference="3F2A91BC")
        for _ in range(count)
    ]


async def spool_rate(folder: Path, rows: int) -> float:
    """Events a second into a new spool."""
    spool = AuditSpool(AppConfig(discord_token=TOKEN, data_dir=folder))
    await spool.count()
    made = events(rows)
    began_s = time.perf_counter()
    for first in range(0, rows, BATCH):
        await spool.append(made[first : first + BATCH])
    took_s = time.perf_counter() - began_s
    await spool.close()
    return rows / took_s


def bare_rate(folder: Path, rows: int) -> float:
    """The same rows a second into a bare file: the same durability, the same batches."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE events (id BLOB PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID")
    made = [(event.id.bytes, msgspec.json.encode(event)) for event in events(rows)]
    began_s = time.perf_counter()
    for first in range(0, rows, BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO events VALUES (?, ?)", made[first : first + BATCH])
        connection.execute("COMMIT")
    took_s = time.perf_counter() - began_s
    connection.close()
    return rows / took_s


async def run(folder: Path, calls: int, rows: int, repeats: int) -> Report:
    """Measure both parts."""
    metrics_us, audit_us, behind_us = await command_costs(folder, calls, repeats)
    rates: list[tuple[float, float]] = []
    for number in range(repeats):
        room = folder / str(number)
        room.mkdir()
        rates.append((await spool_rate(room, rows), bare_rate(room, rows)))
    spool_per_s, bare_per_s = (median(rate[side] for rate in rates) for side in (0, 1))
    ratio = median(spool / bare for spool, bare in rates)
    return Report(metrics_us, audit_us, metrics_us + audit_us, behind_us, spool_per_s, bare_per_s, ratio)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--calls", type=int, default=5000, help="commands each time (5000)")
    parser.add_argument("--rows", type=int, default=10_000, help="events into the spool each time (10000)")
    parser.add_argument("--repeats", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args(arguments)
    logging.getLogger("audit").addHandler(logging.NullHandler())
    logging.getLogger("audit").propagate = False
    with TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), asked.calls, asked.rows, asked.repeats))
    if asked.json:
        print(json.dumps(asdict(report)))
        return 0
    kept = "kept" if report.together_us <= BUDGET_US else "BROKEN"
    rate = "kept" if report.ratio >= LEAST_RATIO else "BROKEN"
    print("what a command leaves behind, microseconds of CPU")
    print(f"  metrics {report.metrics_us:.2f}, audit {report.audit_us:.2f}")
    print(f"  together {report.together_us:.2f} (budget {BUDGET_US:.0f}: {kept})")
    print(f"  later, in batches: {report.behind_us:.2f}")
    print(f"spool, batches of {BATCH}, each synced")
    print(f"  {report.spool_per_s:.0f} events/s, bare sqlite3 {report.bare_per_s:.0f} rows/s")
    print(f"  rate {report.ratio:.2f} of bare sqlite3 (at least {LEAST_RATIO}: {rate})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
