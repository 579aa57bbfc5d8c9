"""Databases for tests: real files, each in a folder of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import column, table, update

from wisp_framework.config import AppConfig
from wisp_framework.db.migrator import CORE, SqlMigrator
from wisp_framework.services.database import DatabaseService

TOKEN = "made.up.token"


def file_config(folder: Path) -> AppConfig:
    """The configuration of a bot that keeps its database in ``folder``."""
    return AppConfig(discord_token=TOKEN, data_dir=folder)


def file_url(folder: Path) -> str:
    """The address of the database file in ``folder``."""
    return f"sqlite+aiosqlite:///{folder}/wisp.db"


def url_config(url: str, **settings: Any) -> AppConfig:
    """The configuration of a bot whose database is at ``url``."""
    # A machine that is busy with other things is no outage.
    patience = {"db_pool_timeout": 30, "db_statement_timeout": 30}
    return AppConfig(discord_token=TOKEN, database_url=url, **(patience | settings))


@asynccontextmanager
async def started(db: DatabaseService) -> AsyncIterator[DatabaseService]:
    """Run a database service for the length of the block."""
    try:
        await db.startup()
        yield db
    finally:
        await db.shutdown()


@asynccontextmanager
async def migrated(folder: Path) -> AsyncIterator[DatabaseService]:
    """A database in ``folder``, with all tables."""
    async with started(DatabaseService(file_config(folder), SqlMigrator())) as db:
        yield db


async def make_newer(db: DatabaseService) -> None:
    """Let its tables say that they belong to a version of tomorrow."""
    versions = table(CORE.version_table, column("version_num"))
    async with db.session() as session:
        await session.execute(update(versions).values(version_num="core_999"))


@asynccontextmanager
async def migrated_at(url: str, **settings: Any) -> AsyncIterator[DatabaseService]:
    """The database at ``url``, with all tables."""
    async with started(DatabaseService(url_config(url, **settings), SqlMigrator())) as db:
        yield db
