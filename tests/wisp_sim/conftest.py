"""An offline Discord with the demo world, a clock that stands still, and people in it."""

from collections.abc import AsyncIterator

import discord
import pytest
from discord.ext import commands

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim


@pytest.fixture
def clock() -> ManualClock:
    """The time of the offline Discord."""
    return ManualClock()


@pytest.fixture
async def sim(clock: ManualClock) -> AsyncIterator[Sim]:
    """A running offline Discord with the demo world."""
    async with Sim(clock=clock) as running:
        yield running


@pytest.fixture
def general(sim: Sim) -> int:
    """The channel where everyone of the demo world is."""
    return sim.guild("Lovelace's Lab").channel("general").id


@pytest.fixture
async def ada(sim: Sim) -> AsyncIterator[RawUser]:
    """The owner of the guild, logged in."""
    async with raw_user(sim, sim.user("Ada").token) as user:
        yield user


@pytest.fixture
async def mallory(sim: Sim) -> AsyncIterator[RawUser]:
    """A member without special permissions, logged in."""
    async with raw_user(sim, sim.user("Mallory").token) as user:
        yield user


@pytest.fixture
def bot() -> commands.Bot:
    """A plain discord.py bot that has not logged in yet."""
    return commands.Bot("!", intents=discord.Intents.all(), guild_ready_timeout=0.2)
