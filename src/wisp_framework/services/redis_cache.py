"""A cache that the processes of a bot share through Redis, each with the values it uses in its own memory."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias, TypeVar

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import RedisError
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.cache import CacheService
from wisp_framework.services.cache_shelf import MAX_ENTRIES, MemoryShelf
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.redis import RedisService
from wisp_framework.services.redis_client import Redis
from wisp_framework.utils.clock import Clock, SystemClock

T = TypeVar("T")

Answer: TypeAlias = tuple[bytes | None, float]
"""What lies somewhere, and for how many seconds it will."""

COMPUTING_S = 30.0
"""How long a computation keeps other processes from beginning the same; then it counts as dead."""

LOOK_AGAIN_S = 1.0
"""How often somebody who waits for another process looks by himself, should its news get lost."""

_COMPUTING_MS: Final = round(COMPUTING_S * 1000)
_LONGEST_MS: Final = 2**40
_MARK_LIFE_MS: Final = 24 * 3600 * 1000
_NEAR_MARK_S: Final = _MARK_LIFE_MS / 1000
_SEPARATOR: Final = "\x1f"
# No address of a value begins with these.
_MARK_SIGN: Final = "\x1e"
_TURN_SIGN: Final = "\x1d"

# Each script changes something and tells of it in one step, so that nobody hears of it too early.
_STORE: Final = """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
for i = 2, #KEYS do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[i], 2 * ARGV[2]) end
end
redis.call('PUBLISH', ARGV[3], ARGV[4])
"""
_REMOVE: Final = """
for i = 1, #KEYS do
  redis.call('DEL', KEYS[i])
  redis.call('PUBLISH', ARGV[1], ARGV[i + 1])
end
"""
_MARK: Final = """
local mark = redis.call('GET', KEYS[1])
if not mark then
  mark = ARGV[1]
  redis.call('SET', KEYS[1], mark, 'PX', ARGV[2])
  redis.call('PUBLISH', ARGV[3], ARGV[4])
end
return mark
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('PUBLISH', ARGV[2], ARGV[3])
end
"""


class RedisShelf:
    """Values in Redis, and copies of those that this process uses in its memory.

    Every change is published, and copies are used only while that is heard. While Redis is away this process
    goes on by itself; what it has changed meanwhile is forgotten everywhere once Redis is back.
    """

    def __init__(self, redis: RedisService, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._near = MemoryShelf(clock)
        self._channel = f"{redis.namespace}:cache"
        self._changed_alone: set[str] = set()
        self._asking: dict[str, object] = {}
        self._waiting: dict[str, asyncio.Event] = {}
        redis.listen(self._channel, self._heard, self._near.clear)

    @property
    def ready(self) -> bool:
        """Whether it is open."""
        return self._near.ready

    async def open(self) -> None:
        """Begin to keep copies."""
        await self._near.open()

    async def close(self) -> None:
        """Let go of the copies."""
        await self._near.close()

    async def fetch(self, address: str) -> bytes | None:
        """What lies there: the copy, or what Redis has, or while it is away the last that was known here."""

        async def ask(redis: Redis) -> Answer:
            pipeline = redis.pipeline(transaction=False)
            pipeline.get(self._key(address))
            pipeline.pttl(self._key(address))
            data, left_ms = await pipeline.execute()
            return data, left_ms / 1000

        return await self._copied(address, ask)

    async def store(self, address: str, data: bytes, ttl_s: float, names: Collection[str]) -> None:
        """Keep ``data`` in Redis; while it is away, in this process."""
        keys = [self._key(address), *(self._key(_mark_address(name)) for name in names)]
        arguments = (data, round(min(max(ttl_s * 1000, 1), _LONGEST_MS)), self._channel, address)
        self._changed(address)
        try:
            await self._ask(lambda redis: redis.eval(_STORE, len(keys), *keys, *arguments))
        except RedisError:
            self._note(address)
            self._near.put(address, data, ttl_s)

    async def remove(self, address: str) -> None:
        """Keep nothing there; while Redis is away this process forgets, and the others when it is back."""
        self._changed(address)
        try:
            await self._ask(lambda redis: self._remove(redis, [address]))
        except RedisError:
            self._note(address)

    async def mark(self, name: str) -> str:
        """The present mark of a name."""
        address, fresh = _mark_address(name), secrets.token_urlsafe(9)

        async def ask(redis: Redis) -> Answer:
            arguments = (self._key(address), fresh, _MARK_LIFE_MS, self._channel, address)
            return await redis.eval(_MARK, 1, *arguments), _NEAR_MARK_S

        mark = await self._copied(address, ask)
        if mark is None:
            mark = fresh.encode()
            self._near.put(address, mark, _NEAR_MARK_S)
        return mark.decode()

    async def change_mark(self, name: str) -> None:
        """Give the name a mark that it never had."""
        await self.remove(_mark_address(name))

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait until no other process works on what shall lie there; while Redis is away nobody waits."""
        mine, held = secrets.token_urlsafe(9), False
        turn = f"{_TURN_SIGN}{address}"
        with suppress(RedisError):
            held = await self._wait_for_turn(turn, mine)
        try:
            yield
        finally:
            if held:
                arguments = (self._key(turn), mine, self._channel, turn)
                with suppress(RedisError):
                    await self._ask(lambda redis: redis.eval(_RELEASE, 1, *arguments))

    async def _wait_for_turn(self, turn: str, mine: str) -> bool:
        while True:
            news = self._waiting[turn] = asyncio.Event()
            try:
                if await self._ask(lambda redis: redis.set(self._key(turn), mine, nx=True, px=_COMPUTING_MS)):
                    return True
                await self._news_or_time(news)
            finally:
                del self._waiting[turn]

    async def _news_or_time(self, news: asyncio.Event) -> None:
        waits = {asyncio.ensure_future(news.wait()), asyncio.ensure_future(self._clock.sleep(LOOK_AGAIN_S))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _copied(self, address: str, ask: Callable[[Redis], Awaitable[Answer]]) -> bytes | None:
        """The copy; where there is none what Redis answers, of which a copy is kept; else the last known."""
        if self._redis.hearing and (copy := self._near.look(address)) is not None:
            return copy
        ticket = self._asking[address] = object()
        try:
            data, left_s = await self._ask(ask)
        except RedisError:
            return self._near.look(address)
        finally:
            unchanged = self._asking.get(address) is ticket
            if unchanged:
                del self._asking[address]
        # What was changed while the answer was under way may be older than the news of it.
        if data is not None and left_s > 0 and unchanged and self._redis.hearing:
            self._near.put(address, data, left_s)
        return data

    async def _ask(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        if not self._changed_alone:
            return await self._redis.run(work)
        alone = list(self._changed_alone)

        async def reconcile_first(redis: Redis) -> T:
            await self._remove(redis, alone)
            self._changed_alone.difference_update(alone)
            return await work(redis)

        return await self._redis.run(reconcile_first)

    async def _remove(self, redis: Redis, addresses: Sequence[str]) -> None:
        keys = [self._key(address) for address in addresses]
        await redis.eval(_REMOVE, len(keys), *keys, self._channel, *addresses)

    def _heard(self, message: bytes) -> None:
        address = message.decode(errors="replace")
        self._changed(address)
        if address in self._waiting:
            self._waiting[address].set()

    def _changed(self, address: str) -> None:
        """Use the copy no longer, nor an answer that is under way."""
        self._asking.pop(address, None)
        self._near.drop(address)

    def _note(self, address: str) -> None:
        """Remember that what others know of it is wrong; if that is too much, that of whole namespaces."""
        self._changed_alone.add(address)
        if len(self._changed_alone) > MAX_ENTRIES:
            self._changed_alone = {_mark_address(_space_of(one)) for one in self._changed_alone}

    def _key(self, address: str) -> str:
        return f"{self._channel}:{address}"


class RedisCacheService(CacheService):
    """A `Cache` that all processes of the bot share; `CacheService` finds it.

    A value is read from Redis once, and then from memory until somebody changes it. While Redis is away this
    process remembers by itself, and health says so.
    """

    def __init__(
        self,
        config: AppConfig,
        redis: RedisService,
        clock: Clock | None = None,
        metrics: MetricsService | None = None,
    ) -> None:
        self._redis = redis
        super().__init__(config, metrics=metrics, shelf=RedisShelf(redis, clock or SystemClock()))

    @override
    async def check_health(self) -> Health:
        """Degraded while Redis is away: what one process remembers or forgets, the others do not hear of."""
        health = await super().check_health()
        if health.state is HealthState.OK and (await self._redis.check_health()).state is not HealthState.OK:
            return Health(HealthState.DEGRADED, "each process remembers by itself while Redis is away")
        return health


def _mark_address(name: str) -> str:
    return f"{_MARK_SIGN}{name}"


def _space_of(address: str) -> str:
    return address.removeprefix(_MARK_SIGN).split(_SEPARATOR, 1)[0]
