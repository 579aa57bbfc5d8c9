"""The decisions about invocations in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

import msgspec
from sqlalchemy import CursorResult, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from wisp_framework.db.models import DecisionRecord
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.decisions import (
    DEFER_STEP,
    END_STEP,
    GATES_STEP,
    Decision,
    DecisionQuery,
    Invocation,
    InvocationKind,
    Outcome,
    Step,
)

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
    invocation, detail = decision.invocation, decision.detail
    return {
        "reference": invocation.reference,
        "at": decision.at,
        "kind": invocation.kind.value,
        "name": _text(invocation.name, MAX_NAME_CHARS),
        "module": invocation.module,
        "guild_id": invocation.guild_id,
        "channel_id": invocation.channel_id,
        "user_id": invocation.user_id,
        "outcome": decision.outcome.value,
        "gate": decision.gate,
        "detail": _text(detail, MAX_DETAIL_CHARS) if detail is not None else None,
        "trace": msgspec.json.encode(decision.steps()).decode(),
    }


def _text(text: str, most_chars: int) -> str:
    """Short enough, and without the one character that PostgreSQL keeps in no text."""
    return text[:most_chars].replace(_NUL, _REPLACED)


def _decision(record: DecisionRecord) -> Decision:
    moments = {step.name: step.at_ms / 1000 for step in _decode_steps(record.trace)}
    return Decision(
        Invocation(
            kind=InvocationKind(record.kind),
            name=record.name,
            module=record.module,
            guild_id=record.guild_id,
            channel_id=record.channel_id,
            user_id=record.user_id,
            reference=record.reference,
        ),
        at=record.at,
        began_s=0.0,
        admitted_s=moments.get(GATES_STEP, 0.0),
        deferred_s=moments.get(DEFER_STEP, 0.0),
        ended_s=moments.get(END_STEP, 0.0),
        outcome=Outcome(record.outcome),
        gate=record.gate,
        detail=record.detail,
    )
