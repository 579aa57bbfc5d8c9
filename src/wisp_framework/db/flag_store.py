"""The switches of modules in the database."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from wisp_framework.db.guild_versions import raise_version
from wisp_framework.db.models import ModuleState
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.guild_changes import GuildChange


class SqlFlagStore:
    """A `wisp_framework.feature_flags.FlagStore` whose writes are on disk when they return."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def load(self) -> Sequence[tuple[int, str, bool]]:
        """Every stored switch: guild, module, on or off.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = select(ModuleState.guild_id, ModuleState.module_name, ModuleState.enabled)
        async with self._db.session(read_only=True) as session:
            rows = await session.execute(query)
            return rows.all()  # as they come: at the start there may be 100,000 of them

    async def load_guild(self, guild_id: int) -> Mapping[str, bool]:
        """What one guild has stored, by module.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = select(ModuleState.module_name, ModuleState.enabled).where(ModuleState.guild_id == guild_id)
        async with self._db.session(read_only=True) as session:
            rows = await session.execute(query)
            return {row.module_name: row.enabled for row in rows}

    async def save(self, guild_id: int, switches: Mapping[str, bool]) -> GuildChange:
        """Store switches of one guild, all or none; they are durable when this returns.

        Raises:
            DatabaseError: none was stored.
        """
        async with self._db.session() as session:
            for module, enabled in switches.items():
                address = {"guild_id": guild_id, "module_name": module}
                await session.execute(upsert(session, ModuleState, address, {"enabled": enabled}))
            return await raise_version(session, guild_id)
