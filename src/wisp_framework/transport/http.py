"""The HTTP side of one client, pointed at the API address of its configuration."""

from collections.abc import Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from typing_extensions import override

from wisp_framework.transport.private import replace_session, session_of

if TYPE_CHECKING:  # these modules of discord.py import each other in a circle and hold nothing at run time
    from discord.types import user


class RebasedSession:
    """An `aiohttp.ClientSession` whose requests to Discord's API go to another address.

    Webhooks and interaction callbacks build their addresses from a class attribute and use the client's
    session; this is the one place in which all of them pass.
    """

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_url = api_url

    def request(
        self, method: str, url: str, **options: object
    ) -> Coroutine[object, None, aiohttp.ClientResponse]:
        """As the session's own, with the address rewritten."""
        rebased = self._api_url + url.removeprefix(Route.BASE) if url.startswith(Route.BASE) else url
        return self._session.request(method, rebased, **options)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)


class WispHTTP(HTTPClient):
    """discord.py's HTTP client for one API address; the gateway's address follows from it."""

    def __init__(self, stock: HTTPClient, api_url: str) -> None:
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

    @property
    def is_rebased(self) -> bool:
        """Whether this client speaks to something other than discord.py's built-in address."""
        return self.api_url != Route.BASE

    @override
    async def static_login(self, token: str) -> "user.User":
        data: user.User
        try:
            data = await super().static_login(token)
        finally:
            # Also after a refused login: the session is closed through the same door.
            if self.is_rebased and isinstance(session := session_of(self), aiohttp.ClientSession):
                replace_session(self, RebasedSession(session, self.api_url))
        return data

    @override
    def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,
        form: Iterable[dict[str, object]] | None = None,
        **options: object,
    ) -> Coroutine[object, None, object]:
        if self.is_rebased and route.url.startswith(Route.BASE):
            route.url = self.api_url + route.url.removeprefix(Route.BASE)
        return super().request(route, files=files, form=form, **options)

    @override
    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        return await super().ws_connect(self._regate(url), compress=compress)

    def _regate(self, url: str) -> str:
        """The address that `GET /gateway/bot` named, wherever discord.py falls back to its constant."""
        wanted = yarl.URL(url)
        if self.gateway_url is None or wanted.host != DiscordWebSocket.DEFAULT_GATEWAY.host:
            return url
        return str(self.gateway_url.with_query(wanted.query))
