"""What is remembered of command lists while the process lasts."""

import pytest

from contracts.list_store import ListStoreContract
from wisp_framework.services.list_memory import ListStore, MemoryListStore


class TestMemoryListStore(ListStoreContract):
    @pytest.fixture
    def store(self) -> ListStore:
        return MemoryListStore()
