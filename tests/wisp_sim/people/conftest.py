"""A town: an offline Discord with a plain discord.py bot on it, and people who can be called in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import discord
import pytest
import yarl

from support.botty import Botty
from wisp_sim import ManualClock, Sim, World
from wisp_sim.people import Person

Call = Callable[[str], Awaitable[Person]]

WORLD = {
    "bots": [{"name": "Botty"}],
    "users": [{"name": "Ada"}, {"name": "Grace"}, {"name": "Joan"}],
    "guilds": [
        {
            "name": "Lab",
            "owner": "Ada",
            "members": ["Botty", "Ada", "Grace"],
            "roles": [{"name": "Moderators", "permissions": ["manage_messages"], "members": ["Grace"]}],
            "channels": [{"name": "general"}, {"name": "lobby"}],
        }
    ],
}


@pytest.fixture
def clock() -> ManualClock:
    """The offline Discord's time, which stands still."""
    return ManualClock()


@pytest.fixture
async def sim(clock: ManualClock) -> AsyncIterator[Sim]:
    """An offline Discord that nobody is logged in to yet."""
    async with Sim(World.from_mapping(WORLD), clock=clock) as server:
        yield server


@pytest.fixture
async def botty(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Botty]:
    """A plain discord.py bot, ready, on the offline Discord."""
    monkeypatch.setattr(discord.http.Route, "BASE", sim.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sim.gateway_url))
    bot = Botty()
    running = asyncio.create_task(bot.start(sim.bot("Botty").token))
    up = asyncio.create_task(bot.up.wait())
    await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
    up.cancel()
    if running.done():
        running.result()
    yield bot
    await bot.close()
    await running


@pytest.fixture
async def call(sim: Sim, clock: ManualClock) -> AsyncIterator[Call]:
    """Logs a person in by name."""
    async with AsyncExitStack() as stack:

        async def person(name: str) -> Person:
            token = sim.user(name).token
            return await stack.enter_async_context(
                Person(api_url=sim.api_url, token=token, settle=sim.settle, patience_s=5.0, clock=clock)
            )

        yield person


@pytest.fixture
async def ada(botty: Botty, call: Call) -> Person:
    """The owner of a guild with a bot in it."""
    return await call("Ada")
