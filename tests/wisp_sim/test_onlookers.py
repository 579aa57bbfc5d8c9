"""Who looks on hears of requests and frames, and learns no token."""

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from support.plain_bot import running
from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.faults import RateLimit
from wisp_sim.model.sighting import Exchange, Frame


class Notes:
    """Remembers what it hears of."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.frames: list[Frame] = []

    def exchange(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def frame(self, frame: Frame) -> None:
        self.frames.append(frame)


@app_commands.command()
async def ping(interaction: discord.Interaction) -> None:
    """Answer."""
    await interaction.response.send_message("Pong!")


@pytest.fixture
def notes(sim: Sim) -> Notes:
    """Somebody who looks on from the start."""
    found = Notes()
    sim.look_on(found)
    return found


async def test_hears_of_an_invocation(
    sim: Sim, bot: commands.Bot, notes: Notes, ada: RawUser, general: int
) -> None:
    """The event goes to the bot, and its answer is known to be the bot's, without the token in its path."""
    bot.tree.add_command(ping)
    async with running(bot, sim):
        await bot.tree.sync()
        await ada.slash(general, "ping", [])
        await sim.settle()

    wisp = sim.bot("Wisp").id
    (told,) = [frame for frame in notes.frames if frame.event == "INTERACTION_CREATE" and frame.bot]
    assert (told.account_id, told.sent, told.op) == (wisp, True, 0)
    (answer,) = [seen for seen in notes.exchanges if seen.path.endswith("/callback")]
    assert (answer.account_id, answer.bot, answer.method) == (wisp, True, "POST")
    assert answer.path.split("/")[3] == "{token}"
    assert answer.status in {200, 204}


async def test_hears_of_limits(sim: Sim, notes: Notes, ada: RawUser, general: int) -> None:
    """An answer that is a rate limit says whose it is, and how long to wait."""
    sim.faults.add(RateLimit(retry_after_s=3.0, scope="shared"), bot_id=sim.bot("Wisp").id)
    async with raw_user(sim, sim.bot("Wisp").token, intents=1) as wisp:
        await wisp.call("GET", f"/channels/{general}")

    (limited,) = [seen for seen in notes.exchanges if seen.status == 429]
    assert (limited.limit_scope, limited.retry_after_s, limited.bot) == ("shared", 3.0, True)


async def test_looks_no_more(sim: Sim, ada: RawUser, general: int) -> None:
    """Who stopped looking hears nothing any more."""
    notes = Notes()
    stop = sim.look_on(notes)
    stop()

    await ada.say(general, "hello")

    assert notes.exchanges == []
