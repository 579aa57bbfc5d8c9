"""The switches of modules: defaults, overrides, and what happens when the store fails."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from typing_extensions import override

from contracts.flag_store import FlagStoreContract
from support.clock import settle
from wisp_framework.exceptions import DatabaseError, SwitchError
from wisp_framework.feature_flags import FeatureFlags, FlagStore, MemoryFlagStore
from wisp_framework.services.guild_changes import GuildChange


class GatedStore(MemoryFlagStore):
    """A store that lets loads and saves through when it is told to, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.loads, self.saves = asyncio.Event(), asyncio.Event()
        self.loads.set()
        self.saves.set()
        self.begun = asyncio.Event()
        self.failing = False

    @override
    async def load(self) -> Sequence[tuple[int, str, bool]]:
        rows = await super().load()
        await self._pass(self.loads)
        return rows

    @override
    async def save(self, guild_id: int, switches: Mapping[str, bool]) -> GuildChange:
        await self._pass(self.saves)
        return await super().save(guild_id, switches)

    async def _pass(self, gate: asyncio.Event) -> None:
        self.begun.set()
        await gate.wait()
        if self.failing:
            raise DatabaseError("away")


class TestMemoryFlagStore(FlagStoreContract):
    @pytest.fixture
    def store(self) -> FlagStore:
        return MemoryFlagStore()


@pytest.fixture
def store() -> GatedStore:
    return GatedStore()


@pytest.fixture
async def flags(store: GatedStore) -> FeatureFlags:
    """Loaded switches of three modules: on, off, and one that cannot be switched off."""
    flags = FeatureFlags(store)
    flags.declare("polls", default=True)
    flags.declare("notes", default=False)
    flags.declare("admin", default=True, can_disable=False)
    await flags.load()
    return flags


async def test_the_default_holds_where_nothing_was_switched(flags: FeatureFlags) -> None:
    """A guild that switched nothing has each module's default."""
    assert flags.is_enabled(1, "polls")
    assert not flags.is_enabled(1, "notes")
    assert flags.overrides(1) == {}


async def test_a_switch_holds_in_its_guild_alone(flags: FeatureFlags, store: GatedStore) -> None:
    """Switching says what was before, is stored, and changes one module in one guild."""
    assert await flags.set_enabled(1, {"polls": False}) == {"polls": True}
    assert await flags.set_enabled(1, {"polls": False}) == {"polls": False}
    assert await flags.set_enabled(2, {"notes": True}) == {"notes": False}

    assert not flags.is_enabled(1, "polls")
    assert flags.is_enabled(2, "polls")
    assert flags.is_enabled(2, "notes")
    assert flags.overrides(1) == {"polls": False}
    assert sorted(await store.load()) == [(1, "polls", False), (2, "notes", True)]


async def test_an_unknown_module_is_off(flags: FeatureFlags) -> None:
    """What was never declared is on nowhere, and cannot be switched."""
    assert not flags.is_enabled(1, "gone")
    assert not flags.is_enabled(None, "gone")
    with pytest.raises(SwitchError, match="There is no module `gone`") as refused:
        await flags.set_enabled(1, {"gone": True})
    assert refused.value.user_message == "There is no module `gone`."


async def test_some_modules_cannot_be_switched_off(store: GatedStore) -> None:
    """Such a module is on everywhere, even where an older version stored otherwise."""
    await store.save(1, {"admin": False})
    flags = FeatureFlags(store)
    flags.declare("admin", default=True, can_disable=False)
    await flags.load()

    assert flags.is_enabled(1, "admin")
    with pytest.raises(SwitchError, match="cannot be switched off"):
        await flags.set_enabled(1, {"admin": False})
    assert await flags.set_enabled(1, {"admin": True}) == {"admin": True}
    assert flags.is_enabled(1, "admin")


async def test_what_has_no_guild_asks_for_any(flags: FeatureFlags) -> None:
    """Without a guild a module counts as on when it may be on in any."""
    assert flags.is_enabled(None, "polls")
    assert not flags.is_enabled(None, "notes")
    await flags.set_enabled(7, {"notes": True})
    assert flags.is_enabled(None, "notes")
    await flags.set_enabled(7, {"notes": False})
    assert not flags.is_enabled(None, "notes")


async def test_asks_for_many_guilds_at_once(flags: FeatureFlags) -> None:
    """The guilds in which a module is on keep their order; none of none is on."""
    await flags.set_enabled(2, {"polls": False})
    await flags.set_enabled(3, {"notes": True})

    assert flags.guilds_on("polls", [3, 2, 1]) == [3, 1]
    assert flags.any_on("notes", [1, 2, 3])
    assert not flags.any_on("notes", [1, 2])
    assert not flags.any_on("polls", [])


async def test_a_store_that_fails_changes_nothing(flags: FeatureFlags, store: GatedStore) -> None:
    """A switch that was not stored is not in force, and the next one works again."""
    store.failing = True
    with pytest.raises(DatabaseError):
        await flags.set_enabled(1, {"polls": False})
    assert flags.is_enabled(1, "polls")

    store.failing = False
    await flags.set_enabled(1, {"polls": False})
    assert not flags.is_enabled(1, "polls")


async def test_a_load_that_fails_keeps_the_last_snapshot(flags: FeatureFlags, store: GatedStore) -> None:
    """While the store is away the last known switches stay in force."""
    await flags.set_enabled(1, {"polls": False})
    store.failing = True
    with pytest.raises(DatabaseError):
        await flags.load()

    assert flags.loaded
    assert not flags.is_enabled(1, "polls")


async def test_loading_again_replaces_the_snapshot(flags: FeatureFlags, store: GatedStore) -> None:
    """What another process stored is in force after the next load."""
    await flags.set_enabled(1, {"polls": False})
    await store.save(1, {"polls": True})
    await store.save(2, {"notes": True})
    await flags.load()

    assert flags.is_enabled(1, "polls")
    assert flags.is_enabled(2, "notes")


async def test_before_the_first_load_only_the_unswitchable_is_on(store: GatedStore) -> None:
    """While nobody knows what the guilds switched off, the gate says no."""
    await store.save(1, {"polls": False})
    flags = FeatureFlags(store)
    flags.declare("polls", default=True)
    flags.declare("admin", default=True, can_disable=False)

    assert not flags.loaded
    assert not flags.is_enabled(2, "polls")
    assert flags.is_enabled(2, "admin")
    await flags.load()
    assert flags.is_enabled(2, "polls")
    assert not flags.is_enabled(1, "polls")


async def test_switching_before_the_first_load_loads(store: GatedStore) -> None:
    """Where the store was away at the start, the first switch that works brings all the others."""
    await store.save(1, {"polls": False})
    flags = FeatureFlags(store)
    flags.declare("polls", default=True)

    assert await flags.set_enabled(1, {"polls": True}) == {"polls": False}
    assert flags.loaded
    assert flags.is_enabled(1, "polls")
    assert flags.is_enabled(2, "polls")


async def test_what_a_guild_set_outlives_the_module(flags: FeatureFlags, store: GatedStore) -> None:
    """A module that is gone is off, and finds its switches again when it comes back."""
    await flags.set_enabled(1, {"polls": False})
    flags.forget("polls")
    assert not flags.is_enabled(2, "polls")
    assert flags.overrides(1) == {"polls": False}
    await flags.load()
    assert not flags.is_enabled(2, "polls")

    flags.declare("polls", default=True)
    assert not flags.is_enabled(1, "polls")
    assert flags.is_enabled(2, "polls")


async def test_a_new_default_leaves_explicit_switches_alone(flags: FeatureFlags) -> None:
    """A guild that said "on" keeps it when the module's default becomes off."""
    await flags.set_enabled(1, {"polls": True})
    flags.forget("polls")
    flags.declare("polls", default=False)

    assert flags.is_enabled(1, "polls")
    assert not flags.is_enabled(2, "polls")


async def test_a_cancelled_switch_is_carried_through(flags: FeatureFlags, store: GatedStore) -> None:
    """A caller that goes away while storing leaves store and snapshot in agreement."""
    store.begun.clear()
    store.saves.clear()
    caller = asyncio.create_task(flags.set_enabled(1, {"polls": False}))
    await store.begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    store.saves.set()
    await flags.set_enabled(2, {"polls": True})
    assert not flags.is_enabled(1, "polls")
    assert (1, "polls", False) in await store.load()


async def test_a_load_that_began_before_a_switch_does_not_undo_it(
    flags: FeatureFlags, store: GatedStore
) -> None:
    """A switch that falls into a load is in force when both are done."""
    store.begun.clear()
    store.loads.clear()
    load = asyncio.create_task(flags.load())
    await store.begun.wait()
    switch = asyncio.create_task(flags.set_enabled(1, {"polls": False}))
    await settle()
    store.loads.set()
    await asyncio.gather(load, switch)

    assert not flags.is_enabled(1, "polls")
    assert (1, "polls", False) in await store.load()
