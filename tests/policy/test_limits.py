"""How often: counted on a clock that the test moves."""

import pytest

from support.clock import FakeClock
from wisp_framework.policy import MemoryRateStore, concurrency, cooldown
from wisp_framework.policy.limits import SWEEP_EVERY, Bucket


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> MemoryRateStore:
    return MemoryRateStore(clock)


async def test_a_window_moves_with_the_uses(store: MemoryRateStore, clock: FakeClock) -> None:
    """The third use within a minute waits until the first is a minute old, to the second."""
    bucket = Bucket("ada", 2, 60.0)
    assert await store.take([bucket]) == 0
    clock.now_s = 40.0
    assert await store.take([bucket]) == 0
    clock.now_s = 50.0
    assert await store.take([bucket]) == 10.0
    clock.now_s = 60.0
    assert await store.take([bucket]) == 0
    assert await store.take([bucket]) == 40.0


async def test_a_refused_use_is_counted_nowhere(store: MemoryRateStore, clock: FakeClock) -> None:
    """Where one of two limits refuses, the other is not used up, and asking alone counts nothing."""
    narrow, wide = Bucket("narrow", 1, 10.0), Bucket("wide", 2, 100.0)
    assert await store.take([narrow, wide]) == 0
    for _ in range(5):
        assert await store.take([narrow, wide]) == 10.0
        assert await store.wait_s([narrow, wide]) == 10.0
    clock.now_s = 10.0
    assert await store.take([narrow, wide]) == 0
    assert await store.take([narrow, wide]) == 90.0


async def test_who_stays_away_is_forgotten(store: MemoryRateStore, clock: FakeClock) -> None:
    """The counts of many people do not pile up."""
    for person in range(SWEEP_EVERY * 3):
        await store.take([Bucket(str(person), 1, 1.0)])
        clock.now_s += 0.01
    assert len(store) < SWEEP_EVERY * 2


@pytest.mark.parametrize(
    "limit",
    [
        lambda: cooldown(0, per_s=1),
        lambda: cooldown(per_s=0),
        lambda: cooldown(per_s=float("inf")),
        lambda: cooldown(per_s=1, by="everybody"),
        lambda: concurrency(0),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_when_the_code_is_read(limit: object) -> None:
    """A typo does not become a limit that never holds."""
    assert callable(limit)
    with pytest.raises(ValueError, match=r"takes|is not a valid"):
        limit()
