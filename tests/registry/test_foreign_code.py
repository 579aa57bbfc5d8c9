"""Modules' code that ends in unusual ways: it costs only itself."""

import asyncio

import discord
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock
from support.offline import WORLD, offline, offline_config
from wisp_framework import BotContext, Module, create_app
from wisp_sim import Sim, World


async def await_cancelled() -> None:
    """End in the cancellation of a task of one's own."""
    task = asyncio.create_task(asyncio.Event().wait())
    task.cancel()
    await task


class SleeperModule(Module):
    """Cancels its task on teardown and waits for it, as every second bot does."""

    name = "sleeper"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Nap")
        async def nap(interaction: discord.Interaction) -> None:
            await await_cancelled()

    @override
    async def teardown(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await await_cancelled()


class SleeperCog(commands.Cog):
    """Ends in a cancellation as well."""

    @override
    async def cog_unload(self) -> None:
        await await_cancelled()


class CogModule(SleeperModule):
    """Has such a cog."""

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await super().setup(bot, ctx)
        await bot.add_cog(SleeperCog())


class BrokenModule(Module):
    """Ends its setup in a cancellation."""

    name = "broken"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await await_cancelled()


class ContextModule(Module):
    """Starts a task in its setup that looks around when told to."""

    name = "context"
    default_enabled = False

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.task: asyncio.Task[object] | None = None

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        async def look() -> object:
            await self.go.wait()
            return ctx.invocation

        self.task = asyncio.create_task(look())


class EndlessCog(commands.Cog):
    """Never ends its unloading."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    @override
    async def cog_unload(self) -> None:
        self.begun.set()
        await asyncio.Event().wait()


class EndlessModule(Module):
    """Has such a cog."""

    name = "endless"

    def __init__(self) -> None:
        self.cog = EndlessCog()

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(self.cog)


class FailingModule(Module):
    """Counts its setups, of which the first fails."""

    name = "failing"

    def __init__(self) -> None:
        self.setups = 0

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.setups += 1
        if self.setups == 1:
            raise ConnectionError("away")


async def test_a_cog_that_never_ends_does_not_hold_the_unload() -> None:
    """The unload goes on once the cog's time is up."""
    clock, module = FakeClock(), EndlessModule()
    async with offline(module, clock=clock) as here:
        unloading = asyncio.create_task(here.app.modules.unload("endless"))
        await module.cog.begun.wait()
        await clock.advance(60)
        await unloading

        assert not here.app.modules.is_loaded("endless")


async def test_a_module_whose_setup_failed_can_come_back() -> None:
    """Switched off and on again, it is set up once more."""
    module = FailingModule()
    async with offline(module) as here:
        assert not here.app.modules.is_loaded("failing")
        ada = await here.person("Ada")
        await ada.slash("modules disable", module="failing")
        await ada.slash("modules enable", module="failing")

        assert here.app.modules.is_loaded("failing")


async def test_a_teardown_that_ends_cancelled_is_a_teardown() -> None:
    """The module is unloaded and its commands are gone."""
    for module in (SleeperModule(), CogModule()):
        async with offline(module) as here:
            await here.app.modules.unload("sleeper")

            assert not here.app.modules.is_loaded("sleeper")
            assert here.app.bot.tree.get_command("nap") is None


async def test_a_teardown_that_ends_cancelled_does_not_end_the_stop() -> None:
    """The app closes whole."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim), modules=[SleeperModule()])
        await app.start()
        await app.close()

    assert app.lifecycle.history[-1] == "clean up"


async def test_a_setup_that_ends_cancelled_is_a_failure_of_the_module() -> None:
    """The bot starts without the module."""
    async with offline(BrokenModule()) as here:
        assert not here.app.modules.is_loaded("broken")
        assert here.app.modules.is_loaded("admin")


async def test_a_handler_that_ends_cancelled_is_answered() -> None:
    """The member is told that the command failed."""
    async with offline(SleeperModule()) as here:
        ada = await here.person("Ada")
        seen = await ada.slash("nap")

    assert seen.answered


async def test_a_task_of_a_setup_does_not_live_in_the_command_that_enabled_it() -> None:
    """What a module starts when a member enables it has no invocation."""
    module = ContextModule()
    async with offline(module) as here:
        await here.switch("context", enabled=True)
        module.go.set()
        assert module.task is not None
        assert await module.task is None
