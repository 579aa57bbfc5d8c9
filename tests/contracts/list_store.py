"""What a memory of command lists promises, whatever it is."""

from datetime import UTC, datetime

from wisp_framework.services.list_memory import ListMemory, ListStore

AT = datetime(2030, 1, 31, 12, 30, tzinfo=UTC)
SEEN = ListMemory("a" * 64, AT, 7, "2030-01-31")


class ListStoreContract:
    """Inherit, and provide a ``store`` fixture with an empty store."""

    async def test_begins_empty(self, store: ListStore) -> None:
        """A new store remembers nothing."""
        assert dict(await store.load(1)) == {}

    async def test_keeps_each_list(self, store: ListStore) -> None:
        """The global list and that of every guild are remembered as they were, time included."""
        await store.save(1, None, SEEN)
        await store.save(1, 2**62, ListMemory("b" * 64, AT))

        assert dict(await store.load(1)) == {None: SEEN, 2**62: ListMemory("b" * 64, AT)}

    async def test_keeps_applications_apart(self, store: ListStore) -> None:
        """Two bots on one database do not take each other's lists for theirs."""
        await store.save(1, 7, SEEN)

        assert dict(await store.load(2)) == {}

    async def test_the_latest_holds(self, store: ListStore) -> None:
        """Of a list one thing is remembered."""
        later = ListMemory("c" * 64, AT.replace(hour=13), 8, "2030-01-31")
        for memory in (SEEN, later):
            await store.save(1, 7, memory)

        assert dict(await store.load(1)) == {7: later}

    async def test_forgets(self, store: ListStore) -> None:
        """One guild's list is forgotten, the others are not; forgetting twice is no error."""
        for guild_id in (None, 7, 8):
            await store.save(1, guild_id, SEEN)
        for _ in range(2):
            await store.forget(1, 7)

        assert set(await store.load(1)) == {None, 8}

    async def test_clears(self, store: ListStore) -> None:
        """All lists of one application are forgotten, and none of another."""
        for application_id, guild_id in ((1, None), (1, 7), (2, 7)):
            await store.save(application_id, guild_id, SEEN)

        await store.clear(1)

        assert dict(await store.load(1)) == {}
        assert dict(await store.load(2)) == {7: SEEN}
