"""The decisions in a real database: a SQLite file, and PostgreSQL."""

import pytest

from contracts.decision_store import DecisionStoreContract
from wisp_framework.db.decision_store import SqlDecisionStore
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.decisions import DecisionStore


class TestSqlDecisionStore(DecisionStoreContract):
    @pytest.fixture
    def store(self, any_db: DatabaseService) -> DecisionStore:
        return SqlDecisionStore(any_db)
