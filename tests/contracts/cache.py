"""What a cache promises, whatever it rests in."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from enum import IntEnum

import pytest

from wisp_framework.exceptions import CacheValueError, ServiceError
from wisp_framework.services.cache import MAX_VALUE_BYTES, Cache
from wisp_framework.utils.json_value import JsonInput

Advance = Callable[[float], Awaitable[None]]

VALUES: list[JsonInput] = [
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
    5e-324,
    "",
    "1",
    "Grüße, 世界 \0 \u2028 👋",
    [],
    {},
    [None, [True, [1, 1.0, "1"]], {"a": {"b": [{}]}}],
    {"": 0, "a.b": 1, "ä": [2]},
]


class Color(IntEnum):
    """A member of it would come back as its plain value."""

    RED = 1


def same(left: object, right: object) -> bool:
    """Whether two JSON values are equal, types included: 1, 1.0 and True are three values."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    return left == right


class CacheContract:
    """Inherit it and provide the fixtures ``cache`` (default lifetime 300 s), ``other`` and ``advance``.

    ``other`` is another namespace of the same backend; ``advance`` lets seconds pass.
    """

    @pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
    async def test_gives_back_what_it_was_given(self, cache: Cache, value: JsonInput) -> None:
        """What comes out equals what went in, type included."""
        await cache.set("key", value)

        assert same(await cache.get("key"), value)

    async def test_knows_nothing_of_other_keys(self, cache: Cache) -> None:
        """A key that was never set, or was deleted, gives the default; `delete` tells if it was known."""
        await cache.set("key", 1)

        assert await cache.get("Key") is None
        assert await cache.get("other", "default") == "default"
        assert await cache.delete("key") is True
        assert await cache.delete("key") is False
        assert await cache.get("key", 2) == 2

    async def test_tells_none_from_nothing(self, cache: Cache) -> None:
        """None can be remembered, and is not taken for a key that is not known."""
        await cache.set("key", None)

        assert await cache.get("key", "default") is None
        assert await cache.delete("key") is True

    async def test_overwrites(self, cache: Cache, advance: Advance) -> None:
        """The last value counts, with its own lifetime."""
        await cache.set("key", "old", ttl_s=10)
        await cache.set("key", "new")
        await advance(11)

        assert await cache.get("key") == "new"

    @pytest.mark.parametrize(
        ("value", "type_name", "path"),
        [
            ((1, 2), "tuple", "$"),
            ([1, {2}], "set", "$[1]"),
            ({"a": {1: "x"}}, "dict with a key of type int", "$.a"),
            ({"a": [0, math.nan]}, "float", "$.a[1]"),
            (math.inf, "float", "$"),
            (b"raw", "bytes", "$"),
            (Color.RED, "Color", "$"),
            ({"deep": object()}, "object", "$.deep"),
            ("half \ud800", "str", "$"),
        ],
    )
    async def test_refuses_what_would_change(
        self, cache: Cache, value: JsonInput, type_name: str, path: str
    ) -> None:
        """A value that would not come back the same is refused with its type and place; the old one stays."""
        await cache.set("key", "old")

        with pytest.raises(CacheValueError) as refused:
            await cache.set("key", value)

        assert (refused.value.key, refused.value.type_name, refused.value.path) == ("key", type_name, path)
        assert await cache.get("key") == "old"

    async def test_refuses_a_value_that_holds_itself(self, cache: Cache) -> None:
        """A circle has no end and is refused."""
        circle: list[JsonInput] = []
        circle.append(circle)

        with pytest.raises(CacheValueError, match="holds itself"):
            await cache.set("key", circle)

    async def test_refuses_a_value_that_is_too_large(self, cache: Cache) -> None:
        """The largest value fits; one more byte is refused, with the limit."""
        await cache.set("key", "x" * (MAX_VALUE_BYTES - 2))

        with pytest.raises(CacheValueError, match=f"the limit is {MAX_VALUE_BYTES}"):
            await cache.set("key", "x" * (MAX_VALUE_BYTES - 1))

    async def test_owns_what_it_remembers(self, cache: Cache) -> None:
        """Changing what was given or what came out changes nothing in the cache."""
        given: list[JsonInput] = [1, [2]]
        await cache.set("key", given)
        given.append(3)
        out = await cache.get("key")
        assert isinstance(out, list)
        out.clear()

        assert await cache.get("key") == [1, [2]]

    async def test_forgets_in_time(self, cache: Cache, advance: Advance) -> None:
        """A value is known for its lifetime, and no longer."""
        await cache.set("key", 1, ttl_s=10)
        await advance(9.5)
        assert await cache.get("key") == 1

        await advance(0.5)
        assert await cache.get("key") is None
        assert await cache.delete("key") is False

    async def test_has_a_default_lifetime(self, cache: Cache, advance: Advance) -> None:
        """Without a lifetime of its own a value has the configured one."""
        await cache.set("key", 1)
        await advance(299)
        assert await cache.get("key") == 1

        await advance(1)
        assert await cache.get("key") is None

    @pytest.mark.parametrize("ttl_s", [0, -1, math.nan, math.inf])
    async def test_refuses_a_lifetime_that_is_none(self, cache: Cache, ttl_s: float) -> None:
        """A lifetime must be a finite number above 0."""
        with pytest.raises(ServiceError, match="give a finite number of seconds above 0"):
            await cache.set("key", 1, ttl_s=ttl_s)

    async def test_namespaces_do_not_meet(self, cache: Cache, other: Cache) -> None:
        """The same key in two namespaces holds two values, and clearing one spares the other."""
        await cache.set("key", "mine")
        await other.set("key", "theirs")
        await cache.clear()

        assert await cache.get("key") is None
        assert await other.get("key") == "theirs"

        await cache.set("key", "again")
        assert await cache.get("key") == "again"

    async def test_forgets_by_tag(self, cache: Cache, other: Cache) -> None:
        """Deleting a tag forgets what was set with it in this namespace, and nothing else."""
        await cache.set("one", 1, tags=["red", "green"])
        await cache.set("two", 2, tags=["green"])
        await cache.set("three", 3)
        await other.set("one", 4, tags=["red"])
        await cache.delete_tag("red")

        assert [await cache.get(key) for key in ("one", "two", "three")] == [None, 2, 3]
        assert await other.get("one") == 4
        assert await cache.delete("one") is False

        await cache.set("one", 5, tags=["red"])
        assert await cache.get("one") == 5

    async def test_a_value_set_again_has_its_new_tags(self, cache: Cache) -> None:
        """A tag that a value does not have any more cannot forget it."""
        await cache.set("key", 1, tags=["red"])
        await cache.set("key", 2, tags=["green"])
        await cache.delete_tag("red")

        assert await cache.get("key") == 2

    @pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
    async def test_computes_what_it_does_not_know(self, cache: Cache, value: JsonInput) -> None:
        """What is computed comes out as if it had been set, the first time and later."""

        async def compute() -> JsonInput:
            return value

        async def never() -> JsonInput:
            raise AssertionError

        assert same(await cache.get_or_compute("key", compute), value)
        assert same(await cache.get_or_compute("key", never), value)
        assert same(await cache.get("key"), value)

    async def test_computes_once_for_all_who_ask(self, cache: Cache) -> None:
        """A hundred callers at once are one computation, and each gets a copy of its own."""
        begun, has_begun, may_end = 0, asyncio.Event(), asyncio.Event()

        async def compute() -> JsonInput:
            nonlocal begun
            begun += 1
            has_begun.set()
            await may_end.wait()
            return [begun]

        callers = [asyncio.create_task(cache.get_or_compute("key", compute)) for _ in range(100)]
        await has_begun.wait()
        callers[0].cancel()
        may_end.set()
        answers = await asyncio.gather(*callers[1:])

        assert answers == [[1]] * 99
        assert len({id(answer) for answer in answers}) == 99

    async def test_a_failed_computation_is_not_remembered(self, cache: Cache) -> None:
        """What computing raises reaches all who waited, and the next one tries again."""

        async def fail() -> JsonInput:
            raise LookupError("sold out")

        async def compute() -> JsonInput:
            return 1

        answers = await asyncio.gather(
            *(cache.get_or_compute("key", fail) for _ in range(5)), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [LookupError] * 5
        with pytest.raises(CacheValueError):
            await cache.get_or_compute("key", self._not_a_number)
        assert await cache.get_or_compute("key", compute) == 1

    async def _not_a_number(self) -> JsonInput:
        return math.nan

    @pytest.mark.parametrize("tags", [["red"], []])
    async def test_what_was_overtaken_is_not_remembered(self, cache: Cache, tags: list[str]) -> None:
        """A value that was computed from what a deletion made old is handed out, and then forgotten."""

        async def compute() -> JsonInput:
            await (cache.delete_tag("red") if tags else cache.clear())
            return "old"

        assert await cache.get_or_compute("key", compute, tags=tags) == "old"
        assert await cache.get("key") is None

    async def test_what_is_computed_is_forgotten_in_time(self, cache: Cache, advance: Advance) -> None:
        """A computed value has its lifetime, too."""

        async def compute() -> JsonInput:
            return 1

        await cache.get_or_compute("key", compute, ttl_s=10)
        await advance(10)
        assert await cache.get("key") is None
        with pytest.raises(ServiceError, match="give a finite number of seconds above 0"):
            await cache.get_or_compute("key", compute, ttl_s=0)
