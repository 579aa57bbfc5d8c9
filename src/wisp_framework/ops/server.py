"""The door for operators: four paths that only tell, on loopback unless a token guards it."""

import asyncio
import errno
import hmac
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import hdrs, web

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ConfigError
from wisp_framework.ops.exposition import Exposition
from wisp_framework.ops.gauges import Gauges
from wisp_framework.ops.report import OpsParts, Report, report_of
from wisp_framework.services.base import HealthState
from wisp_framework.services.metrics import MetricsService

LIVEZ: Final = "/livez"
CLOSE_TIMEOUT_S = 1.0
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_BEARER = "bearer"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``; of names this is known of localhost alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class OpsServer:
    """Answers ``/livez``, ``/readyz``, ``/healthz`` and ``/metrics``; without ``OPS_PORT`` it does nothing.

    It answers from the event loop in which the bot runs: that it answers is the proof that the loop is alive.
    """

    def __init__(self, parts: OpsParts) -> None:
        self._parts = parts
        self._exposition: Exposition | None = None
        self._runner: web.AppRunner | None = None
        self._asking: asyncio.Task[Report] | None = None
        self.port: int | None = None
        """Where it listens; None while it does not."""

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            ConfigError: others could reach it and no token is set, or the address cannot be had.
        """
        config = self._parts.config
        if config.ops_port is None:
            return
        if not is_loopback(config.ops_host) and config.ops_token is None:
            raise ConfigError([_open_door(config)])
        metrics = self._parts.services.get(MetricsService)
        metrics.on_read(Gauges(self._parts).read)
        self._exposition = Exposition(metrics)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=CLOSE_TIMEOUT_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, config.ops_host, config.ops_port)
        try:
            await site.start()
        except OSError as error:
            await self.stop()
            raise ConfigError([_taken(config, error)]) from error
        self.port = int(self._runner.addresses[0][1])
        _log.info("operators are answered at %s, port %d", config.ops_host, self.port)

    async def stop(self) -> None:
        """Stop listening; harmless when it does not."""
        runner, self._runner, self.port = self._runner, None, None
        if runner is not None:
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get(LIVEZ, self._livez)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        app.on_response_prepare.append(_dress)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may ask.

        A page in a browser on this machine can make its own name point to loopback, but then its requests
        bear that name.
        """
        config = self._parts.config
        if is_loopback(config.ops_host) and request.url.host not in _LOOPBACK_NAMES:
            raise web.HTTPMisdirectedRequest(
                text="Ask for localhost or 127.0.0.1: this bot has no other name.\n"
            )
        token = config.ops_token
        if token is not None and request.path != LIVEZ and not _bears(request, token.get_secret_value()):
            raise web.HTTPUnauthorized(
                text="Send the bot's OPS_TOKEN: Authorization: Bearer TOKEN\n",
                headers={hdrs.WWW_AUTHENTICATE: 'Bearer realm="wisp"'},
            )
        return await handler(request)

    async def _livez(self, _request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        report = await self._report()
        if report.ready:
            return web.Response(text=f"ready, {report.state}\n")
        unwell = [name for name, one in report.services.items() if one.state is HealthState.DOWN]
        why = f": {', '.join(unwell)}" if unwell else ""
        return web.Response(status=503, text=f"not ready{why}\n")

    async def _healthz(self, _request: web.Request) -> web.Response:
        report = await self._report()
        return web.Response(
            status=200 if report.ready else 503,
            body=msgspec.json.format(msgspec.json.encode(report)),
            content_type="application/json",
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        if self._exposition is None:
            raise web.HTTPServiceUnavailable
        body, content_type = self._exposition.render(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})

    async def _report(self) -> Report:
        """Ask once for all who want to know at the same time, so that many askers load no database."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(report_of(self._parts), name="wisp-report")
        return await asyncio.shield(self._asking)


async def _dress(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers[hdrs.SERVER] = "wisp"
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"


def _bears(request: web.Request, token: str) -> bool:
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return scheme.lower() == _BEARER and hmac.compare_digest(given.strip().encode(), token.encode())


def _open_door(config: AppConfig) -> str:
    return (
        f"OPS_HOST is {config.ops_host!r}, which others can reach, and OPS_TOKEN is missing. Set OPS_TOKEN "
        "(or OPS_TOKEN_FILE) to 16 characters or more that nobody guesses, or OPS_HOST to 127.0.0.1."
    )


def _taken(config: AppConfig, error: OSError) -> str:
    where = f"port {config.ops_port} of {config.ops_host}"
    if error.errno == errno.EADDRINUSE:
        return f"OPS_PORT is {config.ops_port}: {where} is taken by another program. Choose another OPS_PORT."
    return f"OPS_PORT is {config.ops_port}: {where} cannot be had: {error.strerror}. Choose other ones."
