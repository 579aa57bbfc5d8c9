"""The control API, over HTTP."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from support.raw_user import raw_user
from wisp_sim import ManualClock, Sim, SimError
from wisp_sim.faults import KINDS
from wisp_sim.model.kinds import ALL_INTENTS

Answered = tuple[int, object]


@pytest.fixture
async def sim(clock: ManualClock) -> AsyncIterator[Sim]:
    """An offline Discord with a control API."""
    async with Sim(clock=clock, control_port=0) as running:
        yield running


async def ask(sim: Sim, method: str, path: str, body: object = None) -> Answered:
    """What the control API answers."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{sim.control_url}{path}", data=data) as response,
    ):
        raw = await response.read()
        return response.status, json.loads(raw) if raw else None


async def bot_status(sim: Sim) -> int:
    """What the bot is answered."""
    headers = {"Authorization": f"Bot {sim.bot('Wisp').token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{sim.api_url}/users/@me") as response,
    ):
        return response.status


async def test_faults_are_switched_on_and_off(sim: Sim) -> None:
    """A fault that was posted strikes, is listed with its hits, and can be removed."""
    wanted = {"kind": "server_error", "status": 502, "bot": "Wisp", "route": "GET /users/*", "times": None}
    status, added = await ask(sim, "POST", "/faults", wanted)
    assert status == 201
    assert isinstance(added, dict)
    assert await bot_status(sim) == 502
    _, listed = await ask(sim, "GET", "/faults")
    assert listed == [{**added, "hits": 1}]
    assert (await ask(sim, "DELETE", f"/faults/{added['id']}"))[0] == 204

    assert await bot_status(sim) == 200
    assert await ask(sim, "GET", "/faults") == (200, [])


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_can_be_switched_on(sim: Sim, kind: str) -> None:
    """Each kind goes by its name alone; all are removed at once."""
    assert (await ask(sim, "POST", "/faults", {"kind": kind}))[0] == 201
    assert (await ask(sim, "DELETE", "/faults"))[0] == 204
    assert sim.faults.active == ()


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/faults", b"{", "body"),
        ("/faults", [], "body"),
        ("/faults", {"kind": "flood"}, "flood"),
        ("/faults", {"kind": "lost", "status": 500}, "status"),
        ("/faults", {"kind": "server_error", "status": "500"}, "status: '500'"),
        ("/faults", {"kind": "server_error", "status": 200}, "200"),
        ("/faults", {"kind": "lost", "times": 0}, "times 0"),
        ("/faults", {"kind": "lost", "times": True}, "times: True"),
        ("/faults", {"kind": "lost", "bot": "Nobody"}, "'Nobody'"),
        ("/faults", {"kind": "lost", "probability": 2}, "probability 2"),
        ("/bots/Wisp/reconnect", {"now": True}, "now"),
        ("/bots/Wisp/reconnect", None, "not connected"),
        ("/bots/Nobody/reconnect", None, "'Nobody'"),
        ("/bots/Wisp/invalidate", {"resumable": 1}, "resumable: 1"),
        ("/bots/Wisp/disconnect", {"code": 1006}, "code: 1006"),
        ("/guilds/Nowhere/outage", None, "'Nowhere'"),
        ("/clock/advance", {"seconds": -1}, "seconds: -1"),
        ("/clock/advance", {}, "seconds"),
        ("/world", {"guilds": 5}, "guilds"),
    ],
)
async def test_nonsense_is_refused(sim: Sim, path: str, body: object, words: str) -> None:
    """400, with the field, its value and the remedy."""
    status, answer = await ask(sim, "POST", path, body)

    assert status == 400
    assert isinstance(answer, dict)
    assert words in answer["error"]


async def test_bots_are_disturbed(sim: Sim) -> None:
    """A bot is told to reconnect, told that its session is over, and cut off."""
    for path, body in (
        ("reconnect", None),
        ("invalidate", {"resumable": True}),
        ("disconnect", {"code": 4000}),
    ):
        async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)):
            assert (await ask(sim, "POST", f"/bots/Wisp/{path}", body))[0] == 204


async def test_guild_is_away_and_back(sim: Sim) -> None:
    """An outage is told to who is there, and its end, too."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        assert (await ask(sim, "POST", "/guilds/Lovelace's%20Lab/outage"))[0] == 204
        assert (await ask(sim, "POST", "/guilds/Lovelace's%20Lab/restore"))[0] == 204
        await sim.settle()
        assert [event["unavailable"] for event in bot.told("GUILD_DELETE")] == [True]
        names = [event["name"] for event in bot.told("GUILD_CREATE")]
        assert names.count("Lovelace's Lab") == 2


async def test_time_is_moved(sim: Sim, clock: ManualClock) -> None:
    """The clock is moved by so many seconds."""
    before = clock.now()
    assert (await ask(sim, "POST", "/clock/advance", {"seconds": 90})) == (204, None)
    assert (clock.now() - before).total_seconds() == 90


async def test_time_that_goes_by_itself() -> None:
    """The machine's own time cannot be moved: 409."""
    async with Sim(control_port=0) as sim:
        status, _ = await ask(sim, "POST", "/clock/advance", {"seconds": 1})
        assert status == 409


async def test_world_grows(sim: Sim) -> None:
    """What is there is told, and more can be added."""
    assert await ask(sim, "GET", "/world") == (200, sim.describe())
    status, _ = await ask(sim, "POST", "/world", {"users": [{"name": "Edsger"}]})
    assert status == 201
    assert sim.user("Edsger").id


async def test_health(sim: Sim) -> None:
    """It says that it is there, and what is not."""
    assert await ask(sim, "GET", "/health") == (200, {"status": "ok"})
    assert (await ask(sim, "GET", "/nothing"))[0] == 404
    assert (await ask(sim, "PUT", "/health"))[0] == 405


async def test_without_control() -> None:
    """There is no control API unless it is asked for, and a port in use is named."""
    async with Sim() as plain:
        with pytest.raises(SimError, match="control_port"):
            _ = plain.control_url
    async with Sim(control_port=0) as first:
        port = int(first.control_url.rpartition(":")[2])
        with pytest.raises(SimError, match=str(port)):
            await Sim(control_port=port).start()
