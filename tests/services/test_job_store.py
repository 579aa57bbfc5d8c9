"""Jobs in memory."""

import pytest

from contracts.job_store import JobStoreContract
from wisp_framework.services.job_store import JobStore, MemoryJobStore


class TestMemoryJobStore(JobStoreContract):
    @pytest.fixture
    def store(self) -> JobStore:
        return MemoryJobStore()
