"""A member uses commands while the database dies, hangs, is slow, taken or full, and comes back."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discord
import pytest
from discord import app_commands
from sqlalchemy import text
from typing_extensions import override

from support.clock import FakeClock
from support.fault_proxy import FaultProxy, fault_proxy
from support.offline import Offline, offline
from wisp_framework import BotContext, Module
from wisp_framework.services.base import HealthState
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.engine import EACH_ALONE
from wisp_framework.services.slow_breaker import PAUSE_S
from wisp_sim.people import Person

SENTENCE = "Saved data can't be reached right now. Nothing was changed; please try again in a minute."
TRIES = 4
LIMIT_S = 0.8
STEP_S = LIMIT_S / 4
HASTE: dict[str, Any] = {"db_pool_timeout": LIMIT_S, "db_statement_timeout": LIMIT_S}
SQLITE_CONNECTIONS = 5
"""As many as a bot keeps open."""


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


async def break_it(wire: FaultProxy, fault: str) -> None:
    """Let the server die, hang or be slow."""
    if fault == "dies":
        await wire.cut()
    elif fault == "hangs":
        wire.silent = True
    else:
        wire.delay_s = LIMIT_S  # each way: twice what an answer may take


async def use_without(ada: Person, database: DatabaseService) -> None:
    """What holds in every outage: what is known can be read, writes are refused, health tells."""
    assert SENTENCE in (await ada.slash("keep", word="milk")).text
    assert (await ada.slash("look")).text == "it is tea"
    assert "Pong" in (await ada.slash("ping")).text
    assert SENTENCE in (await ada.slash("modules disable", module="ping")).text
    assert (await database.check_health()).state is HealthState.DOWN


async def use_again(ada: Person, database: DatabaseService) -> None:
    """Nothing is left of the outage."""
    assert (await ada.slash("keep", word="salt")).text == "kept salt"
    assert (await ada.slash("look")).text == "it is salt"
    assert (await database.check_health()).state is HealthState.OK


@pytest.mark.parametrize("fault", ["dies", "hangs", "slow"])
async def test_a_server_that_fails_mid_run(postgres_url: str, fault: str, tmp_path: Path) -> None:
    """Commands and what is known go on, writes are refused by sentence, health tells, and then all heals."""
    clock = FakeClock()
    async with fault_proxy(urlsplit(postgres_url).port or 5432) as wire:
        url = urlsplit(postgres_url)._replace(netloc=f"wisp@127.0.0.1:{wire.port}").geturl()
        async with (
            offline(Notes, clock=clock, database_url=url, data_dir=tmp_path, **HASTE) as running,
            member(running) as ada,
        ):
            database = running.app.services.get(DatabaseService)
            assert (await ada.slash("keep", word="tea")).text == "kept tea"
            await break_it(wire, fault)
            await use_without(ada, database)

            await wire.drop()
            await wire.mend()
            await found_well(clock, database)
            await use_again(ada, database)


async def found_well(clock: FakeClock, database: DatabaseService) -> None:
    """Every five seconds one caller tries for all, and not always this one.

    The time goes in steps that are shorter than what is slow: to a statement that is under way, a longer
    one would look like waiting.
    """
    for _ in range(round(TRIES * PAUSE_S / STEP_S)):
        await clock.advance(STEP_S)
        if (await database.check_health()).state is HealthState.OK:
            return
    pytest.fail("the server is well, and still left alone")


async def test_a_server_whose_connections_are_taken(postgres_url: str, tmp_path: Path) -> None:
    """Who finds no free connection is refused in time, and served once one is given back."""
    clock = FakeClock()
    one: dict[str, Any] = {"db_pool_size": 1, "db_max_overflow": 0, "data_dir": tmp_path}
    async with (
        offline(Notes, clock=clock, database_url=postgres_url, **HASTE, **one) as running,
        member(running) as ada,
    ):
        database = running.app.services.get(DatabaseService)
        assert (await ada.slash("keep", word="tea")).text == "kept tea"
        async with database.session():
            await use_without(ada, database)
        await clock.advance(PAUSE_S)
        await running.app.idle()
        await use_again(ada, database)


async def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """On a full disk reads go on, the write that finds no room is refused, and works once there is some."""
    async with offline(Notes, database_url=None, data_dir=tmp_path) as running, member(running) as ada:
        database = running.app.services.get(DatabaseService)
        assert (await ada.slash("keep", word="tea")).text == "kept tea"
        await limit_pages(database, 1)
        assert SENTENCE in (await ada.slash("keep", word="x" * 5900)).text
        assert (await ada.slash("look")).text == "it is tea"
        assert (await database.check_health()).state is HealthState.OK

        await limit_pages(database, 1_000_000)
        assert (await ada.slash("keep", word="salt" * 450)).text.startswith("kept salt")


@asynccontextmanager
async def member(running: Offline) -> AsyncIterator[Person]:
    """Ada, who waits for each answer until no handler runs."""
    await running.app.idle()
    token = running.sim.user("Ada").token
    async with Person(api_url=running.sim.api_url, token=token, settle=running.app.idle) as ada:
        ada.go(guild="Lab", channel="general")
        yield ada


async def limit_pages(database: DatabaseService, most: int) -> None:
    """Let the file grow to so many pages and no further, and leave no page of it free."""
    async with AsyncExitStack() as stack:
        # A transaction could not be tidied up in; connections that are taken are those that are used next.
        alone = database.engine.execution_options(**{EACH_ALONE: True})
        for number in range(SQLITE_CONNECTIONS):
            connection = await stack.enter_async_context(alone.connect())
            if number == 0:
                await connection.execute(text("VACUUM"))
            await connection.execute(text(f"PRAGMA max_page_count={most}"))
