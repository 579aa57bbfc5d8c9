"""``python -m benchmarks.guild_data``: what it costs to read one value of a guild.

From memory, as most reads are; and from the SQLite file through the database service, in turns with bare
aiosqlite that reads the same row over a connection that is open. Counted is the processor's time, of all
threads: each call to SQLite is a turn to another thread, and the wait for it tells how busy the machine is.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiosqlite
from pydantic import SecretStr

from benchmarks.payloads import TOKEN
from wisp_framework import AppConfig
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.db.guild_store import SqlGuildStore
from wisp_framework.db.migrator import SqlMigrator
from wisp_framework.services.database import DatabaseService

GUILD = 81384788765712384
MOST_MEMORY_US = 10.0
MOST_RATIO = 3.0
QUERY = "SELECT value, expires_at FROM guild_data WHERE guild_id = ? AND module_name = ? AND key = ?"


@dataclass(frozen=True)
class Report:
    """What was found, each figure the median of the rounds.

    Attributes:
        memory_us: `GuildDataService.get` of what was read lately; the promise is `MOST_MEMORY_US`.
        bare_us: aiosqlite, one row.
        wisp_us: the same row through the store and the database service.
        ratio: Wisp over bare, of the same round; the promise is `MOST_RATIO`.
    """

    memory_us: float
    bare_us: float
    wisp_us: float
    ratio: float


async def _per_call_us(act: Callable[[], Awaitable[object]], calls: int) -> float:
    begun_s = time.process_time()
    for _ in range(calls):
        await act()
    return (time.process_time() - begun_s) / calls * 1e6


async def run(folder: Path, calls: int, repeats: int) -> Report:
    """Store a value and read it in every way."""
    config = AppConfig(discord_token=SecretStr(TOKEN), data_dir=folder, log_level="WARNING")
    db = DatabaseService(config, SqlMigrator())
    await db.start()
    store = SqlGuildStore(db)
    data = GuildDataService(store)
    await data.set(GUILD, "price", {"tea": 2.5, "sold": True}, "shop")
    async with aiosqlite.connect(folder / "wisp.db") as connection:

        async def bare() -> object:
            async with connection.execute(QUERY, (GUILD, "shop", "price")) as cursor:
                return await cursor.fetchone()

        memory, pairs = [], []
        for _ in range(repeats):
            memory.append(await _per_call_us(lambda: data.get(GUILD, "price", "shop"), calls * 10))
            bare_us = await _per_call_us(bare, calls)
            pairs.append((bare_us, await _per_call_us(lambda: store.load(GUILD, "shop", "price"), calls)))
    await db.stop()
    return Report(
        median(memory),
        median(bare_us for bare_us, _ in pairs),
        median(wisp_us for _, wisp_us in pairs),
        median(wisp_us / bare_us for bare_us, wisp_us in pairs),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guild_data", description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="reads in a round (300)")
    parser.add_argument("--repeats", type=int, default=15, help="rounds (15)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), asked.calls, asked.repeats))
    if asked.json:
        print(json.dumps(asdict(report)))
        return 0
    print(f"from memory {report.memory_us:.1f} us (at most {MOST_MEMORY_US:.0f})")
    print(f"from SQLite {report.wisp_us:.0f} us, bare aiosqlite {report.bare_us:.0f} us")
    print(f"ratio {report.ratio:.2f} (at most {MOST_RATIO:.0f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
