"""How often: counted on a clock that the test moves."""

import pytest

from contracts.rate_store import Advance, RateStoreContract
from support.clock import FakeClock
from wisp_framework.policy import MemoryRateStore, concurrency, cooldown
from wisp_framework.policy.limits import SWEEP_EVERY, Bucket


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> MemoryRateStore:
    return MemoryRateStore(clock)


@pytest.fixture
def advance(clock: FakeClock) -> Advance:
    return clock.advance


class TestMemoryRateStore(RateStoreContract):
    """In the memory of one process."""


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
