"""Loaded and unloaded again and again, modules and extensions leave nothing behind."""

import asyncio
import gc
import heapq
import sys
from collections import Counter
from types import CoroutineType
from typing import Any, ClassVar

import discord
import pytest
from discord import app_commands
from discord.ext import commands, tasks
from typing_extensions import override

from examples.demo import MeetingsModule, NotesModule, StarsModule
from support.offline import Offline, offline
from wisp_framework import BotContext, ExtensionModule, Module
from wisp_framework.modules import AdminModule, HealthModule, PingModule, WelcomeModule
from wisp_framework.services import HealthService, SchedulerService
from wisp_framework.utils.clock import SystemClock
from wisp_framework.utils.ownership import Owner

TIMES = 200
WARM_UP = 20
MOST_GROWTH_BLOCKS = 1_000
"""Of memory, over all rounds: weak caches fill by two or three a round; a forgotten cog has dozens."""

EXAMPLES: tuple[type[Module], ...] = (NotesModule, MeetingsModule, StarsModule)
BUILT_IN = tuple(module.name for module in (AdminModule, PingModule, HealthModule, WelcomeModule))
EXTENSIONS = ("economy", "reminders", "moderation", "tickets", "trivia")
NAMES = (*BUILT_IN, *(module.name for module in EXAMPLES), *EXTENSIONS)

ROOTS = ("wisp_framework.modules", "examples", "extensions")

COUNTED = (
    commands.Cog,
    commands.Command,
    app_commands.Command,
    app_commands.Group,
    app_commands.ContextMenu,
    discord.ui.View,
    discord.ui.Item,
    discord.ui.Modal,
    tasks.Loop,
    asyncio.Task,
    Owner,
)


def alive() -> Counter[str]:
    """How many objects of the kinds that modules bring are alive, by their class, and classes of views."""
    drop_cancelled_timers()
    gc.collect()
    objects = [candidate for candidate in gc.get_objects() if isinstance(candidate, (*COUNTED, type))]
    kinds = [o for o in objects if isinstance(o, type) and issubclass(o, discord.ui.Item | commands.Cog)]
    return Counter(
        [f"class {kind.__qualname__}" for kind in kinds]
        + [type(found).__qualname__ for found in objects if not (isinstance(found, type) or is_pause(found))]
    )


def drop_cancelled_timers() -> None:
    """Have the loop forget them now: it does so only when they are many, and their contexts name owners."""
    loop: Any = asyncio.get_running_loop()
    waiting = [timer for timer in loop._scheduled if not timer.cancelled()]
    loop._timer_cancelled_count -= len(loop._scheduled) - len(waiting)
    loop._scheduled[:] = waiting
    heapq.heapify(loop._scheduled)


def left_of(module: Module) -> list[object]:
    """What is alive of a module's own code: objects of its classes, and of an extension the classes, too."""
    gc.collect()
    if isinstance(module, ExtensionModule):
        code = str(module.source)
        return [found for found in gc.get_objects() if _is_from(found, code) or _is_from(type(found), code)]
    code = type(module).__module__
    return [found for found in gc.get_objects() if found is not module and _is_from(type(found), code)]


def of_any_module() -> list[object]:
    """What is alive of the code of any module that is tried here: objects and, of extensions, classes."""
    gc.collect()
    return [
        found
        for found in gc.get_objects()
        if _is_from(found, "extensions") or any(_is_from(type(found), code) for code in ROOTS)
    ]


def _is_from(found: object, code: str) -> bool:
    home = vars(found).get("__module__") if isinstance(found, type) else None
    return isinstance(home, str) and f"{home}.".startswith(f"{code}.")


def is_pause(found: object) -> bool:
    """Whether it is the wait of a loop of the framework, which is there between two looks, and not in one."""
    coro = found.get_coro() if isinstance(found, asyncio.Task) else None
    return isinstance(coro, CoroutineType) and coro.__qualname__ == SystemClock.sleep.__qualname__


def registered(here: Offline) -> dict[str, int]:
    """How many entries each map of the bot has."""
    bot, tree, views = here.app.bot, here.app.bot.command_tree, here.app.bot.view_store
    return {
        "cogs": len(bot.cogs),
        "extensions": len(bot.extensions),
        "prefix commands": len(bot.all_commands),
        "listeners": sum(len(found) for found in bot.extra_events.values()),
        "owned listeners": len(bot._listeners_of),
        "waiting": sum(len(found) for found in bot._listeners.values()),
        "checks": len(bot._checks) + len(bot._check_once) + len(bot._gated_checks),
        "attributes": len(vars(bot)),
        "commands": len(tree._global_commands) + len(tree._context_menus) + len(tree._guild_commands),
        "views": sum(len(found) for found in views._views.values()),
        "forms": len(views._modals),
        "dynamic items": len(views._dynamic_items) + len(views._dynamic_owners),
        "message views": len(views._synced_message_views),
        "jobs": len(here.app.services.get(SchedulerService).names()),
        "probes": len(here.app.services.get(HealthService)._probes),
        "tasks": sum(not is_pause(task) for task in asyncio.all_tasks()),
    }


async def reload(here: Offline, name: str, times: int) -> None:
    """Take a module out and in, over and over; it ends unloaded."""
    for _ in range(times):
        await here.app.modules.load(name)
        await here.app.modules.unload(name)
    await here.app.idle()


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_left_of_a_module(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 200 rounds maps, counts by type and memory stand as they stood; of its code nothing is alive."""
    of_others = {id(found): found for found in of_any_module()}  # apps that ran before in this process
    modules = [ExtensionModule(f"extensions.{extension}") for extension in EXTENSIONS]
    async with offline(*EXAMPLES, *modules) as here:
        # A guild may make 200 commands a day: the lists are not sent along.
        monkeypatch.setattr(here.app.sync, "request", lambda *_: None)
        await here.app.modules.unload(name)
        await reload(here, name, WARM_UP)
        before, maps, blocks = alive(), registered(here), sys.getallocatedblocks()

        await reload(here, name, TIMES)

        assert alive() - before == Counter()
        assert sys.getallocatedblocks() - blocks < MOST_GROWTH_BLOCKS
        assert registered(here) == maps
        left = left_of(here.app.modules.get_module(name))
        assert [found for found in left if id(found) not in of_others] == []


class Forgetful(Module):
    """Keeps every cog that it ever made."""

    name = "forgetful"
    kept: ClassVar[list[commands.Cog]] = []

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.kept.append(commands.Cog())


async def test_what_is_left_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that keeps one cog a round is found out by the count."""
    async with offline(Forgetful) as here:
        monkeypatch.setattr(here.app.sync, "request", lambda *_: None)
        await reload(here, "forgetful", 1)
        before = alive()
        await reload(here, "forgetful", 3)

        assert alive() - before == Counter({"Cog": 3})
