"""What guild data promises, whatever it rests in."""

import asyncio

import pytest

from support.clock import FakeClock
from wisp_framework.db.guild_data import FRESH_S, MISSING, GuildDataService, GuildSettings, GuildStore
from wisp_framework.exceptions import GuildDataError, GuildValueError
from wisp_framework.utils.json_value import JsonInput

GUILD = 81384788765712384
OTHER_GUILD = 81384788765712385

VALUES: list[JsonInput] = [
    None,
    True,
    False,
    0,
    1,
    -(2**63),
    2**64,
    2**1000,
    0.0,
    -0.5,
    1.0,
    1e300,
    "",
    "Grüße, 世界 \0 \u2028 👋",
    [],
    {},
    [None, [True, [1, 1.0, "1"]], {"a": {"b": [{}]}}],
    {"": 0, "a.b": 1, "ä": [2]},
]


def same(left: object, right: object) -> bool:
    """Whether two JSON values are equal, types included: 1, 1.0 and True are three values."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right


class GuildStoreContract:
    """Inherit, and provide a ``store`` fixture with an empty store."""

    @pytest.fixture
    def data(self, store: GuildStore) -> GuildDataService:
        return GuildDataService(store)

    @pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
    async def test_what_goes_in_comes_out(self, data: GuildDataService, value: JsonInput) -> None:
        """A value comes back equal and of the same type."""
        await data.set(GUILD, "key", value)

        assert same(await data.get(GUILD, "key", default="nothing"), value)

    async def test_answers_with_the_default_where_nothing_was_set(self, data: GuildDataService) -> None:
        """A key that was never set gives the default, and None without one."""
        assert await data.get(GUILD, "key") is None
        assert await data.get(GUILD, "key", default=5) == 5

    async def test_replaces_a_value(self, data: GuildDataService) -> None:
        """Setting a key again leaves the new value alone."""
        await data.set(GUILD, "key", 1)
        await data.set(GUILD, "key", [2])

        assert await data.get_all(GUILD) == {"key": [2]}

    async def test_keeps_guilds_and_modules_apart(self, data: GuildDataService) -> None:
        """The same key holds one value for each guild and module, and one for no module."""
        await data.set(GUILD, "key", "shared")
        await data.set(GUILD, "key", "polls", module_name="polls")
        await data.set(GUILD, "key", "notes", module_name="notes")
        await data.set(OTHER_GUILD, "key", "other")

        assert await data.get(GUILD, "key") == "shared"
        assert await data.get_all(GUILD, module_name="polls") == {"key": "polls"}
        assert await data.get(GUILD, "key", "notes") == "notes"
        assert await data.get_all(OTHER_GUILD) == {"key": "other"}

    async def test_deletes_one_value(self, data: GuildDataService) -> None:
        """Deleting says whether there was something, and takes that alone."""
        await data.set(GUILD, "key", None)
        await data.set(GUILD, "key", 1, module_name="polls")

        assert await data.delete(GUILD, "key")
        assert not await data.delete(GUILD, "key")
        assert await data.get(GUILD, "key", default="gone") == "gone"
        assert await data.get(GUILD, "key", "polls") == 1

    async def test_sums_of_many_at_once_lose_none(self, store: GuildStore, data: GuildDataService) -> None:
        """Tasks of two processes that add to one number at once each count, from nothing on."""
        other = GuildDataService(store)
        sums = await asyncio.gather(
            *(each.increment(GUILD, "n") for _ in range(15) for each in (data, other))
        )

        assert sorted(sums) == list(range(1, 31))
        assert await data.get(GUILD, "n") in range(1, 31)
        assert await GuildDataService(store).get(GUILD, "n") == 30

    async def test_sums_keep_their_type(self, data: GuildDataService) -> None:
        """Whole numbers stay whole, and what is no number is refused by name and kept."""
        assert same(await data.increment(GUILD, "n", 2), 2)
        assert same(await data.increment(GUILD, "n", -0.5, None), 1.5)
        for value in (True, "1", None, [1]):
            await data.set(GUILD, "other", value)
            with pytest.raises(GuildValueError, match="is no number that could be added to"):
                await data.increment(GUILD, "other")
            assert same(await data.get(GUILD, "other"), value)

    async def test_swaps_only_what_was_expected(self, data: GuildDataService) -> None:
        """A value is replaced where the expected one rests, types included, and nowhere else."""
        assert not await data.compare_and_set(GUILD, "key", 1, 2)
        assert await data.compare_and_set(GUILD, "key", MISSING, 1)
        assert not await data.compare_and_set(GUILD, "key", MISSING, 2)
        assert not await data.compare_and_set(GUILD, "key", 1.0, 2)
        assert not await data.compare_and_set(GUILD, "key", True, 2)
        assert same(await data.get(GUILD, "key"), 1)
        assert await data.compare_and_set(GUILD, "key", 1, {"b": 1, "a": 2})
        assert await data.compare_and_set(GUILD, "key", {"a": 2, "b": 1}, None)
        assert await data.compare_and_set(GUILD, "key", None, "done")
        assert await data.get_all(GUILD) == {"key": "done"}

    async def test_one_of_many_swaps_wins(self, store: GuildStore) -> None:
        """Of many that swap the same value at once one succeeds, also where there was nothing."""
        others = [GuildDataService(store) for _ in range(15)]
        for before in (MISSING, "first"):
            swaps = (
                data.compare_and_set(GUILD, "key", before, "first" if before is MISSING else turn)
                for turn, data in enumerate(others)
            )
            assert (await asyncio.gather(*swaps)).count(True) == 1
        assert await GuildDataService(store).get(GUILD, "key") in range(15)

    async def test_reads_many_guilds_at_once(self, data: GuildDataService) -> None:
        """One key of many guilds comes in one mapping, without those that never set it."""
        await data.set(GUILD, "key", 1, module_name="polls")
        await data.set(OTHER_GUILD, "key", [2], module_name="polls")
        await data.set(1, "key", "shared")
        many = [GUILD, OTHER_GUILD, 1, *range(2, 1500)]

        assert await data.get_many(many, "key", "polls") == {GUILD: 1, OTHER_GUILD: [2]}
        assert await data.get_many([], "key") == {}

    async def test_is_gone_when_its_time_is_up(self, store: GuildStore) -> None:
        """A value with a time is read until then by everybody, and then it is as if it had never been."""
        clock = FakeClock()
        data, other = GuildDataService(store, clock), GuildDataService(store, clock)
        await data.set(GUILD, "key", 1, ttl_s=60)
        await data.increment(GUILD, "n", ttl_s=60)
        clock.now_s = 59.0
        assert await data.increment(GUILD, "n", ttl_s=60) == 2
        assert await other.get(GUILD, "key") == 1

        clock.now_s = 60.0
        for reader in (data, other):
            assert await reader.get(GUILD, "key", default="gone") == "gone"
            assert await reader.get_all(GUILD) == {}
            assert await reader.get_many([GUILD], "key") == {}
        assert await data.compare_and_set(GUILD, "key", MISSING, 3)
        assert await data.increment(GUILD, "n") == 1
        clock.now_s = 600.0
        assert await other.get_all(GUILD) == {"key": 3, "n": 1}
        assert not await data.delete(GUILD, "never")

    async def test_what_is_up_is_swept(self, store: GuildStore) -> None:
        """An hour later the rows themselves are removed, by whoever writes one with a time."""
        clock = FakeClock()
        data = GuildDataService(store, clock)
        await data.set(GUILD, "short", 1, ttl_s=60)
        await data.set(GUILD, "kept", 1)
        clock.now_s = 3600.0
        await data.set(GUILD, "long", 1, ttl_s=60)
        assert (await store.load_all(GUILD, "")).keys() == {"kept", "long"}

    async def test_refuses_what_is_no_time(self, data: GuildDataService) -> None:
        """Zero, less, and what is no number of seconds is refused, and nothing is stored."""
        for ttl_s in (0, -1, float("nan"), float("inf")):
            with pytest.raises(GuildDataError, match="ttl_s is"):
                await data.set(GUILD, "key", 1, ttl_s=ttl_s)
        assert await data.get_all(GUILD) == {}

    async def test_writes_of_others_are_seen_soon(self, store: GuildStore) -> None:
        """What this process wrote it sees at once, what another one wrote within five seconds."""
        clock = FakeClock()
        here, there = GuildDataService(store, clock), GuildDataService(store, clock)
        await here.set(GUILD, "key", 1)
        assert await there.get(GUILD, "key") == 1
        await here.set(GUILD, "key", 2)
        assert await here.get(GUILD, "key") == 2
        assert await there.get(GUILD, "key") in (1, 2)

        clock.now_s = FRESH_S
        assert await there.get(GUILD, "key") == 2
        await here.delete(GUILD, "key")
        assert await here.get(GUILD, "key") is None
        clock.now_s = 2 * FRESH_S
        assert await there.get(GUILD, "key") is None

    async def test_is_not_changed_through_what_was_given_or_returned(self, data: GuildDataService) -> None:
        """Changing a list after it was stored, or after it was read, changes nothing stored."""
        names: list[JsonInput] = ["Ada"]
        await data.set(GUILD, "names", names)
        names.append("Grace")
        read = await data.get(GUILD, "names")
        assert isinstance(read, list)
        read.append("Edsger")

        assert await data.get(GUILD, "names") == ["Ada"]

    async def test_many_at_once_leave_one_value(self, data: GuildDataService) -> None:
        """Tasks that set one key at once all succeed, and one of their values stands."""
        await asyncio.gather(*(data.set(GUILD, "key", turn) for turn in range(40)))

        assert (await data.get_all(GUILD)).keys() == {"key"}
        assert await data.get(GUILD, "key") in range(40)

    async def test_refuses_what_is_no_address(self, data: GuildDataService) -> None:
        """A guild id, key or module name that cannot be one is refused by name, and stores nothing."""
        for guild_id, key, module in [
            (0, "key", None),
            (2**63, "key", None),
            (GUILD, "", None),
            (GUILD, "k" * 256, None),
            (GUILD, "nul\0", None),
            (GUILD, "half\ud800", None),
            (GUILD, "key", ""),
            (GUILD, "key", "m" * 101),
        ]:
            with pytest.raises(GuildDataError) as refused:
                await data.set(guild_id, key, 1, module_name=module)
            assert (refused.value.guild_id, refused.value.key) == (guild_id, key)
        assert await data.get_all(GUILD) == {}

    async def test_takes_the_longest_names(self, data: GuildDataService) -> None:
        """255 characters of a key and 100 of a module's name count as characters, not as bytes."""
        await data.set(2**63 - 1, "é" * 255, 1, module_name="é" * 100)

        assert await data.get(2**63 - 1, "é" * 255, "é" * 100) == 1

    async def test_refuses_what_is_too_large(self, data: GuildDataService) -> None:
        """64 KiB of JSON are stored, one byte more is refused, and the old value stands."""
        await data.set(GUILD, "key", "x" * (64 * 1024 - 2))
        with pytest.raises(GuildValueError, match="takes 65537 bytes as JSON, and at most 65536 are stored"):
            await data.set(GUILD, "key", "x" * (64 * 1024 - 1))

        assert await data.get(GUILD, "key") == "x" * (64 * 1024 - 2)

    async def test_settings_begin_at_their_defaults(self, data: GuildDataService) -> None:
        """A guild that never set anything has no welcome channel and no custom settings."""
        assert await data.get_config(GUILD) == GuildSettings(GUILD)

    async def test_settings_change_one_at_a_time(self, data: GuildDataService) -> None:
        """Each setting changes alone, and None takes it back."""
        await data.set_custom(GUILD, "colour", "red")
        await data.set_welcome_channel(GUILD, 42)
        await data.set_custom(GUILD, "limits", {"warnings": 3})
        await data.set_custom(GUILD, "colour", None)

        assert await data.get_config(GUILD) == GuildSettings(GUILD, 42, {"limits": {"warnings": 3}})
        await data.set_welcome_channel(GUILD, None)
        assert (await data.get_config(GUILD)).welcome_channel_id is None
        assert await data.get_config(OTHER_GUILD) == GuildSettings(OTHER_GUILD)

    async def test_settings_set_at_once_are_all_kept(self, data: GuildDataService) -> None:
        """Tasks that set different custom settings of one guild at once lose none."""
        await asyncio.gather(*(data.set_custom(GUILD, f"name{turn}", turn) for turn in range(40)))

        assert (await data.get_config(GUILD)).custom == {f"name{turn}": turn for turn in range(40)}

    async def test_settings_have_a_limit_together(self, data: GuildDataService) -> None:
        """Custom settings of one guild hold 64 KiB together; what is beyond is refused, the rest stands."""
        await data.set_custom(GUILD, "first", "x" * 40_000)
        with pytest.raises(GuildValueError, match="custom settings: takes 80024 bytes"):
            await data.set_custom(GUILD, "second", "x" * 40_000)

        assert (await data.get_config(GUILD)).custom.keys() == {"first"}

    async def test_settings_refuse_what_is_no_channel(self, data: GuildDataService) -> None:
        """A welcome channel is an id or None."""
        with pytest.raises(GuildDataError, match="-1 is not a channel's id"):
            await data.set_welcome_channel(GUILD, -1)
