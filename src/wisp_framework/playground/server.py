"""Serves the page, its own small API, and the way to the offline Discord, on one origin of this machine."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from wisp_framework.exceptions import WispError
from wisp_framework.playground.feed import Feed
from wisp_framework.playground.guard import COOKIE, Guard, refused
from wisp_framework.playground.kept import Played, as_test
from wisp_framework.playground.relay import Relay
from wisp_framework.playground.stage import Stage
from wisp_framework.utils.json_value import JsonValue
from wisp_sim import SimError

HOST: Final = "127.0.0.1"
_WEB = Path(__file__).parent / "web"
_MAX_BODY_BYTES = 64 * 1024 * 1024
_MAX_STEP_S = 31 * 86_400.0


PartT = TypeVar("PartT")
BodyT = TypeVar("BodyT", bound=msgspec.Struct)

_STRANGER = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Wisp playground</title>
<p>This page opens by the address that <code>wisp dev</code> printed, once. Start it again for another.</p>
</html>"""


class PlaygroundError(WispError):
    """The page cannot be served; the message says why and what to do."""


class _Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    guild_id: str
    module: str
    on: bool
    with_others: bool = False


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seconds: float


class _Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    on: bool


class _Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user: str
    guild: str


class Playground:
    """The page. It stays while the bot and the offline Discord behind it are started anew.

    Args:
        folder: where the key of open tabs rests.
        target: what ``wisp dev`` was asked to run, for the tests that are kept.
        reset: starts everything anew, from the first world.
    """

    def __init__(self, folder: Path, target: str | None, reset: Callable[[], None]) -> None:
        self.feed = Feed()
        self._guard = Guard(folder)
        self._target = target
        self._reset = reset
        self._stage: Stage | None = None
        self._relay: Relay | None = None
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def address(self) -> str:
        """Where the page is, with the token that opens it once.

        Raises:
            PlaygroundError: it is not served yet.
        """
        if self._runner is None:
            raise PlaygroundError("The playground is not served; start it first")
        return f"http://{HOST}:{self._port}/?token={self._guard.token}"

    @property
    def port(self) -> int:
        """Where it is served; 0 before."""
        return self._port

    @property
    def is_served(self) -> bool:
        """Whether the page can be opened."""
        return self._runner is not None

    async def start(self, port: int, files: str) -> None:
        """Serve the page.

        Args:
            port: where; 0 takes a free one.
            files: the origin of the offline Discord, where pictures lie.

        Raises:
            PlaygroundError: the port is taken.
        """
        app = web.Application(middlewares=[self._guard.middleware(files)], client_max_size=_MAX_BODY_BYTES)
        app.router.add_get("/", self._page)
        app.router.add_get("/backstage/people", self._people)
        app.router.add_get("/backstage/feed", self._serve_feed)
        app.router.add_put("/backstage/switch", self._switch)
        app.router.add_get("/backstage/decisions", self._decisions)
        app.router.add_get("/backstage/lines/{reference}", self._lines)
        app.router.add_post("/backstage/clock", self._advance)
        app.router.add_put("/backstage/fault", self._fault)
        app.router.add_post("/backstage/invite", self._invite)
        app.router.add_post("/backstage/test", self._keep)
        app.router.add_post("/backstage/reset", self._start_anew)
        app.router.add_get("/discord/gateway", self._gateway)
        app.router.add_route("*", "/discord/api/{tail:.*}", self._rest)
        app.router.add_static("/assets", _WEB / "assets")
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            await runner.cleanup()
            raise PlaygroundError(
                f"Port {port} for the page cannot be had ({error.strerror}); choose another with --page-port"
            ) from error
        self._runner, self._port = runner, int(runner.addresses[0][1])

    async def close(self) -> None:
        """Serve no more."""
        await self.leave()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def show(self, stage: Stage) -> None:
        """Let the page show this bot."""
        relay = Relay(stage.sim.api_url, stage.sim.gateway_url)
        await relay.start()
        self._stage, self._relay = stage, relay

    async def leave(self) -> None:
        """Show no bot any more; the page says so, and waits for the next."""
        stage, relay, self._stage, self._relay = self._stage, self._relay, None, None
        if stage is not None:
            stage.close()
        if relay is not None:
            await relay.close()

    # --- the page ---

    async def _page(self, request: web.Request) -> web.StreamResponse:
        given = request.query.get("token")
        if given is not None:
            cookie = self._guard.enter(given)
            if cookie is not None or self._guard.knows(request):
                response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
                if cookie is not None:
                    response.set_cookie(COOKIE, cookie, httponly=True, samesite="Strict", path="/")
                return response
        if not self._guard.knows(request):
            return web.Response(status=HTTPStatus.UNAUTHORIZED, text=_STRANGER, content_type="text/html")
        return web.FileResponse(_WEB / "index.html", headers={"Cache-Control": "no-cache"})

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        return await self._there(self._relay).gateway(request)

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        return await self._there(self._relay).rest(request)

    # --- its own API ---

    async def _people(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(self._there(self._stage).people() | {"target": self._target})

    async def _serve_feed(self, request: web.Request) -> web.StreamResponse:
        async def state() -> Mapping[str, JsonValue]:
            return {} if self._stage is None else await self._stage.state()

        return await self.feed.serve(request, state)

    async def _switch(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, _Switch)
        switching = self._there(self._stage).switch(
            int(asked.guild_id), asked.module, on=asked.on, with_others=asked.with_others
        )
        return await _answered(switching)

    async def _decisions(self, request: web.Request) -> web.StreamResponse:
        guild_id = request.query.get("guild_id", "")
        found = await self._there(self._stage).decisions(int(guild_id) if guild_id.isdecimal() else None)
        return web.json_response(found)

    async def _lines(self, request: web.Request) -> web.StreamResponse:
        lines = self._there(self._stage).lines(request.match_info["reference"])
        return web.Response(body=msgspec.json.encode(lines), content_type="application/json")

    async def _advance(self, request: web.Request) -> web.StreamResponse:
        seconds = (await _body(request, _Step)).seconds
        if not 0 < seconds <= _MAX_STEP_S:
            return refused(HTTPStatus.BAD_REQUEST, f"{seconds:g} s is no step; give up to {_MAX_STEP_S:g} s")
        return await _answered(self._there(self._stage).advance(seconds))

    async def _fault(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, _Fault)
        try:
            self._there(self._stage).set_fault(asked.name, on=asked.on)
        except KeyError:
            return refused(HTTPStatus.NOT_FOUND, f"There is no fault {asked.name!r:.60}")
        except (SimError, WispError) as error:
            return refused(HTTPStatus.CONFLICT, str(error))
        return web.json_response({})

    async def _invite(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, _Invited)
        return await _answered(self._there(self._stage).invite(asked.user, asked.guild))

    async def _keep(self, request: web.Request) -> web.StreamResponse:
        played = await _body(request, Played)
        stage = self._there(self._stage)
        text = as_test(played, stage.world(), self._target, await stage.references())
        return web.json_response({"text": text})

    async def _start_anew(self, _: web.Request) -> web.StreamResponse:
        self._reset()
        return web.json_response({})

    def _there(self, part: PartT | None) -> PartT:
        if part is None:
            raise web.HTTPServiceUnavailable(text="The bot is being started.")
        return part


async def _body(request: web.Request, kind: type[BodyT]) -> BodyT:
    """What came, in the form that is wanted.

    Raises:
        web.HTTPBadRequest: it has another form.
    """
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.MsgspecError as error:
        raise web.HTTPBadRequest(text=str(error)) from None


async def _answered(work: Awaitable[dict[str, JsonValue] | None]) -> web.Response:
    """What came of it, or why nothing did."""
    try:
        return web.json_response(await work or {})
    except WispError as error:
        return refused(HTTPStatus.CONFLICT, error.user_message)
    except SimError as error:
        return refused(HTTPStatus.CONFLICT, str(error))
