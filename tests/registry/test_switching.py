"""The switch of a guild beyond its commands: hooks, and changes that another process made."""

import asyncio
from pathlib import Path

import discord
from typing_extensions import override

from support.clock import FakeClock
from support.offline import offline
from support.probe import ProbeModule
from wisp_framework import BotContext, Module
from wisp_framework.feature_flags import FlagStore
from wisp_framework.services.guild_changes import REPAIR_S, GuildChangeService


class Hooked(Module):
    """Writes down where it went on and off."""

    name = "hooked"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failing = False

    @override
    async def guild_enabled(self, guild: discord.Guild, ctx: BotContext) -> None:
        self.calls.append(f"on in {guild.name}")
        if self.failing:
            raise RuntimeError("not in the mood")

    @override
    async def guild_disabled(self, guild: discord.Guild, ctx: BotContext) -> None:
        self.calls.append(f"off in {guild.name}")


async def test_hooks_follow_the_switch() -> None:
    """A module hears in which guild it went off and on, once each, and nothing at start."""
    hooked = Hooked()
    async with offline(hooked) as here:
        await here.switch("hooked", enabled=False)
        await here.switch("hooked", enabled=True)

        assert hooked.calls == ["off in Lab", "on in Lab"]


async def test_a_hook_that_fails_stops_nothing() -> None:
    """The module is on although its hook raised."""
    hooked = Hooked()
    async with offline(hooked) as here:
        await here.switch("hooked", enabled=False)
        hooked.failing = True
        await here.switch("hooked", enabled=True)

        assert here.app.modules.is_enabled(here.guild_id(), "hooked")


async def test_coming_and_going_is_heard_and_an_outage_is_not() -> None:
    """A guild that the bot is removed from goes off; one that is out for a while does not."""
    hooked = Hooked()
    async with offline(hooked) as here:
        here.sim.outage("Lab")
        await here.settle()
        here.sim.restore("Lab")
        await here.settle()
        assert hooked.calls == []

        await here.sim.leave("Wisp", "Lab")
        await here.settle()
        await here.sim.join("Wisp", "Lab")
        await here.settle()

        assert hooked.calls == ["off in Lab", "on in Lab"]


async def test_what_another_process_switched_is_followed() -> None:
    """News of a guild's change bring its gate, hooks and list in step, others stay as they are."""
    hooked, probe = Hooked(), ProbeModule()
    async with offline(hooked, probe) as here:
        changes = here.app.services.get(GuildChangeService)
        change = await here.app.services.get(FlagStore).save(
            here.guild_id(), {"probe": False, "hooked": False}
        )
        changes._hear(change)
        await changes.settled()
        await here.settle()

        assert not here.app.modules.is_enabled(here.guild_id(), "probe")
        assert here.app.modules.is_enabled(here.guild_id("Tower"), "probe")
        assert hooked.calls == ["off in Lab"]
        ada = await here.person("Ada")
        assert "probe" not in [command.name for command in await ada.commands()]


async def test_a_lost_message_is_repaired_by_versions(tmp_path: Path) -> None:
    """A change of which nobody told is followed at the next comparison of versions."""
    clock = FakeClock()
    async with offline(ProbeModule(), clock=clock, database_url=None, data_dir=tmp_path) as here:
        await here.app.services.get(FlagStore).save(here.guild_id(), {"probe": False})
        assert here.app.modules.is_enabled(here.guild_id(), "probe")

        compared = asyncio.create_task(here.app.services.get(GuildChangeService).compared())
        await clock.advance(REPAIR_S)
        await compared

        assert not here.app.modules.is_enabled(here.guild_id(), "probe")
