"""A bot moves from a file to a server and back, whole or not at all."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import inspect, text

from support.database import file_config, migrated, migrated_at, started, url_config
from wisp_framework.db.audit_sink import SqlAuditSink
from wisp_framework.db.copying import CopiedTable, copy_database
from wisp_framework.db.flag_store import SqlFlagStore
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.db.guild_store import SqlGuildStore
from wisp_framework.db.migrator import CORE, MigrationTree, SqlMigrator, write_migration
from wisp_framework.db.models import GuildData
from wisp_framework.db.upsert import upsert
from wisp_framework.exceptions import CopyRefusedError
from wisp_framework.services.audit import AuditEvent
from wisp_framework.services.database import DatabaseService

GUILD = 81384788765712384
AT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
TABLE = """op.create_table(
        "wares",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sold", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),"""


@pytest.fixture
def shop(tmp_path: Path) -> MigrationTree:
    """A module with a table whose rows are numbered by the database."""
    tree = MigrationTree("shop", tmp_path / "shop")
    file = write_migration(tree, "Wares")
    file.write_text(file.read_text().replace('op.create_table(\n        "CHANGE_ME",', TABLE))
    file.write_text(file.read_text().replace(", primary_key=True, autoincrement=False", ""))
    file.write_text(file.read_text().replace("CHANGE_ME", "wares"))
    return tree


async def fill(db: DatabaseService, shop: MigrationTree) -> None:
    """Keep something of every kind."""
    await db.apply(SqlMigrator(shop))
    data = GuildDataService(SqlGuildStore(db))
    async with db.session() as session:
        for number in range(1200):
            value = {"value": f'{{"number":{number},"half":{number / 2}}}'}
            address = {"guild_id": GUILD, "module_name": "", "key": f"k{number}"}
            await session.execute(upsert(session, GuildData, address, value))
    await data.set(GUILD, "soon", "Grüße 👋", ttl_s=1000)
    await SqlFlagStore(db).save(GUILD, {"polls": False, "notes": True})
    event = AuditEvent(id=UUID(int=1), at=AT, action="a", actor_id=None, guild_id=GUILD, before=[1, None])
    await SqlAuditSink(db).store([event])
    async with db.session() as session:
        await session.execute(
            text("INSERT INTO wares (sold, at, guild_id) VALUES (true, '2026-01-02 03:04:05.000678', 7)")
        )


async def tables(db: DatabaseService) -> list[str]:
    """The names of all tables."""
    async with db.engine.connect() as connection:
        return await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def test_from_a_file_to_a_server_and_back(
    tmp_path: Path, postgres_url: str, shop: MigrationTree
) -> None:
    """Every row arrives with its types; the sums of the way back are those of the way there."""
    async with (
        migrated(tmp_path) as source,
        started(DatabaseService(url_config(postgres_url))) as server,
        started(DatabaseService(file_config(tmp_path / "back"))) as back,
    ):
        await fill(source, shop)
        there = await copy_database(source.engine, server.engine, [CORE, shop])
        again = await copy_database(server.engine, back.engine, [CORE, shop])

        assert sorted(there, key=name_of) == sorted(again, key=name_of)
        rows = {table.name: table.rows for table in there}
        assert (rows["guild_data"], rows["module_states"], rows["wares"]) == (1201, 2, 1)
        for db in (server, back):
            data = GuildDataService(SqlGuildStore(db))
            assert await data.get(GUILD, "k7") == {"number": 7, "half": 3.5}
            assert await data.get(GUILD, "soon") == "Grüße 👋"
            assert await SqlFlagStore(db).load_guild(GUILD) == {"polls": False, "notes": True}
            async with db.session() as session:
                await session.execute(text("INSERT INTO wares (sold, guild_id) VALUES (false, 8)"))
                assert await session.scalar(text("SELECT count(*) FROM wares")) == 2


async def test_a_target_with_rows_is_refused(tmp_path: Path, postgres_url: str, shop: MigrationTree) -> None:
    """A target that holds a single row is left as it was, and the table is named."""
    async with migrated(tmp_path) as source, migrated_at(postgres_url) as target:
        await GuildDataService(SqlGuildStore(source)).set(GUILD, "key", 1)
        await GuildDataService(SqlGuildStore(target)).set(GUILD, "other", 2)
        with pytest.raises(CopyRefusedError, match="its table 'guild_data' holds rows"):
            await copy_database(source.engine, target.engine, [CORE])
        assert await GuildDataService(SqlGuildStore(target)).get_all(GUILD) == {"other": 2}


async def test_a_copy_that_fails_leaves_nothing(
    tmp_path: Path, postgres_url: str, shop: MigrationTree
) -> None:
    """Where a row is not taken at the end, not even a table is left in the target."""
    async with migrated(tmp_path) as source, started(DatabaseService(url_config(postgres_url))) as target:
        await fill(source, shop)
        async with source.session() as session:
            await session.execute(text("UPDATE wares SET id = 9999999999"))
        with pytest.raises(Exception, match=r"9999999999|out of range"):
            await copy_database(source.engine, target.engine, [CORE, shop])
        assert await tables(target) == []


async def test_a_source_that_is_not_known_whole_is_refused(tmp_path: Path, shop: MigrationTree) -> None:
    """Tables of a module that is not here, or that are behind, would be lost: nothing is copied."""
    async with migrated(tmp_path) as source, started(DatabaseService(file_config(tmp_path / "to"))) as target:
        with pytest.raises(CopyRefusedError, match="tables of 'shop' in the source are not up to date"):
            await copy_database(source.engine, target.engine, [CORE, shop])
        await source.apply(SqlMigrator(shop))
        with pytest.raises(CopyRefusedError, match="modules that this bot has not: shop"):
            await copy_database(source.engine, target.engine, [CORE])
        assert await tables(target) == []


def name_of(table: CopiedTable) -> str:
    return table.name
