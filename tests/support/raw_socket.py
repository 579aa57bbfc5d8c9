"""A connection to the gateway that says nothing of its own accord."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

Socket = aiohttp.ClientWebSocketResponse


@asynccontextmanager
async def socket_to(sim: Sim, query: str = "") -> AsyncIterator[Socket]:
    """A connection that says nothing of its own accord."""
    async with aiohttp.ClientSession() as session, session.ws_connect(sim.gateway_url + query) as socket:
        yield socket


async def until(socket: Socket, **wanted: object) -> dict[str, Any]:
    """The next frame with these values."""
    while True:
        frame: dict[str, Any] = json.loads((await socket.receive()).data)
        if all(frame[key] == value for key, value in wanted.items()):
            return frame


async def close_code(socket: Socket) -> int | None:
    """What the server says when it ends the connection."""
    while not socket.closed:
        await socket.receive()
    return socket.close_code


def identify(sim: Sim, **more: object) -> dict[str, object]:
    """The frame that lets the bot in."""
    data = {"token": sim.bot("Wisp").token, "properties": {}, "intents": int(ALL_INTENTS), **more}
    return {"op": 2, "d": data}
