"""The check against Discord's description works, and covers what is served."""

import pytest

from support.openapi import HOW_TO_GET_IT, UNDESCRIBED, Description
from support.raw_user import RawUser
from support.recorded import Record, everything_runs, name_of
from wisp_sim import Sim
from wisp_sim.rest.app import ROUTES
from wisp_sim.rest.call import Access
from wisp_sim.rest.router import Router
from wisp_sim.rest.unserved import UNSERVED


@pytest.fixture
def known(record: Record) -> Description:
    """Discord's description; every other test is held against it, too, when it is there."""
    if record.known is None:
        pytest.skip(HOW_TO_GET_IT)
    return record.known


def test_finds_a_wrong_answer(known: Description) -> None:
    """A missing field, a number for an id, a status that Discord does not use, a body with a 204."""
    url = {"url": "ws://127.0.0.1/"}
    assert known.problems("GET", "/gateway", 200, url) == []
    assert known.problems("GET", "/gateway", 200, {})
    assert known.problems("GET", "/gateway", 302, url)
    assert known.problems("GET", "/users/1", 200, {"id": 1})
    assert known.problems("DELETE", "/channels/1/messages/1", 204, {})


async def test_answers_of_any_test_are_held_against_it(
    known: Description, record: Record, sim: Sim, ada: RawUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong answer is noted when it is given; a right one counts for its operation."""
    await ada.ok("GET", "/gateway")
    assert record.take_problems() == []
    assert "GET /gateway" in record.succeeded

    monkeypatch.setattr(sim._rest, "gateway_url", 5)
    await ada.ok("GET", "/gateway")

    (problem,) = record.take_problems()
    assert problem.startswith("GET /gateway 200: $['url']: 5 is not")


def test_every_bot_route_is_described(known: Description) -> None:
    """What bots are served is a part of Discord, under the same path."""
    for route in ROUTES:
        if route.access is not Access.USER and name_of(route) not in UNDESCRIBED:
            path = "/".join("1" if part.startswith("{") else part for part in route.path.split("/"))
            assert known.describes(route.method, path), name_of(route)


def test_what_is_not_served_is_listed(known: Description) -> None:
    """Each operation of Discord's description is served or listed as not served, and never both."""
    router = Router(ROUTES)
    served = {name for name in known.operations if router.find(name[0], name[1].strip("/").split("/"))}
    assert set(UNSERVED) == set(known.operations) - served


@pytest.mark.last
def test_every_route_was_recorded(record: Record, pytestconfig: pytest.Config) -> None:
    """By the end of a run of all tests, each operation that is served succeeded somewhere."""
    if not everything_runs(pytestconfig):
        pytest.skip("only a run of all tests calls every route")
    assert record.never_succeeded() == []
