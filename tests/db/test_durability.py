"""kill -9 in the middle of writes: nothing that was acknowledged is lost."""

import asyncio
import os
import random

from sqlalchemy import text

from support.database import migrated_at
from support.database_children import GUILD, start_child, value_of, write
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.db.guild_store import SqlGuildStore
from wisp_framework.utils.json_value import JsonValue

SEED = int(os.environ.get("WISP_SEED", "20260101"))
ROUNDS = 100 if os.environ.get("WISP_SOAK") else 10
"""Of each kind of database."""

WRITES = 100
AT_ONCE = 4


async def reopen(url: str) -> dict[str, JsonValue]:
    """Everything that the next process finds, after a look at the file itself."""
    async with migrated_at(url) as db:
        if db.file is not None:
            async with db.engine.connect() as connection:
                assert await connection.scalar(text("PRAGMA integrity_check")) == "ok"
        return await GuildDataService(SqlGuildStore(db)).get_all(GUILD)


def test_kill_during_writes_keeps_every_acknowledged_one(database_url: str) -> None:
    """A process killed at any moment of 100 writes leaves all it acknowledged, and a file that is clean."""
    chance = random.Random(SEED)
    acknowledged: set[int] = set()
    for turn in range(ROUNDS):
        first = turn * WRITES
        process, connection = start_child(write, database_url)
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

        found = asyncio.run(reopen(database_url))
        assert {f"key{number}" for number in acknowledged} <= found.keys(), f"round {turn} of seed {SEED}"
        assert all(found[f"key{number}"] == value_of(number) for number in acknowledged)
        assert len(found) - len(acknowledged) <= AT_ONCE * (turn + 1), "more is stored than was on its way"
