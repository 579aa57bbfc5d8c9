"""The HTTP side of one client, pointed at the API address of its configuration."""

from collections.abc import Callable, Coroutine, Iterable, Sequence

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from typing_extensions import override

from wisp_framework.transport.private import replace_session, session_of
from wisp_framework.transport.rest_call import RestObserver
from wisp_framework.transport.rest_session import RestSession
from wisp_framework.utils.clock import Clock, SystemClock


class WispHTTP(HTTPClient):
    """discord.py's HTTP client for one API address; the gateway's address follows from it.

    Args:
        stock: discord.py's own, unused so far, whose options are taken over.
        api_url: where the API is.
        clock: measures waits; the machine's unless given.
        is_own: whether an id is that of the bot's application; asked after login.

    Attributes:
        observers: told of every call to the API, those of webhooks and of answers to interactions, too.
    """

    def __init__(
        self,
        stock: HTTPClient,
        api_url: str,
        clock: Clock | None = None,
        is_own: Callable[[int], bool] = lambda _: False,
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
        self._clock = clock or SystemClock()
        self._is_own = is_own

    @property
    def is_rebased(self) -> bool:
        """Whether this client speaks to something other than discord.py's built-in address."""
        return self.api_url != Route.BASE

    @override
    def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,
        form: Iterable[dict[str, object]] | None = None,
        **options: object,
    ) -> Coroutine[object, None, object]:
        return self._ask(route, super().request(route, files=files, form=form, **options))

    async def _ask(self, route: Route, asked: Coroutine[object, None, object]) -> object:
        # discord.py makes its session at login, and logs in with it at once.
        session: object = session_of(self)
        if isinstance(session, aiohttp.ClientSession):
            session = RestSession(session, self.api_url, self._clock, self.observers, self._is_own)
            replace_session(self, session)
        if not isinstance(session, RestSession):
            return await asked
        session.askings.begin(route.method, route.url, route.path)
        try:
            return await asked
        finally:
            session.askings.end()

    @override
    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        return await super().ws_connect(self._regate(url), compress=compress)

    def _regate(self, url: str) -> str:
        """The address that `GET /gateway/bot` named, wherever discord.py falls back to its constant."""
        wanted = yarl.URL(url)
        if self.gateway_url is None or wanted.host != DiscordWebSocket.DEFAULT_GATEWAY.host:
            return url
        return str(self.gateway_url.with_query(wanted.query))
