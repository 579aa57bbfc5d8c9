"""What every table keeps to, whoever writes to it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError

from wisp_framework.db.models import GuildConfig, GuildData
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService

EAST = timezone(timedelta(hours=5, minutes=30))


async def add(db: DatabaseService, row: GuildConfig | GuildData) -> None:
    """Store one row."""
    async with db.session() as session:
        session.add(row)


async def test_rows_know_when_they_were_made_and_changed(db: DatabaseService) -> None:
    """Both instants are aware and in UTC; a change moves the second alone."""
    address = {"guild_id": 1, "module_name": "", "key": "k"}
    before = datetime.now(UTC)
    for value in ("1", "2"):
        async with db.session() as session:
            await session.execute(upsert(session, GuildData, address, {"value": value}))
    async with db.session(read_only=True) as session:
        row = (await session.scalars(select(GuildData))).one()

    assert row.created_at.tzinfo is UTC
    assert before <= row.created_at < row.updated_at <= datetime.now(UTC)


async def test_instants_are_brought_to_utc(db: DatabaseService) -> None:
    """An instant told in another zone is the same instant when it is read."""
    told = datetime(2026, 1, 1, 5, 30, tzinfo=EAST)
    await add(db, GuildConfig(guild_id=1, created_at=told))
    async with db.session(read_only=True) as session:
        row = await session.get_one(GuildConfig, 1)
    assert row.created_at == told
    assert row.created_at.isoformat() == "2026-01-01T00:00:00+00:00"


async def test_refuses_instants_without_a_zone(db: DatabaseService) -> None:
    """A naive datetime could be any instant, and is refused."""
    naive = datetime.now(EAST).replace(tzinfo=None)
    with pytest.raises(StatementError, match="has no time zone"):
        await add(db, GuildConfig(guild_id=1, created_at=naive))


async def test_one_row_for_one_address(db: DatabaseService) -> None:
    """A second row for a guild, or for a guild, module and key, is the caller's mistake and is named so."""
    await add(db, GuildConfig(guild_id=1))
    with pytest.raises(IntegrityError):
        await add(db, GuildConfig(guild_id=1))
    await add(db, GuildData(guild_id=1, key="k", value="1"))
    with pytest.raises(IntegrityError):
        await add(db, GuildData(guild_id=1, module_name="", key="k", value="2"))
