"""The one place in which every request to Discord's API passes, whoever makes it."""

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from types import TracebackType

import aiohttp
from discord.http import Route

from wisp_framework.transport.rest_answer import Answer
from wisp_framework.transport.rest_asking import Askings
from wisp_framework.transport.rest_call import (
    RestCall,
    RestObserver,
    path_of,
    priority_of,
    route_of,
    webhook_of,
)
from wisp_framework.utils.clock import Clock


class RestSession:
    """An `aiohttp.ClientSession` for Discord's API at its address, with observers.

    Webhooks and interaction callbacks build their addresses from a class attribute and use the client's
    session: what is done here is done for them, too.

    Args:
        session: sends the requests.
        api_url: where the API is.
        clock: measures waits.
        observers: are told of every call; the list may change.
        is_own: whether an id is that of the bot's application, whose webhooks are its interactions.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_url: str,
        clock: Clock,
        observers: Sequence[RestObserver],
        is_own: Callable[[int], bool],
    ) -> None:
        self._session = session
        self._api_url = api_url
        self._clock = clock
        self._observers = observers
        self._is_own = is_own
        self.askings = Askings(clock)

    def request(
        self, method: str, url: str, **options: object
    ) -> "_Sending | aiohttp.client._RequestContextManager":
        """As the session's own, to be entered with ``async with``; only the API's addresses are rewritten."""
        path = path_of(url)
        if path is None:
            return self._session.request(method, url, **options)  # type: ignore[arg-type]
        return _Sending(self._carry(method, url, path, options))

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    async def _carry(self, method: str, url: str, path: str, options: dict[str, object]) -> Answer:
        call = self._call_of(method, url, path, options)
        ended = [end for observe in self._observers if (end := observe(call)) is not None]
        sent_s = self._clock.monotonic()
        try:
            answer = await self._send(method, url, options)
            call.status = answer.status
        except Exception as error:
            call.error = type(error).__name__
            raise
        finally:
            call.took_s = self._clock.monotonic() - sent_s
            for end in ended:
                end()
        return answer

    async def _send(self, method: str, url: str, options: dict[str, object]) -> Answer:
        rebased = self._api_url + url.removeprefix(Route.BASE)
        async with self._session.request(method, rebased, **options) as response:  # type: ignore[arg-type]
            return Answer(response, await response.read())

    def _call_of(self, method: str, url: str, path: str, options: dict[str, object]) -> RestCall:
        asking = self.askings.find(method, url) or self.askings.begin(method, url, route_of(path))
        asking.calls += 1
        now_s = self._clock.monotonic()
        waited_s, asking.asked_s = now_s - asking.asked_s, now_s
        webhook = webhook_of(path)
        is_follow_up = webhook is not None and webhook[1] != "" and self._is_own(webhook[0])
        headers = options.get("headers")
        authorization = headers.get("Authorization") if isinstance(headers, dict) else None
        return RestCall(
            method=method,
            route=asking.route,
            priority=priority_of(method, asking.route, is_follow_up=is_follow_up),
            attempt=asking.calls,
            bot=mark_of(authorization) if authorization else None,
            webhook=(webhook[0], mark_of(webhook[1])) if webhook is not None else None,
            waited_s=waited_s,
        )


class _Sending:
    """A request that is sent when it is entered."""

    __slots__ = ("_sent",)

    def __init__(self, sent: Coroutine[object, None, Answer]) -> None:
        self._sent = sent

    async def __aenter__(self) -> Answer:
        return await self._sent

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The answer was read to its end: nothing is held."""


@lru_cache(maxsize=64)
def mark_of(secret: str) -> str:
    """A few characters that are the same for the same secret and do not give it away."""
    return hashlib.blake2b(secret.encode(), digest_size=8).hexdigest()
