"""The check against Discord's description works, and covers what is served."""

import pytest

from support.openapi import HOW_TO_GET_IT, Description, description
from wisp_sim.rest.app import ROUTES
from wisp_sim.rest.call import Access

# Served for users, or for clients that ask for it; Discord does not describe these.
UNDESCRIBED = {"GET /soundboard-default-sounds"}


@pytest.fixture(scope="module")
def known() -> Description:
    """Discord's description; every other test here is held against it, too, when it is there."""
    found = description()
    if found is None:
        pytest.skip(HOW_TO_GET_IT)
    return found


def test_finds_a_wrong_answer(known: Description) -> None:
    """A missing field, a number for an id, a status that Discord does not use, a body with a 204."""
    url = {"url": "ws://127.0.0.1/"}
    assert known.problems("GET", "/gateway", 200, url) == []
    assert known.problems("GET", "/gateway", 200, {})
    assert known.problems("GET", "/gateway", 302, url)
    assert known.problems("GET", "/users/1", 200, {"id": 1})
    assert known.problems("DELETE", "/channels/1/messages/1", 204, {})


def test_every_bot_route_is_described(known: Description) -> None:
    """What bots are served is a part of Discord, under the same path."""
    for route in ROUTES:
        name = f"{route.method} {route.path}"
        if route.access is not Access.USER and name not in UNDESCRIBED:
            path = "/".join("1" if part.startswith("{") else part for part in route.path.split("/"))
            assert known.describes(route.method, path), name
