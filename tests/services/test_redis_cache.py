"""The cache in Redis: its contract, several processes, other bots, and Redis gone for a while."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from random import Random

import pytest

from contracts.cache import Advance, CacheContract
from support.clock import FakeClock
from support.fault_proxy import FaultProxy, fault_proxy
from support.redis import Process, age, port_of, process, raw, redis_config
from wisp_framework.config import AppConfig
from wisp_framework.services import CacheService, HealthState, ServiceContainer
from wisp_framework.services.cache import Cache
from wisp_framework.services.cache_shelf import MAX_ENTRIES
from wisp_framework.services.redis import LIMIT_S, RETRY_S, RedisService
from wisp_framework.services.redis_cache import LOOK_AGAIN_S, RedisCacheService
from wisp_framework.utils.json_value import JsonInput

ROUNDS = 10 if os.environ.get("WISP_SOAK") else 1
SEED = int(os.environ.get("WISP_SEED", "0"))


@pytest.fixture
def config(redis_url: str) -> AppConfig:
    """A bot of this test's own."""
    return redis_config(redis_url)


@pytest.fixture
async def here(config: AppConfig, clock: FakeClock) -> AsyncIterator[Process]:
    """One process."""
    async with process(config, clock) as running:
        yield running


@pytest.fixture
async def there(config: AppConfig, clock: FakeClock) -> AsyncIterator[Process]:
    """Another process of the same bot."""
    async with process(config, clock) as running:
        yield running


@pytest.fixture
def advance(here: Process, redis_url: str, clock: FakeClock) -> Advance:
    """Lets seconds pass, here and on the server."""

    async def pass_by(delay_s: float) -> None:
        async with raw(redis_url) as client:
            await age(client, here.redis.namespace, delay_s)
        await clock.advance(delay_s)

    return pass_by


class TestRedisCacheService(CacheContract):
    """The service itself is a cache."""

    @pytest.fixture
    def cache(self, here: Process) -> Cache:
        return here.cache

    @pytest.fixture
    def other(self, here: Process) -> Cache:
        return here.cache.namespace("other")


class TestNamespace(CacheContract):
    """A namespace of it is one, too."""

    @pytest.fixture
    def cache(self, here: Process) -> Cache:
        return here.cache.namespace("mine")

    @pytest.fixture
    def other(self, here: Process) -> Cache:
        return here.cache


class TestWhileAway(CacheContract):
    """While Redis is away one process goes on by itself, with the same promises."""

    @pytest.fixture
    async def cache(self, clock: FakeClock) -> AsyncIterator[Cache]:
        config = redis_config("redis://127.0.0.1:1/0", redis_required=False)
        async with process(config, clock) as running:
            yield running.cache.namespace("mine")

    @pytest.fixture
    def other(self, clock: FakeClock, cache: Cache) -> Cache:
        config = redis_config("redis://127.0.0.1:1/0")
        alone = CacheService(config, clock)
        alone._shelf._open = True  # type: ignore[attr-defined]
        return alone

    @pytest.fixture
    def advance(self, clock: FakeClock) -> Advance:
        return clock.advance


async def test_who_asks_for_a_cache_is_given_it(config: AppConfig) -> None:
    """A constructor that asks for a `CacheService` need not know which it is."""
    container = ServiceContainer(config)
    container.register("redis", RedisService)
    container.register("cache", RedisCacheService)
    container.build()

    assert isinstance(container.get(CacheService), RedisCacheService)


# --- several processes ---


async def test_what_one_sets_the_other_reads(here: Process, there: Process) -> None:
    """A change in one process is seen in the other, though that had a copy: set, delete, tag, clear."""
    mine, theirs = here.cache.namespace("mine"), there.cache.namespace("mine")

    await mine.set("key", 1, tags=["red"])
    assert await theirs.get("key") == 1
    assert await theirs.get("key") == 1
    await mine.set("key", {"a": 1.0}, tags=["red"])
    await there.caught_up()
    assert await theirs.get("key") == {"a": 1.0}

    await mine.delete_tag("red")
    await there.caught_up()
    assert await theirs.get("key") is None

    await theirs.set("key", 2)
    await here.caught_up()
    assert await mine.get("key") == 2
    await theirs.clear()
    await here.caught_up()
    assert await mine.get("key") is None

    await mine.set("key", 3)
    assert await theirs.get("key") == 3
    assert await theirs.delete("key") is True
    await here.caught_up()
    assert await mine.get("key") is None


async def test_a_copy_is_read_from_memory(here: Process, there: Process, redis_url: str) -> None:
    """What was read once is read again without asking Redis, as long as nobody changes it."""
    await here.cache.set("key", 1)
    await there.cache.get("key")
    async with raw(redis_url) as client:
        async for key in client.scan_iter(f"{here.redis.namespace}:*"):
            await client.delete(key)

    assert await there.cache.get("key") == 1


async def test_all_agree_after_any_race(here: Process, there: Process) -> None:
    """However writes and reads of several processes overlap, in the end all read the same."""
    random = Random(SEED)
    caches = [one.cache.namespace("race") for one in (here, there)]

    async def act(number: int) -> None:
        cache, key = random.choice(caches), str(random.randrange(20))
        acts = (lambda: cache.set(key, number), lambda: cache.get(key), lambda: cache.delete(key))
        await random.choice(acts)()

    for round_ in range(20 * ROUNDS):
        await asyncio.gather(*(act(round_ * 100 + number) for number in range(60)))
    await here.caught_up()
    await there.caught_up()

    for key in map(str, range(20)):
        assert await caches[0].get(key) == await caches[1].get(key)


async def waits(*processes: Process) -> None:
    """Return once one of them waits for a computation in another process."""
    while not any(one.cache._shelf._waiting for one in processes):  # type: ignore[attr-defined]
        await processes[0].caught_up()
    for one in (*processes, *processes):  # it has said that it waits, and asks a last time whether it must
        await one.caught_up()


async def test_processes_compute_once(here: Process, there: Process) -> None:
    """Many callers in several processes at once are one computation."""
    begun, has_begun, may_end = 0, asyncio.Event(), asyncio.Event()

    async def compute() -> JsonInput:
        nonlocal begun
        begun += 1
        has_begun.set()
        await may_end.wait()
        return [begun, 1.0]

    callers = [
        asyncio.create_task(one.cache.get_or_compute("key", compute))
        for _ in range(50)
        for one in (here, there)
    ]
    await has_begun.wait()
    await waits(here, there)
    may_end.set()

    assert await asyncio.gather(*callers) == [[1, 1.0]] * 100


async def test_who_waits_takes_over_from_one_that_failed(here: Process, there: Process) -> None:
    """A computation that fails in one process is done by the one that waits for it."""
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def fail() -> JsonInput:
        has_begun.set()
        await may_end.wait()
        raise LookupError

    async def compute() -> JsonInput:
        return 1

    first = asyncio.create_task(here.cache.get_or_compute("key", fail))
    await has_begun.wait()
    second = asyncio.create_task(there.cache.get_or_compute("key", compute))
    await waits(there)
    may_end.set()

    with pytest.raises(LookupError):
        await first
    assert await second == 1


async def test_who_waits_takes_over_from_one_that_died(
    here: Process, there: Process, advance: Advance, clock: FakeClock
) -> None:
    """A process that died while it computed holds the others up for half a minute at most."""
    has_begun = asyncio.Event()

    async def never() -> JsonInput:
        has_begun.set()
        await asyncio.Event().wait()
        return None

    async def compute() -> JsonInput:
        return 1

    dead = asyncio.create_task(here.cache.get_or_compute("key", never))
    await has_begun.wait()
    waiting = asyncio.create_task(there.cache.get_or_compute("key", compute))
    await waits(there)
    await advance(30)
    await clock.advance(LOOK_AGAIN_S)

    assert await waiting == 1
    (task,) = here.cache._own._computing.values()
    task.cancel()
    await asyncio.wait({dead})


# --- several bots ---


async def test_two_bots_share_a_server(redis_url: str, clock: FakeClock) -> None:
    """Bots of different names never meet; clearing the one spares the other and all else on the server."""
    stranger = f"stranger:{uuid.uuid4().hex}"
    async with (
        process(redis_config(redis_url), clock) as one,
        process(redis_config(redis_url), clock) as two,
        raw(redis_url) as client,
    ):
        await client.set(stranger, b"theirs", px=60_000)
        await one.cache.set("key", 1)
        await two.cache.set("key", 2)
        await one.cache.namespace("mine").clear()
        await one.cache.clear()
        await two.caught_up()

        assert await one.cache.get("key") is None
        assert await two.cache.get("key") == 2
        assert await client.get(stranger) == b"theirs"
        assert not [
            key async for key in client.scan_iter("*") if await client.pttl(key) < 0 and b"test:" in key
        ]


async def test_garbage_is_no_value(here: Process, redis_url: str, clock: FakeClock) -> None:
    """What somebody else has put under one of our keys counts as nothing."""
    await here.cache.set("key", 1)
    async with raw(redis_url) as client:
        async for key in client.scan_iter(f"{here.redis.namespace}:cache:*key"):
            await client.set(key, b"\x80\x04garbage", px=60_000)

    assert await here.cache.get("key") is None
    await here.cache.set("key", 2)
    assert await here.cache.get("key") == 2


# --- Redis gone for a while ---


@pytest.fixture
async def wire(redis_url: str) -> AsyncIterator[FaultProxy]:
    """The wire between one process and Redis."""
    async with fault_proxy(port_of(redis_url)) as proxy:
        yield proxy


@pytest.fixture
async def wired(wire: FaultProxy, config: AppConfig, clock: FakeClock) -> AsyncIterator[Process]:
    """A process at the end of that wire."""
    url = f"redis://127.0.0.1:{wire.port}/0"
    async with process(redis_config(url, config.redis_namespace or ""), clock) as running:
        yield running


async def mended(wire: FaultProxy, process: Process, clock: FakeClock) -> None:
    """Have Redis back, and wait until all is heard again."""
    process.joined.clear()
    await wire.mend()
    joining = asyncio.create_task(process.joined.wait())
    while not joining.done():
        await clock.advance(RETRY_S)
        await process.redis.check_health()
        await asyncio.wait({joining}, timeout=0.05)


async def test_serves_on_while_redis_is_away(
    wire: FaultProxy, wired: Process, here: Process, clock: FakeClock
) -> None:
    """Without Redis what was known stays known, what is set is known here, and health says so."""
    await wired.cache.set("key", [1])
    await wired.caught_up()
    assert await wired.cache.get("key") == [1]
    await wire.cut()

    assert await wired.cache.get("key") == [1]
    await wired.cache.set("alone", 2)
    assert await wired.cache.get("alone") == 2
    for service in (wired.redis, wired.cache):
        assert (await service.check_health()).state is HealthState.DEGRADED

    await mended(wire, wired, clock)
    for service in (wired.redis, wired.cache):
        assert (await service.check_health()).state is HealthState.OK
    await wired.cache.set("again", 3)
    assert await here.cache.get("again") == 3


async def test_what_was_changed_alone_is_not_served_again(
    wire: FaultProxy, wired: Process, here: Process, clock: FakeClock
) -> None:
    """What a process deleted or changed while it was cut off is forgotten by all when it is back."""
    space = wired.cache.namespace("mine")
    for key in ("deleted", "changed", "tagged"):
        await space.set(key, "old", tags=["red"] if key == "tagged" else [])
        await here.cache.namespace("mine").get(key)
    await wire.cut()
    await space.delete("deleted")
    await space.set("changed", "alone")
    await space.delete_tag("red")
    assert [await space.get(key) for key in ("deleted", "changed", "tagged")] == [None, "alone", None]

    await mended(wire, wired, clock)
    for cache in (space, here.cache.namespace("mine")):
        await space.get("anything")
        await here.caught_up()
        assert [await cache.get(key) for key in ("deleted", "changed", "tagged")] == [None, None, None]


async def test_very_many_changes_alone_forget_their_namespace(
    wire: FaultProxy, wired: Process, clock: FakeClock
) -> None:
    """What was changed while cut off is remembered within bounds; beyond, the namespace is forgotten."""
    mine, other = wired.cache.namespace("mine"), wired.cache.namespace("other")
    await mine.set("key", "old")
    await other.set("key", "stays")
    await wire.cut()
    await mine.delete("key")
    for number in range(MAX_ENTRIES + 1):
        await mine.set(str(number), number)
    assert len(wired.cache._shelf._changed_alone) < 10  # type: ignore[attr-defined]

    await mended(wire, wired, clock)
    assert await mine.get("key") is None
    assert await other.get("key") == "stays"


async def test_a_server_that_hangs_costs_one_wait(wire: FaultProxy, wired: Process, clock: FakeClock) -> None:
    """The first question waits for its limit; after it everybody goes on at once."""
    await wired.cache.set("key", 1)
    wire.silent = True
    setting = asyncio.create_task(wired.cache.set("other", 2))
    await clock.advance(LIMIT_S - 0.01)
    assert not setting.done()
    await clock.advance(0.01)
    await setting

    assert await wired.cache.get("other") == 2
    assert await wired.cache.get("key") is None
    assert wired.redis.away


async def test_computing_goes_on_while_redis_is_away(wire: FaultProxy, wired: Process) -> None:
    """Without Redis a value is still computed once in each process, and kept there."""
    await wire.cut()
    begun = 0

    async def compute() -> JsonInput:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0)
        return begun

    assert await asyncio.gather(*(wired.cache.get_or_compute("key", compute) for _ in range(50))) == [1] * 50
    assert await wired.cache.get_or_compute("key", compute) == 1
