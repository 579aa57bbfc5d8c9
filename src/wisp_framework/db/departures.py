"""Guilds that left, in the database, and all that goes with them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, Table, delete, inspect, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import sort_tables

from wisp_framework.db.guild_repository import guild_tables
from wisp_framework.db.models import (
    CommandList,
    DecisionRecord,
    GuildConfig,
    GuildData,
    GuildDeparture,
    GuildVersion,
    JobRecord,
    ModuleState,
    PolicyRule,
)
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService

OF_A_GUILD = (GuildConfig, ModuleState, GuildData, PolicyRule)
"""What a guild has set or a module has kept for it."""

ALL_OF_A_GUILD = (*OF_A_GUILD, JobRecord, CommandList, DecisionRecord, GuildVersion, GuildDeparture)
"""Everything of the framework's but the audit, which has a retention of its own."""


class SqlDepartureStore:
    """A `wisp_framework.lifecycle.departures.DepartureStore` beside the data that it purges."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def guilds(self) -> Collection[int]:
        """The guilds of which anything is stored and no departure is noted."""
        noted = select(GuildDeparture.guild_id)
        async with self._db.session(read_only=True) as session:
            named: list[Select[int]] = [select(table.guild_id) for table in OF_A_GUILD]
            named += [select(table.c.guild_id) for table in await _of_modules(session)]
            stored = union(*named).subquery()
            return set(
                await session.scalars(select(stored.c.guild_id).where(stored.c.guild_id.not_in(noted)))
            )

    async def departed(self) -> Collection[int]:
        """The guilds whose departure is noted."""
        async with self._db.session(read_only=True) as session:
            return set(await session.scalars(select(GuildDeparture.guild_id)))

    async def note(self, guild_ids: Collection[int], left_at: datetime) -> None:
        """Note that they removed the bot; one that is noted keeps its earlier time."""
        if not guild_ids:
            return
        async with self._db.session() as session:
            noted = set(await session.scalars(select(GuildDeparture.guild_id)))
            for guild_id in set(guild_ids) - noted:
                await session.execute(
                    upsert(session, GuildDeparture, {"guild_id": guild_id}, {"left_at": left_at})
                )

    async def forget(self, guild_ids: Collection[int]) -> None:
        """The bot is there after all, or again."""
        if not guild_ids:
            return
        async with self._db.session() as session:
            for guild_id in guild_ids:
                await session.execute(delete(GuildDeparture).where(GuildDeparture.guild_id == guild_id))

    async def due(self, left_before: datetime) -> Sequence[int]:
        """The guilds that left before that instant."""
        query = select(GuildDeparture.guild_id).where(GuildDeparture.left_at < left_before)
        async with self._db.session(read_only=True) as session:
            return list(await session.scalars(query))

    async def purge(self, guild_id: int) -> None:
        """Delete everything that is stored for a guild but its audit, modules' tables too; all or nothing."""
        async with self._db.session() as session:
            for table in reversed(sort_tables(await _of_modules(session))):  # who refers to others goes first
                await session.execute(delete(table).where(table.c.guild_id == guild_id))
            for model in ALL_OF_A_GUILD:
                await session.execute(delete(model).where(model.guild_id == guild_id))


async def _of_modules(session: AsyncSession) -> Sequence[Table]:
    """The tables of modules with rows of guilds; those whose module was never set up are not there."""
    connection = await session.connection()
    there = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return [table for table in guild_tables() if table.name in there]
