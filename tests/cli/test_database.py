"""Commands that look into the bot's database from outside: whose tables they read, and whose not."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from support.database import make_newer, migrated
from wisp_framework.cli import app
from wisp_framework.db.migrator import SqlMigrator
from wisp_framework.exceptions import CommandLineError
from wisp_framework.services.database import DatabaseService


async def make_older(db: DatabaseService) -> None:
    """Take the last migration back."""
    await SqlMigrator().take_back(db.engine)


@pytest.mark.parametrize("command", ["audit", "jobs list", "jobs run tea", "why"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (make_newer, "cannot be read: .*newer Wisp has used it"),
        (make_older, "are older than this version of Wisp. Start the bot, or run `wisp migrate up`"),
    ],
)
def test_tables_of_another_version_are_not_taken_for_empty(
    folder: Path, command: str, change: Callable[[DatabaseService], Awaitable[None]], told: str
) -> None:
    """Whoever asks is told that nobody can tell, and what to do, and not that there is nothing."""

    async def prepare() -> None:
        async with migrated(folder) as db:
            await change(db)

    folder.mkdir()
    asyncio.run(prepare())

    refused = CliRunner().invoke(app, command.split())
    assert isinstance(refused.exception, CommandLineError)
    with pytest.raises(CommandLineError, match=told):
        raise refused.exception
