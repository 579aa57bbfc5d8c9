"""Counts that all processes of a bot share, in Redis."""

import secrets
from collections.abc import Sequence
from itertools import count
from typing import Final

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import RedisError
from wisp_framework.policy.limits import Bucket, MemoryRateStore
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.redis import RedisService
from wisp_framework.utils.clock import Clock, SystemClock

LIMIT_S = 0.1
"""How long a command waits for the counts; then this process counts alone."""

RETRY_S = 1.0
"""How long it does so before Redis is asked again."""

# Each bucket is a set of uses with their times, in microseconds of the server's clock, which is one for all.
_TAKE: Final = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local wait = 0
for i, key in ipairs(KEYS) do
  local uses, per = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%d', now - per))
  local full = redis.call('ZRANGE', key, -uses, -uses, 'WITHSCORES')
  if full[2] then wait = math.max(wait, full[2] + per - now) end
end
if wait == 0 and ARGV[1] ~= '' then
  for i, key in ipairs(KEYS) do
    redis.call('ZADD', key, string.format('%d', now), ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2])
  end
end
return string.format('%d', wait)
"""


class RedisRateStore(BaseService):
    """A `wisp_framework.policy.RateStore` for all processes of a bot.

    While Redis is away, or too slow for a command to wait, each process counts by itself, beginning with
    the uses that it let through before.
    """

    required = False

    def __init__(self, config: AppConfig, redis: RedisService, clock: Clock | None = None) -> None:
        super().__init__(config)
        self._redis = redis
        self._clock = clock or SystemClock()
        self._here = MemoryRateStore(self._clock)
        self._process = secrets.token_urlsafe(9)
        self._numbers = count()
        self._alone_until_s = 0.0
        self._problem: str | None = None

    async def take(self, buckets: Sequence[Bucket]) -> float:
        """Count one use in each bucket, or in none; returns the seconds to wait, 0.0 where it was counted."""
        wait_s = await self._shared(buckets, f"{self._process}:{next(self._numbers)}")
        if wait_s is None:
            return await self._here.take(buckets)
        if wait_s == 0:
            await self._here.take(buckets)
        return wait_s

    async def wait_s(self, buckets: Sequence[Bucket]) -> float:
        """What `take` would answer now, without counting."""
        wait_s = await self._shared(buckets, "")
        return await self._here.wait_s(buckets) if wait_s is None else wait_s

    @override
    async def check_health(self) -> Health:
        """Degraded while each process counts by itself: then a member has more uses than it says."""
        if self.initialized and self._problem is not None:
            await self._shared([], "")
        if self._problem is not None:
            return Health(
                HealthState.DEGRADED, f"cooldowns are counted in each process by itself: {self._problem}"
            )
        return await super().check_health()

    async def _shared(self, buckets: Sequence[Bucket], use: str) -> float | None:
        """The seconds to wait by the shared counts; None where they cannot be had."""
        if self._clock.monotonic() < self._alone_until_s:
            return None
        keys = [f"{self._redis.namespace}:cooldown:{bucket.key}" for bucket in buckets]
        longest_ms = max((round(bucket.per_s * 1000) for bucket in buckets), default=0) + 1
        limits = [number for bucket in buckets for number in (bucket.uses, round(bucket.per_s * 1e6))]
        try:
            wait_us = await self._redis.run(
                lambda redis: redis.eval(_TAKE, len(keys), *keys, use, longest_ms, *limits), limit_s=LIMIT_S
            )
        except RedisError as error:
            self._problem = str(error)
            self._alone_until_s = self._clock.monotonic() + RETRY_S
            return None
        self._problem = None
        return int(wait_us) / 1e6
