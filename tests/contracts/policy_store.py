"""What a store of rules promises, whatever it is."""

from wisp_framework.policy import PolicyStore


class PolicyStoreContract:
    """Inherit, and provide a ``store`` fixture with an empty store."""

    async def test_begins_empty(self, store: PolicyStore) -> None:
        """A new store holds no rule."""
        assert list(await store.load()) == []
        assert list(await store.load_guild(1)) == []

    async def test_keeps_one_rule_for_a_target_and_subject(self, store: PolicyStore) -> None:
        """Saying it again replaces what was said; other targets, subjects and guilds are not touched."""
        await store.save(1, ("ban", "role", 7, False))
        await store.save(1, ("ban", "role", 7, True))
        await store.save(1, ("ban", "user", 7, False))
        await store.save(2**63 - 1, ("*", "guild", 2**63 - 1, False))

        assert sorted(await store.load()) == [
            (1, ("ban", "role", 7, True)),
            (1, ("ban", "user", 7, False)),
            (2**63 - 1, ("*", "guild", 2**63 - 1, False)),
        ]
        assert all(type(rule[3]) is bool for _, rule in await store.load())

    async def test_removes_one_rule(self, store: PolicyStore) -> None:
        """What is removed is gone, and removing it again is no error."""
        await store.save(1, ("ban", "role", 7, False))
        await store.save(1, ("ban", "role", 8, False))
        for _ in range(2):
            await store.remove(1, "ban", "role", 7)

        assert list(await store.load_guild(1)) == [("ban", "role", 8, False)]

    async def test_each_change_makes_a_newer_version(self, store: PolicyStore) -> None:
        """Whoever has read a guild can tell that it was changed since."""
        first = await store.save(1, ("ban", "role", 7, False))
        second = await store.remove(1, "ban", "role", 7)

        assert (first.guild_id, second.guild_id) == (1, 1)
        assert second.version > first.version
