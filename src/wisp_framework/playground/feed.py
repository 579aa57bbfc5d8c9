"""What passes behind the chat, told to every page: requests, frames, log lines, decisions, state."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import msgspec
from aiohttp import web
from typing_extensions import override

from wisp_framework.logs.lines import line_of
from wisp_framework.services.decisions import Decision
from wisp_framework.utils.json_value import JsonValue
from wisp_sim.model.sighting import Exchange, Frame

KEPT_LINES = 2_000
KEPT_EVENTS = 300
LOOK_EVERY_S = 0.5
MAX_BEHIND = 5_000
"""How many events may wait for a page that does not read; then it is let go, and comes back by itself."""

_encode = msgspec.json.Encoder().encode


class Feed(logging.Handler):
    """An onlooker of the offline Discord, a log handler, and a listener of decisions, for all open pages."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._pages: set[asyncio.Queue[bytes]] = set()
        self._lines: deque[dict[str, object]] = deque(maxlen=KEPT_LINES)
        self._recent: deque[bytes] = deque(maxlen=KEPT_EVENTS)

    def exchange(self, exchange: Exchange) -> None:
        """A request was answered."""
        self._tell("exchange", msgspec.to_builtins(exchange) | {"account_id": _id(exchange.account_id)})

    def frame(self, frame: Frame) -> None:
        """A frame passed."""
        self._tell("frame", msgspec.to_builtins(frame) | {"account_id": _id(frame.account_id)})

    def decided(self, decision: Decision) -> None:
        """An invocation came to its end."""
        self._tell("decision", shown(decision))

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """A line was logged; secrets are hidden in it."""
        line = line_of(record)
        self._lines.append(line)
        self._tell("line", msgspec.to_builtins(line, str_keys=True, builtin_types=()))

    def lines_of(self, reference: str) -> list[dict[str, object]]:
        """What was logged for one invocation, as far as it is remembered."""
        return [line for line in self._lines if line.get("request_id") == reference]

    async def serve(
        self, request: web.Request, state: Callable[[], Awaitable[Mapping[str, JsonValue]]]
    ) -> web.StreamResponse:
        """Tell one page everything until it goes; ``state`` is asked again and again, for changes."""
        socket = web.WebSocketResponse(heartbeat=30.0)
        await socket.prepare(request)
        waiting: asyncio.Queue[bytes] = asyncio.Queue(MAX_BEHIND)
        for event in self._recent:
            waiting.put_nowait(event)
        self._pages.add(waiting)
        # Whichever ends first ends all: a page that is told nothing any more comes back by itself.
        tasks = {
            asyncio.create_task(_look(state, waiting)),
            asyncio.create_task(_send(socket, waiting)),
            asyncio.create_task(_read(socket)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pages.discard(waiting)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await socket.close()
        with suppress(ConnectionError):  # the page went in the midst of an event
            for task in done:
                task.result()
        return socket

    def _tell(self, kind: str, data: object) -> None:
        event = _encode({"kind": kind, "data": data})
        self._recent.append(event)
        for waiting in list(self._pages):
            try:
                waiting.put_nowait(event)
            except asyncio.QueueFull:
                self._pages.discard(waiting)


def shown(decision: Decision) -> dict[str, JsonValue]:
    """A decision as the page shows it."""
    invocation = decision.invocation
    return {
        "reference": invocation.reference,
        "at": decision.at.isoformat(),
        "kind": invocation.kind.value,
        "name": invocation.name,
        "module": invocation.module,
        "guild_id": _id(invocation.guild_id),
        "channel_id": _id(invocation.channel_id),
        "user_id": str(invocation.user_id),
        "outcome": decision.outcome.value,
        "gate": decision.gate,
        "detail": decision.detail,
        "took_ms": decision.took_ms,
        "steps": [
            {"name": step.name, "verdict": step.verdict, "at_ms": step.at_ms} for step in decision.steps()
        ],
    }


def _id(number: int | None) -> str | None:
    """An id as text: a browser's numbers are too short for one."""
    return None if number is None else str(number)


async def _look(
    state: Callable[[], Awaitable[Mapping[str, JsonValue]]], waiting: asyncio.Queue[bytes]
) -> None:
    before = b""
    while True:
        now = _encode({"kind": "state", "data": await state()})
        if now != before:
            before = now
            await waiting.put(now)
        await asyncio.sleep(LOOK_EVERY_S)


async def _read(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass  # the page only listens; this waits until it goes


async def _send(socket: web.WebSocketResponse, waiting: asyncio.Queue[bytes]) -> None:
    while True:
        await socket.send_str((await waiting.get()).decode())
