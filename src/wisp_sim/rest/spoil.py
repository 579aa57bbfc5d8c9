"""Lets faults come between a request and its answer."""

import asyncio
import math
import socket
import struct
from collections.abc import Awaitable, Callable

from aiohttp import web

from wisp_sim.faults import Answer, Faults, RestFault
from wisp_sim.rest.asking import asked_for, asker
from wisp_sim.rest.router import Router
from wisp_sim.rest.traffic import Traffic
from wisp_sim.state.store import Store

# Lets a closed socket send a reset instead of a farewell.
_NO_LINGER = struct.pack("ii", 1, 0)

Genuine = Callable[[web.Request], Awaitable[web.Response]]


class Spoiler:
    """Asks the faults about each request, and does to its answer what they say.

    Args:
        faults: what is switched on.
        store: who asks.
        router: what they ask for.
        traffic: a request that is held back is not under way.
    """

    def __init__(self, faults: Faults, store: Store, router: Router, traffic: Traffic) -> None:
        self._faults, self._store, self._router, self._traffic = faults, store, router, traffic
        self._held: set[asyncio.Future[None]] = set()

    def release(self) -> None:
        """Let all that is held back come out now."""
        for held in self._held:
            _let_out(held)

    async def serve(self, request: web.Request, genuine: Genuine) -> web.Response:
        """Answer a request, rightly or wrongly."""
        found = self._take(request)
        if found is None:
            return await genuine(request)
        if isinstance(found, RestFault):
            right = _taken(await genuine(request)) if found.runs else Answer()
            found = found.spoil(right)
        if found.delay_s:
            await self._hold(found.delay_s)
        if found.cut:
            _cut(request)
        return web.Response(status=found.status, body=found.body or None, headers=found.headers)

    def _take(self, request: web.Request) -> RestFault | Answer | None:
        parts = asked_for(request)
        path = f"{request.method} /{'/'.join(parts)}"
        known = self._router.find(request.method, parts)
        route, params = (f"{request.method} {known[0].path}", known[1]) if known else (path, {})
        account = asker(self._store, request, params.values())
        if account is not None and not account.bot:
            return None
        return self._faults.take_request(None if account is None else account.id, route, path)

    async def _hold(self, delay_s: float) -> None:
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.add(held)
        timer = None
        if delay_s < math.inf:
            timer = self._store.clock.call_later(delay_s, lambda: _let_out(held))
        try:
            with self._traffic.paused():
                await held
        finally:
            self._held.discard(held)
            if timer is not None:
                timer.cancel()


def _let_out(held: asyncio.Future[None]) -> None:
    if not held.done():
        held.set_result(None)


def _taken(response: web.Response) -> Answer:
    body = response.body
    return Answer(response.status, body if isinstance(body, bytes) else b"", dict(response.headers))


def _cut(request: web.Request) -> None:
    transport = request.transport
    if transport is None:
        return
    wire = transport.get_extra_info("socket")
    if wire is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
