"""Audit events in a real database: a SQLite file, and PostgreSQL."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from wisp_framework.db.audit_sink import SqlAuditSink
from wisp_framework.db.models import AuditRecord
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.audit import AuditEvent, AuditSink
from wisp_framework.services.database import DatabaseService

EVENT = AuditEvent(
    id=uuid.UUID(int=1),
    at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    action="module.disabled",
    actor_id=2**63 - 1,
    guild_id=81384788765712384,
    target="module:polls",
    before=True,
    after=False,
    reason="too loud",
    reference="W-1",
    metadata={"channel": "lobby", "tries": [1, 2.0]},
)
BARE = AuditEvent(
    id=uuid.UUID(int=2), at=datetime(2026, 1, 2, tzinfo=UTC), action="bot.started", actor_id=None
)


async def rows(db: DatabaseService) -> list[AuditRecord]:
    """All that is stored, in the order of ids."""
    async with db.session(read_only=True) as session:
        return list(await session.scalars(select(AuditRecord).order_by(AuditRecord.id)))


async def test_keeps_every_field(any_db: DatabaseService) -> None:
    """What was told is what stands in the row, the instant aware and in UTC."""
    sink: AuditSink = SqlAuditSink(any_db)
    await sink.store([EVENT, BARE])

    told, bare = await rows(any_db)
    assert (told.id, told.at, told.action) == (EVENT.id, EVENT.at, EVENT.action)
    assert (told.actor_id, told.guild_id, told.target) == (EVENT.actor_id, EVENT.guild_id, EVENT.target)
    assert (told.before, told.after, told.details) == ("true", "false", '{"channel":"lobby","tries":[1,2.0]}')
    assert (told.reason, told.reference) == ("too loud", "W-1")
    assert told.at.tzinfo is UTC
    assert (bare.actor_id, bare.guild_id, bare.before, bare.details) == (None, None, None, None)


async def test_storing_again_keeps_one(any_db: DatabaseService) -> None:
    """An event that is kept already is left as it was, and the new ones beside it are kept."""
    sink = SqlAuditSink(any_db)
    await sink.store([EVENT])
    await sink.store([replace(EVENT, action="changed"), BARE])
    await sink.store([])

    assert [row.action for row in await rows(any_db)] == ["module.disabled", "bot.started"]


async def test_keeps_all_or_none(db: DatabaseService) -> None:
    """A batch that does not fit on the disk leaves no part of itself."""
    sink = SqlAuditSink(db)
    await sink.store([BARE])
    async with db.engine.connect() as connection:
        await connection.execute(text("PRAGMA max_page_count=1"))
    batch = [replace(EVENT, id=uuid.uuid4(), reason="x" * 1000) for _ in range(200)]
    with pytest.raises(DatabaseError, match="disk is full"):
        await sink.store(batch)

    assert [row.id for row in await rows(db)] == [BARE.id]
