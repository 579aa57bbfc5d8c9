"""Any byte from any client: Discord's error, never a 500, never a dead server, nobody else disturbed.

The requests are drawn after Discord's own description, with about one value in twenty wrong; 2,000 of them
and as many frames, ten times as many in the soak.
"""

import asyncio
import contextlib
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.grammar import Grammar, Request, frames
from support.openapi import HOW_TO_GET_IT, VARIABLE
from support.raw_user import RawUser, raw_user
from wisp_sim import Sim, World
from wisp_sim.model.kinds import ALL_INTENTS
from wisp_sim.rest.app import ROUTES
from wisp_sim.rest.router import Router

SOAK = bool(os.environ.get("WISP_SOAK"))
FILE = os.environ.get(VARIABLE)
BATCH = 25
ROUNDS = 800 if SOAK else 80
QUIET = settings(
    max_examples=ROUNDS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    database=None,
    derandomize=not SOAK,
)
WORLD = World.from_mapping(
    {
        "bots": [{"name": "Chaos"}, {"name": "Calm"}],
        "users": [{"name": "Eris"}, {"name": "Ada"}],
        "guilds": [
            {
                "name": "Wild",
                "owner": "Eris",
                "members": ["Chaos"],
                "roles": [{"name": "R", "permissions": ["administrator"], "members": ["Chaos"]}],
                "channels": [
                    {"name": "a"},
                    {"name": "v", "type": "voice"},
                    {"name": "c", "type": "category"},
                ],
            },
            {"name": "Quiet", "owner": "Ada", "members": ["Calm"]},
        ],
    }
)


class Bystanders:
    """A bot and a person in a guild of their own, who must not notice anything."""

    def __init__(self, sim: Sim, ada: RawUser, calm: RawUser) -> None:
        self.sim, self.ada, self.calm = sim, ada, calm
        self.channel_id = sim.guild("Quiet").channel("general").id

    async def talk(self, word: str) -> list[str]:
        """What the bot hears when Ada says something."""
        heard = len(self.calm.events)
        await self.ada.say(self.channel_id, word)
        await self.sim.settle()
        return [data.get("content", name) for name, data in self.calm.events[heard:]]


class Arena:
    """A running offline Discord, those who fuzz it, and those who must not notice."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._stack = contextlib.AsyncExitStack()

    async def open(self) -> None:
        """Let everybody log in."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._note)
        self.sim = await self._stack.enter_async_context(Sim(WORLD))
        intents = int(ALL_INTENTS)
        self.chaos = await self._enter("Chaos", intents)
        self.eris = await self._enter("Eris", None)
        self.bystanders = Bystanders(
            self.sim, await self._enter("Ada", None), await self._enter("Calm", intents)
        )

    async def _enter(self, name: str, intents: int | None) -> RawUser:
        account = self.sim.bot(name) if intents is not None else self.sim.user(name)
        return await self._stack.enter_async_context(raw_user(self.sim, account.token, intents=intents))

    def _note(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        self.problems.append(str(context))

    async def close(self) -> None:
        """Let everybody go."""
        await self._stack.aclose()

    async def seed(self) -> tuple[str, ...]:
        """Let there be something of each kind; the ids of it all."""
        guild = self.sim.guild("Wild")
        channel_id, application_id = guild.channel("a").id, self.sim.bot("Chaos").id
        option = {"type": 6, "name": "u", "description": "d"}
        commands = [{"name": "ping", "description": "d", "options": [option]}, {"name": "Look", "type": 2}]
        known = await self.chaos.ok("PUT", f"/applications/{application_id}/commands", json=commands)
        said = await self.eris.say(channel_id, "there")
        own = await self.chaos.say(channel_id, "mine")
        roles = await self.chaos.ok("GET", f"/guilds/{guild.id}/roles")
        ids = [channel_id, guild.id, application_id, self.sim.user("Eris").id]
        ids += [channel.id for channel in guild.channels]
        kept = [known[0]["id"], known[1]["id"], said["id"], own["id"], roles[-1]["id"], "@me", "@original"]
        return (*(str(one) for one in ids), *kept)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all cases of a test."""
    with asyncio.Runner() as running:
        yield running


@pytest.mark.generated
@pytest.mark.skipif(FILE is None, reason=HOW_TO_GET_IT)
def test_requests(runner: asyncio.Runner, caplog: pytest.LogCaptureFixture) -> None:
    """2,000 requests after the description, many of them wrong somewhere: none is answered 500."""
    arena = Arena()
    runner.run(arena.open())
    grammar = Grammar(Path(FILE or ""), runner.run(arena.seed()))
    router = Router(ROUTES)
    served = grammar.requests(
        lambda method, path: router.find(method, path.strip("/").split("/")) is not None
    )

    statuses = Counter[int]()

    async def send(batch: list[Request]) -> list[object]:
        wrong: list[object] = []
        for number, request in enumerate(batch):
            caller = arena.eris if number % 5 == 0 else arena.chaos
            status, body = await caller.call(
                request.method, request.path, data=request.body, headers=request.headers
            )
            statuses[status // 100] += 1
            if status >= 500:
                wrong.append((request, body))
        return wrong

    @QUIET
    @given(st.lists(served, min_size=BATCH, max_size=BATCH))
    def all_answered(batch: list[Request]) -> None:
        with caplog.at_level(logging.WARNING, "wisp_sim"):
            assert runner.run(send(batch)) == []

    all_answered()
    # Were all refused at the door, nothing behind it would have been tried.
    assert statuses[2] > statuses.total() / 20, statuses
    assert runner.run(arena.bystanders.talk("still here")) == ["still here"]
    runner.run(arena.close())
    assert arena.problems == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_frames(runner: asyncio.Runner, caplog: pytest.LogCaptureFixture) -> None:
    """2,000 frames, in sessions of up to eight: each client is let go with a code of Discord's or served."""
    arena = Arena()
    runner.run(arena.open())
    token = arena.sim.bot("Chaos").token
    codes: set[int | None] = set()

    async def send(session: aiohttp.ClientSession, batch: list[str | bytes]) -> None:
        async with session.ws_connect(arena.sim.gateway_url, max_msg_size=0) as socket:
            for frame in batch:
                if socket.closed:
                    break
                with contextlib.suppress(ConnectionError):
                    await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
            with contextlib.suppress(ConnectionError):
                await socket.send_str('{"op": "end"}')
            while not socket.closed:
                await socket.receive(timeout=20)
            codes.add(socket.close_code)

    async def send_all(batches: list[list[str | bytes]]) -> None:
        async with aiohttp.ClientSession() as session:
            for batch in batches:
                await send(session, batch)

    @QUIET
    @given(st.lists(st.lists(frames(token), min_size=5, max_size=8), min_size=5, max_size=5))
    def all_survived(batches: list[list[str | bytes]]) -> None:
        runner.run(send_all(batches))

    all_survived()
    assert runner.run(arena.bystanders.talk("still here")) == ["still here"]
    runner.run(arena.close())
    assert arena.problems == []
    assert codes <= {4000, 4001, 4002, 4003, 4004, 4005, 4007, 4008, 4010, 4011, 4012, 4013, 4014}
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
