"""The HTTP side of one client, pointed at the API address of its configuration."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, cast

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from typing_extensions import override

from wisp_framework.services.audit_reason import NameOf, default_reason, nobody_known
from wisp_framework.transport.nonce import MESSAGES, enforced, enforced_form, is_enforced
from wisp_framework.transport.private import replace_session, send_once, session_of
from wisp_framework.transport.rest_call import RestObserver
from wisp_framework.transport.rest_gate import RestGate
from wisp_framework.transport.rest_session import RestSession
from wisp_framework.utils.clock import Clock

if TYPE_CHECKING:  # these modules of discord.py import each other in a circle and hold nothing at run time
    from discord.types import user


class WispHTTP(HTTPClient):
    """discord.py's HTTP client for one API address; the gateway's address follows from it.

    Args:
        stock: discord.py's own, unused so far, whose options are taken over.
        api_url: where the API is.
        clock: measures waits.
        gate: asked before every call.
        application_id: tells the id of the bot's application; None before login.

    Attributes:
        observers: told of every call to the API, those of webhooks and of answers to interactions, too.
        name_of: what a user is called; it stands in the reasons of Discord's audit log.
    """

    def __init__(
        self,
        stock: HTTPClient,
        api_url: str,
        clock: Clock,
        gate: RestGate,
        application_id: Callable[[], int | None],
    ) -> None:
        super().__init__(
            stock.loop,
            stock.connector if stock.connector is not discord.utils.MISSING else None,
            proxy=stock.proxy,
            proxy_auth=stock.proxy_auth,
            unsync_clock=not stock.use_clock,
            http_trace=stock.http_trace,
            max_ratelimit_timeout=stock.max_ratelimit_timeout,
        )
        self.api_url = api_url
        self.gateway_url: yarl.URL | None = None
        self.observers: list[RestObserver] = []
        self.name_of: NameOf = nobody_known
        self._clock = clock
        self._gate = gate
        self._is_patient = True
        self._application_id = application_id

    @property
    def is_rebased(self) -> bool:
        """Whether this client speaks to something other than discord.py's built-in address."""
        return self.api_url != Route.BASE

    @override
    async def static_login(self, token: str) -> "user.User":
        self._is_patient = False  # whoever starts a bot is told at once
        try:
            return await super().static_login(token)
        finally:
            self._is_patient = True

    @override
    async def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,
        form: Iterable[dict[str, object]] | None = None,
        **options: object,
    ) -> object:
        if "reason" in options:  # whatever leaves an entry in a guild's audit log
            options["reason"] = default_reason(cast("str | None", options["reason"]), self.name_of)
        parts = list(form or ())
        repeatable = route.method != "POST"
        if not repeatable and route.path == MESSAGES:
            parts, payload = enforced_form(parts), options.get("json")
            if isinstance(payload, dict):
                options["json"] = payload = enforced(payload)
            repeatable = is_enforced(payload, parts)
        session = self._session()
        if session is not None:
            session.is_patient = self._is_patient
            session.begin(route, repeatable=repeatable)
        try:
            return await super().request(route, files=files, form=parts or None, **options)
        finally:
            if session is not None:
                session.end()

    def move_original(self, token: str, message_id: int) -> None:
        """Have the first answer to an interaction be that message, for whatever asks for it later."""
        session = self._session()
        if session is not None:
            session.move_original(token, message_id)

    def _session(self) -> RestSession | None:
        """Ours; discord.py makes its own at login, and logs in with it at once. None before."""
        session: object = session_of(self)
        if isinstance(session, aiohttp.ClientSession):
            send_once(session)
            session = RestSession(
                session, self.api_url, self._clock, self._gate, self.observers, self._application_id
            )
            replace_session(self, session)
        return session if isinstance(session, RestSession) else None

    @override
    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        return await super().ws_connect(self._regate(url), compress=compress)

    def _regate(self, url: str) -> str:
        """The address that `GET /gateway/bot` named, wherever discord.py falls back to its constant."""
        wanted = yarl.URL(url)
        if self.gateway_url is None or wanted.host != DiscordWebSocket.DEFAULT_GATEWAY.host:
            return url
        return str(self.gateway_url.with_query(wanted.query))
