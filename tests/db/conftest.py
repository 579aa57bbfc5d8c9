from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.database import migrated
from wisp_framework.services.database import DatabaseService


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[DatabaseService]:
    """A started database in a new file, with all tables."""
    async with migrated(tmp_path) as service:
        yield service
