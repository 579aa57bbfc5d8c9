"""Migrations: from nothing, again, many processes at once, killed half-way, and refused."""

import asyncio
import os
import random
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, column, inspect, select, table, text, update

from support.database import file_config, migrated, started
from support.database_children import DONE, GO, heard, migrate, start_child
from wisp_framework.db.migrator import VERSION_TABLE, SqlMigrator, alembic_config
from wisp_framework.db.models import Base
from wisp_framework.exceptions import SchemaError
from wisp_framework.services.database import DatabaseService

VERSIONS = table(VERSION_TABLE, column("version_num"))
SEED = int(os.environ.get("WISP_SEED", "20260101"))
KILLS = 200 if os.environ.get("WISP_SOAK") else 20


def differences(connection: Connection) -> list[object]:
    """How the tables differ from the models."""
    options = {"version_table": VERSION_TABLE, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


async def problems(folder: Path) -> list[object]:
    """Open the database in ``folder`` as the next process would, and say what is wrong with it."""
    async with migrated(folder) as db, db.engine.connect() as connection:
        integrity = await connection.scalar(text("PRAGMA integrity_check"))
        versions = (await connection.execute(select(VERSIONS))).all()
        found = await connection.run_sync(differences)
    return [*found, *([] if integrity == "ok" else [integrity]), *([] if len(versions) == 1 else versions)]


async def make_newer(folder: Path) -> None:
    """Make a database in ``folder`` that says it belongs to a version of tomorrow."""
    async with migrated(folder) as db, db.session() as session:
        await session.execute(update(VERSIONS).values(version_num="core_999"))


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


def test_eight_processes_start_at_once_on_a_new_file(tmp_path: Path) -> None:
    """Every one of eight processes finds the tables, and the migrations ran once."""
    for turn in range(5):
        folder = tmp_path / str(turn)
        children = [start_child(migrate, folder) for _ in range(8)]
        for _, connection in children:
            connection.send(GO)
        assert [heard(connection) for _, connection in children] == [[DONE]] * 8
        for process, _ in children:
            process.join()
            assert process.exitcode == 0
        assert asyncio.run(problems(folder)) == []


def test_a_process_killed_while_migrating_leaves_a_clean_file(tmp_path: Path) -> None:
    """Killed at any moment of the first start, the next start finds nothing half done."""
    chance = random.Random(SEED)
    for turn in range(KILLS):
        folder = tmp_path / str(turn)
        process, connection = start_child(migrate, folder)
        connection.send(GO)
        connection.poll(chance.uniform(0, 0.3))
        process.kill()
        process.join()
        connection.close()
        assert asyncio.run(problems(folder)) == [], f"round {turn} of seed {SEED}"


async def test_refuses_a_database_of_a_newer_version(tmp_path: Path) -> None:
    """A version that the code does not know stops the start, is named, and is left as it is."""
    await make_newer(tmp_path)

    with pytest.raises(SchemaError, match=r"at version 'core_999'.*newer Wisp has used it"):
        async with migrated(tmp_path):
            pass
    async with started(DatabaseService(file_config(tmp_path))) as db:
        assert await SqlMigrator().current(db.engine) == "core_999"


async def test_a_newer_version_stops_the_start_even_if_the_database_is_optional(tmp_path: Path) -> None:
    """A bot that may run without its database still refuses one that it would misread."""
    await make_newer(tmp_path)

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
