"""What other processes do to a database in tests, and how they are started and killed.

They are forked, where that exists, from a process that has imported this file and the one for jobs, and in
which nothing has run.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from support.database import migrated_at
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.db.guild_store import SqlGuildStore
from wisp_framework.db.migrator import MigrationTree, SqlMigrator
from wisp_framework.exceptions import DatabaseError
from wisp_framework.utils.json_value import JsonInput

GUILD = 81384788765712384
DONE = "done"
_WRITERS = 4
_PRELOADED = [__name__, "support.job_children"]

Child = tuple[BaseProcess, Connection]


def start_child(work: Callable[[Connection, str], None], url: str) -> Child:
    """Run ``work`` in a process of its own; the connection leads to it."""
    ours, theirs = multiprocessing.Pipe()
    # The process that the others are forked from finds its preloaded modules by the environment alone.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        if "forkserver" in multiprocessing.get_all_start_methods():
            forks = multiprocessing.get_context("forkserver")
            forks.set_forkserver_preload(_PRELOADED)
            process: BaseProcess = forks.Process(target=work, args=(theirs, url))
        else:
            process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs, url))
        process.daemon = True  # one that hangs holds up its test, and not the end of all tests as well
        process.start()
    theirs.close()
    return process, ours


def heard(connection: Connection) -> list[object]:
    """All that a process said until it ended, whichever way."""
    words: list[object] = []
    try:
        while True:
            words.append(connection.recv())
    except EOFError:
        return words


def migrate(parent: Connection, url: str) -> None:
    """Wait for the folders of modules, start the database, make all tables, and say when they are there."""
    folders: list[Path] = parent.recv()

    async def run() -> None:
        async with migrated_at(url) as db:
            for folder in folders:
                await db.apply(SqlMigrator(MigrationTree(folder.name, folder)))
            parent.send(DONE)

    asyncio.run(run())


def value_of(number: int) -> dict[str, JsonInput]:
    """What is stored under a number: large enough for a write to touch several pages."""
    return {"number": number, "padding": str(number) * 700}


def write(parent: Connection, url: str) -> None:
    """Wait for the numbers, store a value under each, and tell each number once it is acknowledged."""
    numbers: list[int] = parent.recv()

    async def write_some(data: GuildDataService, mine: list[int]) -> None:
        for number in mine:
            # On a busy machine a writer may wait too long for its turn: what is refused is not acknowledged.
            with suppress(DatabaseError):
                await data.set(GUILD, f"key{number}", value_of(number))
                parent.send(number)

    async def run() -> None:
        async with migrated_at(url) as db:
            data = GuildDataService(SqlGuildStore(db))
            await asyncio.gather(*(write_some(data, numbers[first::_WRITERS]) for first in range(_WRITERS)))

    asyncio.run(run())
