"""How long a silent client is kept, how much it may send, and how often a bot may start."""

import asyncio
from typing import Any

import aiohttp
import pytest

from support.raw_socket import close_code, identify, socket_to, until
from support.raw_user import raw_user
from wisp_sim import ManualClock, Sim, World
from wisp_sim.model.kinds import ALL_INTENTS


def world(**bot: object) -> World:
    """A world whose bot has these limits."""
    return World.from_mapping({"bots": [{"name": "Wisp", **bot}], "users": [{"name": "Ada"}]})


async def test_a_client_that_does_not_beat_is_let_go(sim: Sim, clock: ManualClock) -> None:
    """After one and a half intervals of silence it is asked; silent still, it is closed with 4009."""
    async with socket_to(sim) as socket:
        await socket.send_json(identify(sim))
        await until(socket, t="READY")
        clock.advance(61)
        await socket.send_json({"op": 1, "d": 1})
        await until(socket, op=11)
        clock.advance(61)
        await socket.send_json({"op": 1, "d": 1})
        assert (await until(socket, op=11))["op"] == 11
        clock.advance(62)
        await until(socket, op=1)
        clock.advance(5)
        assert await close_code(socket) == 4009


async def test_who_answers_when_asked_stays(sim: Sim, clock: ManualClock) -> None:
    """However far the time is moved at once, a client that answers is not let go."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        for _ in range(3):
            clock.advance(3600)
            await sim.settle()
        await bot.ok("GET", "/users/@me")
        sim.push_raw("Wisp", {"t": "HERE", "d": {}})
        await sim.settle()

    assert bot.told("HERE") == [{}]


async def test_120_sends_a_minute(sim: Sim, clock: ManualClock) -> None:
    """The 121st frame within 60 s is 4008; a minute later there is room again; heartbeats are free."""
    async with socket_to(sim) as socket:
        await socket.send_json(identify(sim))
        for _ in range(119):
            await socket.send_json({"op": 3, "d": {"status": "idle", "activities": []}})
            await socket.send_json({"op": 1, "d": None})
        await sim.settle()
        clock.advance(60)
        for _ in range(120):
            await socket.send_json({"op": 3, "d": {"status": "dnd", "activities": []}})
        await sim.settle()
        assert not socket.closed
        await socket.send_json({"op": 3, "d": {}})
        assert await close_code(socket) == 4008


async def test_a_frame_of_more_than_4096_bytes(sim: Sim) -> None:
    """A bot's frame that is too large is 4002."""
    async with socket_to(sim) as socket:
        await socket.send_json(identify(sim))
        await until(socket, t="READY")
        await socket.send_json({"op": 3, "d": {"status": "x" * 4096}})
        assert await close_code(socket) == 4002


async def test_an_old_version(sim: Sim) -> None:
    """A version that is no more is 4012; both that are, and none, are let in."""
    async with socket_to(sim, "?v=6") as socket:
        assert await close_code(socket) == 4012
    for query in ("?v=9", "?v=10", "?encoding=json"):
        async with socket_to(sim, query) as socket:
            assert (await socket.receive_json())["op"] == 10


async def test_a_sequence_number_that_never_was(sim: Sim) -> None:
    """Who resumes from further on than the session ever was is closed with 4007."""
    async with socket_to(sim) as socket:
        await socket.send_json(identify(sim))
        session_id = (await until(socket, t="READY"))["d"]["session_id"]
        await socket.close(code=4000)
    async with socket_to(sim) as socket:
        token = sim.bot("Wisp").token
        await socket.send_json({"op": 6, "d": {"token": token, "session_id": session_id, "seq": 99}})
        assert await close_code(socket) == 4007


async def test_too_many_guilds_for_a_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard with more guilds than Discord takes is 4011; spread over two shards they are let in."""
    guilds = [{"name": str(n), "id": str(1_100_000_000_000_000_000 + (n << 22))} for n in range(2)]
    described = {"bots": [{"name": "Wisp"}], "users": [{"name": "Ada"}], "guilds": guilds}
    async with Sim(World.from_mapping(described)) as sim:
        monkeypatch.setattr(sim._gateway, "_max_guilds_per_shard", 1)
        async with socket_to(sim) as socket:
            await socket.send_json(identify(sim))
            assert await close_code(socket) == 4011
        async with socket_to(sim) as socket:
            await socket.send_json(identify(sim, shard=[1, 2]))
            assert len((await until(socket, t="READY"))["d"]["guilds"]) == 1


async def test_max_concurrency(clock: ManualClock) -> None:
    """Of shards with one key only one may identify within 5 s; the other is told op 9 and may try again."""
    async with (
        Sim(world(max_concurrency=2), clock=clock) as sim,
        socket_to(sim) as first,
        socket_to(sim) as second,
        socket_to(sim) as third,
    ):
        await first.send_json(identify(sim, shard=[0, 4]))
        await until(first, t="READY")
        await second.send_json(identify(sim, shard=[1, 4]))
        await until(second, t="READY")
        await third.send_json(identify(sim, shard=[2, 4]))
        assert (await until(third, op=9))["d"] is False
        clock.advance(5)
        await third.send_json(identify(sim, shard=[2, 4]))
        await until(third, t="READY")


async def test_session_starts_run_out(clock: ManualClock) -> None:
    """Starts are counted down and told; one too many ends all sessions, and the token is no longer valid."""
    async with Sim(world(session_starts=2), clock=clock) as sim:
        token = sim.bot("Wisp").token
        async with raw_user(sim, token, intents=int(ALL_INTENTS)) as bot:
            limit = (await bot.ok("GET", "/gateway/bot"))["session_start_limit"]
            assert (limit["total"], limit["remaining"]) == (2, 1)
            assert 0 < limit["reset_after"] <= 86_400_000
        clock.advance(86_401)
        async with socket_to(sim) as first, socket_to(sim) as second, socket_to(sim) as third:
            for socket in (first, second):
                await socket.send_json(identify(sim))
                await until(socket, t="READY")
            await third.send_json(identify(sim))
            assert [await close_code(socket) for socket in (third, first, second)] == [4004] * 3
        assert (await bot_call(sim, token))[0] == 401
        assert (await bot_call(sim, sim.bot("Wisp").token))[0] == 200


async def bot_call(sim: Sim, token: str) -> tuple[int, Any]:
    """GET /users/@me with this token."""
    address, header = f"{sim.api_url}/users/@me", {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession(headers=header) as session, session.get(address) as got:
        return got.status, await got.json()


async def test_who_does_not_read_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reads nothing is cut off when it is to go, however much is still to be sent to it."""
    monkeypatch.setattr("wisp_sim.gateway.connection._GOING_LIMIT_S", 0.1)
    sim = Sim(world())
    await sim.start()
    async with socket_to(sim) as socket:
        await socket.send_json(identify(sim))
        await until(socket, t="READY")
        transport = socket._response.connection.transport  # type: ignore[union-attr]  # no public way
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        for _ in range(3_000):
            sim.push_raw("Wisp", {"t": "MUCH", "d": {"text": "x" * 5_000}})
        async with asyncio.timeout(5):
            await sim.close()
        transport.abort()  # or else the client waits for a word of goodbye that it would not read
