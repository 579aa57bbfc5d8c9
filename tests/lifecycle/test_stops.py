"""Stops at awkward moments: what was begun is ended, and what runs is not harmed."""

import asyncio

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.clock import settle
from support.offline import WORLD, offline, offline_config
from wisp_framework import AppConfig, BaseService, BotContext, Module, WispApp, WispError, create_app
from wisp_sim import Sim, World


class CountedModule(Module):
    """Counts how often it is set up."""

    name = "counted"

    def __init__(self) -> None:
        self.setups = 0

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.setups += 1


class HeldModule(Module):
    """Is torn down only when it may."""

    name = "held"

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    @override
    async def teardown(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.begun.set()
        await self.may_end.wait()


class EndlessModule(Module):
    """Starts a task, and is never done with its setup."""

    name = "endless"

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.task: asyncio.Task[object] | None = None

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.task = asyncio.create_task(asyncio.Event().wait())
        self.begun.set()
        await asyncio.Event().wait()


class StopModule(Module):
    """Has a command that closes the app it runs in."""

    name = "stop"
    app: WispApp

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Stop the bot")
        async def stop(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("bye")
            await self.app.close()


class CancellingService(BaseService):
    """Cancels its task and waits for it, as many do."""

    def __init__(self, config: AppConfig) -> None:
        super().__init__(config)
        self.task: asyncio.Task[object] | None = None

    @override
    async def startup(self) -> None:
        self.task = asyncio.create_task(asyncio.Event().wait())

    @override
    async def shutdown(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await self.task


async def test_a_guild_that_joins_during_the_stop_brings_no_module_back() -> None:
    """A module that the stop has unloaded stays out, whatever Discord sends meanwhile."""
    counted, held = CountedModule(), HeldModule()
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim), modules=[held, counted])
        await app.start()
        closing = asyncio.create_task(app.close())
        await held.begun.wait()
        app.bot.dispatch("guild_join", app.bot.guilds[0])
        await settle()
        loaded = app.modules.is_loaded("counted")
        held.may_end.set()
        await closing

    assert not loaded
    assert counted.setups == 1


async def test_a_start_that_is_cancelled_leaves_no_task_of_a_module() -> None:
    """Who is cancelled amid a module's setup takes that module's tasks along."""
    endless = EndlessModule()
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim), modules=[endless])
        starting = asyncio.create_task(app.start())
        await endless.begun.wait()
        starting.cancel()
        await asyncio.wait({starting})

        assert endless.task is not None
        assert endless.task.done()


async def test_a_handler_may_close_the_app() -> None:
    """A close from inside a command ends, and ends whole."""
    module = StopModule()
    async with offline(module) as here:
        module.app = here.app
        ada = await here.onlooker("Ada")
        await ada.slash("stop")
        await here.app.close()

        assert here.app.lifecycle.history[-1] == "clean up"
        assert here.app.bot.is_closed()


async def test_a_second_start_harms_nothing() -> None:
    """The bot that runs goes on, whatever the second start says."""
    async with offline() as here:
        with pytest.raises(WispError, match="started already"):
            await here.app.start()

        assert not here.app.bot.is_closed()


async def test_a_service_may_wait_for_what_it_cancelled() -> None:
    """A service whose shutdown ends in its own task's cancellation does not end the stop."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim), services=[CancellingService])
        await app.start()
        await app.close()

    assert app.lifecycle.history[-1] == "clean up"
