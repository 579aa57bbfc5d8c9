"""The HTTP side of the server: finds the route, checks the token, answers in Discord's form."""

import json
import logging
import re
import time
from urllib.parse import unquote

from aiohttp import web

from wisp_sim.faults import Faults
from wisp_sim.faults.answers import limit_headers
from wisp_sim.model.account import User
from wisp_sim.model.errors import ApiError
from wisp_sim.model.locale import DEFAULT_LOCALE
from wisp_sim.model.payload import Payload
from wisp_sim.rest import (
    accounts,
    audit_log,
    bans,
    channels,
    command_permissions,
    commands,
    emojis,
    guilds,
    installs,
    interactions,
    invites,
    members,
    messages,
    pins,
    polls,
    reactions,
    roles,
    threads,
    uploads,
    voice,
    webhooks,
)
from wisp_sim.rest.asking import VERSIONS, parts_of, sighting
from wisp_sim.rest.body import as_utf8, read_body
from wisp_sim.rest.call import Access, Call, Reply, Route
from wisp_sim.rest.language import language_of
from wisp_sim.rest.router import Router
from wisp_sim.rest.spoil import Spoiler
from wisp_sim.rest.traffic import Traffic
from wisp_sim.state.store import Store

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *voice.ROUTES,
    *guilds.ROUTES,
    *members.ROUTES,
    *roles.ROUTES,
    *bans.ROUTES,
    *audit_log.ROUTES,
    *invites.ROUTES,
    *emojis.ROUTES,
    *channels.ROUTES,
    *threads.ROUTES,
    *messages.ROUTES,
    *uploads.ROUTES,
    *reactions.ROUTES,
    *pins.ROUTES,
    *polls.ROUTES,
    *webhooks.ROUTES,
    *commands.ROUTES,
    *command_permissions.ROUTES,
    *installs.ROUTES,
    *interactions.ROUTES,
)
_ROUTER = Router(ROUTES)
_VERSION = re.compile(r"v\d+", re.ASCII)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_LIMITED = 429
# Discord cuts a longer reason.
_MAX_REASON = 512
_log = logging.getLogger("wisp_sim.rest")


class RestApp:
    """Answers requests.

    Args:
        store: everything that exists.
        faults: what goes wrong.
    """

    def __init__(self, store: Store, faults: Faults) -> None:
        self.gateway_url = ""
        self.traffic = Traffic()
        self._store = store
        self._faults = faults
        self._spoiler = Spoiler(faults, store, _ROUTER, self.traffic)

    def release(self) -> None:
        """Let the answers that a fault holds back come out now."""
        self._spoiler.release()

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request; whatever happens, in Discord's form, unless a fault spoils it."""
        began_s = time.perf_counter()
        with self.traffic:
            if self._faults.rest_is_sound:
                response = await self._genuine(request)
            else:
                response = await self._spoiler.serve(request, self._genuine)
        if self._store.onlookers:
            took_s = time.perf_counter() - began_s
            self._store.onlookers.exchange(sighting(self._store, _ROUTER, request, response, took_s))
        return response

    async def _genuine(self, request: web.Request) -> web.Response:
        try:
            reply = await self._answer(request)
        except ApiError as error:
            reply = Reply(error.body(), error.status)
        except ConnectionError:
            # Gone before it had said all, and not there to read this.
            reply = Reply({"message": "400: Bad Request", "code": 0}, 400)
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001 - the wall: one broken request must not end the server
            _log.exception("no answer to %s %s", request.method, request.path)
            reply = Reply({"message": "500: Internal Server Error", "code": 0}, 500)
        return _response(reply)

    async def _answer(self, request: web.Request) -> Reply:
        parts = parts_of(request)
        if parts and parts[0] in VERSIONS:
            parts = parts[1:]
        elif parts and _VERSION.fullmatch(parts[0]):
            raise ApiError(400, 50041, "Invalid API version provided")
        if request.method not in _METHODS:
            raise ApiError(405, 0, "405: Method Not Allowed")
        found = _ROUTER.find(request.method, parts)
        if found is None:
            unserved = f"{request.method} /{'/'.join(parts)}"
            raise ApiError(501, 0, f"501: the offline Discord does not serve {unserved}")
        route, params = found
        account = self._authenticate(request, route)
        body, uploads = await read_body(request)
        reason = unquote(as_utf8(request.headers.get("X-Audit-Log-Reason", "")))[:_MAX_REASON] or None
        locale = language_of(request.headers, DEFAULT_LOCALE if account is None else account.locale)
        call = Call(
            self._store, account, params, request.query, body, uploads, self.gateway_url, reason, locale
        )
        return route.handler(call)

    def _authenticate(self, request: web.Request, route: Route) -> User | None:
        if route.access is Access.ANYONE:
            return None
        header = request.headers.get("Authorization", "")
        # A user's own token stands for an OAuth2 token of theirs with every scope.
        token = header.removeprefix("Bot ").removeprefix("Bearer ")
        account = self._store.tokens.get(token)
        if account is None or account.bot != header.startswith("Bot "):
            raise ApiError(401, 0, "401: Unauthorized")
        if route.access is Access.BOT and not account.bot:
            raise ApiError(403, 20002, "Only bots can use this endpoint")
        if route.access is Access.USER and account.bot:
            raise ApiError(403, 20001, "Bots cannot use this endpoint")
        return account


def _response(reply: Reply) -> web.Response:
    if reply.body is None:
        return web.Response(status=reply.status)
    # The exact content type matters: some clients compare it as a whole.
    headers = {"Content-Type": "application/json"}
    if reply.status == _LIMITED and isinstance(reply.body, dict):
        # Slow mode; discord.py takes a 429 without Via for a ban by Cloudflare.
        wait_s = reply.body.get("retry_after")
        headers |= limit_headers("user", wait_s if isinstance(wait_s, int | float) else 1.0)
    return web.Response(body=_encode(reply.body), status=reply.status, headers=headers)


def _encode(body: Payload | list[Payload]) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
