"""A Discord that only knows ``/ping``, with every text written beforehand: nobody should wait for it.

Run as a process of its own: it prints one JSON line with its address and ends with its standard input.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime

from aiohttp import WSMsgType, web

from benchmarks import payloads
from benchmarks.load import LoadReport
from wisp_sim.model.snowflake import Snowflakes

API = "/api/v10"
LIMIT_S = 120.0
"""How long one run may take before the bot is told that it failed."""


class Load:
    """One run: so many commands, of which so many may wait for their answer."""

    def __init__(self, commands: int, window: int) -> None:
        self.unsent = commands
        self.unanswered = commands
        self.window = window
        self.done = asyncio.Event()

    def take(self) -> bool:
        """Whether one more command is to be sent."""
        self.unsent -= 1
        return self.unsent >= 0

    def answered(self) -> None:
        """Count one answer."""
        self.unanswered -= 1
        if self.unanswered == 0:
            self.done.set()


class LoadServer:
    """Serves one bot at a time over HTTP and the gateway."""

    def __init__(self) -> None:
        self.url = ""
        self._frames = payloads.InteractionFrames()
        self._bodies = payloads.AnswerBodies()
        self._socket: web.WebSocketResponse | None = None
        self._load: Load | None = None
        # Made now: the bot drops what is old by its id.
        self._ids = Snowflakes(lambda: datetime.now(UTC))
        self._sequence = 0
        self._intents = 0
        self._answer = b""

    async def start(self) -> web.AppRunner:
        """Listen on a free port of the loopback interface."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self.gateway),
                web.post("/run", self.run),
                web.get(f"{API}/users/@me", self.user),
                web.get(f"{API}/oauth2/applications/@me", self.application),
                web.get(f"{API}/gateway/bot", self.gateway_address),
                web.post(f"{API}/interactions/{{id}}/{{token}}/callback", self.callback),
                web.route("*", f"{API}/applications/{{path:.*}}", self.commands),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return runner

    # --- what a bot asks before it is ready ---

    async def user(self, _request: web.Request) -> web.Response:
        """The bot's own account."""
        return _json(payloads.BOT)

    async def application(self, _request: web.Request) -> web.Response:
        """The bot's application."""
        return _json(payloads.APPLICATION)

    async def gateway_address(self, _request: web.Request) -> web.Response:
        """Where the gateway is: on the same port."""
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return _json({"url": self._gateway_url, "shards": 1, "session_start_limit": limit})

    async def commands(self, request: web.Request) -> web.Response:
        """Any list of commands: empty when it is read, taken as it is when it is written."""
        if request.method == "GET":
            return _json([])
        extra = {"application_id": payloads.BOT_ID, "version": "1", "id": payloads.COMMAND_ID}
        return _json([{**extra, **command} for command in await request.json()])

    @property
    def _gateway_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/"

    # --- the gateway ---

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        """One connection: plain text frames, whatever compression was asked for."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        self._sequence = 0
        await socket.send_str(
            json.dumps({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
        )
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._received(socket, json.loads(message.data))
        if self._socket is socket:
            self._socket = None
        return socket

    async def _received(self, socket: web.WebSocketResponse, frame: dict[str, object]) -> None:
        if frame["op"] == 1:
            await socket.send_str('{"op":11,"d":null,"s":null,"t":null}')
        elif frame["op"] == 2 and isinstance(identify := frame["d"], dict):
            self._intents = identify["intents"]
            ready = payloads.ready(self._gateway_url, identify.get("shard"))
            for event, data in (("READY", ready), ("GUILD_CREATE", payloads.GUILD)):
                self._sequence += 1
                await socket.send_str(json.dumps(payloads.dispatch(event, self._sequence, data)))
            self._socket = socket

    # --- the load ---

    async def run(self, request: web.Request) -> web.Response:
        """Send commands to the bot that is connected; answers with a `LoadReport` once all are answered."""
        wanted = await request.json()
        load = self._load = Load(wanted["commands"], wanted["window"])
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        for _ in range(load.window):
            await self._send_next(load)
        try:
            await asyncio.wait_for(load.done.wait(), LIMIT_S)
        except TimeoutError:
            return web.Response(status=504, text=f"{load.unanswered} commands were not answered")
        report = LoadReport(
            server_cpu_us=(time.process_time() - cpu_s) / wanted["commands"] * 1e6,
            wall_us=(time.perf_counter() - wall_s) / wanted["commands"] * 1e6,
            intents=self._intents,
            answer=self._answer.decode(),
        )
        return _json(asdict(report))

    async def callback(self, request: web.Request) -> web.Response:
        """Take an answer, send the next command."""
        self._answer = await request.read()
        load = self._load
        if load is not None:
            load.answered()
            await self._send_next(load)
        if "with_response" not in request.query_string:
            return web.Response(status=204)
        return web.Response(body=self._bodies.body(request.match_info["id"]), content_type="application/json")

    async def _send_next(self, load: Load) -> None:
        if self._socket is None or not load.take():
            return
        self._sequence += 1
        await self._socket.send_str(self._frames.frame(self._sequence, self._ids.make()))


def _json(content: object) -> web.Response:
    # Discord sends no charset, and discord.py compares the whole header.
    return web.Response(body=json.dumps(content).encode(), content_type="application/json")


async def serve() -> None:
    """Serve until standard input ends, which it does also when whoever started this process dies."""
    server = LoadServer()
    runner = await server.start()
    print(json.dumps({"url": server.url}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
