"""The connection to Discord: resumed where it can be, begun anew where it must be, never given up."""

import asyncio
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
from discord.gateway import KeepAliveHandler
from typing_extensions import override

from support.gateway_events import WORLD
from support.hasty import HastyBot
from support.offline import Offline, offline
from support.rogue import HELLO, RESUMED, Rogue, Script, Visit, rogue
from wisp_framework import AppConfig, WispApp, create_app

LIMIT_S = 20.0


def hasty(app: WispApp) -> HastyBot:
    assert isinstance(app.bot, HastyBot)
    return app.bot


async def after(here: Offline, event: str, frame: dict[str, Any] | bytes) -> None:
    """Push a frame, and return when the event that must come of it has come."""
    async with asyncio.timeout(LIMIT_S):
        coming = asyncio.create_task(here.app.bot.wait_for(event))
        await asyncio.sleep(0)
        here.sim.push_raw("Wisp", frame)
        await coming
    await here.settle()


async def answers(here: Offline) -> bool:
    ada = await here.person("Ada")
    return "Pong" in (await ada.slash("ping")).text


async def test_a_request_to_reconnect_is_followed_by_a_resume() -> None:
    """Operation 7 costs nothing: the session goes on, and its commands are answered."""
    async with offline(world=WORLD, bot=HastyBot) as here:
        session = hasty(here.app).shard.ws.session_id
        await after(here, "shard_resumed", {"op": 7, "d": None})

        assert hasty(here.app).shard.ws.session_id == session
        assert await answers(here)


async def test_a_session_that_can_be_resumed_is() -> None:
    """Operation 9 with true is answered by a resume."""
    async with offline(world=WORLD, bot=HastyBot) as here:
        session = hasty(here.app).shard.ws.session_id
        await after(here, "shard_resumed", {"op": 9, "d": True})

        assert hasty(here.app).shard.ws.session_id == session


@pytest.mark.parametrize("content", [False, None, "true", []])
async def test_an_invalid_session_is_begun_anew(content: object) -> None:
    """Operation 9 with anything else is answered by a new session."""
    async with offline(world=WORLD, bot=HastyBot) as here:
        session = hasty(here.app).shard.ws.session_id
        await after(here, "shard_ready", {"op": 9, "d": content})

        assert hasty(here.app).shard.ws.session_id not in (session, None)
        assert await answers(here)


async def test_a_broken_stream_is_left_and_resumed() -> None:
    """After bytes that nobody can decompress the session goes on, on another connection."""
    async with offline(world=WORLD, bot=HastyBot) as here:
        former = hasty(here.app).shard.ws
        await after(here, "shard_resumed", b"\x00\x01 no stream \x00\x00\xff\xff")

        assert former.socket.closed
        assert here.app.bot.quarantine.counts["compressed frame"] == 1
        assert await answers(here)


class Zlib:
    """How discord.py reads the gateway where zstandard is not installed."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj()
        self._buffer = bytearray()

    def decompress(self, data: bytes, /) -> str | None:
        self._buffer.extend(data)
        if not data.endswith(b"\x00\x00\xff\xff"):
            return None
        text = self._inflater.decompress(bytes(self._buffer)).decode()
        self._buffer.clear()
        return text


async def test_both_compressions_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """The events of a zlib stream are read as those of the zstd stream are, and a broken one is left, too."""
    assert discord.utils._ActiveDecompressionContext.COMPRESSION_TYPE == "zstd-stream"
    monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", Zlib)
    async with offline(world=WORLD, bot=HastyBot) as here:
        assert here.app.bot.quarantine.total == 0
        await after(here, "shard_resumed", b"no stream \x00\x00\xff\xff")
        assert await answers(here)


@asynccontextmanager
async def visiting(
    *scripts: Callable[[Rogue, Visit], Awaitable[None]],
    bot_class: type[HastyBot] = HastyBot,
) -> AsyncIterator[tuple[Rogue, HastyBot]]:
    """A bot that has become ready at a server which follows these scripts, visit by visit."""

    def bound(script: Callable[[Rogue, Visit], Awaitable[None]]) -> Script:
        return lambda visit: script(server, visit)

    async with rogue(*(bound(script) for script in scripts)) as server:
        config = AppConfig(
            discord_token="x.y.z",
            discord_api_url=f"{server.url}/api/v10",
            database_url="memory://",
            sync_on_startup=False,
        )
        app = create_app(config, bot=bot_class)
        try:
            async with asyncio.timeout(LIMIT_S):
                await app.start()
            yield server, hasty(app)
        finally:
            await app.close()


async def begin(server: Rogue, visit: Visit) -> None:
    """Let the bot in, as Discord does."""
    await visit.say(HELLO)
    visit.opening = await visit.listen(2)
    await visit.say(server.ready())


async def regular(server: Rogue, visit: Visit) -> None:
    await begin(server, visit)
    await visit.stay()


async def resumable(_: Rogue, visit: Visit) -> None:
    await visit.say(HELLO)
    visit.opening = await visit.listen(6)
    await visit.say(RESUMED)
    await visit.stay()


async def came_back(bot: HastyBot, event: str, cause: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(LIMIT_S):
        coming = asyncio.create_task(bot.wait_for(event))
        await asyncio.sleep(0)
        await cause()
        await coming


async def test_a_cut_connection_is_resumed() -> None:
    """A reset by the network costs no session."""
    async with visiting(regular, resumable) as (server, bot):

        async def cut() -> None:
            server.visits[0].reset()

        await came_back(bot, "shard_resumed", cut)
        assert server.visits[1].opening["session_id"] == "session"
        assert server.visits[1].opening["seq"] == 1


@pytest.mark.parametrize("code", [4003, 4007, 4009])
async def test_what_discord_will_not_resume_is_begun_anew(code: int) -> None:
    """After these close codes a RESUME would be refused for ever; the bot identifies."""
    async with visiting(regular, regular) as (server, bot):
        await came_back(bot, "shard_ready", lambda: server.visits[0].leave(code))
        assert "intents" in server.visits[1].opening


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4001, 4002, 4008, 4200])
async def test_other_closures_are_resumed(code: int) -> None:
    """Any other close code that is not final keeps the session."""
    async with visiting(regular, resumable) as (server, bot):
        await came_back(bot, "shard_resumed", lambda: server.visits[0].leave(code))


BROKEN_READY: list[dict[str, Any]] = [
    {"user": None},
    {"user": {"id": "1"}},
    {"user": {"id": "1", "username": "other", "discriminator": "0", "avatar": None}},
    {"session_id": None},
    {"session_id": ""},
    {"resume_gateway_url": None},
    {"resume_gateway_url": "x"},
    {"shard": None},
    {"shard": []},
    {"shard": [7, 8]},
    {"guilds": None},
    {"guilds": [None]},
    {"guilds": [{"id": "x"}]},
]


async def test_a_broken_ready_is_asked_for_again_and_slower_each_time() -> None:
    """No READY that lacks something makes the bot ready, and the server is not stormed."""
    broken = iter(BROKEN_READY)

    async def wrong(server: Rogue, visit: Visit) -> None:
        await visit.say(HELLO)
        visit.opening = await visit.listen(2)
        await visit.say(server.ready(**next(broken)))
        await visit.stay()

    scripts = [wrong for _ in BROKEN_READY]
    async with visiting(*scripts, regular) as (server, bot):
        assert len(server.visits) == len(BROKEN_READY) + 1
        assert bot.quarantine.counts["READY"] == len(BROKEN_READY)
        assert sum(bot.slept_s) > 4 * 60
        assert bot.user is not None
        assert bot.user.name == "wisp"


@pytest.mark.parametrize(
    "frame",
    [
        {"op": 0, "t": None, "s": 1, "d": {}},
        {"op": 0, "t": "MESSAGE_CREATE", "s": 1, "d": {}},
        {"op": "0", "t": "READY", "s": 1, "d": {}},
        {"op": 0, "t": "READY", "s": "1", "d": {}},
        {"op": 5, "t": "READY", "s": 1, "d": {}},
        {"t": "READY"},
        [],
    ],
)
async def test_a_ready_that_was_lost_is_asked_for_again(frame: object) -> None:
    """A session whose first frame is not READY never begins, so another one is asked for."""

    async def wrong(_: Rogue, visit: Visit) -> None:
        await visit.say(HELLO)
        visit.opening = await visit.listen(2)
        await visit.say(frame)
        await visit.stay()

    async with visiting(wrong, regular) as (server, _bot):
        assert len(server.visits) == 2


INTERVALS = (0, -1, 1.5, True, "x", 2**80)
BROKEN_HELLO: list[Any] = [None, {}, *({"heartbeat_interval": value} for value in INTERVALS)]


async def test_a_broken_hello_is_asked_for_again() -> None:
    """No interval makes the heart race or stop."""
    contents = iter(BROKEN_HELLO)

    async def wrong(_: Rogue, visit: Visit) -> None:
        await visit.say({"op": 10, "d": next(contents)})
        await visit.stay()

    async with visiting(regular, *(wrong for _ in BROKEN_HELLO), resumable) as (server, bot):
        await came_back(bot, "shard_resumed", lambda: server.visits[0].say({"op": 7}))
        assert len(server.visits) == len(BROKEN_HELLO) + 2
        assert sum(bot.slept_s) > 60


async def test_a_server_that_sends_the_bot_away_is_not_stormed() -> None:
    """A resume that ends in operation 7 again and again is tried slower each time."""
    turns = 12

    async def away(_: Rogue, visit: Visit) -> None:
        await visit.say(HELLO)
        await visit.listen(6)
        await visit.say({"op": 7})
        await visit.stay()

    async with visiting(regular, *(away for _ in range(turns)), resumable) as (server, bot):
        await came_back(bot, "shard_resumed", lambda: server.visits[0].say({"op": 7}))
        assert len(server.visits) == turns + 2
        assert sum(bot.slept_s) > 4 * 60
        assert max(bot.slept_s) <= 60


async def test_heartbeats_that_are_asked_for_are_not_held_back() -> None:
    """A server that asks more often than other commands may be sent is answered each time, at once."""
    begun = asyncio.Event()

    async def ask(server: Rogue, visit: Visit) -> None:
        await begin(server, visit)
        await begun.wait()
        for _ in range(150):
            await visit.say({"op": 1, "d": None})
            await visit.listen(1)
        await visit.say({"op": 7})
        await visit.stay()

    async def start() -> None:
        begun.set()

    async with visiting(ask, resumable) as (_, bot):
        await came_back(bot, "shard_resumed", start)


async def test_a_wrong_number_does_not_spoil_the_resume() -> None:
    """Whatever stands where the sequence number should be, a resume names the last good one."""
    async with visiting(regular, resumable) as (server, bot):

        async def confuse() -> None:
            numbers: list[Any] = ["9", -1, 0, 1.5, True, 2**80, [], {}]
            for number in numbers:
                await server.visits[0].say({"op": 0, "t": "TYPING_START", "s": number, "d": {}})
            await server.visits[0].say({"op": 7})

        await came_back(bot, "shard_resumed", confuse)
        assert server.visits[1].opening["seq"] == 1


def hearts() -> list[KeepAliveHandler]:
    """The threads that keep connections alive and have not been told to stop."""
    threads = [thread for thread in threading.enumerate() if isinstance(thread, KeepAliveHandler)]
    return [thread for thread in threads if not thread._stop_ev.is_set()]


async def test_one_connection_has_one_heart() -> None:
    """A second HELLO replaces the beating of the first, and a connection that is left beats no more."""
    async with visiting(regular, regular) as (server, bot):

        async def greet_again() -> None:
            for _ in range(5):
                await server.visits[0].say(HELLO)
            await server.visits[0].say(server.ready(user=None))

        await came_back(bot, "shard_ready", greet_again)
        assert bot.quarantine.counts == {"READY": 1}
        assert len(hearts()) == 1
    assert hearts() == []


class FailingBot(HastyBot):
    """Its hook, a user's code, fails at first."""

    failures = 0

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        if not initial and self.failures < 3:
            self.failures += 1
            raise LookupError("no turn")


async def test_a_failing_hook_does_not_end_the_client() -> None:
    """An exception on the way to a session leads to the next attempt."""
    async with visiting(regular, bot_class=FailingBot) as (server, bot):
        await came_back(bot, "shard_ready", lambda: server.visits[0].say({"op": 9, "d": False}))
        assert len(server.visits) == 5
        assert len(hearts()) == 1
    assert hearts() == []
