"""The bot's database, as commands that look into it from outside open it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from wisp_framework.exceptions import CommandLineError, DatabaseError

if TYPE_CHECKING:  # it brings SQLAlchemy, which only the command itself should load
    from wisp_framework.services.database import DatabaseService


@asynccontextmanager
async def opened_database(what: str, without: str) -> AsyncIterator["DatabaseService"]:
    """The database that the settings name, which is neither made nor migrated.

    Args:
        what: is looked for, at the beginning of a sentence.
        without: what that means where the bot has no database, as the end of a sentence.

    Raises:
        CommandLineError: there is none, it cannot be read, or its tables are those of another version.
    """
    from wisp_framework.app import has_database
    from wisp_framework.config import load_config

    config = load_config()
    if not has_database(config):
        raise CommandLineError(f"This bot has no database, {without}")
    from wisp_framework.db.migrator import SqlMigrator
    from wisp_framework.services.database import DatabaseService
    from wisp_framework.services.engine import open_engine

    engine, place = open_engine(config)
    await engine.dispose()
    if place.file is not None and not place.file.exists():
        raise CommandLineError(f"There is no {place.name}: the bot makes it when it starts.")
    db = DatabaseService(config)
    try:
        await db.start()
        if await SqlMigrator().pending(db.engine):
            raise CommandLineError(
                f"{what} cannot be read: the tables of {place.name} are older than this version of Wisp."
                " Start the bot, or run `wisp migrate up`."
            )
        yield db
    except DatabaseError as error:
        raise CommandLineError(f"{what} cannot be read: {error}") from error
    finally:
        await db.stop()
