"""What a store of switches promises, whatever it is."""

from wisp_framework.feature_flags import FlagStore


class FlagStoreContract:
    """Inherit, and provide a ``store`` fixture with an empty store."""

    async def test_begins_empty(self, store: FlagStore) -> None:
        """A new store holds no switch."""
        assert list(await store.load()) == []

    async def test_keeps_each_switch(self, store: FlagStore) -> None:
        """Every guild and module has a switch of its own, with real booleans."""
        await store.save(1, "polls", False)
        await store.save(1, "notes", True)
        await store.save(2**63 - 1, "polls", True)

        rows = sorted(await store.load())
        assert rows == [(1, "notes", True), (1, "polls", False), (2**63 - 1, "polls", True)]
        assert all(type(enabled) is bool for _, _, enabled in rows)

    async def test_keeps_one_state_for_a_switch(self, store: FlagStore) -> None:
        """Saving a switch again replaces its state."""
        for enabled in (False, True, False):
            await store.save(1, "polls", enabled)

        assert list(await store.load()) == [(1, "polls", False)]
