"""Jobs of a bot on an offline Discord, kept in a file: they outlive it, and heed the guild's switch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import discord
import msgspec
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock, passing
from support.offline import WORLD, offline, offline_config
from wisp_framework import BotContext, GuildJobRun, JobRun, Module, WispApp, create_app, every, job
from wisp_framework.services import JobQuery, SchedulerService
from wisp_sim import Sim, World
from wisp_sim.people import Person

ROUND_S = 300.0
"""Longer than a lease; each second of it is a look into the database."""


class Reminder(msgspec.Struct):
    """What is said, and where."""

    channel_id: int
    text: str


class ReminderModule(Module):
    """Says again what it was told, later."""

    name = "reminder"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.bot, self.scheduler = bot, ctx.service(SchedulerService)

    @app_commands.command()
    async def remind(self, interaction: discord.Interaction, minutes: int, text: str) -> None:
        """Be reminded."""
        assert interaction.channel_id is not None
        reminder = Reminder(interaction.channel_id, text)
        await self.scheduler.schedule(self.due, timedelta(minutes=minutes), reminder)
        await interaction.response.send_message("Noted.")

    @job()
    async def due(self, run: JobRun[Reminder]) -> None:
        """Somebody asked for it."""
        channel = self.bot.get_partial_messageable(run.payload.channel_id)
        await channel.send(run.payload.text, nonce=run.key)


class BellModule(Module):
    """Rings every five minutes in each guild."""

    name = "bell"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.rung: list[int] = []

    @every(minutes=5)
    async def ring(self, run: GuildJobRun) -> None:
        """Ding."""
        self.rung.append(run.guild_id)


@asynccontextmanager
async def run(sim: Sim, folder: Path, clock: FakeClock) -> AsyncIterator[tuple[WispApp, Person]]:
    """One process of the bot, and Ada who uses it."""
    config = offline_config(sim, database_url=None, data_dir=folder)
    app = create_app(config, modules=[ReminderModule], clock=clock)
    await app.start()
    await app.idle()
    try:
        async with Person(api_url=sim.api_url, token=sim.user("Ada").token, settle=app.idle) as ada:
            ada.go(guild="Lab", channel="general")
            yield app, ada
    finally:
        await app.close()


async def said(ada: Person, text: str) -> int:
    """How often that stands in the channel."""
    return sum(message.content == text for message in await ada.history())


async def test_a_reminder_outlives_the_process_and_comes_once(tmp_path: Path) -> None:
    """Asked for by a command, and due while the bot is down, it comes at the next start, and then no more."""
    clock = FakeClock()
    async with Sim(World.from_mapping(WORLD)) as sim:
        async with run(sim, tmp_path, clock) as (_, ada):
            assert (await ada.slash("remind", minutes=8, text="Tea!")).text == "Noted."
            await clock.advance(ROUND_S)
            assert await said(ada, "Tea!") == 0
        clock.now_s += ROUND_S
        async with run(sim, tmp_path, clock) as (app, ada):
            while not await said(ada, "Tea!"):
                await app.idle()
            await passing(clock, app.services.get(SchedulerService).idle())
            assert await app.services.get(SchedulerService).jobs(JobQuery(handler="reminder.due")) == []
        async with run(sim, tmp_path, clock) as (_, ada):
            await clock.advance(ROUND_S)
            assert await said(ada, "Tea!") == 1


async def test_a_job_of_a_guild_heeds_its_switch(tmp_path: Path) -> None:
    """Where its module is switched off it stops, elsewhere it goes on; switched on again, it comes again."""
    clock, bell = FakeClock(), BellModule()
    async with offline(bell, clock=clock, database_url=None, data_dir=tmp_path) as here:
        lab, tower = here.guild_id(), here.guild_id("Tower")

        async def round_of(rings_in: set[int]) -> set[int]:
            bell.rung.clear()
            await clock.advance(ROUND_S)
            while not rings_in <= set(bell.rung):
                await here.settle()
                await clock.advance(0.2)  # what the jump in time has cut is tried again
            await passing(clock, here.app.services.get(SchedulerService).idle())
            return set(bell.rung)  # a lease that the jump has ended makes one ring twice

        both = {lab, tower}
        while len(await here.app.services.get(SchedulerService).jobs(JobQuery(handler="bell.ring"))) < 2:
            await here.settle()
        assert await round_of(both) == both
        await here.switch("bell", enabled=False)
        assert await round_of({tower}) == {tower}
        assert await round_of({tower}) == {tower}
        await here.switch("bell", enabled=True)
        assert await round_of(both) == both
