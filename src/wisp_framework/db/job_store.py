"""Jobs in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    inspect,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from wisp_framework.db.models import JobRecord
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.job_store import Job, JobQuery, JobState, Reach

_TABLE: Final = cast("Table", inspect(JobRecord).local_table)
_COLUMNS: Final = [_TABLE.c[name] for name in Job.__struct_fields__]
_KEPT_BY_A_HOLDER: Final = {"name", "epoch", "handler", "guild_id", "payload", "declared"}

# What a scheduler asks again and again is made once, and over the table, which takes a fraction of the time.
_WITHIN: Final = (
    _TABLE.c.handler.in_(bindparam("handlers", expanding=True)),
    or_(
        _TABLE.c.guild_id.is_(None),
        (literal_column("(guild_id >> 22)", BigInteger) % bindparam("shards", type_=BigInteger)).in_(
            bindparam("own", expanding=True)
        ),
    ),
)
"""The rows that a process can run."""

_NEXT: Final = (
    select(_TABLE.c.wake_at)
    .where(_TABLE.c.wake_at.is_not(None), *_WITHIN)
    .order_by(_TABLE.c.wake_at)
    .limit(1)
)
_RIPE: Final = (
    select(_TABLE.c.name)
    .where(_TABLE.c.wake_at <= bindparam("now"), *_WITHIN)
    .order_by(_TABLE.c.wake_at)
    .limit(bindparam("most"))
    # One process does not wait for what another is just taking; SQLite has one writer anyway.
    .with_for_update(skip_locked=True)
    .cte("ripe")
    # Read once: read again for each row of the table, it would find others than those it has locked.
    .prefix_with("MATERIALIZED")
)
_CLAIM: Final = (
    update(_TABLE)
    .where(_TABLE.c.name == _RIPE.c.name)
    .values(
        wake_at=bindparam("until"),
        holder=bindparam("by"),
        epoch=_TABLE.c.epoch + 1,
        attempt=_TABLE.c.attempt + 1,
    )
    .returning(*_COLUMNS)
)


class SqlJobStore:
    """A `wisp_framework.services.job_store.JobStore` over one table, for all processes of a bot.

    Every method raises ``DatabaseError`` when the database cannot do it; nothing was changed then.
    """

    shared = True

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def declare(self, jobs: Sequence[Job]) -> None:
        """Keep those that are new; one that is there, and in nobody's hands, takes on a changed schedule."""
        if not jobs:
            return
        async with self._db.session() as session:
            insert = _insert(session)
            new = insert.excluded
            statement = insert.on_conflict_do_update(
                index_elements=["name"],
                set_={name: new[name] for name in ("schedule", "due_at", "wake_at", "last_error")},
                where=and_(JobRecord.schedule != new.schedule, JobRecord.holder.is_(None)),
            )
            await session.execute(statement, [msgspec.structs.asdict(job) for job in jobs])

    async def create(self, job: Job, *, replace: bool = False) -> bool:
        """Keep it; False, and nothing done, where one of its name is there and must not be replaced."""
        async with self._db.session() as session:
            insert = _insert(session)
            changed = {name: insert.excluded[name] for name in Job.__struct_fields__ if name != "name"}
            statement = (
                insert.on_conflict_do_update(
                    index_elements=["name"], set_={**changed, "epoch": JobRecord.epoch + 1}
                )
                if replace
                else insert.on_conflict_do_nothing(index_elements=["name"])
            )
            return await _changed(session, statement.values(msgspec.structs.asdict(job)))

    async def next_wake(self, reach: Reach) -> datetime | None:
        """When the first of those may be taken up; None if none ever."""
        rows = await self._db.read(_NEXT, _told(reach))
        return rows[0].wake_at if rows else None

    async def claim(
        self, reach: Reach, now: datetime, until: datetime, holder: str, limit: int
    ) -> Sequence[Job]:
        """Take up what may be taken up now: nobody else gets it."""
        async with self._db.session() as session:
            connection = await session.connection()
            told = {**_told(reach), "now": now, "until": until, "by": holder, "most": limit}
            rows = (await connection.execute(_CLAIM, told)).all()
        return sorted((Job(*row) for row in rows), key=lambda job: job.due_at)

    async def renew(self, holder: str, until: datetime) -> Mapping[str, int]:
        """Lengthen the lease of all that ``holder`` has; their names and epochs."""
        renew = (
            update(JobRecord)
            .where(JobRecord.holder == holder)
            .values(wake_at=until)
            .returning(JobRecord.name, JobRecord.epoch)
        )
        async with self._db.session() as session:
            rows = await session.execute(renew, execution_options={"synchronize_session": False})
            return {row.name: row.epoch for row in rows}

    async def put_back(self, job: Job) -> bool:
        """Let it rest as told; False, and nothing done, if its epoch has passed."""
        values = {
            name: value
            for name, value in msgspec.structs.asdict(job).items()
            if name not in _KEPT_BY_A_HOLDER
        }
        put = update(JobRecord).where(JobRecord.name == job.name, JobRecord.epoch == job.epoch).values(values)
        async with self._db.session() as session:
            return await _changed(session, put)

    async def finish(self, job: Job) -> bool:
        """Keep it no longer; False, and nothing done, if its epoch has passed."""
        gone = delete(JobRecord).where(JobRecord.name == job.name, JobRecord.epoch == job.epoch)
        async with self._db.session() as session:
            return await _changed(session, gone)

    async def find(self, query: JobQuery) -> Sequence[Job]:
        """Those that fit, in order of when they come; what never comes again last."""
        wanted = select(*_COLUMNS).limit(query.limit)
        if query.handler is not None:
            wanted = wanted.where(JobRecord.handler == query.handler)
        if query.guild_id is not None:
            wanted = wanted.where(JobRecord.guild_id == query.guild_id)
        if query.state is not None:
            wanted = wanted.where(_stands(query.state))
        first = func.coalesce(JobRecord.wake_at, JobRecord.due_at)
        wanted = wanted.order_by(JobRecord.wake_at.is_(None), first, JobRecord.name)
        async with self._db.session(read_only=True) as session:
            return [Job(*row) for row in await session.execute(wanted)]

    async def hasten(self, name: str, now: datetime) -> bool:
        """Let it come now; False if there is none of that name, or somebody has it."""
        due_at = case((_stands(JobState.FAILED), JobRecord.due_at), else_=now)
        come = (
            update(JobRecord)
            .where(JobRecord.name == name, JobRecord.holder.is_(None))
            .values(due_at=due_at, wake_at=now, attempt=0, last_error=None)
        )
        async with self._db.session() as session:
            return await _changed(session, come)

    async def cancel(self, name: str) -> bool:
        """Keep it no longer, whoever has it; whether there was one."""
        async with self._db.session() as session:
            return await _changed(session, delete(JobRecord).where(JobRecord.name == name))

    async def prune(self, before: datetime) -> int:
        """Remove what failed and was due before that instant; how many that were."""
        old = delete(JobRecord).where(_stands(JobState.FAILED), JobRecord.due_at < before)
        async with self._db.session() as session:
            done = await session.execute(old, execution_options={"synchronize_session": False})
            return cast("CursorResult[Any]", done).rowcount


def _insert(session: AsyncSession) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(JobRecord)
    return sqlite.insert(JobRecord)


async def _changed(session: AsyncSession, statement: Any) -> bool:  # noqa: ANN401 - any that changes rows
    done = await session.execute(statement, execution_options={"synchronize_session": False})
    return bool(cast("CursorResult[Any]", done).rowcount)


def _told(reach: Reach) -> dict[str, object]:
    """What `_WITHIN` asks."""
    return {"handlers": reach.handlers, "shards": reach.shards.count, "own": sorted(reach.shards.ids)}


def _stands(state: JobState) -> ColumnElement[bool]:
    """As `Job.state`, in SQL."""
    free, over = JobRecord.holder.is_(None), JobRecord.wake_at.is_(None)
    return {
        JobState.RUNNING: JobRecord.holder.is_not(None),
        JobState.FAILED: and_(free, over, JobRecord.last_error.is_not(None)),
        JobState.DONE: and_(free, over, JobRecord.last_error.is_(None)),
        JobState.RETRYING: and_(free, ~over, JobRecord.attempt > 0),
        JobState.WAITING: and_(free, ~over, JobRecord.attempt == 0),
    }[state]
