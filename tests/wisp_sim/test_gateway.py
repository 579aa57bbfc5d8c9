"""The gateway lets in whom Discord lets in, tells what they asked for, and forgets nothing on a resume."""

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import zstandard

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim, SimError, World
from wisp_sim.model.kinds import ALL_INTENTS, Intent

LAB = "Lovelace's Lab"
DATA = {"properties": {}, "intents": int(ALL_INTENTS)}


@asynccontextmanager
async def _socket(sim: Sim, query: str = "") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(sim.gateway_url + query) as socket:
        yield socket


async def _until(socket: aiohttp.ClientWebSocketResponse, name: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = await socket.receive_json()
        if frame["t"] == name:
            return frame


async def _closed_with(sim: Sim, *frames: object) -> int | None:
    async with _socket(sim) as socket:
        for frame in frames:
            await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        while not socket.closed:
            await socket.receive()
        return socket.close_code


def _identify(sim: Sim, **more: object) -> dict[str, object]:
    return {"op": 2, "d": {**DATA, "token": sim.bot("Wisp").token, **more}}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (['{"op": 2'], 4002),
        (["[]"], 4002),
        (['{"op": 1, "d": NaN}'], 4002),
        (['{"op": 1, "d": 1e999}'], 4002),
        ([r'{"op": 1, "d": "\ud800"}'], 4002),
        ([{"op": 99}], 4001),
        ([{"op": True}], 4001),
        ([{"op": 8, "d": {}}], 4003),
        ([{"op": 2, "d": {"token": "wrong", "intents": 0}}], 4004),
        ([{"op": 2, "d": None}], 4004),
        ([{"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}], 4004),
    ],
)
async def test_refuses_a_wrong_frame(sim: Sim, frames: list[object], code: int) -> None:
    """What Discord does not understand or let in ends the connection with Discord's code."""
    assert await _closed_with(sim, *frames) == code


async def test_refuses_wrong_intents_and_shards(sim: Sim) -> None:
    """Unknown intents are 4013, none at all too, an impossible shard is 4010, a second identify 4005."""
    assert await _closed_with(sim, _identify(sim, intents=1 << 40)) == 4013
    assert await _closed_with(sim, _identify(sim, intents=None)) == 4013
    assert await _closed_with(sim, _identify(sim, shard=[2, 2])) == 4010
    assert await _closed_with(sim, _identify(sim), _identify(sim)) == 4005


async def test_privileged_intents_need_approval() -> None:
    """A privileged intent that the portal does not approve is 4014; without it the bot is let in."""
    data = {"users": [{"name": "Ada"}], "bots": [{"name": "Wisp", "privileged_intents": ["members"]}]}
    async with Sim(World.from_mapping(data)) as sim:
        assert await _closed_with(sim, _identify(sim, intents=int(Intent.MESSAGE_CONTENT))) == 4014
        async with _socket(sim) as socket:
            await socket.send_json(_identify(sim, intents=int(Intent.GUILD_MEMBERS)))
            await _until(socket, "READY")


@pytest.mark.parametrize("kind", ["zlib-stream", "zstd-stream"])
async def test_compresses_as_one_stream(sim: Sim, kind: str) -> None:
    """All frames of a connection go through one compression context."""
    reader = zlib.decompressobj() if kind == "zlib-stream" else zstandard.ZstdDecompressor().decompressobj()
    async with _socket(sim, f"?v=10&encoding=json&compress={kind}") as socket:
        hello = json.loads(reader.decompress(await socket.receive_bytes()))
        await socket.send_json(_identify(sim))
        ready = json.loads(reader.decompress(await socket.receive_bytes()))

    assert hello["op"] == 10
    assert (ready["t"], ready["s"]) == ("READY", 1)


async def test_heartbeats_are_acknowledged(sim: Sim) -> None:
    """Op 1 gets op 11, before and after the identify; the users' op 40 too."""
    async with _socket(sim) as socket:
        await socket.receive_json()
        for beat in ({"op": 1, "d": None}, {"op": 40, "d": {"seq": 1}}):
            await socket.send_json(beat)
            assert (await socket.receive_json())["op"] == 11


async def test_resume_brings_what_was_missed(sim: Sim, ada: RawUser, general: int) -> None:
    """What happened while the socket was away arrives in order, then RESUMED."""
    async with _socket(sim) as socket:
        await socket.send_json(_identify(sim))
        ready = await _until(socket, "READY")
        created = [await _until(socket, "GUILD_CREATE") for _ in range(2)]
        await socket.close(code=4000)
    for text in ("one", "two"):
        await ada.say(general, text)
    token, session_id = sim.bot("Wisp").token, ready["d"]["session_id"]
    async with _socket(sim) as socket:
        await socket.receive_json()
        resume = {"token": token, "session_id": session_id, "seq": created[1]["s"]}
        await socket.send_json({"op": 6, "d": resume})
        frames = [await socket.receive_json() for _ in range(3)]

    assert [frame["t"] for frame in frames] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"]
    assert [frame["d"].get("content") for frame in frames] == ["one", "two", None]
    assert [frame["s"] for frame in frames] == [4, 5, 6]


@pytest.mark.parametrize("ending", ["unknown", "said goodbye", "too late"])
async def test_no_resume_of_what_is_gone(sim: Sim, clock: ManualClock, ending: str) -> None:
    """Op 9 for a session that never was, that its client ended, or that is old."""
    async with _socket(sim) as socket:
        await socket.send_json(_identify(sim))
        session_id = (await _until(socket, "READY"))["d"]["session_id"]
        await socket.close(code=1000 if ending == "said goodbye" else 4000)
    await sim.settle()
    clock.advance(301 if ending == "too late" else 0)
    async with _socket(sim) as socket:
        await socket.receive_json()
        session_id = "nobody" if ending == "unknown" else session_id
        data = {"token": sim.bot("Wisp").token, "session_id": session_id, "seq": 1}
        await socket.send_json({"op": 6, "d": data})
        assert await socket.receive_json() == {"t": None, "s": None, "op": 9, "d": False}


async def test_intents_decide_what_a_bot_hears(sim: Sim, ada: RawUser, general: int) -> None:
    """Without GUILD_MESSAGES nothing arrives; without MESSAGE_CONTENT it is empty unless mentioned."""
    token = sim.bot("Wisp").token
    deaf, blind = int(Intent.GUILDS), int(Intent.GUILDS | Intent.GUILD_MESSAGES)
    async with (
        raw_user(sim, token, intents=deaf) as deaf_bot,
        raw_user(sim, token, intents=blind) as blind_bot,
    ):
        await ada.say(general, "secret")
        await ada.say(general, f"hey <@{sim.bot('Wisp').id}>")
        await sim.settle()

    assert not deaf_bot.told("MESSAGE_CREATE")
    contents = [message["content"] for message in blind_bot.told("MESSAGE_CREATE")]
    assert contents == ["", f"hey <@{sim.bot('Wisp').id}>"]


async def test_guilds_are_spread_over_shards(sim: Sim) -> None:
    """Each guild arrives on the shard that its id names, and on no other."""
    arrived: list[tuple[int, int]] = []
    for shard_id in range(2):
        async with _socket(sim) as socket:
            await socket.send_json(_identify(sim, shard=[shard_id, 2]))
            ready = await _until(socket, "READY")
            assert ready["d"]["shard"] == [shard_id, 2]
            arrived += [(int(guild["id"]), shard_id) for guild in ready["d"]["guilds"]]

    ids = {sim.guild(LAB).id, sim.guild("Hopper's Harbour").id}
    assert {guild_id for guild_id, _ in arrived} == ids
    assert all((guild_id >> 22) % 2 == shard_id for guild_id, shard_id in arrived)


async def test_members_on_request(sim: Sim) -> None:
    """Op 8 answers all members, those by id with the missing ones named, or those by the start of a name."""
    guild_id, ada_id = str(sim.guild(LAB).id), str(sim.user("Ada").id)
    requests = [
        {"guild_id": guild_id, "query": "", "limit": 0, "nonce": "n"},
        {"guild_id": [guild_id], "user_ids": [ada_id, "12345"]},
        {"guild_id": guild_id, "query": "gra", "limit": 5},
        {"guild_id": "nonsense"},
    ]
    async with _socket(sim) as socket:
        await socket.send_json(_identify(sim))
        for request in requests:
            await socket.send_json({"op": 8, "d": request})
        chunks = [(await _until(socket, "GUILD_MEMBERS_CHUNK"))["d"] for _ in range(3)]

    assert [len(chunk["members"]) for chunk in chunks] == [4, 1, 1]
    assert (chunks[0]["nonce"], chunks[0]["chunk_count"]) == ("n", 1)
    assert chunks[1]["not_found"] == ["12345"]
    assert chunks[2]["members"][0]["user"]["username"] == "grace"


async def test_pushes_raw_frames(sim: Sim) -> None:
    """A pushed dispatch gets the next number; text and bytes go as they are; nobody there is an error."""
    with pytest.raises(SimError, match="'Wisp' is not connected"):
        sim.push_raw("Wisp", {"t": "X", "d": {}})
    async with _socket(sim) as socket:
        await socket.send_json(_identify(sim))
        for _ in range(2):
            last = await _until(socket, "GUILD_CREATE")
        sim.push_raw("Wisp", {"t": "MESSAGE_CREATE", "d": 7})
        sim.push_raw("Wisp", "{broken")
        sim.push_raw("Wisp", b"\x00\x01")
        pushed = await socket.receive_json()
        text, raw = await socket.receive(), await socket.receive()

    assert pushed == {"op": 0, "t": "MESSAGE_CREATE", "d": 7, "s": last["s"] + 1}
    assert (text.data, raw.data) == ("{broken", b"\x00\x01")


async def test_joining_bots_get_their_guild(sim: Sim) -> None:
    """A bot that leaves a guild is told, and gets it whole when it is back."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        await sim.leave("Wisp", LAB)
        await sim.join("Wisp", LAB)
        await sim.settle()

    assert [guild["id"] for guild in bot.told("GUILD_DELETE")] == [str(sim.guild(LAB).id)]
    back = bot.told("GUILD_CREATE")[-1]
    assert back["name"] == LAB
    assert back["member_count"] == 4
