"""Two processes of one bot: what is changed in one is in force in the other, by each way of telling."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from support.clock import FakeClock
from support.fault_proxy import FaultProxy, fault_proxy
from support.offline import Offline, offline
from support.probe import ProbeModule
from support.redis import port_of, raw
from wisp_framework.db.change_bus import CHANNEL
from wisp_framework.policy.rules import Rule, Subject
from wisp_framework.services import MetricsService
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.guild_changes import REPAIR_S, GuildChangeService
from wisp_framework.services.redis import RedisService
from wisp_framework.services.seal import Seal

LIMIT_S = 30.0

TOKEN = "made.up.token"

WORLD: dict[str, Any] = {
    "bots": [{"name": "Wisp", "id": 53908232506183680, "token": TOKEN}],
    "users": [{"name": "Ada", "id": 53908232506183681}],
    "guilds": [
        {
            "name": "Lab",
            "id": 81384788765712384,
            "owner": "Ada",
            "members": ["Wisp", "Ada"],
            "channels": [{"name": "general"}],
        }
    ],
}

MALFORMED = (
    b"",
    b"{",
    b"[]",
    b'{"guild": "1", "version": 1}',
    b'{"guild": -1, "version": 1}',
    b'{"guild": 1, "version": 99999999999999999999}',
    b'{"guild": 1}',
)

Cut = Callable[[], Awaitable[None]]
Publish = Callable[[bytes], Awaitable[None]]


class Processes:
    """Two processes, each with an offline Discord of its own that has the same guilds."""

    def __init__(self, here: Offline, there: Offline, clock: FakeClock) -> None:
        self.here = here
        self.there = there
        self.clock = clock
        assert here.guild_id() == there.guild_id()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """At the end of the block, wait until the other process has taken over a change of it."""
        taken_over = asyncio.Event()

        async def note(_guild_id: int) -> None:
            taken_over.set()

        self.there.app.services.get(GuildChangeService).follow(note)
        yield
        async with asyncio.timeout(LIMIT_S):
            await taken_over.wait()
        await self.there.settle()

    def counted(self, outcome: str) -> float:
        """How many messages the other process has counted under this."""
        counters = self.there.app.services.get(MetricsService).get_metrics().counters
        return counters[f'changes.messages{{outcome="{outcome}"}}']

    async def answers(self) -> bool:
        """Whether the module answers a member of the other process' guild."""
        ada = await self.there.person("Ada")
        return (await ada.say("hello")).answered


@pytest.fixture(params=["redis", "postgresql"])
def way(request: pytest.FixtureRequest) -> str:
    """By which way changes are told."""
    return str(request.param)


@pytest.fixture
async def wire(way: str, redis_url: str) -> AsyncIterator[FaultProxy]:
    """The wire to Redis."""
    async with fault_proxy(port_of(redis_url)) as proxy:
        yield proxy


@pytest.fixture
async def both(way: str, wire: FaultProxy, postgres_url: str, tmp_path: Path) -> AsyncIterator[Processes]:
    """Two processes on one PostgreSQL, with Redis and without."""
    clock = FakeClock()
    settings: dict[str, Any] = {"database_url": postgres_url, "data_dir": tmp_path}
    if way == "redis":
        settings |= {"redis_url": f"redis://127.0.0.1:{wire.port}/0", "redis_namespace": f"test:{id(clock)}"}
    async with AsyncExitStack() as stack:
        here, there = [
            await stack.enter_async_context(offline(ProbeModule(), world=WORLD, clock=clock, **settings))
            for _ in range(2)
        ]
        yield Processes(here, there, clock)


@pytest.fixture
def cut(way: str, both: Processes, wire: FaultProxy) -> Cut:
    """Breaks the line on which changes are told."""

    async def cut() -> None:
        await wire.cut()
        async with both.there.app.services.get(DatabaseService).session() as session:
            await session.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            )

    return cut


@pytest.fixture
def publish(way: str, both: Processes, redis_url: str) -> Publish:
    """Sends a message to where processes listen, as anybody could who reaches the server."""

    async def publish(message: bytes) -> None:
        if way == "redis":
            namespace = both.there.app.services.get(RedisService).namespace
            async with raw(redis_url) as client:
                await client.publish(f"{namespace}:changes", message)
            return
        async with both.here.app.services.get(DatabaseService).session() as session:
            values = {"channel": CHANNEL, "message": message.decode()}
            await session.execute(text("SELECT pg_notify(:channel, :message)"), values)

    return publish


async def test_a_switch_is_seen_in_the_other_process(both: Processes) -> None:
    """What a guild's owner switches in one process is off in the other, and on again, without a wait."""
    assert await both.answers()

    async with both.followed():
        await both.here.switch("probe", enabled=False)
    assert not await both.answers()

    async with both.followed():
        await both.here.switch("probe", enabled=True)
    assert await both.answers()


async def test_a_rule_is_seen_in_the_other_process(both: Processes) -> None:
    """What a guild denies in one process is denied in the other."""
    ada = both.here.sim.user("Ada").id
    rule = Rule("probe", Subject.USER, ada, allowed=False)
    async with both.followed():
        await both.here.app.rules.set(both.here.guild_id(), rule, actor_id=ada)

    assert both.there.app.rules.list(both.there.guild_id()) == [rule]


async def test_with_the_line_cut_versions_repair(both: Processes, cut: Cut) -> None:
    """A change that could not be told is stored and in force, and found in time by its version."""
    await cut()
    await both.here.switch("probe", enabled=False)
    assert not both.here.app.modules.is_enabled(both.here.guild_id(), "probe")
    assert both.there.app.modules.is_enabled(both.here.guild_id(), "probe")

    async with both.followed():
        await both.clock.advance(REPAIR_S)
    assert not both.there.app.modules.is_enabled(both.here.guild_id(), "probe")


async def test_a_line_that_is_back_is_caught_up_on(both: Processes, cut: Cut, wire: FaultProxy) -> None:
    """When a process hears again it looks at once for what it has missed."""
    await cut()
    await both.here.switch("probe", enabled=False)

    await wire.mend()
    async with both.followed():
        await both.clock.advance(2.0)
    assert both.clock.monotonic() < REPAIR_S
    assert not both.there.app.modules.is_enabled(both.here.guild_id(), "probe")


async def test_what_is_not_of_the_same_bot_is_counted_and_changes_nothing(
    both: Processes, publish: Publish
) -> None:
    """News made up by whoever else reaches the server do not keep the true ones from being heard."""
    made_up = b'{"guild": %d, "version": %d}' % (both.here.guild_id(), 2**61)
    for message in (made_up, Seal("another bot's token").wrap(made_up), b"0" * 64 + made_up, b"", b"{"):
        await publish(message)
    async with both.followed():
        await both.here.switch("probe", enabled=False)

    assert not both.there.app.modules.is_enabled(both.here.guild_id(), "probe")
    assert both.counted("foreign") == 5


async def test_a_malformed_message_is_counted_and_changes_nothing(both: Processes, publish: Publish) -> None:
    """What is of the same bot and no news is ignored, and the next news are heard."""
    seal = Seal(TOKEN)
    for message in MALFORMED:
        await publish(seal.wrap(message))
    async with both.followed():
        await both.here.switch("probe", enabled=False)

    assert both.counted("malformed") == len(MALFORMED)
