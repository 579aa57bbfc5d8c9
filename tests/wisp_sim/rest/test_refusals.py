"""Each route refuses what Discord refuses, with Discord's status and code.

Here are the routes whose refusals belong to no other test; `test_every_route_refused_something` counts all.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from support.recorded import Record, everything_runs, name_of
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS
from wisp_sim.rest.app import ROUTES

Row = tuple[str, Any, int, int]
LAB = "Lovelace's Lab"

NOTHING_TO_REFUSE = {
    "GET /applications/@me": "takes nothing, and every bot has an application",
    "GET /gateway": "takes nothing, not even a token",
    "GET /gateway/bot": "takes nothing, and every bot has a gateway",
    "GET /oauth2/applications/@me": "takes nothing, and every bot has an application",
    "GET /soundboard-default-sounds": "takes nothing, and the sounds are everybody's",
    "GET /users/@me": "takes nothing, and whoever asks is there",
    "GET /users/@me/application-command-index": "takes nothing, and lists what the asker has",
    "GET /voice/regions": "takes nothing, and the regions are everybody's",
}
"""Routes that answer everybody who has a token, and why."""

BOT: list[Row] = [
    ("DELETE /applications/{wisp}/commands/1", None, 404, 10063),
    ("PATCH /applications/{wisp}/commands/1", {"name": "p"}, 404, 10063),
    ("GET /applications/1/emojis", None, 404, 10002),
    ("POST /applications/{wisp}/guilds/{lab}/commands", {"name": "p"}, 400, 50035),
    ("PUT /applications/{wisp}/guilds/1/commands", [], 403, 50001),
    ("GET /guilds/{lab}/members?limit=0", None, 400, 50035),
    ("GET /guilds/{lab}/members/search", None, 400, 50035),
    ("DELETE /guilds/{lab}/members/{ada}/roles/1", None, 404, 10011),
    ("DELETE /channels/{general}/messages/1/reactions", None, 404, 10008),
    ("GET /channels/{general}/messages/1/reactions/🦊", None, 404, 10008),
    ("PUT /channels/{general}/pins/1", None, 404, 10008),
    ("DELETE /channels/{general}/pins/1", None, 404, 10008),
    ("DELETE /channels/{general}/thread-members/{ada}", None, 400, 50024),
    ("POST /channels/1/typing", None, 404, 10003),
    ("GET /users/@me/guilds?limit=0", None, 400, 50035),
]
STRANGER: list[Row] = [
    ("GET /channels/{general}/application-command-index", None, 403, 50001),
    ("GET /guilds/{lab}/application-command-index", None, 403, 50001),
    ("GET /channels/{general}/pins", None, 403, 50001),
    ("POST /channels/{general}/messages/1/ack", {"token": None}, 403, 50001),
    ("GET /guilds/{lab}/channels", None, 403, 50001),
    ("GET /guilds/{lab}/emojis", None, 403, 50001),
    ("GET /guilds/{lab}/roles", None, 403, 50001),
    ("GET /guilds/{lab}/roles/member-counts", None, 403, 50001),
    ("GET /guilds/{lab}/stickers", None, 403, 50001),
    ("GET /guilds/{lab}/threads/active", None, 403, 50001),
]


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
async def stranger(sim: Sim) -> AsyncIterator[RawUser]:
    """A user who is in no guild, logged in."""
    sim.add({"users": [{"name": "Eve"}]})
    async with raw_user(sim, sim.user("Eve").token) as user:
        yield user


@pytest.fixture
def ids(sim: Sim, general: int) -> dict[str, int]:
    """What the paths of the tables name."""
    bot, ada = sim.bot("Wisp").id, sim.user("Ada").id
    return {"wisp": bot, "ada": ada, "lab": sim.guild(LAB).id, "general": general}


async def answer(user: RawUser, request: str, ids: dict[str, int], body: Any) -> tuple[int, int]:
    """Status and code of what a request is answered."""
    method, path = request.split(" ", 1)
    status, refusal = await user.call(method, path.format_map(ids), json=body)
    return status, refusal["code"]


@pytest.mark.parametrize(("request_line", "body", "status", "code"), BOT)
async def test_a_bot_is_refused(
    wisp: RawUser, ids: dict[str, int], request_line: str, body: Any, status: int, code: int
) -> None:
    """What is not there, or lacks a field, is refused by its code."""
    assert await answer(wisp, request_line, ids, body) == (status, code)


@pytest.mark.parametrize(("request_line", "body", "status", "code"), STRANGER)
async def test_a_stranger_is_refused(
    stranger: RawUser, ids: dict[str, int], request_line: str, body: Any, status: int, code: int
) -> None:
    """Who is in no guild sees nothing of one."""
    assert await answer(stranger, request_line, ids, body) == (status, code)


async def test_what_was_read_is_noted(ada: RawUser, general: int) -> None:
    """A user's client tells what its user has read, and is thanked."""
    message = await ada.say(general, "seen")
    path = f"/channels/{general}/messages/{message['id']}/ack"
    assert await ada.ok("POST", path, json={"token": None}) == {"token": None}


def test_what_refuses_nothing_is_served() -> None:
    """The list of routes without a refusal names no route that is gone."""
    assert set(NOTHING_TO_REFUSE) <= {name_of(route) for route in ROUTES}


@pytest.mark.last
def test_every_route_refused_something(record: Record, pytestconfig: pytest.Config) -> None:
    """By the end of a run of all tests, each operation refused something with a code of Discord's."""
    if not everything_runs(pytestconfig):
        pytest.skip("only a run of all tests calls every route")
    assert record.never_refused() == sorted(NOTHING_TO_REFUSE)
