"""Guild data without a database, and the values that no store ever sees."""

from enum import StrEnum
from typing import cast

import pytest

from contracts.guild_store import GUILD, GuildStoreContract
from wisp_framework.db.guild_data import GuildDataService, GuildStore
from wisp_framework.db.memory_guild_store import MemoryGuildStore
from wisp_framework.exceptions import GuildValueError
from wisp_framework.utils.json_value import JsonInput


class Colour(StrEnum):
    RED = "red"


def endless() -> list[object]:
    """A list that holds itself."""
    items: list[object] = []
    items.append(items)
    return items


class TestMemoryGuildStore(GuildStoreContract):
    @pytest.fixture
    def store(self) -> GuildStore:
        return MemoryGuildStore()


@pytest.mark.parametrize(
    ("value", "type_name", "where"),
    [
        ((1, 2), "tuple", "$ "),
        ({"a": [1, {2}]}, "set", "$.a[1] "),
        (b"bytes", "bytes", "$ "),
        (float("nan"), "float", "$ is nan"),
        ([float("-inf")], "float", "$[0] is -inf"),
        ({1: "one"}, "dict with a key of type int", "keys must be str"),
        (Colour.RED, "Colour", "$ "),
        ({"a": Colour.RED}, "Colour", "$.a "),
        ("half\ud800", "str", "surrogate"),
        ({"half\ud800": 1}, "dict with a broken key", "surrogate"),
        (2**1024, "int", "1024 bits"),
        (endless(), "list", "holds itself"),
        (object(), "object", "$ "),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_refuses_what_json_would_change(value: object, type_name: str, where: str) -> None:
    """A value that would not come back as it is, is refused with guild, key, type and place."""
    data = GuildDataService(MemoryGuildStore())
    await data.set(GUILD, "key", "old")

    with pytest.raises(GuildValueError) as refused:
        await data.set(GUILD, "key", cast("JsonInput", value))

    assert refused.value.type_name == type_name
    assert where in str(refused.value)
    assert f"guild {GUILD}, key 'key'" in str(refused.value)
    assert await data.get(GUILD, "key") == "old"


async def test_takes_a_hundred_levels() -> None:
    """Lists may be nested a hundred deep, and one deeper is refused."""
    data = GuildDataService(MemoryGuildStore())
    deep: JsonInput = "core"
    for _ in range(100):
        deep = [deep]
    await data.set(GUILD, "key", deep)

    assert await data.get(GUILD, "key") == deep
    with pytest.raises(GuildValueError, match="deeper than 100 levels"):
        await data.set(GUILD, "key", [deep])
