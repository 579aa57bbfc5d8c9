"""What a store of switches promises, whatever it is."""

from wisp_framework.feature_flags import FlagStore


class FlagStoreContract:
    """Inherit, and provide a ``store`` fixture with an empty store."""

    async def test_begins_empty(self, store: FlagStore) -> None:
        """A new store holds no switch."""
        assert list(await store.load()) == []

    async def test_keeps_each_switch(self, store: FlagStore) -> None:
        """Every guild and module has a switch of its own, with real booleans."""
        await store.save(1, {"polls": False})
        await store.save(1, {"notes": True})
        await store.save(2**63 - 1, {"polls": True})

        rows = sorted(await store.load())
        assert rows == [(1, "notes", True), (1, "polls", False), (2**63 - 1, "polls", True)]
        assert all(type(enabled) is bool for _, _, enabled in rows)

    async def test_keeps_one_state_for_a_switch(self, store: FlagStore) -> None:
        """Saving a switch again replaces its state."""
        for enabled in (False, True, False):
            await store.save(1, {"polls": enabled})

        assert list(await store.load()) == [(1, "polls", False)]

    async def test_keeps_all_switches_of_one_save(self, store: FlagStore) -> None:
        """Several switches of a guild are stored together, and its others stay."""
        await store.save(1, {"polls": False})
        await store.save(1, {"notes": True, "quotes": True})

        assert await store.load_guild(1) == {"polls": False, "notes": True, "quotes": True}
        assert await store.load_guild(2) == {}

    async def test_each_save_makes_a_newer_version(self, store: FlagStore) -> None:
        """Whoever has read a guild can tell that it was changed since."""
        first = await store.save(1, {"polls": False})
        second = await store.save(1, {"polls": True})

        assert (first.guild_id, second.guild_id) == (1, 1)
        assert second.version > first.version
