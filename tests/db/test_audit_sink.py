"""Audit events in a real database: a SQLite file, and PostgreSQL."""

import msgspec
import pytest
from sqlalchemy import text

from contracts.audit_sink import BARE, FULL, AuditSinkContract
from wisp_framework.db.audit_sink import SqlAuditSink
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.audit_event import AuditQuery, AuditSink
from wisp_framework.services.database import DatabaseService
from wisp_framework.utils.ordered_id import ordered_id


class TestSqlAuditSink(AuditSinkContract):
    """On both."""

    @pytest.fixture
    def sink(self, any_db: DatabaseService) -> AuditSink:
        """A sink over an empty database."""
        return SqlAuditSink(any_db)


async def test_keeps_all_or_none(db: DatabaseService) -> None:
    """A batch that does not fit on the disk leaves no part of itself."""
    sink = SqlAuditSink(db)
    await sink.store([BARE])
    async with db.engine.connect() as connection:
        await connection.execute(text("PRAGMA max_page_count=1"))
    batch = [msgspec.structs.replace(FULL, id=ordered_id(FULL.at), reason="x" * 1000) for _ in range(200)]
    with pytest.raises(DatabaseError, match="disk is full"):
        await sink.store(batch)

    assert list(await sink.query(AuditQuery())) == [BARE]
