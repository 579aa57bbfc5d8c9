"""The Redis or Valkey server that the processes of a bot share: asked within limits, and listened to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import TypeVar

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import RedisError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.services.redis_client import (
    ClientError,
    Place,
    Redis,
    namespace_of,
    open_client,
    refuse_unfit,
)
from wisp_framework.utils.clock import Clock, SystemClock

T = TypeVar("T")

LIMIT_S = 0.5
"""How long one question may take; a server that is slower counts as away."""

RETRY_S = 1.0
"""How often a server that is away is tried again."""

QUIET_S = 5.0
"""After this long without a word, the server is asked whether the line still stands."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Listener:
    channel: str
    heard: Callable[[bytes], None]
    joined: Callable[[], None]


class RedisService(BaseService):
    """Asks the server, each time within a limit; knows when it is away, and notices when it is back.

    One that cannot be reached stops the start, unless ``config.redis_required`` is False. Later an outage
    stops nothing: every question fails with `RedisError`, at once after the first, until the server is back.
    """

    def __init__(self, config: AppConfig, clock: Clock | None = None) -> None:
        super().__init__(config)
        url = config.redis_url
        if url is None:
            raise RedisError("REDIS_URL is not set")
        self.required = config.redis_required
        self.namespace = namespace_of(config)
        self._url = url.get_secret_value()
        self._place = Place(self._url)
        self._clock = clock or SystemClock()
        self._client: Redis | None = None
        self._failure: RedisError | None = None
        self._next_attempt_s = 0.0
        self._listeners: list[_Listener] = []
        self._listening: asyncio.Task[None] | None = None
        self._hearing = False
        self._joined = asyncio.Event()
        self._line: asyncio.Task[None] | None = None

    @property
    def hearing(self) -> bool:
        """Whether everything that is published now is heard here."""
        return self._hearing

    @property
    def away(self) -> bool:
        """Whether the last question failed."""
        return self._failure is not None

    def listen(self, channel: str, heard: Callable[[bytes], None], joined: Callable[[], None]) -> None:
        """Hear what is published on a channel; to be called before the start.

        Args:
            channel: its whole name.
            heard: called with each message.
            joined: called each time that hearing begins; what was published before was missed.
        """
        self._listeners.append(_Listener(channel, heard, joined))

    @override
    async def startup(self) -> None:
        """Reach the server, and begin to listen.

        Raises:
            RedisError: it cannot be used, and the configuration says that it must.
        """
        self._client = client = open_client(self._url)
        self._failure, self._next_attempt_s = None, 0.0
        try:
            await self._attempt(client, lambda found: refuse_unfit(found, self._place), LIMIT_S)
            await self._knock(client, LIMIT_S)
        except RedisError as error:
            if self.required:
                raise
            _log.warning("started without Redis, which is tried again and again: %s", error)
        if self._listeners:
            self._listening = asyncio.create_task(self._listen(client), name="redis", context=Context())
            if self._failure is None:  # so that whatever is published after the start is heard
                with suppress(DeadlineExceededError):
                    await within(self._clock, LIMIT_S, _set(self._joined))
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        tasks = {task for task in (self._listening, self._line) if task is not None}
        self._listening = self._line = None
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._hearing = False
        self._joined.clear()
        if client is not None:
            await client.aclose()
            await client.connection_pool.disconnect()

    @override
    async def check_health(self) -> Health:
        """Write something, now; degraded when that fails, as the bot serves on."""
        if self._client is None:
            return Health(HealthState.DOWN, "not started")
        try:
            await self._knock(self._client, LIMIT_S)
        except RedisError as error:
            return Health(HealthState.DEGRADED, str(error))
        if self._listeners and not self.hearing:
            return Health(HealthState.DEGRADED, f"{self._place.name} answers, but is not heard yet")
        return Health(HealthState.OK, self._place.name)

    async def run(self, work: Callable[[Redis], Awaitable[T]], *, limit_s: float = LIMIT_S) -> T:
        """Do ``work`` with the client.

        Args:
            work: questions; may be given up in their midst, so leave nothing half done.
            limit_s: how long it may take; only who waited for `LIMIT_S` lets the server count as away.

        Raises:
            RedisError: it failed, took too long, or the server is known to be away.
        """
        client = self._client
        if client is None:
            raise RedisError("the Redis service is not started")
        if self._failure is not None:
            if self._clock.monotonic() < self._next_attempt_s:
                raise RedisError(str(self._failure)) from self._failure
            # One tries, the others go on without.
            self._next_attempt_s = self._clock.monotonic() + RETRY_S
            await self._knock(client, limit_s)
        return await self._attempt(client, work, limit_s)

    async def _attempt(self, client: Redis, work: Callable[[Redis], Awaitable[T]], limit_s: float) -> T:
        try:
            return await within(self._clock, limit_s, _done(work, client))
        except DeadlineExceededError as error:
            failure = self._place.failure(f"no answer within {limit_s:g} s")
            if limit_s >= LIMIT_S:
                self._fail(failure)
            raise failure from error
        except RedisError as error:
            self._fail(error)
            raise
        except (ClientError, OSError) as error:
            failure = self._place.failure(error)
            self._fail(failure)
            raise failure from error

    def _fail(self, failure: RedisError) -> None:
        if self._failure is None and self.initialized:
            _log.warning("%s", failure)
        self._failure = failure
        self._hearing = False
        self._next_attempt_s = self._clock.monotonic() + RETRY_S

    async def _knock(self, client: Redis, limit_s: float) -> None:
        # A read-only replica, or a server whose memory is full, would answer a question: so write.
        await self._attempt(
            client, lambda server: server.set(f"{self.namespace}:knock", b"", px=1000), limit_s
        )
        if self._failure is None:
            return
        self._failure = None
        _log.info("Redis at %s is back", self._place.name)
        if self._line is not None:
            self._line.cancel()

    async def _listen(self, client: Redis) -> None:
        while True:
            self._line = line = asyncio.create_task(self._hear(client), name="redis line")
            try:
                await asyncio.wait({line})
            finally:
                self._hearing = False
                line.cancel()
            if line.cancelled():  # to be made anew, as the server is back
                continue
            error = line.exception()
            if not isinstance(error, ClientError | OSError):
                _log.error("listening to Redis at %s failed", self._place.name, exc_info=error)
            await self._clock.sleep(RETRY_S)

    async def _hear(self, client: Redis) -> None:
        """Hand on what is heard until the line breaks."""
        by_channel = {listener.channel.encode(): listener for listener in self._listeners}
        async with client.pubsub() as line:
            await line.subscribe(*by_channel)
            missing, asked = len(by_channel), False
            while True:
                message = await line.get_message(timeout=QUIET_S)
                if message is None:
                    if asked:
                        raise TimeoutError("no answer on a quiet line")
                    await line.ping()
                asked = message is None
                if message is not None and message["type"] == "subscribe":
                    missing -= 1
                    if not missing:  # also after the client has made the line anew by itself
                        missing = len(by_channel)
                        self._join()
                elif message is not None and message["type"] == "message":
                    by_channel[message["channel"]].heard(message["data"])

    def _join(self) -> None:
        self._hearing = True
        self._joined.set()
        for listener in self._listeners:
            listener.joined()


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def _done(work: Callable[[Redis], Awaitable[T]], client: Redis) -> T:
    return await work(client)
