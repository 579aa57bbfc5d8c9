"""Migrations: from nothing, again, many processes at once, killed half-way, and refused."""

import asyncio
import os
import random
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, column, event, inspect, select, table, text

from support.database import file_config, file_url, make_newer, migrated, migrated_at, started, url_config
from support.database_children import DONE, heard, migrate, start_child
from wisp_framework.db.migrator import (
    CORE,
    MigrationTree,
    SqlMigrator,
    alembic_config,
    kept_versions,
    write_migration,
)
from wisp_framework.db.models import Base
from wisp_framework.exceptions import SchemaError, ServiceStartError
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.database import DatabaseService

VERSION_TABLE = CORE.version_table
VERSIONS = table(VERSION_TABLE, column("version_num"))
SEED = int(os.environ.get("WISP_SEED", "20260101"))
KILLS, SERVER_KILLS = (200, 50) if os.environ.get("WISP_SOAK") else (20, 5)


def of_the_core(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is the framework's."""
    return kind != "table" or name in {*Base.metadata.tables, VERSION_TABLE}


def differences(connection: Connection) -> list[object]:
    """How the tables differ from the models; those of modules are no matter of theirs."""
    options = {"version_table": VERSION_TABLE, "compare_type": True, "include_name": of_the_core}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


async def problems(folder: Path) -> list[object]:
    """Open the database in ``folder`` as the next process would, and say what is wrong with it."""
    async with migrated(folder) as db, db.engine.connect() as connection:
        integrity = await connection.scalar(text("PRAGMA integrity_check"))
        versions = (await connection.execute(select(VERSIONS))).all()
        found = await connection.run_sync(differences)
    return [*found, *([] if integrity == "ok" else [integrity]), *([] if len(versions) == 1 else versions)]


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


def shop(folder: Path) -> MigrationTree:
    """A module's migrations: two tables of wares."""
    tree = MigrationTree("shop", folder / "shop")
    for number in (1, 2):
        file = write_migration(tree, f"Wares {number}")
        file.write_text(file.read_text().replace("CHANGE_ME", f"wares_{number}"))
    return tree


async def tables_of(db: DatabaseService) -> set[str]:
    """The names of all tables."""
    async with db.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def problems_at(url: str, tree: MigrationTree) -> list[object]:
    """Make all tables as the next process would, and say what is wrong with them."""
    async with migrated_at(url) as db:
        await db.apply(SqlMigrator(tree))
        async with db.engine.connect() as connection:
            found = await connection.run_sync(differences)
        left_over = {*Base.metadata.tables, VERSION_TABLE, tree.version_table, "wares_1", "wares_2"}
        versions = [await SqlMigrator(of).pending(db.engine) for of in (CORE, tree)]
        return [*found, *(await tables_of(db) ^ left_over), *(each for each in versions if each)]


async def emptied(url: str) -> None:
    """Drop whatever a killed process left in a database of a server."""
    async with started(DatabaseService(url_config(url))) as db, db.session() as session:
        await session.execute(text("DROP SCHEMA public CASCADE"))
        await session.execute(text("CREATE SCHEMA public"))


def test_eight_processes_start_at_once(database_url: str, tmp_path: Path) -> None:
    """Every one of eight processes finds the tables, its module's too, and each migration ran once."""
    tree = shop(tmp_path)
    children = [start_child(migrate, database_url) for _ in range(8)]
    for _, connection in children:
        connection.send([tree.folder])
    assert [heard(connection) for _, connection in children] == [[DONE]] * 8
    for process, _ in children:
        process.join()
        assert process.exitcode == 0
    assert asyncio.run(problems_at(database_url, tree)) == []


async def test_tables_that_another_process_makes_meanwhile_are_no_strangers(postgres_url: str) -> None:
    """Who looks while the tables are being made takes them for Wisp's, whatever was read before they came."""
    others: list[threading.Thread] = []

    async def make_tables() -> None:
        async with migrated_at(postgres_url):
            pass

    def after_the_first_look(*_: object) -> None:
        if not others:
            others.append(threading.Thread(target=lambda: asyncio.run(make_tables())))
            others[0].start()
            others[0].join()

    async with started(DatabaseService(url_config(postgres_url))) as db:
        event.listen(db.engine.sync_engine, "after_cursor_execute", after_the_first_look)
        assert await SqlMigrator().pending(db.engine)
        await SqlMigrator().migrate(db.engine)
        assert await SqlMigrator().pending(db.engine) == ()


def kill_while_migrating(url: str, tree: MigrationTree, after_s: float) -> None:
    """Start a process on a database, and end it at once at some moment of its migrations."""
    process, connection = start_child(migrate, url)
    connection.send([tree.folder])
    connection.poll(after_s)
    process.kill()
    process.join()
    connection.close()


def test_a_process_killed_while_migrating_leaves_a_clean_file(tmp_path: Path) -> None:
    """Killed at any moment of the first start, the next start finds nothing half done."""
    chance, tree = random.Random(SEED), shop(tmp_path)
    for turn in range(KILLS):
        folder = tmp_path / str(turn)
        kill_while_migrating(file_url(folder), tree, chance.uniform(0, 0.3))
        assert asyncio.run(problems_at(file_url(folder), tree)) == [], f"round {turn} of seed {SEED}"
        assert asyncio.run(problems(folder)) == [], f"round {turn} of seed {SEED}"


def test_a_process_killed_while_migrating_leaves_a_clean_server(postgres_url: str, tmp_path: Path) -> None:
    """The same on a server: what was not committed is gone with the process, its lock as well."""
    chance, tree = random.Random(SEED), shop(tmp_path)
    for turn in range(SERVER_KILLS):
        kill_while_migrating(postgres_url, tree, chance.uniform(0, 0.5))
        assert asyncio.run(problems_at(postgres_url, tree)) == [], f"round {turn} of seed {SEED}"
        asyncio.run(emptied(postgres_url))


async def test_tables_of_modules_come_and_go_alone(any_db: DatabaseService, tmp_path: Path) -> None:
    """A module's files may vanish, and its tables be taken back, without a word of the others' versions."""
    tree = shop(tmp_path)
    await any_db.apply(SqlMigrator(tree))
    assert {"wares_1", "wares_2"} < await tables_of(any_db)
    assert await SqlMigrator(tree).current(any_db.engine) == "shop_002"
    assert await kept_versions(any_db.engine) == ("core", "shop")

    await SqlMigrator(tree).take_back(any_db.engine)
    assert await SqlMigrator(tree).pending(any_db.engine) == ("shop_002: Wares 2",)
    await SqlMigrator(tree).take_back(any_db.engine, "base")
    assert not {"wares_1", "wares_2"} & await tables_of(any_db)

    for file in tree.folder.glob("*.py"):
        file.unlink()
    assert await SqlMigrator().pending(any_db.engine) == ()


async def test_a_migration_that_fails_leaves_nothing(any_db: DatabaseService, tmp_path: Path) -> None:
    """Where the second of two raises, the first is undone too, on both engines."""
    tree = shop(tmp_path)
    last = tree.folder / "shop_002.py"
    last.write_text(
        last.read_text().replace("def downgrade", "    raise ZeroDivisionError\n\n\ndef downgrade")
    )
    with pytest.raises(ZeroDivisionError):
        await any_db.apply(SqlMigrator(tree))
    assert not {"wares_1", "wares_2"} & await tables_of(any_db)
    assert await SqlMigrator(tree).current(any_db.engine) is None


async def test_refuses_tables_of_a_newer_module(any_db: DatabaseService, tmp_path: Path) -> None:
    """A module whose older files find newer tables is refused, with what to do; the core is not concerned."""
    tree = shop(tmp_path)
    await any_db.apply(SqlMigrator(tree))
    (tree.folder / "shop_002.py").unlink()
    with pytest.raises(SchemaError, match=r"tables of module 'shop' are at version 'shop_002'.*Install"):
        await any_db.apply(SqlMigrator(tree))
    assert await SqlMigrator().pending(any_db.engine) == ()


async def test_refuses_files_that_make_no_chain(any_db: DatabaseService, tmp_path: Path) -> None:
    """Two migrations behind the same one are refused by name, and nothing is applied."""
    tree = shop(tmp_path)
    second = (tree.folder / "shop_002.py").read_text()
    (tree.folder / "shop_003.py").write_text(second.replace('"shop_002"', '"shop_003"'))
    with pytest.raises(SchemaError, match=r"the migrations of 'shop' in .*multiple heads"):
        await any_db.apply(SqlMigrator(tree))
    assert await SqlMigrator(tree).current(any_db.engine) is None


async def test_refuses_a_database_of_a_newer_version(tmp_path: Path) -> None:
    """A version that the code does not know stops the start, is named, and is left as it is."""
    async with migrated(tmp_path) as newer:
        await make_newer(newer)

    with pytest.raises(SchemaError, match=r"at version 'core_999'.*newer Wisp has used it"):
        async with migrated(tmp_path):
            pass
    async with started(DatabaseService(file_config(tmp_path))) as db:
        assert await SqlMigrator().current(db.engine) == "core_999"


async def test_a_newer_version_stops_the_start_even_if_the_database_is_optional(tmp_path: Path) -> None:
    """A bot that may run without its database still refuses one that it would misread."""
    async with migrated(tmp_path) as newer:
        await make_newer(newer)

    config = file_config(tmp_path).model_copy(update={"database_required": False})
    container = ServiceContainer(config)
    container.register("db", DatabaseService(config, SqlMigrator()))
    container.build()
    with pytest.raises(ServiceStartError, match="core_999") as stopped:
        await container.startup_all()
    assert isinstance(stopped.value.__cause__, SchemaError)


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
