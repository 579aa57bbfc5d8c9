"""Processes of one bot on one Redis, as far as services go: each with a line of its own, all in one loop."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis

from support.clock import FakeClock
from wisp_framework.config import AppConfig
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.redis import RedisService
from wisp_framework.services.redis_cache import RedisCacheService


def port_of(url: str) -> int:
    """The port in a server's address."""
    port = urlsplit(url).port
    assert port is not None
    return port


def redis_config(url: str, namespace: str = "", **settings: Any) -> AppConfig:
    """Settings of a bot that keeps nothing but in Redis, under names that no other test has."""
    values: dict[str, Any] = {
        "discord_token": "made.up.token",
        "database_url": "memory://",
        "redis_url": url,
        "redis_namespace": namespace or f"test:{uuid.uuid4().hex}",
    }
    return AppConfig(**(values | settings))


class Process:
    """One process' services."""

    def __init__(self, config: AppConfig, clock: FakeClock) -> None:
        self.redis = RedisService(config, clock)
        self.metrics = MetricsService(config, clock)
        self.cache = RedisCacheService(config, self.redis, clock, self.metrics)
        self.joined = asyncio.Event()
        self._channel = f"{self.redis.namespace}:barrier:{uuid.uuid4().hex}"
        self._caught_up = asyncio.Event()
        self.redis.listen(self._channel, lambda _: self._caught_up.set(), self.joined.set)

    async def caught_up(self) -> None:
        """Return once all that was published before is heard: messages keep their order."""
        self._caught_up.clear()
        await self.redis.run(lambda redis: redis.publish(self._channel, b""))
        await self._caught_up.wait()


@asynccontextmanager
async def process(config: AppConfig, clock: FakeClock) -> AsyncIterator[Process]:
    """Start one process' services, and stop them."""
    running = Process(config, clock)
    try:
        await running.redis.start()
        await running.cache.start()
        yield running
    finally:
        await running.cache.stop()
        await running.redis.stop()


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Redis]:
    """A client of the test's own."""
    client = Redis.from_url(url, protocol=2)
    try:
        yield client
    finally:
        await client.aclose()


async def age(client: Redis, namespace: str, by_s: float) -> None:
    """Let seconds pass for the keys of a namespace, as far as the server goes."""
    async for key in client.scan_iter(f"{namespace}:*"):
        left_ms = await client.pttl(key)
        if left_ms >= 0:
            await client.pexpire(key, max(0, left_ms - round(by_s * 1000)))
