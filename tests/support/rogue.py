"""A server that logs a bot in and then says at the gateway whatever a test wants, right or wrong."""

import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import WSMsgType, web

from support.gateway_events import ready
from support.gateway_parts import BOT_ID, user

HELLO: dict[str, Any] = {"op": 10, "d": {"heartbeat_interval": 41250}}
RESUMED: dict[str, Any] = {"op": 0, "t": "RESUMED", "s": 2, "d": {"_trace": []}}
APPLICATION: dict[str, Any] = {
    "id": str(BOT_ID),
    "name": "Wisp",
    "description": "",
    "summary": "",
    "icon": None,
    "flags": 0,
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "",
}


class Visit:
    """One connection of the bot.

    Attributes:
        opening: what it identified or resumed with.
    """

    def __init__(self, request: web.Request, websocket: web.WebSocketResponse) -> None:
        self._request = request
        self._websocket = websocket
        self.opening: dict[str, Any] = {}

    async def say(self, frame: object) -> None:
        """Send one frame, uncompressed."""
        await self._websocket.send_str(json.dumps(frame))

    async def listen(self, op: int) -> dict[str, Any]:
        """The content of the bot's next frame with this operation, passing over others."""
        while True:
            frame = json.loads((await self._websocket.receive()).data)
            if frame["op"] == op:
                return dict(frame["d"]) if isinstance(frame["d"], dict) else {}

    async def stay(self) -> None:
        """Acknowledge heartbeats until the bot leaves."""
        async for message in self._websocket:
            if message.type is WSMsgType.TEXT and json.loads(message.data)["op"] == 1:
                await self.say({"op": 11})

    def reset(self) -> None:
        """Cut the connection as a broken network does."""
        transport = self._request.transport
        assert transport is not None
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    async def leave(self, code: int) -> None:
        """Close with a code."""
        await self._websocket.close(code=code)


Script = Callable[[Visit], Awaitable[None]]


class Rogue:
    """The server; each visit runs the next of the scripts, and the last one again and again."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.visits: list[Visit] = []
        self.url = ""

    @property
    def gateway_url(self) -> str:
        """Where the gateway is."""
        return self.url.replace("http", "ws", 1) + "/gateway"

    def ready(self, **fields: Any) -> dict[str, Any]:
        """A READY that is as it should be, but for ``fields``."""
        good = ready(guilds=[], resume_gateway_url=self.gateway_url)
        return {"op": 0, "t": "READY", "s": 1, "d": good | fields}

    async def serve_gateway(self, request: web.Request) -> web.WebSocketResponse:
        """One visit."""
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        visit = Visit(request, websocket)
        script = self._scripts[min(len(self.visits), len(self._scripts) - 1)]
        self.visits.append(visit)
        with suppress(ConnectionError, TypeError):  # the bot left in the middle of the script
            await script(visit)
        return websocket

    async def serve_rest(self, request: web.Request) -> web.Response:
        """What a bot asks for before it connects."""
        bot = user(BOT_ID, "wisp", bot=True)
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        answers: dict[str, object] = {
            "/users/@me": bot,
            "/oauth2/applications/@me": APPLICATION | {"owner": bot},
            "/gateway/bot": {"url": self.gateway_url, "shards": 1, "session_start_limit": limit},
        }
        # Without the charset that aiohttp would add: discord.py compares the whole header.
        body = json.dumps(answers.get(request.path.removeprefix("/api/v10"), [])).encode()
        return web.Response(body=body, headers={"Content-Type": "application/json"})


@asynccontextmanager
async def rogue(*scripts: Script) -> AsyncIterator[Rogue]:
    """Serve until the block ends."""
    server = Rogue(*scripts)
    app = web.Application()
    app.router.add_get("/gateway", server.serve_gateway)
    app.router.add_route("*", "/api/v10/{rest:.*}", server.serve_rest)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
