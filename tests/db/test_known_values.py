"""What guild data knows by itself: what was last read or written, also when the store is away."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest
from typing_extensions import override

from support.clock import FakeClock, settle
from wisp_framework.db.guild_data import FRESH_S, GuildDataService, GuildSettings, StoredConfig
from wisp_framework.db.known_values import Known, KnownValues, StoredValue
from wisp_framework.db.memory_guild_store import MemoryGuildStore
from wisp_framework.exceptions import DatabaseError, WriteUncertainError

GUILD = 81384788765712384


class Moody(MemoryGuildStore):
    """A store that can be away, or slow to answer, or lose the answer to a write."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.unsure = False
        self.loads = 0
        self.gate = asyncio.Event()
        self.gate.set()

    @override
    async def load(self, guild_id: int, module: str, key: str) -> StoredValue | None:
        self.loads += 1
        self._check()
        found = await super().load(guild_id, module, key)
        await self.gate.wait()
        return found

    @override
    async def load_all(self, guild_id: int, module: str) -> Mapping[str, StoredValue]:
        self._check()
        return await super().load_all(guild_id, module)

    @override
    async def save(self, guild_id: int, module: str, key: str, value: StoredValue) -> None:
        self._check()
        await super().save(guild_id, module, key, value)
        if self.unsure:
            raise WriteUncertainError("lost")

    @override
    async def load_config(self, guild_id: int) -> StoredConfig | None:
        self._check()
        return await super().load_config(guild_id)

    def _check(self) -> None:
        if self.away:
            raise DatabaseError("away")


@pytest.fixture
def store() -> Moody:
    return Moody()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def data(store: Moody, clock: FakeClock) -> GuildDataService:
    return GuildDataService(store, clock)


async def test_what_is_fresh_is_not_asked_for(data: GuildDataService, store: Moody, clock: FakeClock) -> None:
    """A value is read once in five seconds, also one that is not there; each reader gets a copy."""
    await store.save(GUILD, "", "key", StoredValue("[1]"))
    for _ in range(3):
        assert await data.get(GUILD, "key") == [1]
        assert await data.get(GUILD, "none") is None
    assert store.loads == 2
    assert await data.get(GUILD, "key") is not await data.get(GUILD, "key")
    clock.now_s = FRESH_S
    await data.get(GUILD, "key")
    assert store.loads == 3


async def test_an_outage_leaves_what_was_last_known(
    data: GuildDataService, store: Moody, clock: FakeClock
) -> None:
    """Reads serve what was known however old, writes are refused with a sentence, and then all goes on."""
    await data.set(GUILD, "key", 1)
    await data.set(GUILD, "own", 1, module_name="polls")
    assert await data.get_all(GUILD) == {"key": 1}
    await data.set(GUILD, "late", 2)
    assert await data.get_config(GUILD) == GuildSettings(GUILD)
    store.away = True
    clock.now_s = 3600.0

    assert await data.get(GUILD, "key") == 1
    assert await data.get(GUILD, "never", default="nothing") == "nothing"
    assert await data.get_all(GUILD) == {"key": 1, "late": 2}
    assert await data.get_config(GUILD) == GuildSettings(GUILD)
    with pytest.raises(DatabaseError) as refused:
        await data.set(GUILD, "key", 2)
    assert "Nothing was changed" in refused.value.user_message
    assert await data.get(GUILD, "key") == 1
    for unknown in (data.get(GUILD, "key", "notes"), data.get_all(GUILD, "polls")):
        with pytest.raises(DatabaseError):
            await unknown

    store.away = False
    await data.set(GUILD, "key", 3)
    assert await data.get(GUILD, "key") == 3


async def test_a_write_of_unknown_end_leaves_nothing_known(data: GuildDataService, store: Moody) -> None:
    """Where nobody knows whether a write was stored, the next read asks."""
    await data.set(GUILD, "key", 1)
    store.unsure = True
    with pytest.raises(WriteUncertainError):
        await data.set(GUILD, "key", 2)
    assert await data.get(GUILD, "key") == 2
    assert store.loads == 1


async def test_a_slow_read_does_not_bring_back_what_was_overwritten(
    data: GuildDataService, store: Moody
) -> None:
    """A read that began before a write and ends after it is not what later reads are given."""
    await store.save(GUILD, "", "key", StoredValue("1"))
    store.gate.clear()
    reading = asyncio.create_task(data.get(GUILD, "key"))
    await settle()
    await data.set(GUILD, "key", 2)
    store.gate.set()
    await reading
    assert await data.get(GUILD, "key") == 2


def test_of_writes_beside_each_other_none_is_known() -> None:
    """Which of them the store took last nobody can tell, so the next read asks."""
    known, address = KnownValues(10_000), (GUILD, "", "key")
    with known.writing(address) as first, known.writing(address) as second:
        second.stored(Known(StoredValue("2"), 1.0))
        first.stored(Known(StoredValue("1"), 1.0))
    assert known.get(address) is None
    with known.writing(address) as third:
        third.stored(Known(StoredValue("3"), 1.0))
    assert known.get(address) == Known(StoredValue("3"), 1.0)


def test_the_oldest_go_where_room_is_short() -> None:
    """However much is read, no more is kept than was allowed."""
    known = KnownValues(10_000)
    for number in range(100):
        known.fill((GUILD, "", str(number)), Known(StoredValue("x" * 700), 1.0), known.writes)
    assert known.get((GUILD, "", "0")) is None
    assert known.get((GUILD, "", "99")) is not None
    known.forget_guild(GUILD)
    assert known.get((GUILD, "", "99")) is None


async def test_a_purged_guild_is_not_known_any_more(data: GuildDataService, store: Moody) -> None:
    """After a purge nothing of the guild is served from memory."""
    await data.set(GUILD, "key", 1)
    await data.get_all(GUILD)
    await store.remove(GUILD, "", "key")
    data.forget_guild(GUILD)
    store.away = True
    ask: list[Callable[[], Awaitable[object]]] = [lambda: data.get(GUILD, "key"), lambda: data.get_all(GUILD)]
    for each in ask:
        with pytest.raises(DatabaseError):
            await each()
