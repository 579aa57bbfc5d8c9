"""``/why``: the owner reads what became of commands; nobody else does."""

import re

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.offline import Offline, offline
from wisp_framework import BotContext, Module, require_permissions
from wisp_sim.people import Person


class OddCog(commands.Cog):
    """Commands that end in all sorts of ways."""

    @app_commands.command(description="Works")
    async def works(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("worked")

    @app_commands.command(description="Breaks")
    async def breaks(self, interaction: discord.Interaction) -> None:
        raise ValueError("a wheel came off")

    @app_commands.command(description="Guarded")
    @require_permissions(ban_members=True)
    async def guarded(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("let in")


class OddModule(Module):
    """Odd things."""

    name = "odd"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(OddCog())


async def owner(here: Offline) -> Person:
    here.app.bot.owner_ids = {here.sim.user("Ada").id}
    return await here.person("Ada")


async def test_the_owner_finds_a_failure_by_what_the_member_was_shown() -> None:
    """The reference leads to the error, with its time; written in small letters, too."""
    async with offline(OddModule()) as here:
        ada, mallory = await owner(here), await here.person("Mallory")
        shown = (await mallory.slash("breaks")).text
        found = re.search(r"reference `(\w+)`", shown)
        assert found is not None

        told = (await ada.slash("why", reference=found[1].lower())).text

    assert "breaks" in told
    assert "because: ValueError: a wheel came off" in told
    assert re.search(r"ms  gates: passed", told)
    assert re.search(r"ms  end: failed", told)


async def test_the_owner_lists_by_command_outcome_and_guild() -> None:
    """Each narrows the list, which is of this guild unless all are asked for."""
    async with offline(OddModule()) as here:
        ada, mallory = await owner(here), await here.person("Mallory")
        grace = await here.person("Grace", "Tower")
        for command in ("works", "guarded", "breaks"):
            await mallory.slash(command)
        await grace.slash("works")

        refused = (await ada.slash("why", outcome="refused")).text
        works = (await ada.slash("why", command="works")).text
        everywhere = (await ada.slash("why", command="works", everywhere=True)).text
        nothing = (await ada.slash("why", command="ping")).text

    assert "guarded" in refused
    assert "refused by permissions" in refused
    assert "works" not in refused
    assert works.count("command works") == 1
    assert everywhere.count("command works") == 2
    assert "Nothing that fits is known." in nothing


async def test_nobody_but_the_owner_is_told() -> None:
    """An administrator of a guild is no owner of the bot."""
    async with offline(OddModule()) as here:
        here.app.bot.owner_ids = {here.sim.user("Mallory").id}
        ada = await here.person("Ada")
        await ada.slash("works")

        assert "Only the owner of this bot" in (await ada.slash("why")).text


async def test_a_reference_that_nobody_knows_is_said_to_be_unknown() -> None:
    """Made-up text is answered with a sentence, and cannot break the frame."""
    async with offline(OddModule()) as here:
        ada = await owner(here)
        seen = await ada.slash("why", reference="``` nothing")

    assert "Nothing is known of" in seen.text
    assert seen.text.count("```") == 2
