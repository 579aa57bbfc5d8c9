"""Unreadable gateway events cost that event, never the client."""

import asyncio
import gc
import json
import logging
import os
import random
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import pytest
from discord.ext import commands
from discord.state import ConnectionState
from typing_extensions import override

from support.gateway_events import EVENTS, SESSION, WORLD
from support.gateway_parts import BOT_ID, Payload
from support.hasty import HastyBot
from support.mutation import CANARY, HANDLED, mutated
from support.offline import Offline, offline
from support.probe import ProbeModule
from wisp_framework import BotContext, Module
from wisp_framework.transport import Quarantine, Unknown
from wisp_sim import SimError

SOAK = bool(os.environ.get("WISP_SOAK"))
ROUNDS = 50_000 if SOAK else 5_000
LONG = pytest.mark.timeout(1_200 if SOAK else 240)
SEED = int(os.environ.get("WISP_SEED", "20260101"))
BATCH = 100
LIMIT_S = 20.0

HEARD = (
    "message",
    "raw_message_delete",
    "message_edit",
    "raw_reaction_add",
    "member_join",
    "member_update",
    "guild_update",
    "guild_join",
    "thread_join",
    "voice_state_update",
    "presence_update",
    "interaction",
)


class EarModule(Module):
    """Listens to much, so that events become tasks."""

    name = "ear"

    def __init__(self) -> None:
        self.heard = 0

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        async def hear(*_: object) -> None:
            self.heard += 1

        for event in HEARD:
            bot.add_listener(hear, f"on_{event}")


@contextmanager
def unretrieved() -> Iterator[list[str]]:
    """What the event loop complains about: exceptions that nobody looked at."""
    complaints: list[str] = []

    def hear(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        trace = "".join(traceback.format_exception(error)) if error is not None else ""
        complaints.append(f"{context['message']}\n{trace}")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(hear)
    try:
        yield complaints
    finally:
        gc.collect()
        loop.set_exception_handler(None)


async def still_answers(here: Offline) -> None:
    """The client is open, and a command in the guild that was struck is answered."""
    assert not here.app.bot.is_closed()
    ada = await here.person("Ada")
    assert "Pong" in (await ada.slash("ping")).text


@asynccontextmanager
async def struck(caplog: pytest.LogCaptureFixture, ear: EarModule) -> AsyncIterator[Offline]:
    """A bot that still answers and hears after all that the test does to it, and whose log is clean."""
    caplog.set_level(logging.INFO)
    with unretrieved() as complaints:
        async with offline(ProbeModule, ear, world=WORLD, bot=HastyBot) as here:
            yield here
            await here.settle()
            await still_answers(here)
            for ground in ("GUILD_CREATE", "MESSAGE_CREATE"):
                heard = ear.heard
                here.sim.push_raw("Wisp", {"t": ground, "d": EVENTS[ground][0]})
                await here.settle()
            assert ear.heard > heard
            await still_answers(here)
            assert len(here.app.bot.quarantine.counts) < 100
            assert isinstance(here.app.bot.state.event_guild_id, Unknown)
    assert not complaints, complaints[0]
    assert CANARY not in caplog.text


def test_every_event_that_discord_py_knows_has_a_sample() -> None:
    """No parser of discord.py lacks a sample, and no sample lacks a parser."""
    parsers = {name[6:].upper() for name in dir(ConnectionState) if name.startswith("parse_")}
    assert parsers == set(EVENTS) | set(SESSION)


async def test_valid_events_are_read() -> None:
    """Nothing that Discord sends in earnest is set aside."""
    async with offline(ProbeModule, EarModule, world=WORLD) as here:
        for name, samples in EVENTS.items():
            for sample in samples:
                here.sim.push_raw("Wisp", {"t": name, "d": sample})
        await here.settle()
        assert here.app.bot.quarantine.counts == {}


@LONG
async def test_mutated_events_do_not_end_the_client(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of events of every kind with a field dropped or retyped; then a command is answered."""
    chance = random.Random(SEED)
    samples = [(name, sample) for name, found in EVENTS.items() for sample in found]
    async with struck(caplog, EarModule()) as here:
        for number in range(ROUNDS):
            name, sample = samples[number % len(samples)]
            if number % len(samples) == 0:
                for ground in ("GUILD_CREATE", "MESSAGE_CREATE"):
                    here.sim.push_raw("Wisp", {"t": ground, "d": EVENTS[ground][0]})
            spared = HANDLED if name == "INTERACTION_CREATE" else frozenset()
            here.sim.push_raw("Wisp", {"t": name, "d": mutated(sample, chance, spared)})
            if number % BATCH == 0:
                await here.sim.settle()
        await here.settle()
        quarantine = here.app.bot.quarantine
        assert quarantine.total > ROUNDS / 10
        assert set(quarantine.counts) <= set(EVENTS)


HEADS: tuple[Payload, ...] = (
    {"op": 0, "t": "READY", "s": 1, "d": SESSION["READY"]},
    {"op": 0, "t": "RESUMED", "s": 1, "d": SESSION["RESUMED"]},
    {"op": 10, "t": None, "s": None, "d": {"heartbeat_interval": 41250, "_trace": []}},
    {"op": 0, "t": "MESSAGE_DELETE", "s": 10, "d": EVENTS["MESSAGE_DELETE"][0]},
    {"op": 1, "t": None, "s": None, "d": None},
    {"op": 7, "t": None, "s": None, "d": None},
    {"op": 9, "t": None, "s": None, "d": True},
    {"op": 11, "t": None, "s": None, "d": None},
)
NO_FRAMES: tuple[str | bytes, ...] = (
    "",
    " ",
    "{",
    "null",
    "[]",
    "1",
    "true",
    '"text"',
    CANARY,
    f'{{"op": 0, "t": "{CANARY}", "s": 3, "d": {{}}}}',
    '{"op": 0, "t": "MESSAGE_CREATE", "d": {"content": "\\ud83d"}}',
    '{"op": 0, "t": "MESSAGE_CREATE", "s": 1e400, "d": NaN}',
    "[" * 100_000,
    '{"op": 0, "t": "X", "d": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "\x00",
    b"",
    b"\x00\x00\xff\xff",
    CANARY.encode(),
    bytes(range(256)),
)


async def reads_on(here: Offline, ear: EarModule) -> None:
    """Return once the client is told something again."""
    heard = ear.heard
    async with asyncio.timeout(LIMIT_S):
        while ear.heard == heard:
            with suppress(SimError):
                here.sim.push_raw("Wisp", {"t": "MESSAGE_DELETE", "d": EVENTS["MESSAGE_DELETE"][0]})
            await here.sim.settle()


@LONG
async def test_mutated_sessions_do_not_end_the_client(caplog: pytest.LogCaptureFixture) -> None:
    """Frames that begin, resume or end a session, broken anywhere, and what is no frame at all."""
    chance = random.Random(SEED)
    ear = EarModule()
    async with struck(caplog, ear) as here:
        for number in range(ROUNDS // 25):
            frame: Payload | str | bytes = chance.choice(NO_FRAMES)
            if number % 3:
                frame = json.dumps(mutated(chance.choice(HEADS), chance))
            here.sim.push_raw("Wisp", frame)
            await reads_on(here, ear)
            assert here.app.bot.user is not None
            assert here.app.bot.user.id == BOT_ID


class ChunkingBot(HastyBot):
    """Asks for all members of each guild that comes."""

    @override
    async def setup_hook(self) -> None:
        self.state._chunk_guilds = True


async def test_a_guild_is_announced_also_without_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that cannot be asked for do not swallow the arrival of a guild."""

    async def refuse(*_: object, **__: object) -> None:
        raise ConnectionResetError

    with unretrieved() as complaints:
        async with offline(world=WORLD, bot=ChunkingBot) as here:
            monkeypatch.setattr(here.app.bot.state, "chunker", refuse)
            joined = asyncio.create_task(here.app.bot.wait_for("guild_join"))
            await asyncio.sleep(0)
            arrival = EVENTS["GUILD_CREATE"][0] | {"id": "1202000000000000077", "member_count": 300}
            del arrival["unavailable"]
            here.sim.push_raw("Wisp", {"t": "GUILD_CREATE", "d": arrival})
            async with asyncio.timeout(LIMIT_S):
                assert (await joined).id == 1202000000000000077
            assert here.app.bot.quarantine.counts == {"member chunks": 1}
    assert not complaints, complaints[0]


def test_the_memory_of_the_quarantine_is_bounded() -> None:
    """A peer that makes up event names does not fill the memory; what is not told apart is still counted."""
    quarantine = Quarantine()
    for number in range(2_000):
        quarantine.add(f"{number}" * 100, ValueError(CANARY))
    assert quarantine.total == 2_000
    assert len(quarantine.counts) <= 257
    assert max(map(len, quarantine.counts)) <= 64


def test_a_storm_of_unreadable_events_is_logged_thinly(caplog: pytest.LogCaptureFixture) -> None:
    """The first ones are logged with type and place, then ever fewer; the message of the error never is."""
    quarantine = Quarantine()
    for _ in range(5_000):
        try:
            int(CANARY)
        except ValueError as error:
            quarantine.add("MESSAGE_CREATE", error)
    assert len(caplog.records) < 40
    assert "MESSAGE_CREATE" in caplog.text
    assert "ValueError" in caplog.text
    assert "test_quarantine.py" in caplog.text
    assert CANARY not in caplog.text
