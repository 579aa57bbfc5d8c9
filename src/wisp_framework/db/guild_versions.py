"""The versions of guilds in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from wisp_framework.db.models import GuildVersion, utc_now
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.guild_changes import GuildChange

OVERLAP = timedelta(seconds=60)
"""A transaction that is older than this when it commits may be overlooked."""


async def raise_version(session: AsyncSession, guild_id: int) -> GuildChange:
    """Make the next version of a guild, in the transaction that changes what is stored for it."""
    is_server = session.get_bind().dialect.name == "postgresql"
    # The server's clock is one for all processes; a SQLite file is used on one machine.
    now: ColumnElement[datetime] | datetime = func.now() if is_server else utc_now()
    insert = postgresql.insert if is_server else sqlite.insert
    row = insert(GuildVersion).values(guild_id=guild_id, version=1, created_at=now, updated_at=now)
    raised = row.on_conflict_do_update(
        index_elements=["guild_id"], set_={"version": GuildVersion.version + 1, "updated_at": now}
    )
    version = await session.scalar(raised.returning(GuildVersion.version))
    return GuildChange(guild_id, version or 1)


class SqlVersionStore:
    """A `wisp_framework.services.guild_changes.VersionStore` over `raise_version`."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def newest(self) -> datetime | None:
        """When the latest change was made; None before the first.

        Raises:
            DatabaseError: the database cannot be read.
        """
        async with self._db.session(read_only=True) as session:
            return await session.scalar(
                select(GuildVersion.updated_at).order_by(GuildVersion.updated_at.desc()).limit(1)
            )

    async def changed_since(self, instant: datetime | None) -> Sequence[tuple[GuildChange, datetime]]:
        """The guilds that were changed up to `OVERLAP` before that instant or later, with when.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = select(GuildVersion.guild_id, GuildVersion.version, GuildVersion.updated_at)
        if instant is not None:
            query = query.where(GuildVersion.updated_at >= instant - OVERLAP)
        async with self._db.session(read_only=True) as session:
            rows = await session.execute(query)
            return [(GuildChange(guild_id, version), at) for guild_id, version, at in rows]
