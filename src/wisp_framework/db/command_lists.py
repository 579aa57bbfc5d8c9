"""What is remembered of the command lists at Discord, in the database."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from wisp_framework.db.models import CommandList
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.list_memory import ListMemory

GLOBAL = 0
"""The guild id under which the global list rests."""


class SqlListStore:
    """A `wisp_framework.services.list_memory.ListStore` whose writes are on disk when they return."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def load(self, application_id: int) -> Mapping[int | None, ListMemory]:
        """All that is remembered of an application's lists.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = select(
            CommandList.guild_id,
            CommandList.fingerprint,
            CommandList.updated_at,
            CommandList.creates,
            CommandList.creates_day,
        ).where(CommandList.application_id == application_id)
        async with self._db.session(read_only=True) as session:
            rows = await session.execute(query)
            return {
                guild_id or None: ListMemory(fingerprint, confirmed_at, creates, day)
                for guild_id, fingerprint, confirmed_at, creates, day in rows
            }

    async def save(self, application_id: int, guild_id: int | None, memory: ListMemory) -> None:
        """Remember this of a list.

        Raises:
            DatabaseError: it was not stored.
        """
        address = {"application_id": application_id, "guild_id": guild_id or GLOBAL}
        values = {
            "fingerprint": memory.fingerprint,
            "creates": memory.creates,
            "creates_day": memory.creates_day,
        }
        async with self._db.session() as session:
            await session.execute(upsert(session, CommandList, address, values, at=memory.confirmed_at))

    async def forget(self, application_id: int, guild_id: int) -> None:
        """Remember nothing of a guild's list.

        Raises:
            DatabaseError: it is still stored.
        """
        query = delete(CommandList).where(
            CommandList.application_id == application_id, CommandList.guild_id == guild_id
        )
        async with self._db.session() as session:
            await session.execute(query)

    async def clear(self, application_id: int) -> None:
        """Remember nothing of an application's lists.

        Raises:
            DatabaseError: they are still stored.
        """
        async with self._db.session() as session:
            await session.execute(delete(CommandList).where(CommandList.application_id == application_id))
