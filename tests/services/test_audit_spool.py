"""The audit spool: what it took is on the disk, whatever is killed or full."""

import asyncio
import importlib.util
import os
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from contracts.audit_sink import BARE, FULL, event
from support.database import file_config
from support.database_children import start_child
from support.spool_children import BATCH, GO, append, fill_limited
from wisp_framework.exceptions import SpoolError
from wisp_framework.services.audit_spool import SPOOL_FILE, AuditSpool

SEED = int(os.environ.get("WISP_SEED", "20260101"))
ROUNDS = 200 if os.environ.get("WISP_SOAK") else 20
MOST_BATCHES = 30


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[AuditSpool]:
    """A spool in a folder that is not there yet."""
    spool = AuditSpool(file_config(tmp_path / "data"))
    yield spool
    await spool.close()


async def test_gives_back_what_it_took_the_oldest_first(spool: AuditSpool) -> None:
    """Every field, each event once, in the order of time; what is removed is gone."""
    events = [event(minutes) for minutes in range(5)]
    await spool.append([FULL, BARE])
    await spool.append(events[::-1])
    await spool.append([FULL, events[0]])

    assert await spool.count() == 7
    assert await spool.oldest(100) == [FULL, BARE, *events]
    assert await spool.oldest(3) == [FULL, BARE, events[0]]
    await spool.remove([FULL, BARE, events[1]])
    assert await spool.oldest(100) == [events[0], *events[2:]]


async def test_asking_makes_no_file(spool: AuditSpool) -> None:
    """A bot whose database never fails has no spool."""
    assert (await spool.count(), await spool.oldest(1)) == (0, [])
    assert not spool.file.exists()


async def test_it_is_as_durable_as_can_be(spool: AuditSpool) -> None:
    """In write-ahead mode with a full sync for each commit."""
    await spool.append([BARE])
    assert spool._connection is not None
    modes = [
        spool._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]

    assert modes == ["wal", 2]


async def test_several_processes_share_a_folder(spool: AuditSpool, tmp_path: Path) -> None:
    """Each sees what the other left, and both may write at once."""
    other = AuditSpool(file_config(tmp_path / "data"))
    mine, theirs = [event(n) for n in range(50)], [event(n) for n in range(50)]
    await asyncio.gather(*(spool.append([one]) for one in mine), *(other.append([one]) for one in theirs))
    assert await other.count() == 100

    await other.remove(mine)
    await other.close()
    assert {one.id for one in await spool.oldest(100)} == {one.id for one in theirs}


async def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    """The batch that no longer fits leaves no part of itself; there is room again once some have left."""
    spool = AuditSpool(file_config(tmp_path), max_bytes=100_000)
    taken = 0

    async def fill() -> None:
        nonlocal taken
        while True:
            await spool.append([event(action="x" * 100) for _ in range(20)])
            taken += 20

    with pytest.raises(SpoolError, match="database or disk is full") as refused:
        await fill()
    assert str(tmp_path / SPOOL_FILE) in str(refused.value)
    assert await spool.count() == taken > 0

    await spool.remove(await spool.oldest(taken))
    await spool.append([BARE])
    assert await spool.oldest(10) == [BARE]
    await spool.close()
    assert spool.file.stat().st_size < 100_000


@pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="no limit can be set on this system")
def test_a_disk_that_takes_no_more_refuses(tmp_path: Path) -> None:
    """Where the system refuses to write, so does the spool, and what it took before is whole."""
    process, connection = start_child(fill_limited, str(tmp_path))
    connection.send(GO)
    refusal, taken = connection.recv()
    process.join()

    assert "Check the folder and the space on its disk" in refusal
    assert taken
    assert reopened(tmp_path) == set(taken)


async def test_a_damaged_file_is_set_aside(spool: AuditSpool, caplog: pytest.LogCaptureFixture) -> None:
    """It stays for its owner, the log says where, and the next event goes into a new one."""
    spool.file.parent.mkdir()
    spool.file.write_bytes(b"no database at all" * 500)
    with pytest.raises(SpoolError, match="not a database"):
        await spool.append([BARE])

    await spool.append([FULL])
    assert await spool.oldest(10) == [FULL]
    aside = spool.file.with_name("audit-spool.damaged-1.db")
    assert aside.read_bytes().startswith(b"no database at all")
    assert str(aside) in caplog.text


async def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """With the remedy."""
    (tmp_path / "data").write_text("a file")
    spool = AuditSpool(file_config(tmp_path / "data"))
    with pytest.raises(SpoolError, match="or set DATA_DIR"):
        await spool.append([BARE])
    await spool.close()


def reopened(folder: Path) -> set[UUID]:
    """Ids of all that the next process finds, after a look at the file itself."""

    async def read() -> set[UUID]:
        spool = AuditSpool(file_config(folder))
        found = {one.id for one in await spool.oldest(1_000_000)}
        await spool.close()
        return found

    found = asyncio.run(read())
    connection = sqlite3.connect(folder / SPOOL_FILE)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return found


def test_kill_during_appends_keeps_every_acknowledged_one(tmp_path: Path) -> None:
    """Killed at any moment, a process leaves a clean file with all it acknowledged, and no half batch."""
    chance = random.Random(SEED)
    acknowledged: set[UUID] = set()
    for _ in range(ROUNDS):
        process, connection = start_child(append, str(tmp_path))
        connection.send(GO)
        for _ in range(chance.randrange(MOST_BATCHES)):
            acknowledged.update(connection.recv())
        process.kill()
        try:
            while True:
                acknowledged.update(connection.recv())
        except (EOFError, OSError):
            process.join()
        if not acknowledged:
            continue
        found = reopened(tmp_path)
        assert acknowledged <= found, f"seed {SEED}"
        assert len(found) % BATCH == 0, f"half a batch was kept, seed {SEED}"
    assert len(found) - len(acknowledged) <= BATCH * ROUNDS
