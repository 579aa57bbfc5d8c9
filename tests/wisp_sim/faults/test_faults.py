"""Switching faults on and off, for whom and how often."""

import asyncio

import aiohttp
import discord
import pytest

from support.fault_bot import Plain
from wisp_sim import ManualClock, Sim
from wisp_sim.faults import (
    CloudflarePage,
    FaultError,
    Faults,
    LateAnswer,
    Lost,
    Mistyped,
    NoAnswer,
    NoResume,
    RateLimit,
    RestFault,
    ServerError,
    Silence,
    Unauthorized,
    UnknownWebhook,
    WrongContentType,
)

TWO_BOTS = pytest.mark.sim_world(
    {
        "bots": [{"name": "Bot"}, {"name": "Other"}],
        "users": [{"name": "Ada"}],
        "guilds": [{"name": "Lab", "owner": "Ada", "members": ["Bot"], "channels": [{"name": "general"}]}],
    }
)

BUCKET_HEADERS = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset-After",
    "X-RateLimit-Bucket",
)


async def status_of(sim: Sim, method: str = "GET", path: str = "/users/@me", bot: str = "Bot") -> int:
    """What the bot is answered."""
    headers = {"Authorization": f"Bot {sim.bot(bot).token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{sim.api_url}{path}") as response,
    ):
        return response.status


async def test_fault_strikes_as_often_as_it_is_told(sim: Sim) -> None:
    """Once unless told otherwise, and it counts."""
    fault = sim.faults.add(ServerError(502), times=2)

    assert [await status_of(sim) for _ in range(3)] == [502, 502, 200]
    assert fault.hits == 2


async def test_seed_strikes_the_same_again(sim: Sim) -> None:
    """Faults with the same probability and seed strike the same ones."""
    runs = []
    for _ in range(2):
        sim.faults.add(ServerError(500), times=None, probability=0.5, seed=7)
        runs.append([await status_of(sim) for _ in range(20)])
        sim.faults.clear()

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


async def test_fault_keeps_to_its_bot_and_route(sim: Sim) -> None:
    """Other routes, other bots and people are left alone."""
    sim.faults.add(ServerError(), bot_id=1, times=None)
    sim.faults.add(ServerError(), route="PATCH /users/*", times=None)
    assert await status_of(sim) == 200
    sim.faults.add(ServerError(), route="/users/{user_id}", times=None)
    assert await status_of(sim, path=f"/users/{sim.user('Ada').id}") == 500


async def test_probability_is_kept(sim: Sim) -> None:
    """A fault that is unlikely strikes seldom."""
    fault = sim.faults.add(ServerError(500), times=None, probability=0.1, seed=3)
    for _ in range(50):
        await status_of(sim)

    assert 0 < fault.hits < 15


@pytest.mark.parametrize(
    ("route", "struck"),
    [
        ("*", [500, 500, 500]),
        ("GET /users/*", [500, 500, 200]),
        ("PATCH /users/*", [200, 200, 200]),
        ("/users/@me", [500, 200, 200]),
        ("GET /users/{user_*", [200, 500, 200]),
        ("/users/{user_id}", [200, 500, 200]),
        ("GET /users/1*", [200, 500, 200]),
        ("/voice/*", [200, 200, 500]),
    ],
)
async def test_route_is_a_glob(sim: Sim, route: str, struck: list[int]) -> None:
    """It is held against the path as it is listed and as it is asked for, with or without the method."""
    sim.faults.add(ServerError(), route=route, times=None)
    paths = ("/users/@me", f"/users/{sim.user('Ada').id}", "/voice/regions")

    assert [await status_of(sim, path=path) for path in paths] == struck


@TWO_BOTS
@pytest.mark.parametrize(
    ("scope", "elsewhere", "other_bot"), [("user", 200, 200), ("global", 429, 200), ("shared", 200, 429)]
)
async def test_whom_a_rate_limit_holds(sim: Sim, scope: str, elsewhere: int, other_bot: int) -> None:
    """One bot on one route, one bot on all of them, or all bots on one; and nobody when all is cleared."""
    sim.faults.add(RateLimit(scope, retry_after_s=100))
    assert [await status_of(sim) for _ in range(2)] == [429, 429]
    assert await status_of(sim, path="/gateway/bot") == elsewhere
    assert await status_of(sim, bot="Other") == other_bot
    sim.faults.clear()

    assert await status_of(sim) == 200


@TWO_BOTS
@pytest.mark.parametrize(("name", "answered"), [("Bot", False), ("Other", True)])
@pytest.mark.parametrize("route", ["/interactions/*", "/webhooks/*"])
async def test_whose_interaction_is_struck(
    sim: Sim, online: Plain, name: str, route: str, answered: bool
) -> None:
    """Answers carry no bot's token, and yet a fault for one bot finds its answers only."""

    @online.tree.command()
    async def ping(interaction: discord.Interaction) -> None:
        """Answer, at once and once more."""
        await interaction.response.send_message("pong")
        await interaction.followup.send("pong")

    await online.tree.sync()
    fault = sim.faults.add(ServerError(503), route=route, times=None, bot_id=sim.bot(name).id)
    seen = await sim.person("Ada").slash("ping")

    assert (seen.text == "pong\npong") is answered
    assert (fault.hits == 0) is answered


@TWO_BOTS
async def test_whose_frames_are_struck(sim: Sim, online: Plain) -> None:
    """Frames and resumes of one bot are left alone by the faults of another."""
    other = sim.bot("Other").id
    faults = [sim.faults.add(fault, times=None, bot_id=other) for fault in (Lost(), Silence(), NoResume())]
    await sim.person("Ada").say("one")
    sim.reconnect("Bot")
    await sim.person("Ada").say("two")
    await sim.advance(seconds=5)

    assert online.said == ["one", "two"]
    assert [fault.hits for fault in faults] == [0, 0, 0]


async def test_resume_is_cut_and_no_frame(sim: Sim, online: Plain) -> None:
    """A fault of resumes waits for one, whatever is sent meanwhile."""
    fault = sim.faults.add(NoResume())
    await sim.person("Ada").say("meanwhile")
    assert fault.hits == 0
    sim.reconnect("Bot")
    await sim.advance(seconds=5)

    assert fault.hits == 1
    assert online.heard == ["READY", "disconnect", "disconnect", "RESUMED"]


async def test_people_are_not_struck(sim: Sim) -> None:
    """A fault for everyone is for every bot."""
    sim.faults.add(ServerError(), times=None)
    headers = {"Authorization": sim.user("Ada").token}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{sim.api_url}/users/@me") as response,
    ):
        assert response.status == 200


async def test_removed_fault_is_gone(sim: Sim) -> None:
    """It strikes no more, and a rate limit that it began is over; there is nothing to remove twice."""
    fault = sim.faults.add(RateLimit(retry_after_s=100))
    assert [await status_of(sim) for _ in range(2)] == [429, 429]
    assert list(sim.faults.active) == [fault]
    sim.faults.remove(fault.id)
    assert await status_of(sim) == 200

    with pytest.raises(FaultError, match="there are: none"):
        sim.faults.remove(fault.id)


@pytest.mark.parametrize("scope", ["user", "global", "shared"])
async def test_rate_limit_lasts(sim: Sim, scope: str) -> None:
    """Its answers have Discord's headers and body, and come until its time is over."""
    sim.faults.add(RateLimit(scope, retry_after_s=10))
    headers = {"Authorization": f"Bot {sim.bot('Bot').token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for left_s in (10, 6):
            async with session.get(f"{sim.api_url}/users/@me") as response:
                assert response.status == 429
                assert response.headers["X-RateLimit-Scope"] == scope
                assert abs(int(response.headers["Retry-After"]) - left_s) <= 1
                assert ("X-RateLimit-Global" in response.headers) is (scope == "global")
                assert all(name in response.headers for name in BUCKET_HEADERS) is (scope != "global")
                reset_after_s = float(response.headers.get("X-RateLimit-Reset-After", left_s))
                assert abs(reset_after_s - left_s) < 1
                body = await response.json()
                assert body["global"] is (scope == "global")
                assert abs(body["retry_after"] - left_s) < 1
            await sim.advance(seconds=4)
    await sim.advance(seconds=3)
    assert await status_of(sim) == 200


@pytest.mark.parametrize(
    ("fault", "path", "status", "kind", "body"),
    [
        (ServerError(502), "/users/@me", 502, "application/json", b'{"message": "502'),
        (ServerError(502, with_json=False), "/users/@me", 502, "text/html", b"<!DOCTYPE html>"),
        (CloudflarePage(520), "/users/@me", 520, "text/html", b"<!DOCTYPE html>"),
        (Mistyped(), "/users/@me", 200, "application/json", b"[]"),
        (Mistyped(), "/users/@me/guilds", 200, "application/json", b"{}"),
        (WrongContentType("text/plain"), "/users/@me", 200, "text/plain", b'{"id":'),
        (
            Unauthorized(),
            "/users/@me",
            401,
            "application/json",
            b'{"message": "401: Unauthorized", "code": 0',
        ),
        (
            UnknownWebhook(),
            "/webhooks/1",
            404,
            "application/json",
            b'{"message": "Unknown Webhook", "code": 10015',
        ),
    ],
)
async def test_what_comes_instead(
    sim: Sim, fault: RestFault, path: str, status: int, kind: str, body: bytes
) -> None:
    """Each fault is what it is called: its status, its content type, and how its body begins."""
    sim.faults.add(fault)
    headers = {"Authorization": f"Bot {sim.bot('Bot').token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{sim.api_url}{path}") as response,
    ):
        assert (response.status, response.content_type) == (status, kind)
        assert (await response.read()).startswith(body)


async def test_held_back_answers_end_with_the_server() -> None:
    """When the offline Discord closes, who waits for an answer gets it, and nothing is waited out."""
    async with Sim() as sim:
        fault = sim.faults.add(NoAnswer(carried_out=True))
        asked = asyncio.create_task(status_of(sim, bot="Wisp"))
        await sim.settle()
        assert fault.hits == 1

    assert await asked == 200


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda faults: faults.add(Lost(), times=0), "times 0"),
        (lambda faults: faults.add(Lost(), probability=1.5), "probability 1.5"),
        (lambda faults: faults.add(Lost(), route="/users/@me"), "route"),
        (lambda faults: faults.add(ServerError(), event="READY"), "event"),
        (lambda _: ServerError(404), "404"),
        (lambda _: RateLimit("galactic"), "galactic"),
        (lambda _: LateAnswer(-1), "-1"),
    ],
)
def test_nonsense_is_refused(wrong: "object", words: str) -> None:
    """A fault that makes no sense is refused with the value that is wrong."""
    assert callable(wrong)
    with pytest.raises(ValueError, match=words):
        wrong(Faults(ManualClock().monotonic))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("OPTIONS", "/users/@me", 405),
        ("GET", "/../v6/users/@me", 400),
        ("GET", "/users/%ff%fe", 400),
        ("GET", "/users/%zz", 400),
    ],
)
async def test_strange_requests(sim: Sim, method: str, path: str, status: int) -> None:
    """An unknown method, an old version and broken percent-encoding are refused, not failed at."""
    assert await status_of(sim, method, path) == status


async def test_slow_mode_tells_how_long(sim: Sim) -> None:
    """Its 429 has the headers that discord.py looks for."""
    ada = sim.user("Ada").token
    channel_id = sim.guild("Lab").channel("general").id
    async with aiohttp.ClientSession() as session:
        url = f"{sim.api_url}/channels/{channel_id}"
        mallory = {"Authorization": sim.user("Mallory").token}
        slow = {"rate_limit_per_user": 10}
        async with session.patch(url, json=slow, headers={"Authorization": ada}) as changed:
            assert changed.status == 200
        for status in (200, 429):
            async with session.post(f"{url}/messages", json={"content": "x"}, headers=mallory) as sent:
                assert sent.status == status
        assert sent.headers["Retry-After"] == "10"
        assert sent.headers["Via"]
