"""The tables of modules, beside the framework's own."""

from pathlib import Path

from wisp_framework.db.migrator import MigrationTree, SqlMigrator
from wisp_framework.services.database import DatabaseService


class SqlModuleTables:
    """A `wisp_framework.registry.tables.ModuleTables` over the migrations in the module's folder."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def bring_up(self, module: str, folder: Path) -> None:
        """Apply the module's migrations that are missing.

        Raises:
            SchemaError: the tables belong to a newer version of the module.
            DatabaseError: the database cannot be reached.
        """
        await self._db.apply(SqlMigrator(MigrationTree(module, folder)))
