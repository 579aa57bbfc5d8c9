"""kill -9 in the middle of writes: nothing that was acknowledged is lost."""

import asyncio
import os
import random
from pathlib import Path

from sqlalchemy import text

from support.database import file_url, migrated
from support.database_children import GUILD, start_child, value_of, write
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.db.guild_store import SqlGuildStore
from wisp_framework.utils.json_value import JsonValue

SEED = int(os.environ.get("WISP_SEED", "20260101"))
ROUNDS = 200 if os.environ.get("WISP_SOAK") else 20
WRITES = 100


async def reopen(folder: Path) -> dict[str, JsonValue]:
    """Everything that the next process finds, after a look at the file itself."""
    async with migrated(folder) as db:
        async with db.engine.connect() as connection:
            assert await connection.scalar(text("PRAGMA integrity_check")) == "ok"
        return await GuildDataService(SqlGuildStore(db)).get_all(GUILD)


def test_kill_during_writes_keeps_every_acknowledged_one(tmp_path: Path) -> None:
    """A process killed at any moment of 100 writes leaves a clean file with all it acknowledged."""
    chance = random.Random(SEED)
    acknowledged: set[int] = set()
    for turn in range(ROUNDS):
        first = turn * WRITES
        process, connection = start_child(write, file_url(tmp_path))
        connection.send(list(range(first, first + WRITES)))
        kill_after = chance.randrange(WRITES)
        for _ in range(kill_after):
            acknowledged.add(connection.recv())
        process.kill()
        try:
            while True:
                acknowledged.add(connection.recv())
        except (EOFError, ConnectionResetError):  # the latter where it died before it had read its numbers
            process.join()

        found = asyncio.run(reopen(tmp_path))
        assert {f"key{number}" for number in acknowledged} <= found.keys(), f"round {turn} of seed {SEED}"
        assert all(found[f"key{number}"] == value_of(number) for number in acknowledged)
        assert len(found) - len(acknowledged) <= 4 * (turn + 1), "more was stored than was ever on its way"
