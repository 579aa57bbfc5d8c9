"""A connection to the gateway that says nothing of its own accord, and one for any bytes."""

import asyncio
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


@asynccontextmanager
async def bytes_to(sim: Sim) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection for bytes that no client library would send."""
    port = int(sim.gateway_url.rpartition(":")[2].strip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer_to(sim: Sim, request: bytes) -> tuple[int, Any]:
    """Status and JSON of the answer to a request that is sent as it is."""
    async with bytes_to(sim) as (reader, writer):
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length:")[2].split()[0])
        body = await reader.readexactly(length)
    return int(head.split()[1]), json.loads(body.decode())
