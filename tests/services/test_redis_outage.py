"""Redis down, dying, hanging, slow, wiped and read-only, while a member uses commands."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import discord
import pytest
from discord import app_commands
from typing_extensions import override

from support.fault_proxy import FaultProxy, fault_proxy
from support.offline import Offline, offline
from support.redis import raw
from support.servers import ValkeyServer, make_valkey
from wisp_framework import BotContext, Module, cooldown
from wisp_framework.exceptions import ServiceStartError
from wisp_framework.services import CacheService, HealthService, HealthState
from wisp_framework.utils.json_value import JsonInput

HEAL_LIMIT_S = 30.0
LOOK_AGAIN_S = 0.05


class ShopModule(Module):
    """Remembers what is expensive to find out, and is asked twice in ten minutes at most."""

    name = "shop"

    def __init__(self) -> None:
        self.asked = 0

    @override
    async def setup(self, bot: discord.Client, ctx: BotContext) -> None:
        self.cache = ctx.service(CacheService).namespace("shop")

    @app_commands.command()
    async def menu(self, interaction: discord.Interaction) -> None:
        """Read the menu."""
        menu = await self.cache.get_or_compute("menu", self.ask, ttl_s=3600)
        await interaction.response.send_message(f"menu {menu}")

    @app_commands.command()
    @cooldown(2, per_s=600)
    async def order(self, interaction: discord.Interaction) -> None:
        """Order something."""
        await self.cache.delete("menu")
        await interaction.response.send_message("ordered")

    async def ask(self) -> JsonInput:
        """What is expensive."""
        self.asked += 1
        return self.asked


class Shop:
    """A bot on a Redis of its own, and a member who uses it."""

    def __init__(self, here: Offline, module: ShopModule) -> None:
        self.here = here
        self.module = module

    async def says(self, command: str) -> str:
        """What Ada is told."""
        return (await (await self.here.person("Ada")).slash(command)).text

    async def unwell(self) -> set[str]:
        """The names of all that is not well; the bot as a whole is never down."""
        health = self.here.app.services.get(HealthService)
        assert (await health.overall()).state is not HealthState.DOWN
        return {name for name, one in (await health.get_all()).items() if one.state is not HealthState.OK}

    async def until(self, unwell: set[str]) -> None:
        """Return once health names just these."""
        never = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(HEAL_LIMIT_S):
            while await self.unwell() != unwell:
                await asyncio.wait({never}, timeout=LOOK_AGAIN_S)


SHARED = {"redis", "cache", "cooldowns"}


@pytest.fixture
def server(server_folder: Path, tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server that only this test speaks to."""
    server = make_valkey(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def wire(server: ValkeyServer) -> AsyncIterator[FaultProxy]:
    """The wire to it."""
    async with fault_proxy(server.port) as proxy:
        yield proxy


async def open_shop(stack: AsyncExitStack, wire: FaultProxy, *, required: bool = True) -> Shop:
    """Start the bot."""
    module = ShopModule()
    url = f"redis://127.0.0.1:{wire.port}/0"
    here = await stack.enter_async_context(offline(module, redis_url=url, redis_required=required))
    return Shop(here, module)


@pytest.fixture
async def shop(wire: FaultProxy) -> AsyncIterator[Shop]:
    """The bot, with all well."""
    async with AsyncExitStack() as stack:
        shop = await open_shop(stack, wire)
        assert await shop.says("menu") == await shop.says("menu") == "menu 1"
        assert await shop.says("order") == "ordered"
        assert await shop.says("menu") == "menu 2"
        await shop.until(set())
        yield shop


async def serves_alone(shop: Shop) -> None:
    """Without Redis the last value is known, a change counts here, and so do the uses of before."""
    assert await shop.says("menu") in ("menu 2", "menu 3")
    assert await shop.says("order") == "ordered"
    known = await shop.says("menu")
    assert known in ("menu 3", "menu 4")
    assert await shop.says("menu") == known
    assert "again" in await shop.says("order")
    assert await shop.unwell() == SHARED


async def is_whole(shop: Shop) -> None:
    """What works again, without a restart."""
    await shop.until(set())
    menu = await shop.says("menu")
    assert await shop.says("menu") == menu


async def test_down_at_start_stops_the_start(wire: FaultProxy) -> None:
    """A configured Redis that is not there stops the start, with its name and the way out."""
    await wire.cut()
    async with AsyncExitStack() as stack:
        with pytest.raises(ServiceStartError, match="REDIS_REQUIRED=false starts without it"):
            await open_shop(stack, wire)


async def test_down_at_start_is_survived_where_it_may_be(wire: FaultProxy) -> None:
    """One that is not required may come later: until then each process counts and remembers alone."""
    await wire.cut()
    async with AsyncExitStack() as stack:
        shop = await open_shop(stack, wire, required=False)
        assert await shop.says("menu") == await shop.says("menu") == "menu 1"
        assert await shop.says("order") == "ordered"
        assert await shop.unwell() == SHARED

        await wire.mend()
        await is_whole(shop)


async def test_dies_and_comes_back_empty(shop: Shop, server: ValkeyServer, wire: FaultProxy) -> None:
    """A server that dies is gone around; it comes back with nothing, and is used again."""
    server.stop()
    await serves_alone(shop)

    server.start()
    await is_whole(shop)


async def test_is_cut_off_and_comes_back(shop: Shop, wire: FaultProxy) -> None:
    """A line that breaks is gone around; what was changed meanwhile is not served in its old form."""
    await wire.cut()
    await serves_alone(shop)

    await wire.mend()
    await is_whole(shop)
    assert await shop.says("menu") not in ("menu 1", "menu 2")


async def test_hangs(shop: Shop, server: ValkeyServer) -> None:
    """A server that answers nothing is gone around, and used again when it does."""
    server.pause()
    try:
        await serves_alone(shop)
    finally:
        server.resume()
    await is_whole(shop)


async def test_is_slow(shop: Shop, wire: FaultProxy) -> None:
    """Three tenths of a second on each way are too long for a command to wait."""
    wire.delay_s = 0.3
    await serves_alone(shop)

    wire.delay_s = 0.0
    await is_whole(shop)


async def test_is_wiped(shop: Shop, server: ValkeyServer) -> None:
    """A server that loses everything while it runs is no outage: what is asked for is found out anew."""
    async with raw(server.url) as client:
        await client.flushall()

    assert await shop.says("menu") in ("menu 2", "menu 3")
    assert await shop.says("order") == "ordered"
    menu = await shop.says("menu")
    assert menu == f"menu {shop.module.asked}" == await shop.says("menu")
    assert await shop.unwell() == set()


async def test_becomes_read_only(shop: Shop, server: ValkeyServer) -> None:
    """A server that takes no writes any more counts as away, until it does."""
    async with raw(server.url) as client:
        await client.replicaof("127.0.0.1", "1")
        await serves_alone(shop)

        await client.replicaof("NO", "ONE")
        await is_whole(shop)
