"""What plain discord.py does when the gateway fails it."""

import asyncio
import os

import discord
import pytest

from support.fault_bot import Plain, channel_of
from support.raw_user import raw_user
from wisp_sim import Sim
from wisp_sim.faults import Corrupt, Duplicated, LateFrame, Lost, NoResume, Reordered, Silence
from wisp_sim.pytest_plugin import RunBot

SOAK = bool(os.environ.get("WISP_SOAK"))
REPLAYED = 5_000 if SOAK else 200
RECONNECTS = 1_000 if SOAK else 20


async def hears(sim: Sim, bot: Plain, words: str) -> bool:
    """Whether the bot hears what a person says now, once."""
    await sim.person("Ada").say(words)
    await sim.settle()
    return bot.said.count(words) == 1


async def test_op_7(sim: Sim, online: Plain) -> None:
    """Asked to reconnect, it resumes, and hears what was said meanwhile."""
    sim.reconnect("Bot")
    await sim.person("Ada").say("in the gap")
    await sim.advance(seconds=5)

    assert online.heard == ["READY", "disconnect", "RESUMED"]
    assert online.said == ["in the gap"]


@pytest.mark.parametrize(("resumable", "then"), [(True, "RESUMED"), (False, "READY")])
async def test_op_9(sim: Sim, online: Plain, resumable: bool, then: str) -> None:
    """Told that its session is invalid, it resumes where it may, and identifies anew where not."""
    sim.invalidate("Bot", resumable=resumable)
    await sim.advance(seconds=10)

    assert online.heard == ["READY", "disconnect", then]
    assert await hears(sim, online, "after")


@pytest.mark.parametrize("code", [4000, 4001, 4002, 4003, 4005, 4008, None])
async def test_close_that_may_be_resumed(sim: Sim, online: Plain, code: int | None) -> None:
    """After such a close, and after none at all, it resumes at once."""
    sim.disconnect("Bot", code)
    await sim.advance(seconds=5)

    assert online.heard == ["READY", "disconnect", "RESUMED"]
    assert await hears(sim, online, "after")


@pytest.mark.parametrize("code", [4007, 4009])
async def test_close_that_ends_the_session(sim: Sim, online: Plain, code: int) -> None:
    """It tries to resume even then, is told that the session is over, and identifies anew."""
    sim.disconnect("Bot", code)
    await sim.advance(seconds=10)

    assert online.heard == ["READY", "disconnect", "disconnect", "READY"]


@pytest.mark.parametrize("code", [4004, 4010, 4011, 4012, 4013, 4014])
async def test_close_for_good(sim: Sim, online: Plain, code: int) -> None:
    """It does not come again: it closes itself, after 4014 it only leaves `connect` with an error."""
    sim.disconnect("Bot", code)
    await sim.advance(minutes=5)

    assert online.is_closed() is (code != 4014)
    assert online.heard == ["READY", "disconnect"]


@pytest.mark.parametrize(("code", "after"), [(4999, "RESUMED"), (1000, "RESUMED")])
async def test_strange_close(sim: Sim, online: Plain, code: int, after: str) -> None:
    """It tries to resume after an unknown code, and after a clean one that it did not ask for."""
    sim.disconnect("Bot", code)
    await sim.advance(minutes=1)

    assert online.heard == ["READY", "disconnect", after]


async def test_no_acks(sim: Sim, online: Plain) -> None:
    """It does not notice that no heartbeat is acknowledged as long as anything else arrives."""
    fault = sim.faults.add(Lost(), event="HEARTBEAT_ACK", times=None)
    await sim.advance(minutes=5)

    assert online.heard == ["READY"]
    assert fault.hits > 0


async def test_half_open(sim: Sim, online: Plain) -> None:
    """It notices a connection on which nothing arrives after 60 s, and resumes without loss."""
    sim.faults.add(Silence(), event="MESSAGE_CREATE")
    await sim.person("Ada").say("into the void")
    await sim.advance(seconds=50)
    assert online.said == []
    await sim.advance(seconds=15)

    assert online.heard == ["READY", "disconnect", "RESUMED"]
    assert online.said == ["into the void"]


async def started(sim: Sim, bot: discord.Client) -> "asyncio.Task[None]":
    """Log a bot in whose gateway is not sound."""
    await bot.login(sim.bot("Bot").token)
    return asyncio.create_task(bot.connect())


async def test_no_hello(sim: Sim, run_bot: RunBot, plain: Plain) -> None:
    """It gives the greeting 60 s, and on its first connection then breaks down: `connect` ends."""
    await sim.person("Ada").say("watching")
    sim.faults.add(Lost(), event="HELLO")
    task = await started(sim, plain)
    await sim.advance(seconds=50)
    assert not task.done()
    await sim.advance(seconds=30)

    assert isinstance(task.exception(), AttributeError)
    assert plain.heard == ["disconnect"]
    await plain.close()


async def test_no_hello_again(sim: Sim, online: Plain) -> None:
    """When it was connected before, it tries again after 60 s, and loses nothing."""
    sim.faults.add(Lost(), event="HELLO")
    sim.reconnect("Bot")
    await sim.person("Ada").say("in the gap")
    await sim.advance(seconds=90)

    assert online.heard[-1] == "RESUMED"
    assert online.said == ["in the gap"]


async def test_no_ready(sim: Sim, run_bot: RunBot, plain: Plain) -> None:
    """It waits for ever for a READY that was lost: heartbeats go on, and nothing else is missing to it."""
    sim.faults.add(Lost(), event="READY")
    task = await started(sim, plain)
    await sim.advance(minutes=10)

    assert "READY" not in plain.heard
    assert not plain.is_ready()
    await plain.close()
    await task


async def said_while_away(sim: Sim, bot: Plain, count: int) -> list[str]:
    """Let Ada say so many things while the bot waits in vain for a greeting, and let the bot come back."""
    words = [f"message {number}" for number in range(count)]
    async with raw_user(sim, sim.user("Ada").token) as ada:
        sim.faults.add(Lost(), event="HELLO")
        sim.disconnect("Bot", 4000)
        for word in words:
            await ada.say(channel_of(bot).id, word)
        assert bot.said == []
        await sim.advance(seconds=90)
    assert bot.heard[-1] == "RESUMED"
    assert bot.heard.count("READY") == 1
    return words


async def test_replay_of_many(sim: Sim, online: Plain) -> None:
    """It hears all of a long replay, in order: 5,000 messages in the soak."""
    words = await said_while_away(sim, online, REPLAYED)

    assert online.said == words


async def test_replay_in_disorder(sim: Sim, online: Plain) -> None:
    """Of a replay with doubled and exchanged events it loses none, and hears each as often as it came."""
    doubled = sim.faults.add(Duplicated(), event="MESSAGE_CREATE", times=None, probability=0.1, seed=1)
    moved = sim.faults.add(Reordered(), event="MESSAGE_CREATE", times=None, probability=0.1, seed=2)
    words = await said_while_away(sim, online, REPLAYED)

    assert doubled.hits > 0
    assert moved.hits > 0
    assert online.said != words
    assert set(online.said) == set(words)
    assert len(online.said) == len(words) + doubled.hits


async def test_duplicates(sim: Sim, online: Plain) -> None:
    """It hands a doubled event to its handlers twice."""
    sim.faults.add(Duplicated(), event="MESSAGE_CREATE")
    await sim.person("Ada").say("once")
    await sim.settle()

    assert online.said == ["once", "once"]


async def test_out_of_order(sim: Sim, online: Plain) -> None:
    """It hands events to its handlers as they arrive, whatever their numbers."""
    sim.faults.add(Reordered(), event="MESSAGE_CREATE")
    await sim.person("Ada").say("first")
    await sim.person("Ada").say("second")
    await sim.settle()

    assert online.said == ["second", "first"]


async def test_lost_event(sim: Sim, online: Plain) -> None:
    """It does not notice a gap in the numbers: what was lost stays lost."""
    sim.faults.add(Lost(), event="MESSAGE_CREATE")
    await sim.person("Ada").say("lost")
    assert await hears(sim, online, "next")
    sim.reconnect("Bot")
    await sim.advance(seconds=5)

    assert online.said == ["next"]


async def test_no_resumed(sim: Sim, online: Plain) -> None:
    """It goes on without a RESUMED, only its event does not come."""
    sim.faults.add(Lost(), event="RESUMED")
    sim.reconnect("Bot")
    await sim.advance(seconds=5)

    assert online.heard == ["READY", "disconnect"]
    assert await hears(sim, online, "after")


async def test_resume_is_always_cut(sim: Sim, online: Plain) -> None:
    """It tries to resume again and again, without a pause, and never identifies anew."""
    fault = sim.faults.add(NoResume(), times=50)
    sim.reconnect("Bot")
    await sim.advance(minutes=1)

    assert fault.hits == 50
    assert online.heard.count("READY") == 1
    assert online.heard[-1] == "RESUMED"


async def test_corrupt_frame(sim: Sim, run_bot: RunBot, plain: Plain) -> None:
    """A frame that is no JSON ends `connect` with an error; a bot under `run` is gone."""
    await sim.person("Ada").say("watching")
    task = await started(sim, plain)
    await sim.advance(seconds=5)
    sim.faults.add(Corrupt(), event="MESSAGE_CREATE")
    await sim.person("Ada").say("broken")
    await sim.settle()

    assert isinstance(task.exception(), ValueError)
    assert plain.said == []
    await plain.close()


async def test_reconnects_at_once(sim: Sim, online: Plain) -> None:
    """It reconnects as often as it is told, each time at once and by resuming: 1,000 times in the soak."""
    for _ in range(RECONNECTS):
        sim.reconnect("Bot")
        await sim.advance(seconds=0.1)

    assert online.heard.count("RESUMED") == RECONNECTS
    assert online.heard.count("READY") == 1


@pytest.mark.sim_world(
    {
        "bots": [{"name": "Bot", "session_starts": 2}],
        "users": [{"name": "Ada"}],
        "guilds": [{"name": "Lab", "owner": "Ada", "members": ["Bot"], "channels": [{"name": "general"}]}],
    }
)
async def test_starts_are_spent(sim: Sim, online: Plain) -> None:
    """It identifies without asking how many starts are left, and loses its token with the first too many."""
    token = sim.bot("Bot").token
    for _ in range(2):
        sim.invalidate("Bot", resumable=False)
        await sim.advance(seconds=6)

    assert online.heard.count("READY") == 2
    assert online.is_closed()
    assert sim.bot("Bot").token != token


async def test_late_interaction(sim: Sim, online: Plain) -> None:
    """It runs a command that arrives too late to be answered, side effects and all."""
    ran: list[str] = []

    @online.tree.command()
    async def pay(interaction: discord.Interaction) -> None:
        """Spend something."""
        ran.append("paid")
        await interaction.response.send_message("paid")

    failures: list[Exception] = []

    @online.tree.error
    async def failed(interaction: discord.Interaction, error: Exception) -> None:
        failures.append(error)

    await online.tree.sync()
    sim.faults.add(LateFrame(3.5), event="INTERACTION_CREATE")
    seen = await sim.person("Ada").slash("pay")
    await sim.advance(seconds=5)

    assert seen.failure == "The application did not respond"
    assert ran == ["paid"]
    assert "Unknown interaction" in str(failures)


async def test_outage(sim: Sim, online: Plain) -> None:
    """A guild that is away is unavailable, not gone, and comes back."""
    sim.outage("Lab")
    await sim.settle()
    assert [guild.unavailable for guild in online.guilds] == [True]
    sim.restore("Lab")
    await sim.settle()

    assert [guild.unavailable for guild in online.guilds] == [False]
    assert await hears(sim, online, "after")
