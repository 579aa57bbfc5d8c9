"""One request from a thread of its own, for when the event loop stands still."""

import urllib.request
from http.client import HTTPException

import msgspec

TIMEOUT_S = 2.0


class RescueError(Exception):
    """The request did not succeed; the message names no address, since the token is part of it."""


def post(url: str, body: object, user_agent: str) -> None:
    """Send ``body`` as JSON; returns when the server has taken it.

    Raises:
        RescueError: it has not, or cannot be reached within `TIMEOUT_S`.
    """
    request = urllib.request.Request(  # noqa: S310 - the address is that of Discord's API, from the settings
        url,
        data=msgspec.json.encode(body),
        headers={"Content-Type": "application/json", "User-Agent": user_agent},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310 - as above
            return
    except (OSError, HTTPException, ValueError) as error:
        raise RescueError(type(error).__name__) from None
