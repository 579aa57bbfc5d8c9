"""The cache in memory: its contract, its bounds and its namespaces."""

from collections.abc import AsyncIterator

import pytest

from contracts.cache import Advance, CacheContract
from support.clock import FakeClock
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ServiceError
from wisp_framework.services.cache import Cache, CacheService
from wisp_framework.services.cache_shelf import MAX_ENTRIES, SWEEP_EVERY, MemoryShelf
from wisp_framework.services.metrics import MetricsService


@pytest.fixture
async def service(
    config: AppConfig, clock: FakeClock, metrics: MetricsService
) -> AsyncIterator[CacheService]:
    """A cache that is started."""
    service = CacheService(config, clock, metrics)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
def metrics(config: AppConfig) -> MetricsService:
    """Where hits are counted."""
    return MetricsService(config)


@pytest.fixture
def advance(clock: FakeClock) -> Advance:
    """Lets seconds pass."""
    return clock.advance


class TestCacheService(CacheContract):
    """The service itself is a cache."""

    @pytest.fixture
    def cache(self, service: CacheService) -> Cache:
        return service

    @pytest.fixture
    def other(self, service: CacheService) -> Cache:
        return service.namespace("other")


class TestCacheSpace(CacheContract):
    """A namespace of it is one, too."""

    @pytest.fixture
    def cache(self, service: CacheService) -> Cache:
        return service.namespace("mine")

    @pytest.fixture
    def other(self, service: CacheService) -> Cache:
        return service


async def test_the_same_name_is_the_same_namespace(service: CacheService) -> None:
    """Who asks for a namespace again sees what is in it, also after it was cleared."""
    await service.namespace("mine").set("key", 1)
    assert await service.namespace("mine").get("key") == 1

    await service.namespace("mine").clear()
    await service.namespace("mine").set("key", 2)
    assert await service.namespace("mine").get("key") == 2


async def test_a_key_cannot_reach_into_a_namespace(service: CacheService) -> None:
    """No key of the service is a key of a namespace."""
    await service.namespace("mine").set("key", 1)

    for key in ("mine\x1f0\x1fkey", "0\x1fkey", "mine:key", "minekey"):
        assert await service.get(key) is None


@pytest.mark.parametrize("name", ["", "a b", "a\x1fb", "ü", "x" * 101])
async def test_refuses_a_namespace_that_could_meet_another(service: CacheService, name: str) -> None:
    """A namespace is named with letters, digits, ``_`` and ``-``."""
    with pytest.raises(ServiceError, match="is no cache namespace"):
        service.namespace(name)


async def test_has_a_bound(service: CacheService) -> None:
    """When too many values are remembered, the one not used for longest is forgotten."""
    await service.set("first", 1)
    await service.set("second", 2)
    for number in range(MAX_ENTRIES - 2):
        await service.set(f"number {number}", number)
    await service.get("first")

    await service.set("one more", 0)

    assert await service.get("first") == 1
    assert await service.get("second") is None
    assert await service.get("number 0") == 0


async def test_works_only_while_it_runs(config: AppConfig, clock: FakeClock) -> None:
    """Before its start and after its end the cache refuses, and it starts again empty."""
    service = CacheService(config, clock)
    with pytest.raises(ServiceError, match="not started"):
        await service.set("key", 1)
    await service.start()
    await service.set("key", 1)
    await service.stop()
    with pytest.raises(ServiceError, match="not started"):
        await service.get("key")

    await service.start()
    assert await service.get("key") is None
    await service.stop()


async def test_lets_go_of_what_is_over(service: CacheService, clock: FakeClock) -> None:
    """Values that nobody asks for again do not stay in memory when their time is over."""
    for number in range(SWEEP_EVERY - 1):
        await service.set(f"number {number}", number, ttl_s=10)
    await clock.advance(10)
    await service.set("one more", 0)

    assert isinstance(service._shelf, MemoryShelf)
    assert len(service._shelf) == 1


async def test_tags_have_a_bound(service: CacheService) -> None:
    """A tag that is lost because there are too many takes its values with it, rather than keep them."""
    await service.set("key", 1, tags=["first"])
    for number in range(MAX_ENTRIES):
        await service.set("other", number, tags=[f"tag {number}"])

    assert await service.get("key") is None


async def test_hits_and_misses_are_counted(service: CacheService, metrics: MetricsService) -> None:
    """Each namespace counts what it knew and what it did not."""

    async def compute() -> int:
        return 1

    space = service.namespace("mine")
    for _ in range(3):
        await space.get_or_compute("key", compute)
    await space.get("other")

    counters = metrics.get_metrics().counters
    assert counters['cache.hits{namespace="mine"}'] == 2
    assert counters['cache.misses{namespace="mine"}'] == 2
