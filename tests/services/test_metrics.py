"""Metrics: what is counted, measured, and bounded."""

import pytest

from support.clock import FakeClock
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ServiceError
from wisp_framework.services import HealthState, MetricsService, Timing
from wisp_framework.services.metrics import BUCKETS_S, MAX_SERIES, MAX_SERIES_OF_NAME
from wisp_framework.utils.ownership import Owner, owned_by


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


def test_any_label(metrics: MetricsService) -> None:
    """A label may be called as the parameters are."""
    metrics.increment("commands", name="ping", outcome="ran")
    metrics.increment("commands", 2, name="ping", outcome="ran")

    assert metrics.get_metrics().counters == {'commands{name="ping",outcome="ran"}': 3}


def test_counts_to_what_others_counted(metrics: MetricsService) -> None:
    """A counter that is kept elsewhere is taken over, and stays where it is when that one begins anew."""
    metrics.count_to("frames", 7)
    metrics.count_to("frames", 2)

    assert metrics.get_metrics().counters == {"frames": 7}


def test_counts_and_times_without_looking_up(metrics: MetricsService) -> None:
    """What was asked for once adds to the same series as its name does, and shows once it was used."""
    count, take = metrics.counter_of("jobs", outcome="ok"), metrics.timer_of("job", module="shop")
    assert not metrics.get_metrics().timings
    assert {family.name for family in metrics.families()} == {"jobs"}

    count()
    metrics.increment("jobs", outcome="ok")
    take(0.25)
    metrics.timing("job", 0.75, module="shop")

    found = metrics.get_metrics()
    assert found.counters == {'jobs{outcome="ok"}': 2}
    assert found.timings == {'job{module="shop"}': Timing(count=2, min=0.25, max=0.75, avg=0.5)}


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


def test_tells_durations_apart(metrics: MetricsService) -> None:
    """A duration is counted in the bucket of the least bound that it does not exceed."""
    for duration_s in (0.001, 0.0011, 2.9, 3.0, 31.0):
        metrics.timing("sql", duration_s)

    buckets = metrics.get_metrics().timings["sql"].buckets
    told = {bound: number for bound, number in zip([*BUCKETS_S, "more"], buckets, strict=True) if number}
    assert told == {0.001: 1, 0.0025: 1, 3.0: 2, "more": 1}


def test_reads_gauges_when_asked(metrics: MetricsService) -> None:
    """What is read at the moment of the question is new each time; a reader that raises costs its own."""
    seen = iter(range(10))

    def broken() -> None:
        raise OSError("gone")

    metrics.on_read(broken)
    metrics.on_read(lambda: metrics.gauge("seen", next(seen)))

    assert [metrics.get_metrics().gauges["seen"] for _ in range(3)] == [0, 1, 2]


def test_a_reader_goes_with_its_module(metrics: MetricsService) -> None:
    """What a module has read at each question is read no more once the module is gone."""
    owner = Owner("tea")
    with owned_by(owner):
        metrics.on_read(lambda: metrics.increment("asked"))
    metrics.get_metrics()

    for undo in owner.take_back():
        undo()

    assert metrics.get_metrics().counters == {"asked": 1}


def test_families(metrics: MetricsService) -> None:
    """Names that Prometheus could not tell apart are one, under the name that came first."""
    metrics.increment("tea.sold")
    metrics.increment("tea_sold")
    metrics.gauge("tea.sold", 3)

    assert [(family.name, family.kind, dict(family.values)) for family in metrics.families()] == [
        ("tea.sold", "counter", {(): 2}),
        ("tea.sold", "gauge", {(): 3}),
    ]


async def test_one_name_leaves_room_for_others(metrics: MetricsService) -> None:
    """A label with an id in it is cut off at a bound of its own, health names it, and other names go on."""
    for number in range(MAX_SERIES_OF_NAME + 5):
        metrics.increment("used", member=str(number))
    metrics.increment("joins")

    snapshot = metrics.get_metrics()
    assert len(snapshot.counters) == MAX_SERIES_OF_NAME + 1
    assert snapshot.counters["joins"] == 1
    assert (await metrics.check_health()).detail == (
        "5 values under too many names or labels were dropped: used"
    )


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
