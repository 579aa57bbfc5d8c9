"""The decisions about invocations in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

import msgspec
from sqlalchemy import CursorResult, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from wisp_framework.db.models import DecisionRecord
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.decisions import Decision, DecisionQuery, Outcome, Step

MAX_NAME_CHARS = 110
MAX_DETAIL_CHARS = 1000
_NUL, _REPLACED = "\x00", "\ufffd"
_decode_steps: Final = msgspec.json.Decoder(list[Step]).decode


class SqlDecisionStore:
    """A `wisp_framework.services.decisions.DecisionStore` over one table."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def store(self, decisions: Sequence[Decision]) -> None:
        """Keep all of them, or none and raise; one whose reference is kept already is no error.

        Raises:
            DatabaseError: none was stored.
        """
        if not decisions:
            return
        async with self._db.session() as session:
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            once = insert(DecisionRecord).on_conflict_do_nothing(index_elements=["reference"])
            await session.execute(once, [_row(decision) for decision in decisions])

    async def find(self, reference: str) -> Decision | None:
        """The decision of that reference.

        Raises:
            DatabaseError: the database cannot be read.
        """
        async with self._db.session(read_only=True) as session:
            record = await session.get(DecisionRecord, reference)
            return _decision(record) if record is not None else None

    async def recent(self, query: DecisionQuery) -> Sequence[Decision]:
        """Those that fit, the newest first.

        Raises:
            DatabaseError: the database cannot be read.
        """
        wanted = select(DecisionRecord).order_by(DecisionRecord.at.desc()).limit(query.limit)
        if query.guild_id is not None:
            wanted = wanted.where(DecisionRecord.guild_id == query.guild_id)
        if query.outcome is not None:
            wanted = wanted.where(DecisionRecord.outcome == query.outcome.value)
        if query.name is not None:
            below = DecisionRecord.name.startswith(f"{query.name} ", autoescape=True)
            wanted = wanted.where(or_(DecisionRecord.name == query.name, below))
        async with self._db.session(read_only=True) as session:
            return [_decision(record) for record in await session.scalars(wanted)]

    async def prune(self, before: datetime) -> int:
        """Remove what is older, and return how many that were.

        Raises:
            DatabaseError: nothing was removed.
        """
        async with self._db.session() as session:
            result = await session.execute(delete(DecisionRecord).where(DecisionRecord.at < before))
            return cast("CursorResult[Any]", result).rowcount


def _row(decision: Decision) -> dict[str, object]:
    detail = decision.detail
    return {
        "reference": decision.reference,
        "at": decision.at,
        "kind": decision.kind,
        "name": _text(decision.name, MAX_NAME_CHARS),
        "module": decision.module,
        "guild_id": decision.guild_id,
        "channel_id": decision.channel_id,
        "user_id": decision.user_id,
        "outcome": decision.outcome.value,
        "gate": decision.gate,
        "detail": _text(detail, MAX_DETAIL_CHARS) if detail is not None else None,
        "trace": msgspec.json.encode(decision.steps).decode(),
    }


def _text(text: str, most_chars: int) -> str:
    """Short enough, and without the one character that PostgreSQL keeps in no text."""
    return text[:most_chars].replace(_NUL, _REPLACED)


def _decision(record: DecisionRecord) -> Decision:
    return Decision(
        reference=record.reference,
        kind=record.kind,
        name=record.name,
        module=record.module,
        guild_id=record.guild_id,
        channel_id=record.channel_id,
        user_id=record.user_id,
        at=record.at,
        outcome=Outcome(record.outcome),
        gate=record.gate,
        detail=record.detail,
        steps=_decode_steps(record.trace),
    )
