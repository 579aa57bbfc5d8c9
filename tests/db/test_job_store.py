"""Jobs in a real SQLite file, and on a real PostgreSQL server."""

import pytest

from contracts.job_store import JobStoreContract
from wisp_framework.db.job_store import SqlJobStore
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.job_store import JobStore


class TestSqlJobStore(JobStoreContract):
    @pytest.fixture
    def store(self, any_db: DatabaseService) -> JobStore:
        return SqlJobStore(any_db)
