"""The switches of modules in a real database: a SQLite file, and PostgreSQL."""

import asyncio
from pathlib import Path

import pytest

from contracts.flag_store import FlagStoreContract
from support.database import migrated
from wisp_framework.db.flag_store import SqlFlagStore
from wisp_framework.feature_flags import FeatureFlags, FlagStore
from wisp_framework.services.database import DatabaseService


class TestSqlFlagStore(FlagStoreContract):
    @pytest.fixture
    def store(self, any_db: DatabaseService) -> FlagStore:
        return SqlFlagStore(any_db)


async def test_a_switch_survives_a_restart(tmp_path: Path) -> None:
    """A module that a guild switched off is off in the next process too."""
    async with migrated(tmp_path) as db:
        flags = FeatureFlags(SqlFlagStore(db))
        flags.declare("polls", default=True)
        await flags.load()
        await flags.set_enabled(1, {"polls": False})

    async with migrated(tmp_path) as db:
        flags = FeatureFlags(SqlFlagStore(db))
        flags.declare("polls", default=True)
        await flags.load()
        assert not flags.is_enabled(1, "polls")
        assert flags.is_enabled(2, "polls")


async def test_switching_at_once_ends_in_agreement(db: DatabaseService) -> None:
    """However many switch one module in one guild at once, memory and file end up the same."""
    flags = FeatureFlags(SqlFlagStore(db))
    flags.declare("polls", default=True)
    await flags.load()
    await asyncio.gather(*(flags.set_enabled(1, {"polls": turn % 2 == 0}) for turn in range(21)))

    seen = flags.is_enabled(1, "polls")
    assert await SqlFlagStore(db).load() == [(1, "polls", seen)]
