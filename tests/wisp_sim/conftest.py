"""An offline Discord with the demo world, a clock that stands still, and people in it."""

import json
from collections.abc import AsyncIterator, Iterator

import discord
import pytest
from aiohttp import web
from discord.ext import commands

from support.openapi import Description, description
from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.rest.app import RestApp

OPENAPI = description()


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


@pytest.fixture(autouse=True)
def answers_as_described(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every answer of every test here is as Discord describes it; needs WISP_OPENAPI_FILE."""
    if OPENAPI is None:
        yield
        return
    problems: list[str] = []
    serve = RestApp.serve

    async def recorded(app: RestApp, request: web.Request) -> web.Response:
        response = await serve(app, request)
        problems.extend(_judge(OPENAPI, request, response))
        return response

    monkeypatch.setattr(RestApp, "serve", recorded)
    yield
    if problems:
        pytest.fail("not as Discord describes it:\n" + "\n".join(sorted(set(problems))))


def _judge(known: Description, request: web.Request, response: web.Response) -> list[str]:
    path = request.path.removeprefix("/api").removeprefix("/v10").removeprefix("/v9")
    assert isinstance(response.body, bytes | None)
    body = json.loads(response.body) if response.body else None
    return known.problems(request.method, path, response.status, body)
