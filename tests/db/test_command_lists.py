"""What is remembered of command lists, in a real database: a SQLite file, and PostgreSQL."""

import pytest

from contracts.list_store import ListStoreContract
from wisp_framework.db.command_lists import SqlListStore
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.list_memory import ListStore


class TestSqlListStore(ListStoreContract):
    @pytest.fixture
    def store(self, any_db: DatabaseService) -> ListStore:
        return SqlListStore(any_db)
