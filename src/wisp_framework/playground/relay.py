"""Hands the page's requests and its gateway on to the offline Discord, so that all it needs is one origin."""

import asyncio

import aiohttp
from aiohttp import WSMsgType, web
from yarl import URL

# What the two ends need to know of each other: a cookie of the page is not among it.
_ASKED = ("Authorization", "Content-Type", "X-Audit-Log-Reason", "X-Discord-Locale")
_ANSWERED = ("Content-Type", "Retry-After", "X-RateLimit-Reset-After", "X-RateLimit-Scope")
_MAX_FRAME_BYTES = 64 * 1024 * 1024


class Relay:
    """A client of the offline Discord on behalf of the page; it changes nothing.

    Args:
        api_url: base of the REST routes.
        gateway_url: where the gateway is.
    """

    def __init__(self, api_url: str, gateway_url: str) -> None:
        self._api_url = api_url
        self._gateway_url = gateway_url
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Be ready to hand on."""
        self._session = aiohttp.ClientSession(auto_decompress=True)

    async def close(self) -> None:
        """Let all connections go."""
        if self._session is not None:
            await self._session.close()

    async def rest(self, request: web.Request) -> web.StreamResponse:
        """One request and its answer."""
        query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
        url = f"{self._api_url}/{request.rel_url.raw_path.partition('/discord/api/')[2]}{query}"
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        body = await request.read()
        try:
            async with self._running.request(
                request.method, URL(url, encoded=True), headers=headers, data=body or None
            ) as answer:
                kept = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except aiohttp.ClientError:
            raise web.HTTPBadGateway(text="The offline Discord does not answer.") from None

    async def gateway(self, request: web.Request) -> web.StreamResponse:
        """One connection to the gateway, until either end is done."""
        page = web.WebSocketResponse(max_msg_size=_MAX_FRAME_BYTES)
        try:
            discord = await self._running.ws_connect(
                f"{self._gateway_url}?v=10&encoding=json", max_msg_size=_MAX_FRAME_BYTES
            )
        except aiohttp.ClientError:
            raise web.HTTPBadGateway(text="The offline Discord does not answer.") from None
        async with discord:
            await page.prepare(request)
            ends = [asyncio.create_task(_copy(page, discord)), asyncio.create_task(_copy(discord, page))]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
                await asyncio.wait(ends)
            await page.close(code=discord.close_code or 1001)
        return page

    @property
    def _running(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the relay is used between start and close")
        return self._session


async def _copy(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await target.send_bytes(message.data)
