"""Migrations: from nothing, again, many processes at once, killed half-way, and refused."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from support.database import file_config, migrated, started
from wisp_framework.db.migrator import VERSION_TABLE, SqlMigrator, alembic_config
from wisp_framework.db.models import Base
from wisp_framework.exceptions import SchemaError
from wisp_framework.services.database import DatabaseService

MIGRATE = """
import asyncio, sys
from pathlib import Path
from support.database import migrated

async def main() -> None:
    print("here", flush=True)
    sys.stdin.readline()
    async with migrated(Path(sys.argv[1])):
        print("done", flush=True)

asyncio.run(main())
"""


def differences(connection: Connection) -> list[object]:
    """How the tables differ from the models."""
    options = {"version_table": VERSION_TABLE, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


async def start_child(program: str, *arguments: str) -> asyncio.subprocess.Process:
    """Run a Python program that speaks over its standard streams."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )


async def test_makes_the_tables_of_the_models(db: DatabaseService) -> None:
    """An empty file gets exactly the tables that the models describe, and the version table."""
    async with db.engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        assert set(tables) == {*Base.metadata.tables, VERSION_TABLE}
        assert await connection.run_sync(differences) == []


async def test_says_what_is_pending(tmp_path: Path) -> None:
    """Before the migration it names what it would apply, afterwards nothing; looking changes nothing."""
    migrator = SqlMigrator()
    async with started(DatabaseService(file_config(tmp_path))) as db:
        pending = await migrator.pending(db.engine)
        assert pending[0].startswith("core_001: ")
        assert await migrator.pending(db.engine) == pending
        assert await migrator.current(db.engine) is None

        await migrator.migrate(db.engine)
        assert await migrator.pending(db.engine) == ()
        assert await migrator.current(db.engine) == pending[-1].partition(":")[0]


async def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    """A migrated database keeps its data when the next process starts."""
    async with migrated(tmp_path) as db, db.session() as session:
        await session.execute(
            text("INSERT INTO module_states VALUES (1, 'polls', 0, '2026-01-01', '2026-01-01')")
        )
    async with migrated(tmp_path) as db, db.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM module_states")) == 1


async def test_eight_processes_start_at_once_on_a_new_file(tmp_path: Path) -> None:
    """Every one of eight processes finds the tables, and the migrations ran once."""
    children = [await start_child(MIGRATE, str(tmp_path)) for _ in range(8)]
    for child in children:
        assert child.stdout is not None
        assert (await child.stdout.readline()).strip() == b"here"
    outputs = await asyncio.gather(*(child.communicate(b"go\n") for child in children))

    assert [output.strip() for output, _ in outputs] == [b"done"] * 8
    assert [child.returncode for child in children] == [0] * 8
    async with migrated(tmp_path) as db, db.engine.connect() as connection:
        rows = await connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))
        assert len(rows.all()) == 1
        assert await connection.run_sync(differences) == []


async def test_a_process_killed_while_migrating_leaves_a_clean_file(tmp_path: Path) -> None:
    """Killed at any moment of the first start, the next start finds nothing half done."""
    for turn in range(4):
        child = await start_child(MIGRATE, str(tmp_path / str(turn)))
        assert child.stdin is not None
        assert child.stdout is not None
        await child.stdout.readline()
        child.stdin.write(b"go\n")
        await child.stdin.drain()
        while child.returncode is None and not (tmp_path / str(turn) / "wisp.db").exists():
            await asyncio.sleep(0)
        for _ in range(turn * 400):
            await asyncio.sleep(0)
        child.send_signal(signal.SIGKILL)
        await child.communicate()

        async with migrated(tmp_path / str(turn)) as db, db.engine.connect() as connection:
            assert await connection.scalar(text("PRAGMA integrity_check")) == "ok"
            assert await connection.run_sync(differences) == []


async def test_refuses_a_database_of_a_newer_version(tmp_path: Path) -> None:
    """A version that the code does not know stops the start, is named, and is left as it is."""
    async with migrated(tmp_path) as db, db.session() as session:
        await session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'core_999'"))

    with pytest.raises(SchemaError, match=r"at version 'core_999'.*newer Wisp has used it"):
        async with migrated(tmp_path):
            pass
    async with started(DatabaseService(file_config(tmp_path))) as db:
        assert await SqlMigrator().current(db.engine) == "core_999"


async def test_a_newer_version_stops_the_start_even_if_the_database_is_optional(tmp_path: Path) -> None:
    """A bot that may run without its database still refuses one that it would misread."""
    async with migrated(tmp_path) as db, db.session() as session:
        await session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'core_999'"))

    config = file_config(tmp_path).model_copy(update={"database_required": False})
    with pytest.raises(SchemaError):
        async with started(DatabaseService(config, SqlMigrator())):
            pass


async def test_refuses_tables_of_somebody_else(tmp_path: Path) -> None:
    """A database in which our table names are taken is refused, and nothing is added to it."""
    async with started(DatabaseService(file_config(tmp_path))) as db, db.session() as session:
        await session.execute(text("CREATE TABLE guild_data (id INTEGER)"))

    with pytest.raises(SchemaError, match="has tables named guild_data, but Wisp did not make them"):
        async with migrated(tmp_path):
            pass
    async with started(DatabaseService(file_config(tmp_path))) as db, db.engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        assert tables == ["guild_data"]


async def test_the_migrations_can_be_taken_back(db: DatabaseService) -> None:
    """Every migration has a way back that leaves no table of ours."""
    async with db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))

    async with db.engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert tables == [VERSION_TABLE]
    assert await SqlMigrator().current(db.engine) is None
