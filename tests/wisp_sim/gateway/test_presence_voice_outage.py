"""Who is there, who is in a voice channel, and guilds that are away for a while."""

from collections.abc import AsyncIterator

import pytest

from support.raw_socket import identify, socket_to, until
from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS, Intent

LAB = "Lovelace's Lab"


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand, hearing everything."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


async def test_presence_is_told_to_those_who_asked(sim: Sim, wisp: RawUser) -> None:
    """Who comes is online in each shared guild, who goes is offline; without the intent nobody hears."""
    deaf_intents = int(ALL_INTENTS) & ~int(Intent.GUILD_PRESENCES)
    async with raw_user(sim, sim.bot("Wisp").token, intents=deaf_intents) as deaf:
        async with raw_user(sim, sim.user("Ada").token):
            pass
        await sim.settle()

    told = [(data["user"]["id"], data["status"]) for data in wisp.told("PRESENCE_UPDATE")]
    ada = str(sim.user("Ada").id)
    assert told == [(ada, "online")] * 2 + [(ada, "offline")] * 2
    assert not deaf.told("PRESENCE_UPDATE")


async def test_a_bot_says_what_it_does(sim: Sim, ada: RawUser) -> None:
    """Op 3 and the identify set status and activities; invisible looks offline; nonsense changes nothing.

    What others see of an activity is what Discord lets bots say of one, and when it began.
    """
    now_ms = int(sim.clock.now().timestamp() * 1000)
    activity = {"name": "chess", "type": 0, "url": None, "state": "losing", "buttons": [[[]]]}
    async with socket_to(sim) as socket:
        await socket.send_json(identify(sim, presence={"status": "idle", "activities": [activity]}))
        await until(socket, t="READY")
        for data in ({"status": "dnd", "activities": []}, {"status": "asleep"}, {"status": "invisible"}):
            await socket.send_json({"op": 3, "d": data})
        await sim.settle()
        async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as other:
            created = next(guild for guild in other.told("GUILD_CREATE") if guild["name"] == LAB)

    told = [data for data in ada.told("PRESENCE_UPDATE") if data["guild_id"] == str(sim.guild(LAB).id)]
    assert [data["status"] for data in told][:3] == ["idle", "dnd", "offline"]
    seen = {"name": "chess", "type": 0, "state": "losing", "created_at": now_ms}
    assert told[0]["activities"] == [seen]
    assert str(sim.user("Ada").id) in [presence["user"]["id"] for presence in created["presences"]]


async def test_voice_channels_are_joined_and_left(sim: Sim, wisp: RawUser, ada: RawUser) -> None:
    """Op 4 lets a member in, moves and takes out; the joiner learns that there is no voice server here."""
    guild = sim.guild(LAB)
    parlour = guild.channel("Parlour").id
    async with socket_to(sim) as socket:
        await socket.send_json({"op": 2, "d": {"token": sim.user("Grace").token}})
        await until(socket, t="READY_SUPPLEMENTAL")
        for channel_id in (str(parlour), str(guild.channel("general").id), None):
            data = {
                "guild_id": str(guild.id),
                "channel_id": channel_id,
                "self_mute": True,
                "self_deaf": False,
            }
            await socket.send_json({"op": 4, "d": data})
            await sim.settle()
            if channel_id == str(parlour):
                server = await until(socket, t="VOICE_SERVER_UPDATE")
                path = f"/guilds/{guild.id}/voice-states/{sim.user('Grace').id}"
                state = await wisp.ok("GET", path)

    assert server["d"]["endpoint"] is None
    assert (state["channel_id"], state["self_mute"]) == (str(parlour), True)
    told = [(data["user_id"], data["channel_id"]) for data in wisp.told("VOICE_STATE_UPDATE")]
    grace = str(sim.user("Grace").id)
    assert told == [(grace, str(parlour)), (grace, None)]
    assert await wisp.call("GET", path) == (404, {"message": "Unknown Voice State", "code": 10065})


async def test_an_outage_is_no_removal(sim: Sim, wisp: RawUser, ada: RawUser, general: int) -> None:
    """The guild is told unavailable, then nothing comes from it, then it arrives whole as it is by then."""
    wisp.events.clear()
    sim.outage(LAB)
    await ada.say(general, "unheard")
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as newcomer:
        late = [guild["name"] for guild in newcomer.told("GUILD_CREATE")]
        sim.restore(LAB)
        await ada.say(general, "heard")
        await sim.settle()
        back = newcomer.told("GUILD_CREATE")[-1]["name"]

    guild_id = str(sim.guild(LAB).id)
    assert wisp.told("GUILD_DELETE") == [{"id": guild_id, "unavailable": True}]
    assert [message["content"] for message in wisp.told("MESSAGE_CREATE")] == ["heard"]
    assert [guild["id"] for guild in wisp.told("GUILD_CREATE")] == [guild_id]
    assert late == ["Hopper's Harbour"]
    assert back == LAB


@pytest.mark.parametrize("resumable", [True, False])
async def test_sessions_are_invalidated(sim: Sim, *, resumable: bool) -> None:
    """Op 9 says whether the session may be resumed; one that may not is gone."""
    async with socket_to(sim) as socket:
        await socket.send_json(identify(sim))
        session_id = (await until(socket, t="READY"))["d"]["session_id"]
        sim.invalidate("Wisp", resumable=resumable)
        assert (await until(socket, op=9))["d"] is resumable
        await socket.close(code=4000)
    async with socket_to(sim) as socket:
        data = {"token": sim.bot("Wisp").token, "session_id": session_id, "seq": 3}
        await socket.send_json({"op": 6, "d": data})
        frame = await until(socket, **({"t": "RESUMED"} if resumable else {"op": 9}))
        assert frame["d"] is False or resumable


async def test_connections_are_ended_and_broken(sim: Sim) -> None:
    """Op 7, a close code of choice, and a break without a word."""
    async with socket_to(sim) as told, socket_to(sim) as broken:
        await told.send_json(identify(sim))
        await until(told, t="READY")
        sim.reconnect("Wisp")
        await until(told, op=7)
        sim.disconnect("Wisp", 4000)
        while not told.closed:
            await told.receive()
        assert told.close_code == 4000
        await broken.send_json(identify(sim))
        await until(broken, t="READY")
        sim.disconnect("Wisp")
        while not broken.closed:
            await broken.receive()
        assert broken.close_code == 1006
