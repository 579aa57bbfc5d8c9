"""Moving the time of a plain discord.py bot and of its Discord together."""

import asyncio
import contextlib
import threading
import time
from datetime import UTC, datetime, timedelta

import discord
import pytest
from discord import app_commands
from discord.ext import commands, tasks
from typing_extensions import override

from wisp_sim import Sim, SimError
from wisp_sim.pytest_plugin import RunBot

# What a moved quarter of an hour may take of the real one; without moving it would be 900 s.
REAL_LIMIT_S = 5.0


class Patient(discord.ui.View):
    """A view that says when it is too late."""

    def __init__(self, interaction: discord.Interaction) -> None:
        super().__init__(timeout=180)
        self.interaction = interaction

    @discord.ui.button(label="Go")
    async def go(self, interaction: discord.Interaction, _: discord.ui.Button["Patient"]) -> None:
        await interaction.response.edit_message(content="went")

    @override
    async def on_timeout(self) -> None:
        await self.interaction.edit_original_response(content="too late", view=None)


def make_bot() -> commands.Bot:
    bot = commands.Bot("!", intents=discord.Intents.all())

    @bot.tree.command()
    async def offer(interaction: discord.Interaction) -> None:
        """Offer something for a while."""
        await interaction.response.send_message("now", view=Patient(interaction))

    @bot.tree.command()
    async def slow(interaction: discord.Interaction) -> None:
        """Think, say so, and think on."""
        await asyncio.sleep(2)
        await interaction.response.defer()
        await asyncio.sleep(5)
        await interaction.followup.send("done")

    @bot.tree.command()
    async def silent(interaction: discord.Interaction) -> None:
        """Never answer."""

    @bot.tree.command()
    @app_commands.checks.cooldown(1, 60)
    async def rare(interaction: discord.Interaction) -> None:
        """Once a minute."""
        await interaction.response.send_message("yes")

    @bot.tree.error
    async def refused(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await interaction.response.send_message(type(error).__name__)

    @bot.event
    async def on_ready() -> None:
        await bot.tree.sync()

    return bot


async def test_commands_synced_in_on_ready_are_there(sim: Sim, run_bot: RunBot) -> None:
    """A bot that syncs in on_ready, and waits for silence before, is ready with its commands at once."""
    start_s = time.perf_counter()
    await run_bot(make_bot())

    names = [command.name for command in await sim.person("Ada").commands()]

    assert names == ["/offer", "/rare", "/silent", "/slow"]
    assert time.perf_counter() - start_s < REAL_LIMIT_S


async def test_view_times_out(sim: Sim, run_bot: RunBot) -> None:
    """A view lives as long as it says, by moved time, and each click makes it live on."""
    await run_bot(make_bot())
    ada = sim.person("Ada")
    await ada.slash("offer")

    await sim.advance(minutes=2)
    assert (await ada.click("Go")).text == "went"
    await sim.advance(minutes=2)
    assert (await ada.news()).text == ""
    await sim.advance(minutes=1, seconds=1)

    assert (await ada.news()).text == "too late"


async def test_token_of_an_interaction_expires(sim: Sim, run_bot: RunBot) -> None:
    """A token works for fifteen minutes of moved time and not a moment longer."""
    bot = make_bot()
    kept: list[discord.Interaction] = []

    @bot.tree.command()
    async def keep(interaction: discord.Interaction) -> None:
        """Keep the token."""
        kept.append(interaction)
        await interaction.response.send_message("kept")

    await run_bot(bot)
    await sim.person("Ada").slash("keep")
    start_s = time.perf_counter()
    await sim.advance(minutes=14, seconds=58)
    await kept[0].followup.send("in time")
    await sim.advance(seconds=3)

    with pytest.raises(discord.HTTPException) as late:
        await kept[0].followup.send("too late")

    assert late.value.status in {401, 404}
    assert kept[0].is_expired()
    assert time.perf_counter() - start_s < REAL_LIMIT_S


async def test_loops_run_in_order(sim: Sim, run_bot: RunBot) -> None:
    """Timers of a long jump fire one after the other, each at its own moment."""
    bot = make_bot()
    ran: list[tuple[str, datetime]] = []

    @tasks.loop(minutes=10)
    async def tens() -> None:
        ran.append(("tens", discord.utils.utcnow()))

    @tasks.loop(minutes=15)
    async def fifteens() -> None:
        ran.append(("fifteens", datetime.now(UTC)))
        await asyncio.sleep(60)
        ran.append(("minute", datetime.now(UTC)))

    @bot.listen()
    async def on_ready() -> None:
        tens.start()
        fifteens.start()

    start_s = time.perf_counter()
    await run_bot(bot)
    await sim.advance(minutes=32)

    assert [name for name, _ in ran] == [
        "tens", "fifteens", "minute", "tens", "fifteens", "minute", "tens", "tens", "fifteens", "minute"
    ]  # fmt: skip
    gaps = [moment - ran[0][1] for name, moment in ran if name == "tens"]
    for number, gap in enumerate(gaps):
        assert abs(gap - number * timedelta(minutes=10)) < timedelta(seconds=5)
    assert time.perf_counter() - start_s < REAL_LIMIT_S
    tens.cancel()
    fifteens.cancel()


async def test_connection_outlives_a_jump(sim: Sim, run_bot: RunBot) -> None:
    """An hour later the bot is still connected with the same session, and answers."""
    bot = make_bot()
    disconnects: list[str] = []

    @bot.listen()
    async def on_disconnect() -> None:
        disconnects.append("gone")

    await run_bot(bot)
    await sim.advance(hours=1)

    assert (await sim.person("Ada").slash("rare")).text == "yes"
    assert disconnects == []


async def test_slow_answer_is_waited_for(sim: Sim, run_bot: RunBot) -> None:
    """A person waits by the clock: for the answer, and for what a deferred answer becomes."""
    await run_bot(make_bot())
    before, begun_s = discord.utils.utcnow(), time.perf_counter()

    seen = await sim.person("Ada").slash("slow")

    assert seen.text == "done"
    assert time.perf_counter() - begun_s < REAL_LIMIT_S
    assert discord.utils.utcnow() - before >= timedelta(seconds=7)


@pytest.mark.parametrize(("thinks_s", "failure"), [(2.9, ""), (3.2, "The application did not respond")])
async def test_first_answer_has_three_seconds(
    sim: Sim, run_bot: RunBot, thinks_s: float, failure: str
) -> None:
    """Who answers in the last moment of the three seconds is in time, and nobody later."""
    bot = make_bot()

    @bot.tree.command()
    async def think(interaction: discord.Interaction) -> None:
        """Take as long as the test says."""
        await asyncio.sleep(thinks_s)
        with contextlib.suppress(discord.NotFound):
            await interaction.response.send_message("thought")

    await run_bot(bot)
    seen = await sim.person("Ada").slash("think")

    assert (seen.failure, seen.text) == (failure, "" if failure else "thought")


async def test_what_no_clock_tells_of_has_a_moment(sim: Sim, run_bot: RunBot) -> None:
    """Before the time is moved past a bot that seems to do nothing, a database has a moment to answer it."""
    bot = make_bot()

    @bot.tree.command()
    async def ask(interaction: discord.Interaction) -> None:
        """Wait for something that the offline Discord cannot see."""
        came, loop = asyncio.Event(), asyncio.get_running_loop()
        database = threading.Timer(0.05, lambda: loop.call_soon_threadsafe(came.set))
        database.start()
        await came.wait()
        await interaction.response.send_message("found")

    await run_bot(bot)
    before = sim.clock.now()

    assert (await sim.person("Ada").slash("ask")).text == "found"
    assert sim.clock.now() - before < timedelta(seconds=2)


async def test_no_answer(sim: Sim, run_bot: RunBot) -> None:
    """After three seconds of moved time a person sees that the application did not respond."""
    await run_bot(make_bot())

    seen = await sim.person("Ada").slash("silent")

    assert seen.failure == "The application did not respond"
    assert not seen.answered


async def test_cooldown(sim: Sim, run_bot: RunBot) -> None:
    """A command's cooldown passes with the moved time."""
    await run_bot(make_bot())
    ada = sim.person("Ada")
    assert (await ada.slash("rare")).text == "yes"
    assert (await ada.slash("rare")).text == "CommandOnCooldown"

    await sim.advance(seconds=61)

    assert (await ada.slash("rare")).text == "yes"


async def test_clock_that_cannot_be_moved() -> None:
    """An offline Discord that lives by the machine's time says what to use instead."""
    async with Sim() as running:
        with pytest.raises(SimError, match="ManualClock"):
            await running.advance(seconds=1)


def test_time_is_given_back() -> None:
    """Outside of a test with `sim` the time is the machine's own."""
    assert type(time.monotonic).__name__ == "builtin_function_or_method"
