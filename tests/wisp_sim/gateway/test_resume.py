"""Sessions outlive their connections: for their whole time, also when a thousand come back at once."""

import os
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import pytest

from support.raw_socket import Socket, close_code, identify, socket_to, until
from support.raw_user import raw_user
from wisp_sim import ManualClock, Sim, World
from wisp_sim.model.kinds import ALL_INTENTS, Intent

SOAK = bool(os.environ.get("WISP_SOAK"))
CLIENTS = 1_000 if SOAK else 50
KEYS = 16
NO_PRESENCES = int(ALL_INTENTS & ~Intent.GUILD_PRESENCES)
GUILD = {"name": "Lab", "owner": "Ada", "members": ["Wisp"], "channels": [{"name": "general"}]}


def world(**bot: object) -> World:
    """A guild with a bot that has these limits."""
    bots = [{"name": "Wisp", "session_starts": CLIENTS, **bot}]
    return World.from_mapping({"bots": bots, "users": [{"name": "Ada"}], "guilds": [GUILD]})


async def begin(sim: Sim, socket: Socket, **more: object) -> tuple[str, int]:
    """Identify: the id of the session, and the number of the last event of its beginning."""
    await socket.send_json(identify(sim, **more))
    ready = await until(socket, t="READY")
    return ready["d"]["session_id"], (await until(socket, t="GUILD_CREATE"))["s"]


async def resume(sim: Sim, socket: Socket, session_id: str, seq: int) -> list[tuple[str | None, Any]]:
    """Resume: name and data of all that came, up to RESUMED or op 9."""
    data = {"token": sim.bot("Wisp").token, "session_id": session_id, "seq": seq}
    await socket.send_json({"op": 6, "d": data})
    heard = []
    while True:
        frame = await socket.receive_json()
        if frame["op"] in (0, 9):
            heard.append((frame["t"], frame["d"]))
        if frame["op"] == 9 or frame["t"] == "RESUMED":
            return heard


async def remaining(sim: Sim) -> int:
    """How many sessions the bot may still start."""
    async with raw_user(sim, sim.user("Ada").token) as ada:
        headers = {"Authorization": f"Bot {sim.bot('Wisp').token}"}
        told = await ada.ok("GET", "/gateway/bot", headers=headers)
        return int(told["session_start_limit"]["remaining"])


async def test_all_are_told_to_reconnect_at_once(clock: ManualClock) -> None:
    """All resume without a start: each hears what it missed, once and in order; 1,000 in the soak."""
    async with Sim(world(), clock=clock) as sim, AsyncExitStack() as stack:
        sessions = []
        for _ in range(CLIENTS):
            socket = await stack.enter_async_context(socket_to(sim))
            sessions.append((socket, *await begin(sim, socket)))
        assert await remaining(sim) == 0

        sim.reconnect("Wisp")
        for socket, _, _ in sessions:
            await until(socket, op=7)
            await socket.close(code=4000)
        async with raw_user(sim, sim.user("Ada").token) as ada:
            for number in range(3):
                await ada.say(sim.guild("Lab").channel("general").id, f"missed {number}")
        for _, session_id, seq in sessions:
            socket = await stack.enter_async_context(socket_to(sim))
            heard = await resume(sim, socket, session_id, seq)
            said = [data["content"] for name, data in heard if name == "MESSAGE_CREATE"]
            assert (said, heard[-1][0]) == (["missed 0", "missed 1", "missed 2"], "RESUMED")
        assert await remaining(sim) == 0


async def test_all_start_anew_at_once(clock: ManualClock) -> None:
    """However they press, one of each key is let in per 5 s, and the starts are counted exactly."""
    async with Sim(world(max_concurrency=KEYS), clock=clock) as sim, AsyncExitStack() as stack:
        waiting = [(number, await stack.enter_async_context(socket_to(sim))) for number in range(CLIENTS)]
        rounds = 0
        while waiting:
            refused = []
            for number, socket in waiting:
                await socket.send_json({"op": 1, "d": None})
                await socket.send_json(identify(sim, shard=[number, CLIENTS]))
                while (frame := await socket.receive_json())["op"] not in (0, 9):
                    pass
                if frame["op"] == 9:
                    refused.append((number, socket))
            let_in = Counter(number % KEYS for number, _ in set(waiting) - set(refused))
            assert max(let_in.values()) == 1
            assert len(let_in) == min(KEYS, len(waiting))
            waiting, rounds = refused, rounds + 1
            clock.advance(5)

        assert rounds == -(-CLIENTS // KEYS)
        assert await remaining(sim) == 0


async def test_a_session_that_came_back_has_its_whole_time_again(sim: Sim, clock: ManualClock) -> None:
    """The five minutes count from the last time that its connection ended."""
    async with socket_to(sim) as socket:
        session_id, seq = await begin(sim, socket)
        await socket.close(code=4000)
    await sim.settle()
    clock.advance(200)
    async with socket_to(sim) as socket:
        assert (await resume(sim, socket, session_id, seq))[-1][0] == "RESUMED"
        await socket.close(code=4000)
    await sim.settle()
    clock.advance(200)
    async with socket_to(sim) as socket:
        assert (await resume(sim, socket, session_id, seq))[-1][0] == "RESUMED"
        await socket.close(code=4000)
    await sim.settle()
    clock.advance(301)
    async with socket_to(sim) as socket:
        assert await resume(sim, socket, session_id, seq) == [(None, False)]


@pytest.mark.parametrize(("said", "resumed"), [(4, True), (5, False)])
async def test_a_session_remembers_so_much_and_no_more(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, said: int, resumed: bool
) -> None:
    """Who missed more events than are kept is told that its session is over, and gets none of them."""
    monkeypatch.setattr("wisp_sim.gateway.session.BUFFER_EVENTS", 4)
    async with Sim(world(), clock=clock) as sim:
        async with raw_user(sim, sim.user("Ada").token) as ada:
            async with socket_to(sim) as socket:
                session_id, seq = await begin(sim, socket, intents=NO_PRESENCES)
                await socket.close(code=4000)
            await sim.settle()
            for number in range(said):
                await ada.say(sim.guild("Lab").channel("general").id, f"missed {number}")
        async with socket_to(sim) as socket:
            heard = await resume(sim, socket, session_id, seq)

    names = [name for name, _ in heard]
    assert names == ([*["MESSAGE_CREATE"] * said, "RESUMED"] if resumed else [None])


async def test_a_session_has_one_connection(sim: Sim) -> None:
    """Who resumes on a new connection while the old one is open takes the session along; the old one ends."""
    async with socket_to(sim) as old, socket_to(sim) as new:
        session_id, seq = await begin(sim, old)
        assert (await resume(sim, new, session_id, seq))[-1][0] == "RESUMED"
        assert await close_code(old) == 4000
        sim.push_raw("Wisp", {"t": "HERE", "d": {}})
        assert (await until(new, t="HERE"))["d"] == {}


async def test_a_session_is_its_owners(sim: Sim) -> None:
    """With another account's token a session cannot be resumed, and it goes on for its owner."""
    async with socket_to(sim) as own, socket_to(sim) as foreign:
        session_id, seq = await begin(sim, own)
        data = {"token": sim.user("Mallory").token, "session_id": session_id, "seq": seq}
        await foreign.send_json({"op": 6, "d": data})
        assert (await until(foreign, op=9))["d"] is False
        sim.push_raw("Wisp", {"t": "HERE", "d": {}})
        assert (await until(own, t="HERE"))["d"] == {}
