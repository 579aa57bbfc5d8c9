"""Counts in Redis: their contract, several processes, and Redis gone or slow."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from contracts.rate_store import Advance, RateStoreContract
from support.clock import FakeClock
from support.fault_proxy import fault_proxy
from support.redis import port_of, raw, redis_config
from wisp_framework.config import AppConfig
from wisp_framework.policy.limits import Bucket
from wisp_framework.policy.redis_limits import LIMIT_S, RETRY_S, RedisRateStore
from wisp_framework.services import HealthState
from wisp_framework.services.redis import RedisService


@pytest.fixture
def clock() -> FakeClock:
    """Time that only the test moves, but for the server's."""
    return FakeClock()


@pytest.fixture
def config(redis_url: str) -> AppConfig:
    """A bot of this test's own."""
    return redis_config(redis_url)


@pytest.fixture
async def redis(config: AppConfig, clock: FakeClock) -> AsyncIterator[RedisService]:
    """The connection of one process."""
    service = RedisService(config, clock)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def store(config: AppConfig, redis: RedisService, clock: FakeClock) -> RedisRateStore:
    """The counts of one process."""
    counts = RedisRateStore(config, redis, clock)
    await counts.start()
    return counts


@pytest.fixture
def advance(config: AppConfig, redis_url: str, clock: FakeClock) -> Advance:
    """Lets seconds pass, here and for the uses on the server."""

    async def pass_by(delay_s: float) -> None:
        async with raw(redis_url) as client:
            async for key in client.scan_iter(f"{config.redis_namespace}:cooldown:*"):
                for use in await client.zrange(key, 0, -1):
                    assert isinstance(use, bytes)
                    await client.zincrby(key, -round(delay_s * 1e6), use)
        await clock.advance(delay_s)

    return pass_by


class TestRedisRateStore(RateStoreContract):
    """One process on Redis."""


class TestWhileAway(RateStoreContract):
    """One process that cannot reach it."""

    @pytest.fixture
    async def store(self, clock: FakeClock) -> AsyncIterator[RedisRateStore]:
        config = redis_config("redis://127.0.0.1:1/0", redis_required=False)
        service = RedisService(config, clock)
        await service.start()
        yield RedisRateStore(config, service, clock)
        await service.stop()

    @pytest.fixture
    def advance(self, clock: FakeClock) -> Advance:
        return clock.advance


async def test_processes_count_together(
    config: AppConfig, redis: RedisService, store: RedisRateStore, clock: FakeClock
) -> None:
    """Of fifty uses at once in two processes, five are let through where five are allowed."""
    other = RedisRateStore(config, redis, clock)
    stores = [store, other] * 25
    waits = await asyncio.gather(*(one.take([Bucket("rush", 5, 60.0)]) for one in stores))

    assert sum(wait == 0 for wait in waits) == 5


async def test_counts_are_let_go_of(config: AppConfig, store: RedisRateStore, redis_url: str) -> None:
    """What nobody uses any more is dropped by the server when its window is over."""
    await store.take([Bucket("ada", 2, 60.0), Bucket("lab", 2, 5.0)])

    async with raw(redis_url) as client:
        lives = [
            await client.pttl(key) async for key in client.scan_iter(f"{config.redis_namespace}:cooldown:*")
        ]
    assert len(lives) == 2
    assert all(0 < life <= 60_001 for life in lives)


async def test_a_process_goes_on_counting_alone(redis_url: str, clock: FakeClock) -> None:
    """Without Redis the uses of before still count, health says so, and the shared counts come back."""
    async with fault_proxy(port_of(redis_url)) as wire:
        config = redis_config(f"redis://127.0.0.1:{wire.port}/0")
        redis = RedisService(config, clock)
        store = RedisRateStore(config, redis, clock)
        await redis.start()
        await store.start()
        bucket = Bucket("ada", 2, 60.0)
        assert await store.take([bucket]) == 0
        await wire.cut()

        assert await store.take([bucket]) == 0
        assert await store.take([bucket]) == 60.0
        health = await store.check_health()
        assert health.state is HealthState.DEGRADED
        assert "in each process by itself" in health.detail

        await wire.mend()
        await clock.advance(RETRY_S)
        assert (await store.check_health()).state is HealthState.OK
        assert await store.take([bucket]) == 0
        await redis.stop()


async def test_a_slow_redis_holds_no_command_up(redis_url: str, clock: FakeClock) -> None:
    """One command in a second waits a tenth of it; the others do not wait at all."""
    async with fault_proxy(port_of(redis_url)) as wire:
        config = redis_config(f"redis://127.0.0.1:{wire.port}/0")
        redis = RedisService(config, clock)
        store = RedisRateStore(config, redis, clock)
        await redis.start()
        await store.start()
        wire.silent = True

        first = asyncio.create_task(store.take([Bucket("ada", 5, 60.0)]))
        await clock.advance(LIMIT_S - 0.01)
        assert not first.done()
        await clock.advance(0.01)
        assert await first == 0
        assert await store.take([Bucket("ada", 5, 60.0)]) == 0
        assert not redis.away
        await redis.stop()
