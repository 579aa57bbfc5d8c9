"""Audit events in the database."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.dialects import postgresql, sqlite

from wisp_framework.db.models import AuditRecord
from wisp_framework.services.audit import AuditEvent
from wisp_framework.services.database import DatabaseService
from wisp_framework.utils.json_value import JsonValue


class SqlAuditSink:
    """A `wisp_framework.services.audit.AuditSink` whose events are on disk when it returns."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def store(self, events: Sequence[AuditEvent]) -> None:
        """Keep all of them, or none and raise; an event that is kept already is no error.

        Raises:
            DatabaseError: none of them was stored.
        """
        if not events:
            return
        async with self._db.session() as session:
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            once = insert(AuditRecord).on_conflict_do_nothing(index_elements=["id"])
            await session.execute(once, [_row(event) for event in events])


def _row(event: AuditEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "at": event.at,
        "action": event.action,
        "actor_id": event.actor_id,
        "guild_id": event.guild_id,
        "target": event.target,
        "before": _text(event.before),
        "after": _text(event.after),
        "reason": event.reason,
        "reference": event.reference,
        "details": _text(event.metadata),
    }


def _text(value: JsonValue) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
