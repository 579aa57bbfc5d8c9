"""Jobs in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    and_,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from wisp_framework.db.models import JobRecord
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.job_store import Job, JobQuery, JobState, Reach

_COLUMNS = [column for column in JobRecord.__table__.columns if column.name in Job.__struct_fields__]
_KEPT_BY_A_HOLDER = {"name", "epoch", "handler", "guild_id", "payload", "declared"}


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
        query = (
            select(JobRecord.wake_at)
            .where(JobRecord.wake_at.is_not(None), *_within(reach))
            .order_by(JobRecord.wake_at)
            .limit(1)
        )
        async with self._db.session(read_only=True) as session:
            return await session.scalar(query)

    async def claim(
        self, reach: Reach, now: datetime, until: datetime, holder: str, limit: int
    ) -> Sequence[Job]:
        """Take up what may be taken up now: nobody else gets it."""
        ripe = (
            select(JobRecord.name)
            .where(JobRecord.wake_at <= now, *_within(reach))
            .order_by(JobRecord.wake_at)
            .limit(limit)
            # One process does not wait for what another is just taking; SQLite has one writer anyway.
            .with_for_update(skip_locked=True)
        )
        claim = (
            update(JobRecord)
            .where(JobRecord.name.in_(ripe.scalar_subquery()), JobRecord.wake_at <= now)
            .values(wake_at=until, holder=holder, epoch=JobRecord.epoch + 1, attempt=JobRecord.attempt + 1)
            .returning(*_COLUMNS)
        )
        async with self._db.session() as session:
            rows = await session.execute(claim, execution_options={"synchronize_session": False})
            return sorted((_job(row._mapping) for row in rows), key=lambda job: job.due_at)  # noqa: SLF001

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
            return [_job(row._mapping) for row in await session.execute(wanted)]  # noqa: SLF001

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


def _within(reach: Reach) -> list[ColumnElement[bool]]:
    """The rows that a process can run."""
    shards = reach.shards
    if len(shards.ids) == shards.count:
        mine: ColumnElement[bool] = true()
    elif not shards.ids:
        mine = JobRecord.guild_id.is_(None)
    else:
        shard = literal_column("(guild_id >> 22)", BigInteger) % shards.count
        mine = or_(JobRecord.guild_id.is_(None), shard.in_(sorted(shards.ids)))
    return [JobRecord.handler.in_(reach.handlers), mine]


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


def _job(row: Mapping[Any, object]) -> Job:
    return Job(**{str(name): value for name, value in row.items()})  # type: ignore[arg-type]
