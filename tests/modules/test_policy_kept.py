"""Rules and decisions in a database: they outlive the process, and other processes follow."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock
from support.database import migrated
from support.offline import WORLD, offline, offline_config
from wisp_framework import BotContext, Module, WispApp, create_app
from wisp_framework.db.decision_store import SqlDecisionStore
from wisp_framework.policy import PolicyStore, Rule, Subject
from wisp_framework.services.decisions import Outcome
from wisp_framework.services.guild_changes import REPAIR_S, GuildChangeService
from wisp_sim import Sim, World
from wisp_sim.people import Person

DENIED = "A rule of this server does not let you use this here."


class BrokenCog(commands.Cog):
    """Breaks."""

    @app_commands.command(description="Breaks")
    async def breaks(self, interaction: discord.Interaction) -> None:
        raise ValueError("a wheel came off")


class BrokenModule(Module):
    """Breaks."""

    name = "broken"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(BrokenCog())


@asynccontextmanager
async def run(sim: Sim, folder: Path) -> AsyncIterator[WispApp]:
    """One process of the bot, with its database in that folder."""
    app = create_app(offline_config(sim, database_url=None, data_dir=folder), modules=[BrokenModule])
    await app.start()
    await app.idle()
    try:
        yield app
    finally:
        await app.close()


@asynccontextmanager
async def person(sim: Sim, app: WispApp, name: str) -> AsyncIterator[Person]:
    async with Person(api_url=sim.api_url, token=sim.user(name).token, settle=app.idle) as somebody:
        somebody.go(guild="Lab", channel="general")
        yield somebody


async def test_a_rule_outlives_the_process(tmp_path: Path) -> None:
    """What was denied is denied after a restart, from the first command on."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        async with run(sim, tmp_path) as app, person(sim, app, "Ada") as ada:
            await ada.slash("policy set", rule="deny", target="ping", who="Mallory")
        async with run(sim, tmp_path) as app, person(sim, app, "Mallory") as mallory:
            assert (await mallory.slash("ping")).text == DENIED


async def test_a_decision_outlives_the_process(tmp_path: Path) -> None:
    """The reference that a member was shown leads to the record, also when the bot has stopped."""
    async with (
        Sim(World.from_mapping(WORLD)) as sim,
        run(sim, tmp_path) as app,
        person(sim, app, "Mallory") as mallory,
    ):
        found = re.search(r"reference `(\w+)`", (await mallory.slash("breaks")).text)
    assert found is not None

    async with migrated(tmp_path) as db:
        decision = await SqlDecisionStore(db).find(found[1])

    assert decision is not None
    assert (decision.invocation.name, decision.outcome) == ("breaks", Outcome.FAILED)
    assert decision.detail == "ValueError: a wheel came off"
    assert [step.name for step in decision.steps()] == ["gates", "end"]


async def test_a_rule_that_another_process_made_is_followed(tmp_path: Path) -> None:
    """Also if nobody told of it: the versions are compared, and the guild's rules read again."""
    clock = FakeClock()
    async with offline(clock=clock, database_url=None, data_dir=tmp_path) as here:
        mallory, guild_id = await here.person("Mallory"), here.guild_id()
        stored = ("ping", "user", here.sim.user("Mallory").id, False)
        await here.app.services.get(PolicyStore).save(guild_id, stored)
        assert DENIED not in (await mallory.slash("ping")).text

        compared = asyncio.create_task(here.app.services.get(GuildChangeService).compared())
        await clock.advance(REPAIR_S)
        await compared

        assert here.app.rules.list(guild_id) == [Rule("ping", Subject.USER, stored[2], allowed=False)]
        assert (await mallory.slash("ping")).text == DENIED


async def test_while_the_rules_are_not_known_nothing_runs_that_a_rule_may_deny(tmp_path: Path) -> None:
    """In doubt it is refused; what cannot be denied still answers."""
    async with offline() as here:
        ada = await here.person("Ada")
        here.app.rules._loaded = False
        assert "can't be read right now" in (await ada.slash("ping")).text
        assert "db" not in (await ada.slash("health")).text
        here.app.rules._loaded = True
        assert "Pong" in (await ada.slash("ping")).text
