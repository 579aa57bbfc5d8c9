"""The switches of modules in the database."""

from collections.abc import Sequence

from sqlalchemy import select

from wisp_framework.db.models import ModuleState
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService


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
            return [(guild_id, module, enabled) for guild_id, module, enabled in rows]

    async def save(self, guild_id: int, module_name: str, enabled: bool) -> None:
        """Store one switch; it is durable when this returns.

        Raises:
            DatabaseError: it was not stored.
        """
        address = {"guild_id": guild_id, "module_name": module_name}
        async with self._db.session() as session:
            await session.execute(upsert(session, ModuleState, address, {"enabled": enabled}))
