"""``PYTHONPATH=tests python -m benchmarks.switch_across``: from a switch in one process to another.

Two processes share a PostgreSQL, once with a Redis and once without. The one switches a module of a guild,
again and again; the other writes down when its own snapshot has followed. Both read the machine's one
monotonic clock. The time of the write itself, which is on disk before anybody is told, is given beside it.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles

from pydantic import SecretStr

from benchmarks.payloads import TOKEN
from benchmarks.processes import ROOT, BenchmarkError
from support.servers import make_postgres, make_valkey
from wisp_framework import AppConfig, WispApp, create_app
from wisp_framework.services.guild_changes import GuildChangeService

GUILD_ID = 81384788765712384
MODULE = "switched"


@dataclass(frozen=True)
class Report:
    """Milliseconds, over all switches of one way.

    Attributes:
        way: what carried the news.
        switches: how many there were.
        stored_p50: until the switch was stored and in force where it was made.
        seen_p50: until it was in force in the other process.
        seen_p99: the same, for all but one in a hundred.
    """

    way: str
    switches: int
    stored_p50: float
    seen_p50: float
    seen_p99: float


def configuration(database: str, redis: str) -> AppConfig:
    """The settings of both processes."""
    return AppConfig(
        discord_token=SecretStr(TOKEN),
        database_url=SecretStr(database),
        redis_url=SecretStr(redis) if redis else None,
        redis_namespace="bench",
        log_level="ERROR",
    )


@asynccontextmanager
async def services_of(config: AppConfig) -> AsyncIterator[WispApp]:
    """An app without its bot: services and switches."""
    app = create_app(config)
    app.services.build()
    app.flags.declare(MODULE, default=True)
    await app.services.startup_all()
    await app.flags.load()
    try:
        yield app
    finally:
        await app.services.shutdown_all()


async def follow(config: AppConfig) -> None:
    """Be the other process: say when the snapshot has followed, until the input ends."""

    async def reload(guild_id: int) -> None:
        await app.flags.reload(guild_id)
        print(time.monotonic_ns(), flush=True)

    async with services_of(config) as app:
        app.services.get(GuildChangeService).follow(reload)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def measure(way: str, config: AppConfig, arguments: Sequence[str], switches: int) -> Report:
    """Switch to and fro, each time once the other process has followed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.switch_across", "--follow", *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    stored, seen = [], []
    async with services_of(config) as app:
        if await process.stdout.readline() != b"ready\n":
            raise BenchmarkError("the other process did not start")
        for number in range(switches):
            begun_ns = time.monotonic_ns()
            await app.flags.set_enabled(GUILD_ID, {MODULE: bool(number % 2)})
            stored.append(time.monotonic_ns() - begun_ns)
            seen.append(int(await process.stdout.readline()) - begun_ns)
    process.stdin.close()
    await process.wait()
    hundredths = quantiles(seen, n=100)
    return Report(way, switches, _ms(quantiles(stored, n=2)[0]), _ms(hundredths[49]), _ms(hundredths[98]))


def _ms(duration_ns: float) -> float:
    return round(duration_ns / 1e6, 2)


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """The addresses of a PostgreSQL and a Valkey: those of the environment, or our own for this run."""
    given = os.environ.get("WISP_TEST_POSTGRES_URL"), os.environ.get("WISP_TEST_REDIS_URL")
    if given[0] and given[1]:
        yield given[0], given[1]
        return
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        rooms = [Path(folder, name) for name in ("postgres", "valkey")]
        Path(folder).chmod(0o755)
        for room in rooms:
            room.mkdir()
        postgres, valkey = make_postgres(rooms[0]), make_valkey(rooms[1])
        postgres.start()
        valkey.start()
        try:
            yield postgres.url(), valkey.url
        finally:
            valkey.stop()
            postgres.stop(signal.SIGINT)


async def compare(switches: int) -> list[Report]:
    """Both ways, one after the other."""
    with servers() as (database, redis):
        reports = []
        for way, address in (("Redis", redis), ("PostgreSQL alone", "")):
            config = configuration(database, address)
            reports.append(
                await measure(way, config, [f"--database={database}", f"--redis={address}"], switches)
            )
        return reports


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the report as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=500)
    parser.add_argument("--follow", action="store_true", help="be the other process")
    parser.add_argument("--database", default="")
    parser.add_argument("--redis", default="")
    options = parser.parse_args(arguments)
    if options.follow:
        asyncio.run(follow(configuration(options.database, options.redis)))
        return 0
    print(json.dumps([asdict(report) for report in asyncio.run(compare(options.switches))], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
