"""The HTTP side of the control API."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from wisp_sim.control.controlled import Controlled
from wisp_sim.control.reading import Body, RequestError, fault_in, object_in
from wisp_sim.faults import KINDS, ActiveFault, FaultError
from wisp_sim.model.errors import SimError

_NAMES = {kind: name for name, kind in KINDS.items()}
# What a test may pass in one step: a year.
_MAX_STEP_S = 366 * 86_400.0
_LOWEST_CODE, _HIGHEST_CODE = 1000, 4999
# The codes that no frame may carry, as RFC 6455 has it.
_UNSENDABLE = frozenset({1004, 1005, 1006, 1015})


class Control:
    """Serves the control API, on the loopback interface alone.

    Args:
        sim: what is controlled.
        port: where; 0 takes a free one.
    """

    def __init__(self, sim: Controlled, port: int) -> None:
        self._sim = sim
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            SimError: the port cannot be had.
        """
        runner = web.AppRunner(self._web_app(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
        except OSError as error:
            await runner.cleanup()
            raise SimError(
                f"control port {self._port} cannot be had ({error.strerror}); choose another (0: any free)"
            ) from error
        self._runner = runner
        self._port = int(runner.addresses[0][1])

    async def close(self) -> None:
        """Stop listening; harmless when it does not run."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _web_app(self) -> web.Application:
        app = web.Application(middlewares=[_refusing])
        app.router.add_get("/health", self._health)
        app.router.add_get("/world", self._world)
        app.router.add_post("/world", self._add_to_world)
        app.router.add_get("/faults", self._faults)
        app.router.add_post("/faults", self._add_fault)
        app.router.add_delete("/faults", self._clear_faults)
        app.router.add_delete("/faults/{id}", self._remove_fault)
        app.router.add_post("/bots/{name}/reconnect", self._reconnect)
        app.router.add_post("/bots/{name}/invalidate", self._invalidate)
        app.router.add_post("/bots/{name}/disconnect", self._disconnect)
        app.router.add_post("/guilds/{name}/outage", self._outage)
        app.router.add_post("/guilds/{name}/restore", self._restore)
        app.router.add_post("/clock/advance", self._advance)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _world(self, _: web.Request) -> web.Response:
        return web.json_response(self._sim.describe())

    async def _add_to_world(self, request: web.Request) -> web.Response:
        self._sim.add(await object_in(request))
        return web.json_response(self._sim.describe(), status=201)

    async def _faults(self, _: web.Request) -> web.Response:
        return web.json_response([_view(active) for active in self._sim.faults.active])

    async def _add_fault(self, request: web.Request) -> web.Response:
        fault, body = fault_in(await object_in(request))
        name = body.text("bot", "")
        added = self._sim.faults.add(
            fault,
            bot_id=self._sim.bot(name).id if name else None,
            route=body.text("route", "*"),
            event=body.text("event", "*"),
            times=body.whole("times", None) if body.has("times") else 1,
            probability=body.number("probability", 1.0),
            seed=body.whole("seed", 0) or 0,
        )
        return web.json_response(_view(added), status=201)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._sim.faults.clear()
        return web.Response(status=204)

    async def _remove_fault(self, request: web.Request) -> web.Response:
        text = request.match_info["id"]
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise RequestError(f"id: {text!r:.60} is no number of a fault; GET /faults lists them")
        self._sim.faults.remove(int(text))
        return web.Response(status=204)

    async def _reconnect(self, request: web.Request) -> web.Response:
        Body(await object_in(request), ())
        self._sim.reconnect(request.match_info["name"])
        return web.Response(status=204)

    async def _invalidate(self, request: web.Request) -> web.Response:
        body = Body(await object_in(request), ("resumable",))
        resumable = body.flag("resumable", otherwise=False)
        self._sim.invalidate(request.match_info["name"], resumable=resumable)
        return web.Response(status=204)

    async def _disconnect(self, request: web.Request) -> web.Response:
        code = Body(await object_in(request), ("code",)).whole("code", None)
        if code is not None and (not _LOWEST_CODE <= code <= _HIGHEST_CODE or code in _UNSENDABLE):
            raise RequestError(
                f"code: {code} is no close code; choose one from 1000 to 4999, or leave it out"
            )
        self._sim.disconnect(request.match_info["name"], code)
        return web.Response(status=204)

    async def _outage(self, request: web.Request) -> web.Response:
        Body(await object_in(request), ())
        self._sim.outage(request.match_info["name"])
        return web.Response(status=204)

    async def _restore(self, request: web.Request) -> web.Response:
        Body(await object_in(request), ())
        self._sim.restore(request.match_info["name"])
        return web.Response(status=204)

    async def _advance(self, request: web.Request) -> web.Response:
        seconds = Body(await object_in(request), ("seconds",)).number("seconds", math.nan)
        if not 0 <= seconds <= _MAX_STEP_S:
            raise RequestError(f"seconds: {seconds} is no step; give a number from 0 to {_MAX_STEP_S:.0f}")
        if not self._sim.clock_moves:
            problem = "this clock goes by itself; start the offline Discord with a clock that tests move"
            return web.json_response({"error": problem}, status=409)
        await self._sim.advance(seconds=seconds)
        return web.Response(status=204)


@web.middleware
async def _refusing(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Say in JSON what is wrong with a request."""
    try:
        return await handler(request)
    except (RequestError, SimError, FaultError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except web.HTTPException as error:
        problem = (
            f"{request.method} {request.path} is not there ({error.reason}); docs/faults.md lists what is"
        )
        return web.json_response({"error": problem}, status=error.status)


def _view(active: ActiveFault) -> dict[str, object]:
    return {
        "id": active.id,
        "kind": _NAMES[type(active.fault)],
        **asdict(active.fault),
        "bot_id": None if active.bot_id is None else str(active.bot_id),
        "route": active.route,
        "event": active.event,
        "left": active.left,
        "probability": active.probability,
        "seed": active.seed,
        "hits": active.hits,
    }
