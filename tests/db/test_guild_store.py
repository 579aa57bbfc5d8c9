"""Guild data in a real database: a SQLite file, and PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import text

from contracts.guild_store import GUILD, GuildStoreContract
from support.database import migrated
from wisp_framework.db.guild_data import GuildDataService, GuildSettings, GuildStore
from wisp_framework.db.guild_store import SqlGuildStore
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.database import DatabaseService


class TestSqlGuildStore(GuildStoreContract):
    @pytest.fixture
    def store(self, any_db: DatabaseService) -> GuildStore:
        return SqlGuildStore(any_db)


async def test_survives_a_restart(tmp_path: Path) -> None:
    """What one process stored, the next one reads."""
    async with migrated(tmp_path) as db:
        data = GuildDataService(SqlGuildStore(db))
        await data.set(GUILD, "key", {"points": 1.5}, module_name="polls")
        await data.set_welcome_channel(GUILD, 42)

    async with migrated(tmp_path) as db:
        data = GuildDataService(SqlGuildStore(db))
        assert await data.get(GUILD, "key", "polls") == {"points": 1.5}
        assert await data.get_config(GUILD) == GuildSettings(GUILD, 42, {})


async def test_a_full_disk_refuses_the_write_and_keeps_the_rest(db: DatabaseService) -> None:
    """A write that finds no room raises, is not stored, and what was there can be read."""
    data = GuildDataService(SqlGuildStore(db))
    await data.set(GUILD, "before", "kept")
    async with db.engine.connect() as connection:
        # The limit belongs to the connection; all of the pool's get it, so that none can write.
        await connection.execute(text("PRAGMA max_page_count=1"))

    with pytest.raises(DatabaseError, match="database or disk is full") as refused:
        await data.set(GUILD, "after", "x" * 60_000)

    assert "Nothing was changed" in refused.value.user_message
    assert await data.get_all(GUILD) == {"before": "kept"}


async def test_a_held_file_is_waited_for(db: DatabaseService) -> None:
    """A write that finds another writer waits for it instead of failing."""
    data = GuildDataService(SqlGuildStore(db))
    async with db.session() as session:
        await session.execute(text("DELETE FROM guild_data"))
    await data.set(GUILD, "key", 1)

    assert await data.get(GUILD, "key") == 1
