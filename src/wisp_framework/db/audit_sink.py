"""Audit events in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import CursorResult, Select, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from wisp_framework.db.models import AuditRecord
from wisp_framework.services.audit_event import AuditEvent, AuditQuery
from wisp_framework.services.database import DatabaseService
from wisp_framework.utils.json_value import JsonValue


class SqlAuditSink:
    """A `wisp_framework.services.audit_event.AuditSink` whose events are on disk when it returns."""

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

    async def query(self, query: AuditQuery) -> Sequence[AuditEvent]:
        """Those that fit, the newest first.

        Raises:
            DatabaseError: the database cannot be read.
        """
        async with self._db.session(read_only=True) as session:
            return [_event(record) for record in await session.scalars(_wanted(query))]

    async def prune(self, before: datetime, limit: int) -> int:
        """Remove the oldest ``limit`` of those that are older, and return how many there were.

        Raises:
            DatabaseError: nothing was removed.
        """
        old = select(AuditRecord.id).where(AuditRecord.at < before).order_by(AuditRecord.at).limit(limit)
        # Several processes prune: what one of them has in hand the others leave alone.
        mine = old.with_for_update(skip_locked=True).scalar_subquery()
        async with self._db.session() as session:
            removing = delete(AuditRecord).where(AuditRecord.id.in_(mine))
            result = await session.execute(removing, execution_options={"synchronize_session": False})
            return cast("CursorResult[Any]", result).rowcount


def _wanted(query: AuditQuery) -> Select[AuditRecord]:
    newest = (AuditRecord.at.desc(), AuditRecord.id.desc())
    wanted = select(AuditRecord).order_by(*newest).limit(query.limit).offset(query.skip)
    if query.guild_id is not None:
        wanted = wanted.where(AuditRecord.guild_id == query.guild_id)
    if query.actor_id is not None:
        wanted = wanted.where(AuditRecord.actor_id == query.actor_id)
    if query.reference is not None:
        wanted = wanted.where(AuditRecord.reference == query.reference)
    if query.action is not None:
        below = AuditRecord.action.startswith(f"{query.action}.", autoescape=True)
        wanted = wanted.where(or_(AuditRecord.action == query.action, below))
    if query.since is not None:
        wanted = wanted.where(AuditRecord.at >= query.since)
    if query.until is not None:
        wanted = wanted.where(AuditRecord.at < query.until)
    return wanted


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


def _event(record: AuditRecord) -> AuditEvent:
    return AuditEvent(
        id=record.id,
        at=record.at,
        action=record.action,
        actor_id=record.actor_id,
        guild_id=record.guild_id,
        target=record.target,
        before=_value(record.before),
        after=_value(record.after),
        reason=record.reason,
        reference=record.reference,
        metadata=_value(record.details),
    )


def _text(value: JsonValue) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _value(text: str | None) -> JsonValue:
    value: JsonValue = None if text is None else msgspec.json.decode(text)
    return value
