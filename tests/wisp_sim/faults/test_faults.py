"""Switching faults on and off, for whom and how often."""

import aiohttp
import pytest

from wisp_sim import ManualClock, Sim
from wisp_sim.faults import FaultError, Faults, LateAnswer, Lost, RateLimit, ServerError


async def status_of(sim: Sim, method: str = "GET", path: str = "/users/@me", **kwargs: object) -> int:
    """What the bot is answered."""
    headers = {"Authorization": f"Bot {sim.bot('Bot').token}"}
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
                body = await response.json()
                assert body["global"] is (scope == "global")
                assert abs(body["retry_after"] - left_s) < 1
            await sim.advance(seconds=4)
    await sim.advance(seconds=3)
    assert await status_of(sim) == 200


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
