"""A member uses commands while the database dies and comes back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import discord
from discord import app_commands
from typing_extensions import override

from support.fault_proxy import fault_proxy
from support.offline import Offline, offline
from wisp_framework import BotContext, Module
from wisp_framework.services.base import HealthState
from wisp_framework.services.database import DatabaseService
from wisp_sim.people import Person

SENTENCE = "Saved data can't be reached right now. Nothing was changed; please try again in a minute."


class Notes(Module):
    """``/keep`` writes and ``/look`` reads."""

    name = "notes"
    visibility = "global"

    @override
    async def setup(self, bot: object, ctx: BotContext) -> None:
        self.data = ctx.guild_data

    @app_commands.command()
    async def keep(self, interaction: discord.Interaction, word: str) -> None:
        """Keep a word."""
        await self.data.set(interaction.guild_id or 0, "word", word, "notes")
        await interaction.response.send_message(f"kept {word}")

    @app_commands.command()
    async def look(self, interaction: discord.Interaction) -> None:
        """Say the word."""
        word = await self.data.get(interaction.guild_id or 0, "word", "notes")
        await interaction.response.send_message(f"it is {word}")


async def test_a_server_that_dies_mid_run(postgres_url: str) -> None:
    """Commands and what is known go on, writes are refused by sentence, health tells, and then all heals."""
    async with fault_proxy(urlsplit(postgres_url).port or 5432) as wire:
        url = urlsplit(postgres_url)._replace(netloc=f"wisp@127.0.0.1:{wire.port}").geturl()
        async with offline(Notes, database_url=url) as running, member(running) as ada:
            database = running.app.services.get(DatabaseService)
            assert (await ada.slash("keep", word="tea")).text == "kept tea"

            await wire.cut()
            refused = (await ada.slash("keep", word="milk")).text
            assert SENTENCE in refused
            assert (await ada.slash("look")).text == "it is tea"
            assert "Pong" in (await ada.slash("ping")).text
            assert SENTENCE in (await ada.slash("modules disable", module="ping")).text
            assert (await database.check_health()).state is HealthState.DOWN

            await wire.drop()
            await wire.mend()
            assert (await ada.slash("keep", word="salt")).text == "kept salt"
            assert (await ada.slash("look")).text == "it is salt"
            assert (await database.check_health()).state is HealthState.OK


@asynccontextmanager
async def member(running: Offline) -> AsyncIterator[Person]:
    """Ada, who waits for each answer until no handler runs."""
    await running.app.idle()
    token = running.sim.user("Ada").token
    async with Person(api_url=running.sim.api_url, token=token, settle=running.app.idle) as ada:
        ada.go(guild="Lab", channel="general")
        yield ada
