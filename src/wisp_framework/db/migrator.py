"""Brings the framework's own tables up to date, whichever process comes first."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from wisp_framework.db.models import Base
from wisp_framework.exceptions import SchemaError
from wisp_framework.services.engine import READ_ONLY

VERSION_TABLE = "wisp_version_core"

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, as long as all processes on a PostgreSQL server agree on it: "wisp" in ASCII.
_LOCK_KEY = 0x77697370


class SqlMigrator:
    """Applies the migrations that come with the package, in one transaction under a lock.

    Many processes may call it at once: one does the work, the others find it done. A process
    that dies in the middle leaves nothing behind. The version is kept in a table of its own,
    so that tables of modules come and go without it.
    """

    async def migrate(self, engine: AsyncEngine) -> None:
        """Apply what is missing.

        Raises:
            SchemaError: the database belongs to a newer version, or to something else.
            DatabaseError: it cannot be reached.
        """
        if await self.pending(engine):
            async with engine.begin() as connection:
                await connection.run_sync(_upgrade)

    async def current(self, engine: AsyncEngine) -> str | None:
        """The version the database is at; None if it was never migrated."""
        async with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            return await connection.run_sync(_current)

    async def pending(self, engine: AsyncEngine) -> tuple[str, ...]:
        """What `migrate` would apply, oldest first: the version and what it brings.

        Raises:
            SchemaError: the database belongs to a newer version, or to something else.
            DatabaseError: it cannot be reached.
        """
        async with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            return await connection.run_sync(_pending)


def alembic_config(connection: Connection) -> Config:
    """What Alembic's own commands need to work on the framework's tables, over this connection."""
    config = Config()
    # A percent sign in the path would be read as the beginning of a placeholder.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    return config


def _current(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _pending(connection: Connection) -> tuple[str, ...]:
    scripts = ScriptDirectory.from_config(alembic_config(connection))
    current = _current(connection)
    known = list(scripts.walk_revisions())[::-1]
    names = [script.revision for script in known]
    if current is None:
        _refuse_strangers(connection)
        done = 0
    elif current in names:
        done = names.index(current) + 1
    else:
        raise SchemaError(
            f"the database is at version {current!r}, and this Wisp knows only up to {names[-1]!r}: a newer "
            "Wisp has used it. Install that version of wisp-framework, or name another database."
        )
    return tuple(f"{script.revision}: {script.doc}" for script in known[done:])


def _refuse_strangers(connection: Connection) -> None:
    """A database without our version must not have our tables: they would be somebody else's."""
    ours = set(Base.metadata.tables)
    taken = sorted(ours.intersection(inspect(connection).get_table_names()))
    if taken:
        raise SchemaError(
            f"the database has tables named {', '.join(taken)}, but Wisp did not make them. "
            "Name another database, or move those tables away."
        )


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    # On SQLite the transaction itself is the lock. Another process may have been first: look again.
    if _pending(connection):
        command.upgrade(alembic_config(connection), "head")
