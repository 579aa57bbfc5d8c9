"""Many bots in many processes on one offline Discord."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from wisp_sim import Sim, World

BOT = """
import os, sys
import discord, yarl
from discord.ext import commands

discord.http.Route.BASE = os.environ["SIM_API"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SIM_GATEWAY"])
name = os.environ["SIM_NAME"]
bot = commands.Bot(name[-1], intents=discord.Intents.all(), guild_ready_timeout=0.1)

@bot.command()
async def count(ctx, number: int):
    message = await ctx.send("0")
    for step in range(number):
        await message.edit(content=f"{name} {step + 1}")

@bot.event
async def on_ready():
    print("ready", flush=True)

bot.run(os.environ["SIM_TOKEN"], log_handler=None)
"""
NAMES = ("BotA", "BotB", "BotC")
PEOPLE = ("Ada", "Grace", "Mallory")


@pytest.fixture
async def sim() -> AsyncIterator[Sim]:
    """A world with three bots, by the machine's time: the bots' could not be moved."""
    world = World.from_mapping(
        {
            "bots": [{"name": name} for name in NAMES],
            "users": [{"name": name} for name in PEOPLE],
            "guilds": [
                {
                    "name": "Lab",
                    "owner": "Ada",
                    "members": [*NAMES, *PEOPLE],
                    "channels": [{"name": name.lower()} for name in NAMES],
                }
            ],
        }
    )
    async with Sim(world) as running:
        yield running


@pytest.fixture
async def processes(sim: Sim) -> AsyncIterator[None]:
    """Three plain discord.py bots, each in its own process, all ready."""
    started = await asyncio.gather(*(start(sim, name) for name in NAMES))
    yield
    for process in started:
        process.kill()
    await asyncio.gather(*(process.wait() for process in started))


async def start(sim: Sim, name: str) -> asyncio.subprocess.Process:
    """A bot that said that it is ready."""
    variables = {"SIM_API": sim.api_url, "SIM_GATEWAY": sim.gateway_url, "SIM_NAME": name}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "ignore", "-c", BOT),
        env={**os.environ, **variables, "SIM_TOKEN": sim.bot(name).token},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_three_bots_answer_three_people_at_once(sim: Sim, processes: None) -> None:
    """Bots in other processes answer people who speak at once, fully when the action returns."""

    async def talk(person: str, bot: str) -> list[str]:
        speaker = sim.person(person, channel=bot.lower())
        return [(await speaker.say(f"{bot[-1]}count {number}")).text for number in (3, 1, 5)]

    told = await asyncio.gather(*(talk(person, bot) for person, bot in zip(PEOPLE, NAMES, strict=True)))

    for bot, lines in zip(NAMES, told, strict=True):
        own = [[line for line in text.splitlines() if line.startswith(bot)] for text in lines]
        assert own == [[f"{bot} 3"], [f"{bot} 1"], [f"{bot} 5"]]
