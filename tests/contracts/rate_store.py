"""What a store of counts promises, whatever it rests in."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from wisp_framework.policy.limits import Bucket, RateStore

Advance = Callable[[float], Awaitable[None]]

NEAR = 0.5
"""How far a server's own clock may have moved on meanwhile, in seconds."""


class RateStoreContract:
    """Inherit it and provide the fixtures ``store`` and ``advance``, which lets seconds pass."""

    async def test_a_window_moves_with_the_uses(self, store: RateStore, advance: Advance) -> None:
        """The third use within a minute waits until the first is a minute old."""
        bucket = Bucket("ada", 2, 60.0)
        assert await store.take([bucket]) == 0
        await advance(40)
        assert await store.take([bucket]) == 0
        await advance(10)
        assert await store.take([bucket]) == pytest.approx(10, abs=NEAR)
        await advance(10)
        assert await store.take([bucket]) == 0
        assert await store.take([bucket]) == pytest.approx(40, abs=NEAR)

    async def test_a_refused_use_is_counted_nowhere(self, store: RateStore, advance: Advance) -> None:
        """Where one of two limits refuses, the other is not used up, and asking alone counts nothing."""
        narrow, wide = Bucket("narrow", 1, 10.0), Bucket("wide", 2, 100.0)
        assert await store.wait_s([narrow, wide]) == 0
        assert await store.take([narrow, wide]) == 0
        for _ in range(5):
            assert await store.take([narrow, wide]) == pytest.approx(10, abs=NEAR)
            assert await store.wait_s([narrow, wide]) == pytest.approx(10, abs=NEAR)
        await advance(10)
        assert await store.take([narrow, wide]) == 0
        assert await store.take([narrow, wide]) == pytest.approx(90, abs=NEAR)

    async def test_buckets_do_not_meet(self, store: RateStore) -> None:
        """Each key has a count of its own."""
        assert await store.take([Bucket("ada", 1, 60.0)]) == 0
        assert await store.take([Bucket("grace", 1, 60.0)]) == 0
        assert await store.take([Bucket("ada", 1, 60.0)]) > 0

    async def test_short_windows_are_exact(self, store: RateStore, advance: Advance) -> None:
        """A limit may be for less than a second, and for many uses."""
        bucket = Bucket("fast", 100, 0.25)
        for _ in range(100):
            assert await store.take([Bucket("many", 100, 3600.0)]) == 0
        assert await store.take([Bucket("many", 100, 3600.0)]) == pytest.approx(3600, abs=5)
        assert await store.take([bucket]) == 0
        await advance(0.25)
        assert await store.wait_s([bucket]) == 0

    async def test_nobody_slips_through(self, store: RateStore) -> None:
        """Of fifty uses at once, five are let through where five are allowed."""
        waits = await asyncio.gather(*(store.take([Bucket("rush", 5, 60.0)]) for _ in range(50)))

        assert sum(wait == 0 for wait in waits) == 5
        assert all(wait == 0 or wait == pytest.approx(60, abs=5) for wait in waits)
