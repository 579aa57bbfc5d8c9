"""The database service: sessions, health, and databases that are away, foreign or slow to open."""

import asyncio
import logging
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import ColumnClause, bindparam, column, select, table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from support.clock import FakeClock
from support.database import TOKEN, file_config, started
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.base import HealthState
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.engine import Place


def url_config(url: str, *, required: bool = True) -> AppConfig:
    """The configuration of a bot whose database is at ``url``."""
    return AppConfig(discord_token=TOKEN, database_url=url, database_required=required)


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class OneTable:
    """A migrator that makes one table, and counts how often it was asked."""

    def __init__(self) -> None:
        self.runs = 0

    async def pending(self, engine: AsyncEngine) -> Sequence[str]:
        return ("one table",)

    async def migrate(self, engine: AsyncEngine) -> None:
        self.runs += 1
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY)"))


async def names(db: DatabaseService) -> list[str]:
    """What stands in the one table."""
    async with db.session(read_only=True) as session:
        return [row.name for row in await session.execute(text("SELECT name FROM things ORDER BY name"))]


async def add(db: DatabaseService, name: str) -> None:
    """Put a row into the one table."""
    async with db.session() as session:
        await session.execute(text("INSERT INTO things VALUES (:name)"), {"name": name})


async def test_makes_its_file_and_folder(tmp_path: Path) -> None:
    """Without a URL the database is a file in the data folder, which is made if need be."""
    folder = tmp_path / "deep" / "data"
    async with started(DatabaseService(file_config(folder), OneTable())) as db:
        await add(db, "ada")
        assert db.file == folder / "wisp.db"
        assert (await db.check_health()).state is HealthState.OK

    async with started(DatabaseService(file_config(folder))) as db:
        assert await names(db) == ["ada"]


async def test_takes_a_file_by_url(tmp_path: Path) -> None:
    """A SQLite URL names another file."""
    config = url_config(f"sqlite+aiosqlite:///{tmp_path}/own.db")
    async with started(DatabaseService(config, OneTable())):
        assert (tmp_path / "own.db").exists()


async def test_writes_reach_the_disk(tmp_path: Path) -> None:
    """Every connection syncs fully, keeps a write-ahead log, and checks foreign keys."""
    async with started(DatabaseService(file_config(tmp_path))) as db, db.engine.connect() as connection:
        for pragma, wanted in [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]:
            assert await connection.scalar(text(f"PRAGMA {pragma}")) == wanted


async def test_a_session_commits_at_its_end(tmp_path: Path) -> None:
    """What a block did is stored when it ends, and undone when it raises."""
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db:
        await add(db, "kept")
        with suppress(ZeroDivisionError):
            async with db.session() as session:
                await session.execute(text("INSERT INTO things VALUES ('lost')"))
                raise ZeroDivisionError
        assert await names(db) == ["kept"]


async def test_a_callers_mistake_keeps_its_type(tmp_path: Path) -> None:
    """A duplicate key is the caller's matter and is no failure of the database."""
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db:
        await add(db, "ada")
        with pytest.raises(IntegrityError):
            await add(db, "ada")


async def test_reading_first_and_writing_then_loses_nothing(tmp_path: Path) -> None:
    """Tasks that read a number and write it back plus one, at once, count every one of them."""
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db:
        await add(db, "0")

        async def count_up() -> None:
            async with db.session() as session:
                number = int(await session.scalar(text("SELECT name FROM things")))
                await session.execute(text("UPDATE things SET name = :name"), {"name": str(number + 1)})

        await asyncio.gather(*(count_up() for _ in range(50)))
        assert await names(db) == ["50"]


async def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    """While one session writes, a reading one sees the last committed state at once."""
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db, db.session() as session:
        await session.execute(text("INSERT INTO things VALUES ('pending')"))
        assert await names(db) == []


async def test_a_read_takes_one_turn_to_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A query turns to the thread of a connection once: not for a cursor, BEGIN, COMMIT or close."""
    name: ColumnClause[str] = column("name")
    query = select(name).select_from(table("things")).where(name == bindparam("wanted"))
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db:
        await add(db, "ada")
        await db.read(query, {"wanted": "ada"})
        with caplog.at_level(logging.DEBUG, "aiosqlite"):
            assert [row.name for row in await db.read(query, {"wanted": "ada"})] == ["ada"]
            assert await names(db) == ["ada"]
        assert sum(message.startswith("executing") for message in caplog.messages) == 2


async def test_who_gives_up_waiting_leaves_no_transaction_open(tmp_path: Path) -> None:
    """A writer that is cancelled while it waits for its turn holds nobody up afterwards."""
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db:
        async with db.session() as session:
            await session.execute(text("INSERT INTO things VALUES ('first')"))
            waiting = [asyncio.create_task(add(db, f"never{number}")) for number in range(3)]
            await asyncio.sleep(0)
            for _ in range(20):
                await names(db)
            for task in waiting:
                task.cancel()
        await asyncio.wait(waiting)
        assert all(task.cancelled() for task in waiting)
        for number in range(12):
            await add(db, f"next{number}")
        assert "first" in await names(db)
        assert len(await names(db)) == 13


async def test_who_is_cancelled_twice_leaves_no_task_behind(tmp_path: Path) -> None:
    """A writer whose end is hurried, as when a bot stops, leaves nothing that waits for ever."""
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db:
        before = asyncio.all_tasks()
        async with db.session() as session:
            await session.execute(text("INSERT INTO things VALUES ('first')"))
            waiting = asyncio.create_task(add(db, "never"))
            for _ in range(20):
                await names(db)
            while not waiting.done():
                waiting.cancel()
                await asyncio.sleep(0)
        left = asyncio.all_tasks() - before
        if left:
            await asyncio.wait(left, timeout=5)
        assert not asyncio.all_tasks() - before
        assert await names(db) == ["first"]


async def test_refuses_sessions_outside_its_life(tmp_path: Path) -> None:
    """Before the start and after the stop there is no session, and the error says why."""
    db = DatabaseService(file_config(tmp_path))
    with pytest.raises(DatabaseError, match="is not started"):
        await names(db)
    assert (await db.check_health()).state is HealthState.DOWN
    async with started(db):
        pass
    with pytest.raises(DatabaseError, match="is not started"):
        await names(db)


async def test_can_be_started_again(tmp_path: Path) -> None:
    """A service that was stopped works after its next start."""
    db = DatabaseService(file_config(tmp_path), OneTable())
    async with started(db):
        await add(db, "ada")
    async with started(db):
        assert await names(db) == ["ada"]


async def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    """The error names the file, the reason and the setting."""
    (tmp_path / "data").write_text("a file stands in the way")
    with pytest.raises(DatabaseError, match=r"SQLite file .*wisp\.db.*DATA_DIR"):
        await DatabaseService(file_config(tmp_path / "data")).startup()


async def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    """Another file under the database's name is named, and left as it is."""
    (tmp_path / "wisp.db").write_text("these are my notes " * 100)
    with pytest.raises(DatabaseError, match=r"wisp\.db\) cannot be used: file is not a database"):
        async with started(DatabaseService(file_config(tmp_path), OneTable())):
            pass
    assert (tmp_path / "wisp.db").read_text().startswith("these are my notes")


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite:///file:x.db?uri=true"])
async def test_refuses_what_is_no_plain_file(url: str) -> None:
    """SQLite in memory would forget on every restart: only a file, or a plain word for it, is taken."""
    with pytest.raises(DatabaseError, match="memory:// to keep nothing"):
        await DatabaseService(url_config(url)).startup()


async def test_an_unreachable_server_stops_the_start() -> None:
    """The error names host, port, database and remedy on one line, and never the password."""
    port = free_port()
    config = url_config(f"postgresql+asyncpg://wisp:hunter2secret@127.0.0.1:{port}/bots")
    with pytest.raises(DatabaseError) as refused:
        async with started(DatabaseService(config)):
            pass

    message = str(refused.value)
    assert f"PostgreSQL 'bots' at 127.0.0.1:{port}" in message
    assert "DATABASE_URL" in message
    assert "DATABASE_REQUIRED=false" in message
    assert "\n" not in message
    cause: BaseException | None = refused.value
    while cause is not None:
        assert "hunter2secret" not in f"{cause!r} {cause}"
        cause = cause.__cause__


async def test_an_optional_database_may_be_away_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The bot starts without it, says so once, and everything works once it is back."""
    (tmp_path / "data").write_text("in the way")
    blocked = tmp_path / "data" / "wisp.db"
    config = url_config(f"sqlite+aiosqlite:///{blocked}", required=False)
    migrator, clock = OneTable(), FakeClock()
    db = DatabaseService(config, migrator, clock)
    assert not db.required

    with caplog.at_level(logging.INFO):
        async with started(db):
            assert db.initialized
            assert "started without the database" in caplog.text
            assert (await db.check_health()).state is HealthState.DOWN
            with pytest.raises(DatabaseError, match="cannot be used"):
                await add(db, "too early")

            (tmp_path / "data").unlink()
            await clock.advance(1.0)
            await add(db, "ada")
            assert (await db.check_health()).state is HealthState.OK
            assert await names(db) == ["ada"]
            assert migrator.runs == 1
            assert "is back" in caplog.text


async def test_a_database_that_is_away_is_not_asked_by_everyone(tmp_path: Path) -> None:
    """Within a second of a failed attempt the next callers are refused without another one."""
    clock = FakeClock()

    class Failing(OneTable):
        @override
        async def migrate(self, engine: AsyncEngine) -> None:
            self.runs += 1
            raise DatabaseError("still away")

    migrator = Failing()
    config = file_config(tmp_path).model_copy(update={"database_required": False})
    async with started(DatabaseService(config, migrator, clock)) as db:
        results = await asyncio.gather(*(add(db, "x") for _ in range(10)), return_exceptions=True)
        assert [str(result) for result in results] == ["still away"] * 10
        assert migrator.runs == 1
        await clock.advance(1.0)
        with pytest.raises(DatabaseError, match="still away"):
            await add(db, "x")
        assert migrator.runs == 2


async def test_a_file_that_another_process_is_opening_is_waited_for(tmp_path: Path) -> None:
    """A start that finds the file locked at that moment tries again instead of failing."""

    class LockedOnce(OneTable):
        @override
        async def migrate(self, engine: AsyncEngine) -> None:
            if self.runs:
                await super().migrate(engine)
                return
            self.runs += 1
            file = tmp_path / "wisp.db"
            with closing(sqlite3.connect(file)) as holder, closing(sqlite3.connect(file, timeout=0)) as late:
                holder.execute("BEGIN IMMEDIATE")
                try:
                    late.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    raise Place("the file", "Wait.").failure(error) from error

    migrator = LockedOnce()
    config = file_config(tmp_path)
    async with started(DatabaseService(config, migrator)) as db:
        await add(db, "ada")
        assert migrator.runs == 2


async def test_health_notices_a_file_that_was_taken_away(tmp_path: Path) -> None:
    """A file deleted under the running bot is no healthy database."""
    async with started(DatabaseService(file_config(tmp_path), OneTable())) as db:
        (tmp_path / "wisp.db").unlink()
        health = await db.check_health()
        assert health.state is HealthState.DOWN
        assert "was removed" in health.detail


def test_says_which_extra_is_missing() -> None:
    """Without the database packages one line prints the exact command that brings them."""
    program = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "import wisp_framework.services.base\n"
        "from wisp_framework.exceptions import MissingExtraError\n"
        "try:\n    import wisp_framework.services.database\n"
        "except MissingExtraError as error:\n    print(error)\n"
    )
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "A database needs the [db] extra: pip install 'wisp-framework[db]'\n", done.stderr
