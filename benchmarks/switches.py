"""``python -m benchmarks.switches``: how large the snapshot of all switches is, and how fast it is read.

100,000 guilds and 20 modules of which 5 % are switched: 100,000 rows in a SQLite file. They are read as the
bot does at its start, and the same rows with the bare sqlite3 module, in turns.
"""

import argparse
import asyncio
import gc
import json
import random
import sqlite3
import sys
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from benchmarks.payloads import TOKEN
from wisp_framework import AppConfig, create_app
from wisp_framework.feature_flags import FeatureFlags, FlagStore
from wisp_framework.services.database import DatabaseService

GUILDS, MODULES, SHARE = 100_000, 20, 0.05
FIRST_ID = 81384788765712384
MOST_MB = 40.0
LEAST_RATIO = 0.3
INSERT = """INSERT INTO module_states (guild_id, module_name, enabled, created_at, updated_at)
            VALUES (?, ?, ?, '2030-01-01 00:00:00.000000', '2030-01-01 00:00:00.000000')"""
QUERY = "SELECT guild_id, module_name, enabled FROM module_states"


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        rows: how many switches.
        snapshot_mb: memory that the loaded snapshot holds.
        bare_ms: bare sqlite3, all rows fetched into a list.
        wisp_ms: `FeatureFlags.load`, in the same run.
        ratio: the rate of Wisp over that of bare sqlite3; the promise is `LEAST_RATIO` or more.
    """

    rows: int
    snapshot_mb: float
    bare_ms: float
    wisp_ms: float
    ratio: float


def _modules() -> list[str]:
    return [f"module_{number}" for number in range(MODULES)]


def _database_in(folder: Path) -> Path:
    return next(folder.rglob("*.db"))


def _fill(file: Path, guilds: int) -> int:
    chosen = random.Random(0)
    rows = [
        (FIRST_ID + guild, module, chosen.random() < 0.5)
        for guild in range(guilds)
        for module in _modules()
        if chosen.random() < SHARE
    ]
    with sqlite3.connect(file) as connection:
        connection.executemany(INSERT, rows)
    connection.close()
    return len(rows)


def _bare_ms(file: Path) -> float:
    connection = sqlite3.connect(file)
    begun_s = time.perf_counter()
    rows = connection.execute(QUERY).fetchall()
    took_ms = (time.perf_counter() - begun_s) * 1000
    connection.close()
    del rows
    return took_ms


def _flags(store: FlagStore) -> FeatureFlags:
    flags = FeatureFlags(store)
    for module in _modules():
        flags.declare(module, default=True)
    return flags


async def _wisp_ms(store: FlagStore) -> float:
    flags = _flags(store)
    begun_s = time.perf_counter()
    await flags.load()
    return (time.perf_counter() - begun_s) * 1000


async def _snapshot_mb(store: FlagStore) -> float:
    flags = _flags(store)
    gc.collect()
    tracemalloc.start()
    await flags.load()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / 1e6


async def run(folder: Path, guilds: int, repeats: int) -> Report:
    """Fill a database and read it."""
    app = create_app(AppConfig(discord_token=SecretStr(TOKEN), data_dir=folder, log_level="WARNING"))
    database = app.services.get(DatabaseService)
    await database.start()
    try:
        store = app.services.get(FlagStore)
        file = _database_in(folder)
        count = _fill(file, guilds)
        pairs = [(_bare_ms(file), await _wisp_ms(store)) for _ in range(repeats)]
        size_mb = await _snapshot_mb(store)
    finally:
        await database.stop()
    return Report(
        count,
        size_mb,
        median(bare for bare, _ in pairs),
        median(wisp for _, wisp in pairs),
        median(bare / wisp for bare, wisp in pairs),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.switches", description=__doc__)
    parser.add_argument("--guilds", type=int, default=GUILDS, help=f"how many guilds ({GUILDS})")
    parser.add_argument("--repeats", type=int, default=5, help="how often each is read (5)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), asked.guilds, asked.repeats))
    if asked.json:
        print(json.dumps(asdict(report)))
        return 0
    kept = "kept" if report.ratio >= LEAST_RATIO else "BROKEN"
    size = "kept" if report.snapshot_mb <= MOST_MB else "BROKEN"
    print(f"{report.rows} switches of {asked.guilds} guilds")
    print(f"  snapshot {report.snapshot_mb:.1f} MB (at most {MOST_MB:.0f}: {size})")
    print(f"  bare sqlite3 {report.bare_ms:.0f} ms, Wisp {report.wisp_ms:.0f} ms")
    print(f"  rate {report.ratio:.2f} of bare sqlite3 (at least {LEAST_RATIO}: {kept})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
