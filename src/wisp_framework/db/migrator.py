"""Brings tables up to date, the framework's own and each module's, whichever process comes first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from wisp_framework.db.models import Base
from wisp_framework.exceptions import SchemaError
from wisp_framework.services.engine import READ_ONLY

VERSION_PREFIX = "wisp_version_"
"""What the names of the tables begin with in which versions are kept."""

_HERE = Path(__file__).parent / "migrations"
_OURS = frozenset(Base.metadata.tables)
# Any number, as long as all processes on a PostgreSQL server agree on it: "wisp" in ASCII.
_LOCK_KEY = 0x77697370


@dataclass(frozen=True, slots=True)
class MigrationTree:
    """The migrations of the framework or of one module, with a version table of their own.

    So tables of modules come and go without each other, and without the module's files.

    Args:
        name: ``core``, or the module's.
        folder: where the files of the migrations are.
    """

    name: str
    folder: Path

    @property
    def version_table(self) -> str:
        """The table that says which migration was the last."""
        return f"{VERSION_PREFIX}{self.name}"


CORE = MigrationTree("core", _HERE / "versions")


class SqlMigrator:
    """Applies the migrations of one tree, all in one transaction under a lock.

    Many processes may call it at once: one does the work, the others find it done. A process
    that dies in the middle leaves nothing behind.
    """

    def __init__(self, tree: MigrationTree = CORE) -> None:
        self.tree = tree

    async def migrate(self, engine: AsyncEngine) -> None:
        """Apply what is missing.

        Raises:
            SchemaError: the database belongs to a newer version, or to something else.
            DatabaseError: it cannot be reached.
        """
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, self.tree)

    async def take_back(self, engine: AsyncEngine, version: str | None = None) -> None:
        """Undo migrations, down to that version; unless one is named, undo the last.

        Args:
            engine: where to.
            version: one of the tree's own, or ``base`` for none at all.

        Raises:
            SchemaError: there is no such version, or nothing to undo.
            DatabaseError: it cannot be reached.
        """
        async with engine.begin() as connection:
            await connection.run_sync(_downgrade, self.tree, version or "-1")

    async def current(self, engine: AsyncEngine) -> str | None:
        """The version the tables are at; None if they were never made."""
        async with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            return await connection.run_sync(_current, self.tree)

    async def pending(self, engine: AsyncEngine) -> tuple[str, ...]:
        """What `migrate` would apply, oldest first: the version and what it brings.

        Raises:
            SchemaError: the database belongs to a newer version, or to something else.
            DatabaseError: it cannot be reached.
        """
        async with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            return await connection.run_sync(_pending, self.tree)


async def kept_versions(engine: AsyncEngine) -> tuple[str, ...]:
    """The names of the trees that the database has a version table of, also of modules that are gone."""
    async with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return tuple(
        sorted(table.removeprefix(VERSION_PREFIX) for table in tables if table.startswith(VERSION_PREFIX))
    )


def alembic_config(connection: Connection, tree: MigrationTree = CORE) -> Config:
    """What Alembic's own commands need to work on the tables of a tree, over this connection."""
    config = _config(tree)
    config.attributes["connection"] = connection
    return config


def write_migration(tree: MigrationTree, title: str) -> Path:
    """Add an empty migration behind the last one, and return its file.

    Raises:
        SchemaError: the files that are there make no chain.
    """
    tree.folder.mkdir(parents=True, exist_ok=True)
    chain = _chain(tree)
    number = len(chain) + 1
    while (file := tree.folder / f"{tree.name}_{number:03}.py").exists():
        number += 1
    before = repr(chain[-1].revision) if chain else "None"
    file.write_text(_EMPTY.format(title=_one_line(title), revision=file.stem, before=before), "utf-8")
    return file


_EMPTY = '''"""{title}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "CHANGE_ME",
        sa.Column("guild_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    )


def downgrade() -> None:
    op.drop_table("CHANGE_ME")
'''


def _one_line(title: str) -> str:
    return " ".join(title.replace("\\", "/").replace('"', "'").split())


def _config(tree: MigrationTree) -> Config:
    config = Config()
    # A percent sign in a path would be read as the beginning of a placeholder.
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(tree.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["version_table"] = tree.version_table
    return config


@contextmanager
def _in_words(tree: MigrationTree) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise SchemaError(f"the migrations of {tree.name!r} in {tree.folder}: {error}") from error


def _chain(tree: MigrationTree) -> list[Script]:
    """The migrations, oldest first."""
    with _in_words(tree):
        scripts = ScriptDirectory.from_config(_config(tree))
        scripts.get_current_head()  # says which are the ends, if there is more than one
        return list(scripts.walk_revisions())[::-1]


def _current(connection: Connection, tree: MigrationTree) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": tree.version_table})
    return context.get_current_revision()


def _pending(connection: Connection, tree: MigrationTree) -> tuple[str, ...]:
    known = _chain(tree)
    current = _current(connection, tree)
    names = [script.revision for script in known]
    if current is None:
        if tree == CORE:
            _refuse_strangers(connection)
        done = 0
    elif current in names:
        done = names.index(current) + 1
    else:
        raise _newer(tree, current, names[-1] if names else None)
    return tuple(f"{script.revision}: {script.doc}" for script in known[done:])


def _newer(tree: MigrationTree, current: str, newest: str | None) -> SchemaError:
    whose = "Wisp" if tree == CORE else f"module {tree.name!r}"
    what = "the database is" if tree == CORE else f"the tables of {whose} are"
    remedy = "that version of wisp-framework" if tree == CORE else "that version of the module"
    return SchemaError(
        f"{what} at version {current!r}, and this {whose} knows only up to {newest!r}: a newer "
        f"{whose} has used it. Install {remedy}, or name another database."
    )


def _refuse_strangers(connection: Connection) -> None:
    """A database without our version must not have our tables: they would be somebody else's."""
    taken = sorted(_OURS.intersection(inspect(connection).get_table_names()))
    # Another process may have made them since the version was looked for.
    if taken and _current(connection, CORE) is None:
        raise SchemaError(
            f"the database has tables named {', '.join(taken)}, but Wisp did not make them. "
            "Name another database, or move those tables away."
        )


def _lock(connection: Connection) -> None:
    # On SQLite the transaction itself is the lock.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def upgrade(connection: Connection, tree: MigrationTree) -> None:
    """Apply what is missing of a tree, in the transaction that the connection is in.

    Raises:
        SchemaError: the tables belong to a newer version, or to something else.
    """
    _lock(connection)
    # Another process may have been first: look again.
    if _pending(connection, tree):
        with _in_words(tree):
            command.upgrade(alembic_config(connection, tree), "head")


def _downgrade(connection: Connection, tree: MigrationTree, version: str) -> None:
    _lock(connection)
    _pending(connection, tree)  # refuses what the files do not know
    with _in_words(tree):
        command.downgrade(alembic_config(connection, tree), version)
