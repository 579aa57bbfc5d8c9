"""The rules of guilds in a real database: a SQLite file, and PostgreSQL."""

import pytest

from contracts.policy_store import PolicyStoreContract
from wisp_framework.db.policy_store import SqlPolicyStore
from wisp_framework.policy import PolicyStore
from wisp_framework.services.database import DatabaseService


class TestSqlPolicyStore(PolicyStoreContract):
    @pytest.fixture
    def store(self, any_db: DatabaseService) -> PolicyStore:
        return SqlPolicyStore(any_db)
