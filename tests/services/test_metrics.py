"""Metrics: what is counted, measured, and bounded."""

import pytest

from support.clock import FakeClock
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ServiceError
from wisp_framework.services import HealthState, MetricsService, Timing
from wisp_framework.services.metrics import MAX_SERIES


@pytest.fixture
async def metrics(config: AppConfig, clock: FakeClock) -> MetricsService:
    """A service that is started."""
    metrics = MetricsService(config, clock)
    await metrics.start()
    return metrics


def test_counts(metrics: MetricsService) -> None:
    """A counter adds up, each set of labels for itself, in whatever order they are given."""
    metrics.increment("joins")
    metrics.increment("joins", 2)
    metrics.increment("jobs", outcome="ok", module="ping")
    metrics.increment("jobs", module="ping", outcome="ok")
    metrics.increment("jobs", module="ping", outcome="failed")

    assert metrics.get_metrics().counters == {
        "joins": 3,
        'jobs{module="ping",outcome="ok"}': 2,
        'jobs{module="ping",outcome="failed"}': 1,
    }


def test_a_counter_never_goes_down(metrics: MetricsService) -> None:
    """A negative step is refused, and changes nothing."""
    metrics.increment("joins")

    with pytest.raises(ServiceError, match="never goes down, use gauge"):
        metrics.increment("joins", -1)

    assert metrics.get_metrics().counters == {"joins": 1}


def test_gauges_remember_the_last(metrics: MetricsService) -> None:
    """A gauge is what it was last set to."""
    metrics.gauge("guilds", 3)
    metrics.gauge("guilds", 2)
    metrics.gauge("lag", 0.5, shard="0")

    assert metrics.get_metrics().gauges == {"guilds": 2, 'lag{shard="0"}': 0.5}


def test_times(metrics: MetricsService) -> None:
    """A timing tells how many durations there were, the shortest, the longest and their average."""
    for duration_s in (0.5, 0.25, 0.75):
        metrics.timing("sql", duration_s)
    metrics.timing("rest", 1.0, route="users")

    timings = metrics.get_metrics().timings
    assert timings["sql"] == Timing(3, 0.25, 0.75, 0.5)
    assert timings['rest{route="users"}'] == Timing(1, 1.0, 1.0, 1.0)


async def test_times_a_block(metrics: MetricsService, clock: FakeClock) -> None:
    """A block is timed by the clock, also when it raises."""

    async def work() -> None:
        with metrics.timeit("block"):
            await clock.advance(2.5)
            raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        await work()

    assert metrics.get_metrics().timings == {"block": Timing(1, 2.5, 2.5, 2.5)}


def test_a_snapshot_stands_still(metrics: MetricsService) -> None:
    """What was handed out does not change with what comes later."""
    metrics.increment("joins")
    before = metrics.get_metrics()
    metrics.increment("joins")

    assert before.counters == {"joins": 1}


async def test_has_a_bound(metrics: MetricsService) -> None:
    """Names beyond the bound are dropped and counted, health says so, and known ones go on."""
    metrics.increment("joins")
    for number in range(MAX_SERIES + 5):
        metrics.gauge(f"guild {number}", number)
    metrics.timing("late", 1)
    metrics.increment("joins")

    snapshot = metrics.get_metrics()
    assert len(snapshot.gauges) == MAX_SERIES - 1
    assert snapshot.counters == {"joins": 2}
    assert snapshot.timings == {}
    assert snapshot.dropped_series == 7
    assert (await metrics.check_health()).state is HealthState.DEGRADED
