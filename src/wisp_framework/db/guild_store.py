"""Guild data and settings in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Executable, bindparam, delete, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from wisp_framework.db.guild_data import Change, StoredConfig
from wisp_framework.db.guild_values import with_custom
from wisp_framework.db.known_values import StoredValue
from wisp_framework.db.models import GuildConfig, GuildData, utc_now
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService

_GUILDS_AT_ONCE: Final = 1_000
_NOTHING: Final = ""
"""Is no JSON, and never seen by anybody: it only holds a place until the end of a transaction."""

_TABLE: Final = inspect(GuildData).local_table
_LOAD: Final = select(_TABLE.c.value, _TABLE.c.expires_at).where(
    _TABLE.c.guild_id == bindparam("guild_id"),
    _TABLE.c.module_name == bindparam("module"),
    _TABLE.c.key == bindparam("key"),
)
"""The read that a command may have to wait for: made once, and over the table, which takes less time."""


class SqlGuildStore:
    """A `wisp_framework.db.guild_data.GuildStore` whose writes are on disk when they return.

    Every method raises ``DatabaseError`` when the database cannot do it; nothing was changed then.
    """

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def load(self, guild_id: int, module: str, key: str) -> StoredValue | None:
        """What rests under a key; None if nothing does."""
        rows = await self._db.read(_LOAD, {"guild_id": guild_id, "module": module, "key": key})
        return StoredValue(rows[0].value, rows[0].expires_at) if rows else None

    async def load_all(self, guild_id: int, module: str) -> Mapping[str, StoredValue]:
        """All of one module in one guild, by key."""
        query = select(GuildData.key, GuildData.value, GuildData.expires_at).where(
            GuildData.guild_id == guild_id, GuildData.module_name == module
        )
        async with self._db.session(read_only=True) as session:
            rows = await session.execute(query)
            return {key: StoredValue(value, expires_at) for key, value, expires_at in rows}

    async def load_many(self, guild_ids: Collection[int], module: str, key: str) -> Mapping[int, StoredValue]:
        """What rests under one key in each of many guilds, by guild."""
        found: dict[int, StoredValue] = {}
        wanted = list(guild_ids)
        query = select(GuildData.guild_id, GuildData.value, GuildData.expires_at).where(
            GuildData.module_name == module, GuildData.key == key
        )
        async with self._db.session(read_only=True) as session:
            for first in range(0, len(wanted), _GUILDS_AT_ONCE):
                some = wanted[first : first + _GUILDS_AT_ONCE]
                rows = await session.execute(query.where(GuildData.guild_id.in_(some)))
                found |= {guild_id: StoredValue(value, expires_at) for guild_id, value, expires_at in rows}
        return found

    async def save(self, guild_id: int, module: str, key: str, value: StoredValue) -> None:
        """Put a value under a key, whatever was there."""
        async with self._db.session() as session:
            await session.execute(_put(session, guild_id, module, key, value))

    async def change(self, guild_id: int, module: str, key: str, change: Change) -> StoredValue | None:
        """Put there what ``change`` makes of what rests there; nobody else writes meanwhile. Returns that."""
        async with self._db.session() as session:
            before = await _hold(session, guild_id, module, key)
            after = change(before)
            if after is None:
                await session.execute(delete(GuildData).where(*_at(guild_id, module, key)))
            elif after is not before:
                await session.execute(_put(session, guild_id, module, key, after))
            return after

    async def remove(self, guild_id: int, module: str, key: str) -> StoredValue | None:
        """Take a key away; what was there."""
        gone = (
            delete(GuildData)
            .where(*_at(guild_id, module, key))
            .returning(GuildData.value, GuildData.expires_at)
        )
        async with self._db.session() as session:
            row = (await session.execute(gone)).first()
            return StoredValue(row.value, row.expires_at) if row is not None else None

    async def sweep(self, now: datetime) -> int:
        """Remove the values whose time was up then; how many."""
        gone = delete(GuildData).where(GuildData.expires_at <= now).returning(GuildData.guild_id)
        async with self._db.session() as session:
            return len((await session.execute(gone)).all())

    async def load_config(self, guild_id: int) -> StoredConfig | None:
        """The guild's settings; None if it never set one."""
        async with self._db.session(read_only=True) as session:
            row = await session.get(GuildConfig, guild_id)
            return StoredConfig(row.welcome_channel_id, row.custom) if row else None

    async def save_welcome_channel(self, guild_id: int, channel_id: int | None) -> None:
        """Set the welcome channel, and leave the other settings as they are."""
        async with self._db.session() as session:
            values = {"welcome_channel_id": channel_id}
            await session.execute(upsert(session, GuildConfig, {"guild_id": guild_id}, values))

    async def save_custom(self, guild_id: int, name: str, text: str | None) -> None:
        """Set one custom setting, or drop it with None, and leave the others as they are."""
        async with self._db.session() as session:
            # Makes the row if need be, and holds it: who sets another name at the same time waits here.
            await session.execute(upsert(session, GuildConfig, {"guild_id": guild_id}, {}))
            row = await session.get_one(GuildConfig, guild_id)
            row.custom = with_custom(guild_id, row.custom, name, text)


def _at(guild_id: int, module: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (GuildData.guild_id == guild_id, GuildData.module_name == module, GuildData.key == key)


def _put(session: AsyncSession, guild_id: int, module: str, key: str, value: StoredValue) -> Executable:
    address = {"guild_id": guild_id, "module_name": module, "key": key}
    return upsert(session, GuildData, address, {"value": value.text, "expires_at": value.expires_at})


async def _hold(session: AsyncSession, guild_id: int, module: str, key: str) -> StoredValue | None:
    """What rests there; until the session ends nobody else writes to it, also where there is nothing yet."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(GuildData).values(
        guild_id=guild_id,
        module_name=module,
        key=key,
        value=_NOTHING,
        created_at=utc_now(),
        updated_at=utc_now(),
    )
    held = row.on_conflict_do_update(
        index_elements=["guild_id", "module_name", "key"], set_={"value": GuildData.value}
    )
    found = (await session.execute(held.returning(GuildData.value, GuildData.expires_at))).one()
    return StoredValue(found.value, found.expires_at) if found.value != _NOTHING else None
