"""Loading and unloading: what a module registers is its own, and nothing of it stays."""

import asyncio
import gc
import weakref

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock, settle
from support.offline import offline
from wisp_framework import BotContext, JobRun, Module, WispApp, every
from wisp_framework.services import HealthService, SchedulerService


class Counter(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"count:(?P<n>\d+)"):
    """A dynamic button."""

    def __init__(self, n: int) -> None:
        super().__init__(discord.ui.Button(label=str(n), custom_id=f"count:{n}"))


class Persistent(discord.ui.View):
    """A persistent view."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Stay", custom_id="everything:stay")
    async def stay(self, interaction: discord.Interaction, _button: discord.ui.Button["Persistent"]) -> None:
        await interaction.response.send_message("stayed")


class EverythingCog(commands.Cog):
    """Commands and a listener."""

    @app_commands.command(description="x")
    async def all_slash(self, interaction: discord.Interaction) -> None:
        """Do nothing."""

    @commands.command()
    async def all_prefix(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        """Do nothing."""

    @commands.Cog.listener()
    async def on_typing(self, *_: object) -> None:
        """Do nothing."""


class EverythingModule(Module):
    """Registers one of everything and takes nothing back."""

    name = "everything"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(EverythingCog())
        group = app_commands.Group(name="all_group", description="x")
        group.add_command(app_commands.Command(name="one", description="x", callback=self.one))
        bot.tree.add_command(group)
        bot.tree.add_command(app_commands.ContextMenu(name="All menu", callback=self.menu))
        bot.add_view(Persistent())
        bot.add_dynamic_items(Counter)
        bot.add_check(self.check)
        bot.add_listener(self.listen, "on_message")
        bot.help_command = commands.MinimalHelpCommand()

        @bot.event
        async def on_thread_create(_: discord.Thread) -> None:
            """Do nothing."""

        @bot.tree.error
        async def on_tree_error(_: discord.Interaction, __: app_commands.AppCommandError) -> None:
            """Do nothing."""

        ctx.service(HealthService).register("everything", ctx.service(HealthService).overall)
        self.task = asyncio.create_task(asyncio.Event().wait())

    async def one(self, interaction: discord.Interaction) -> None:
        """Do nothing."""

    async def menu(self, interaction: discord.Interaction, member: discord.Member) -> None:
        """Do nothing."""

    async def check(self, ctx: commands.Context[commands.AutoShardedBot]) -> bool:
        return True

    async def listen(self, message: discord.Message) -> None:
        """Do nothing."""

    @every(minutes=1)
    async def job(self, _: JobRun) -> None:
        """Do nothing."""


def holdings(app: WispApp) -> dict[str, int]:
    """How many of each kind of registration the bot holds."""
    bot, store = app.bot, app.bot.view_store
    return {
        "commands": len(bot.command_tree.roots()),
        "prefix": len(bot.all_commands),
        "cogs": len(bot.cogs),
        "listeners": sum(len(found) for found in bot.extra_events.values()),
        "attributes": sum(1 for name in vars(bot) if name.startswith("on_")),
        "checks": len(bot._checks),
        "views": sum(len(items) for items in store._views.values()),
        "modals": len(store._modals),
        "dynamic": len(store._dynamic_items),
        "jobs": len(app.services.get(SchedulerService).names()),
        "tasks": len(asyncio.all_tasks()),
        "help": id(bot.help_command),
        "tree error": id(vars(bot.tree).get("on_error")),
    }


async def test_nothing_stays_of_an_unloaded_module() -> None:
    """Loaded and unloaded again and again, the bot holds what it held before, and the objects are gone."""
    async with offline() as here:
        registry = here.app.modules
        module = EverythingModule()
        registry.register(module)
        await registry.load("everything")
        await registry.unload("everything")
        await here.settle()
        before = holdings(here.app)
        for _ in range(20):
            await registry.load("everything")
            during = holdings(here.app)
            task, cog = module.task, weakref.ref(here.app.bot.cogs["EverythingCog"])
            await registry.unload("everything")
            await here.settle()
            assert task.cancelled()

        assert holdings(here.app) == before
        same = {"modals"}
        assert {kind for kind in before if during[kind] == before[kind]} <= same | {"tree error"}
        assert registry.holdings("everything") == 0
        gc.collect()
        assert cog() is None


async def test_a_setup_that_raises_leaves_nothing() -> None:
    """What was registered before the exception is taken back."""

    class Half(EverythingModule):
        """Raises at the end."""

        name = "half"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            await super().setup(bot, ctx)
            raise ValueError("no")

    async with offline() as here:
        here.app.modules.register(Half())
        before = holdings(here.app)
        with pytest.raises(Exception, match="ValueError: no"):
            await here.app.modules.load("half")
        await settle()
        assert holdings(here.app) == before


async def test_switched_on_while_it_is_going_it_comes_back() -> None:
    """A module that is switched on while its last handlers finish is loaded when the switch answers."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Module):
        """Has a handler that takes its time."""

        name = "slow"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            @bot.tree.command(description="Slow")
            async def slow(interaction: discord.Interaction) -> None:
                begun.set()
                await go_on.wait()
                await interaction.response.send_message("done")

    async with offline(Slow()) as here:
        ada = await here.onlooker("Ada")
        running = asyncio.create_task(ada.slash("slow"))
        await begun.wait()
        for guild in ("Lab", "Tower"):
            await here.app.modules.switch(here.guild_id(guild), "slow", enabled=False, actor_id=1)
        await settle()
        assert not here.app.modules.is_loaded("slow")
        again = asyncio.create_task(
            here.app.modules.switch(here.guild_id(), "slow", enabled=True, actor_id=1)
        )
        await settle()
        go_on.set()
        await again

        assert "done" in (await running).text
        assert here.app.modules.is_loaded("slow")
        await here.settle()
        assert "done" in (await ada.slash("slow")).text


async def test_a_handler_that_does_not_end_is_given_up_when_its_module_goes() -> None:
    """After 10 s the member reads that the module was switched off, not that the bot restarts."""
    begun = asyncio.Event()

    class Stuck(Module):
        """Has a handler that never ends."""

        name = "stuck"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            @bot.tree.command(description="Stuck")
            async def stuck(interaction: discord.Interaction) -> None:
                begun.set()
                await asyncio.Event().wait()

    clock = FakeClock()
    async with offline(Stuck(), clock=clock) as here:
        ada = await here.onlooker("Ada")
        running = asyncio.create_task(ada.slash("stuck"))
        await begun.wait()
        unloading = asyncio.create_task(here.app.modules.unload("stuck"))
        await clock.advance(10.1)
        await unloading

        assert "The module `stuck` is switched off here." in (await running).text
