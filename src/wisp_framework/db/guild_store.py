"""Guild data and settings in the database."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from wisp_framework.db.guild_data import StoredConfig, with_custom
from wisp_framework.db.models import GuildConfig, GuildData
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService


class SqlGuildStore:
    """A `wisp_framework.db.guild_data.GuildStore` whose writes are on disk when they return.

    Every method raises ``DatabaseError`` when the database cannot do it; nothing was changed then.
    """

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def load(self, guild_id: int, module: str, key: str) -> str | None:
        """The text under a key; None if there is none."""
        query = select(GuildData.value).where(
            GuildData.guild_id == guild_id, GuildData.module_name == module, GuildData.key == key
        )
        async with self._db.session(read_only=True) as session:
            return await session.scalar(query)

    async def load_all(self, guild_id: int, module: str) -> Mapping[str, str]:
        """All texts of one module in one guild, by key."""
        query = select(GuildData.key, GuildData.value).where(
            GuildData.guild_id == guild_id, GuildData.module_name == module
        )
        async with self._db.session(read_only=True) as session:
            return {key: value async for key, value in await session.stream(query)}

    async def save(self, guild_id: int, module: str, key: str, text: str) -> None:
        """Put a text under a key, whatever was there."""
        address = {"guild_id": guild_id, "module_name": module, "key": key}
        async with self._db.session() as session:
            await session.execute(upsert(session, GuildData, address, {"value": text}))

    async def remove(self, guild_id: int, module: str, key: str) -> bool:
        """Take a key away; whether it was there."""
        gone = (
            delete(GuildData)
            .where(GuildData.guild_id == guild_id, GuildData.module_name == module, GuildData.key == key)
            .returning(GuildData.key)
        )
        async with self._db.session() as session:
            return (await session.execute(gone)).first() is not None

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
