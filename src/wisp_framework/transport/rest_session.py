"""The one place in which every request to Discord's API passes, whoever makes it."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from types import TracebackType
from typing import cast

import aiohttp
import discord
from discord.http import Route

from wisp_framework.transport.rest_answer import Answer
from wisp_framework.transport.rest_asking import TRIES, Asking, Askings
from wisp_framework.transport.rest_call import (
    CALLBACK,
    RestCall,
    RestObserver,
    path_of,
    priority_of,
    route_of,
    webhook_of,
)
from wisp_framework.transport.rest_errors import SendAgain, UnansweredError
from wisp_framework.transport.rest_gate import RestGate
from wisp_framework.utils.clock import Clock

CALL_LIMIT = aiohttp.ClientTimeout(total=15, sock_connect=10)
CALLBACK_LIMIT = aiohttp.ClientTimeout(total=5)
UPLOAD_LIMIT = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=15)
"""How long a call may take: answers to interactions, calls that send files, all others."""

CALLBACK_PAUSES_S = (0.25, 0.5, 1.0)
"""Before an answer to an interaction is sent again: after 3 s Discord takes none.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response
"""
CALLBACK_PATIENCE_S = 6.0
ACKNOWLEDGED = 40060
"""Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json"""

ORIGINAL = "/messages/@original"
MOVED_AT_MOST = 1_000
"""So many first answers with a message of their own are remembered; a token lives for 15 minutes."""

NO_ANSWER = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError)
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class RestSession:
    """An `aiohttp.ClientSession` for Discord's API, with the manners that discord.py lacks.

    Webhooks and interaction callbacks build their addresses from a class attribute and use the client's
    session: what is done here is done for them, too. discord.py's loops send again after 500, 502, 504, 524
    and wait for limits; a call that should be sent again for another reason looks to them like a reset.

    Args:
        session: sends the requests.
        api_url: where the API is.
        clock: measures waits.
        gate: asked before every call.
        observers: are told of every call; the list may change.
        application_id: tells the id of the bot's application, whose webhooks are its interactions.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_url: str,
        clock: Clock,
        gate: RestGate,
        observers: Sequence[RestObserver],
        application_id: Callable[[], int | None],
    ) -> None:
        self._session = session
        self._api_url = api_url
        self._clock = clock
        self._gate = gate
        self._observers = observers
        self._application_id = application_id
        self._askings = Askings(clock)
        self._moved: OrderedDict[str, int] = OrderedDict()
        self.is_patient = True
        """Whether a request is sent again at all; a login tells at once that nobody answers."""

    def begin(self, route: Route, *, repeatable: bool) -> None:
        """The current task asks for something, and waits for its turn with discord.py's limits."""
        self._askings.begin(route.method, route.url, route.path, repeatable=repeatable)

    def end(self) -> None:
        """What the current task asked for is over."""
        self._askings.end()

    def move_original(self, token: str, message_id: int) -> None:
        """Have ``@original`` mean that message of an interaction's, from now on."""
        self._moved[token] = message_id
        if len(self._moved) > MOVED_AT_MOST:
            self._moved.popitem(last=False)

    def request(
        self, method: str, url: str, **options: object
    ) -> "_Sending | aiohttp.client._RequestContextManager":
        """As the session's own, to be entered with ``async with``; other addresses are none of ours."""
        path = path_of(url)
        if path is None:
            return self._session.request(method, url, **options)  # type: ignore[arg-type]
        asking = self._askings.find(method, url)
        if asking is None or asking.calls >= TRIES:
            route = route_of(path)
            repeatable = method != "POST" or route == CALLBACK
            asking = self._askings.begin(method, url, route, repeatable=repeatable)
        if asking.route == CALLBACK and not isinstance(options.get("data"), aiohttp.FormData):
            return _Sending(self._answer(asking, path, options))
        return _Sending(self._call(asking, path, options))

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    # --- sent again, or not ---

    async def _call(self, asking: Asking, path: str, options: dict[str, object]) -> Answer:
        """One call; discord.py makes the next, unless the answer is the end of it."""
        answer = await self._try(asking, path, options)
        may_go_on = self.is_patient and asking.may_go_on(self._clock.monotonic())
        if answer.status == 503 and may_go_on:
            raise SendAgain
        if answer.status < 500 and answer.status != 429:
            self._askings.end()
        return answer

    async def _answer(self, asking: Asking, path: str, options: dict[str, object]) -> Answer:
        """The answer to an interaction, sent again while Discord still takes it."""
        for pause_s in (*CALLBACK_PAUSES_S, None):
            is_last = pause_s is None or self._clock.monotonic() - asking.began_s > CALLBACK_PATIENCE_S
            try:
                answer = await self._try(asking, path, options, is_last=is_last)
            except UnansweredError as error:
                if error.errno is None:
                    raise
            else:
                if answer.status < 500:
                    self._askings.end()
                    return answer
                asking.maybe_done = True
                if is_last:
                    self._askings.end()
                    raise discord.DiscordServerError(cast("aiohttp.ClientResponse", answer), answer.words)
            await self._clock.sleep(pause_s or 0)
        raise AssertionError("the last one returns or raises")

    async def _try(
        self, asking: Asking, path: str, options: dict[str, object], *, is_last: bool = False
    ) -> Answer:
        call = self._call_of(asking, path, options)
        try:
            answer = await self._pass(call, asking, options)
        except NO_ANSWER as error:
            raise self._unanswered(asking, error, is_last=is_last) from error
        if asking.maybe_done and call.status == 404 and call.method == "DELETE":
            answer = answer.instead(204, None)
        elif asking.maybe_done and call.code == ACKNOWLEDGED and asking.route == CALLBACK:
            answer = answer.instead(200, {"interaction": {"id": path.split("/")[2], "type": 2}})
        return answer

    def _unanswered(self, asking: Asking, error: BaseException, *, is_last: bool) -> UnansweredError:
        sent = not isinstance(error, NOT_SENT)
        asking.maybe_done = asking.maybe_done or sent
        again = self.is_patient and not is_last and asking.may_go_on(self._clock.monotonic())
        again = again and (asking.repeatable or not sent)
        if not again:
            self._askings.end()
        return UnansweredError(asking.method, asking.route, error, sent=sent, again=again)

    # --- one call ---

    async def _pass(self, call: RestCall, asking: Asking, options: dict[str, object]) -> Answer:
        await self._gate.admit(call)
        sent_s = self._clock.monotonic()
        call.waited_s = sent_s - asking.asked_s
        ended = [end for observe in self._observers if (end := observe(call)) is not None]
        try:
            answer = await self._send(asking, options)
            answer.tell(call)
        except Exception as error:
            call.error = type(error).__name__
            raise
        finally:
            asking.asked_s = self._clock.monotonic()
            call.took_s = asking.asked_s - sent_s
            self._gate.note(call)
            for end in ended:
                end()
        return answer

    async def _send(self, asking: Asking, options: dict[str, object]) -> Answer:
        limit = CALLBACK_LIMIT if asking.route == CALLBACK else CALL_LIMIT
        if isinstance(options.get("data"), aiohttp.FormData):
            limit = UPLOAD_LIMIT
        url = self._api_url + self._resolved(asking.url).removeprefix(Route.BASE)
        sending = self._session.request(asking.method, url, **{"timeout": limit, **options})  # type: ignore[arg-type]
        async with sending as response:
            return await Answer.of(response)

    def _resolved(self, url: str) -> str:
        if not self._moved or not url.endswith(ORIGINAL):
            return url
        before = url.removesuffix(ORIGINAL)
        message_id = self._moved.get(before.rpartition("/")[2])
        return url if message_id is None else f"{before}/messages/{message_id}"

    def _call_of(self, asking: Asking, path: str, options: dict[str, object]) -> RestCall:
        asking.calls += 1
        webhook = webhook_of(path)
        is_follow_up = webhook is not None and webhook[1] != "" and webhook[0] == self._application_id()
        headers = options.get("headers")
        authorization = headers.get("Authorization") if isinstance(headers, dict) else None
        return RestCall(
            method=asking.method,
            route=asking.route,
            priority=priority_of(asking.method, asking.route, is_follow_up=is_follow_up),
            attempt=asking.calls,
            bot=mark_of(authorization) if authorization else None,
            webhook=(webhook[0], mark_of(webhook[1])) if webhook is not None else None,
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
