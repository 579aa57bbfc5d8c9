from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.database import file_url, migrated, migrated_at
from wisp_framework.services.database import DatabaseService


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[DatabaseService]:
    """A started database in a new file, with all tables."""
    async with migrated(tmp_path) as service:
        yield service


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: a new file, then one on a server."""
    if request.param == "sqlite":
        return file_url(tmp_path)
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def any_db(database_url: str) -> AsyncIterator[DatabaseService]:
    """A started database with all tables, of each kind."""
    async with migrated_at(database_url) as service:
        yield service
