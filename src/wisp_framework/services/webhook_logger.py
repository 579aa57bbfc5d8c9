"""Messages to a Discord webhook, for the people who run the bot."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import Context, ContextVar
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
import msgspec
from pydantic import SecretStr
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.config.credentials import HIDDEN, hide_shapes, secret_parts
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.deadline import DeadlineExceededError, give_up, within
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.webhook_handler import WebhookHandler
from wisp_framework.services.webhook_message import Note, each_text, take_message
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.json_value import JsonInput, JsonValue, find_misfit

MAX_WAITING = 500
"""How many messages may wait; later ones are dropped, counted, and the count is posted."""

PACE_REQUESTS = 5
PACE_WINDOW_S = 2.0
"""Discord takes five requests in two seconds from one webhook."""

REQUEST_TIMEOUT_S = 10.0
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0
FLUSH_LIMIT_S = 5.0
"""How long a shutdown tries to send what still waits."""

_GONE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})

SHORTEST = 4
"""How many characters a secret has to have: hiding a shorter one would tear every text apart."""

_HEADERS = {"Content-Type": "application/json"}

_posting: ContextVar[bool] = ContextVar("wisp_webhook_posting", default=False)
"""Whether the code that runs now is posting: what it logs must not be posted in its turn."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    retry_after_s: float = 0.0
    problem: str = ""

    @property
    def delivered(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def refused(self) -> bool:
        """Whether sending the same again would be refused again."""
        return HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR


class WebhookLoggerService(BaseService):
    """Posts to ``WEBHOOK_LOGGER_URL``, behind the caller's back; does nothing where that is not set.

    Messages wait in a queue, go out together where they fit, no faster than Discord
    allows, and are kept while Discord is away; one that is said again while it waits is
    posted once, with its number. Secrets are hidden, nobody is mentioned. Nothing here
    ever raises into the caller.

    Lines of the bot's log from ``WEBHOOK_LOGGER_LEVEL`` on are posted, too; those that
    differ in their arguments alone are the same.

    Args:
        config: names the webhook and the level.
        clock: keeps the pace.
        metrics: counts what was posted and dropped, and tells when the webhook is gone.
    """

    required = False

    def __init__(
        self, config: AppConfig, clock: Clock | None = None, metrics: MetricsService | None = None
    ) -> None:
        super().__init__(config)
        self._clock = clock or SystemClock()
        self._metrics = metrics
        # The longest first: a password may be part of an address that is a secret as a whole.
        held = (value for _, value in config if isinstance(value, SecretStr))
        found = frozenset().union(*map(secret_parts, held))
        self._secrets = sorted((value for value in found if len(value) >= SHORTEST), key=len, reverse=True)
        self._waiting: deque[Note] = deque()
        self._same: dict[object, Note] = {}
        self._handler: WebhookHandler | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._sent_at_s: deque[float] = deque(maxlen=PACE_REQUESTS)
        self._not_before_s = 0.0
        self._session: aiohttp.ClientSession | None = None
        self._sender: asyncio.Task[None] | None = None
        self._posting = 0
        self._dropped = 0
        self._untold = 0
        self._buried = ""
        self._failing = ""

    @property
    def dropped(self) -> int:
        """How many messages were never posted: too many waited, or Discord refused them."""
        return self._dropped

    async def log(
        self, content: str, *, level: str = "info", embed: Mapping[str, JsonInput] | None = None
    ) -> None:
        """Post a line, with its level in front; what is longer than 2000 characters is cut."""
        line = f"`{level.upper()}` {content}"
        self._take(line, embed, line if embed is None else None)

    async def send_embed(self, embed: Mapping[str, JsonInput]) -> None:
        """Post an embed, in Discord's own form."""
        self._take("", embed)

    async def send_embeds(self, embeds: Sequence[Mapping[str, JsonInput]]) -> None:
        """Post several embeds, in their order."""
        for embed in embeds:
            self._take("", embed)

    @override
    async def startup(self) -> None:
        """Begin to post; the network is first touched by the first message."""
        url = self.config.webhook_logger_url
        if url is not None:
            timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
            sending = self._send(self._session, url.get_secret_value())
            self._sender = asyncio.create_task(sending, name="webhook logger", context=Context())
            if self.config.webhook_logger_level is not None:
                level = self.config.webhook_logger_level
                self._handler = WebhookHandler(level, asyncio.get_running_loop(), self._take_line)
                logging.getLogger().addHandler(self._handler)
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Post what still waits, for five seconds at most; what is left is counted in the log."""
        handler, self._handler = self._handler, None
        if handler is not None:
            logging.getLogger().removeHandler(handler)
        sender, self._sender = self._sender, None
        if sender is not None:
            await self._finish(sender)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @override
    async def check_health(self) -> Health:
        """Down if the webhook is gone, degraded while Discord does not take messages."""
        if self.config.webhook_logger_url is None:
            return Health(HealthState.OK, "not configured")
        if self._buried:
            return Health(HealthState.DOWN, self._buried)
        if self._failing:
            return Health(HealthState.DEGRADED, f"{self._failing}; messages that wait: {self._left}")
        if self._dropped:
            return Health(HealthState.DEGRADED, f"{self._dropped} messages were dropped")
        return await super().check_health()

    @property
    def _left(self) -> int:
        return sum(note.count for note in self._waiting) + self._posting

    def _take_line(self, line: str, sameness: object) -> None:
        """Post a line of the log, unless posting itself wrote it."""
        if not _posting.get():
            self._take(line, None, sameness)

    def _take(self, content: str, embed: Mapping[str, JsonInput] | None, sameness: object = None) -> None:
        if self.config.webhook_logger_url is None:
            return
        same = self._same.get(sameness) if sameness is not None else None
        if same is not None:
            same.count += 1
            return
        owned = dict(embed) if embed is not None else None
        if self._buried or len(self._waiting) >= MAX_WAITING or find_misfit(owned) is not None:
            self._drop(1)
            return
        note = Note(self._hide(content), self._hide_in(owned), sameness)
        self._waiting.append(note)
        if sameness is not None:
            self._same[sameness] = note
        self._idle.clear()
        self._wake.set()

    def _drop(self, count: int) -> None:
        if not self._dropped:
            _log.warning("Messages to the webhook are dropped; how many is told by health")
        self._dropped += count
        self._untold += count
        self._count("dropped", count)

    def _count(self, outcome: str, count: int) -> None:
        if self._metrics is not None:
            self._metrics.increment("webhook.messages", count, outcome=outcome)

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return hide_shapes(text)

    def _hide_in(self, embed: dict[str, JsonInput] | None) -> dict[str, JsonValue] | None:
        """A copy of the embed, as JSON holds it, without secrets in any of its texts."""
        if embed is None:
            return None
        copy: dict[str, JsonValue] = msgspec.json.decode(msgspec.json.encode(embed))
        return {key: each_text(value, self._hide) for key, value in copy.items()}

    async def _finish(self, sender: asyncio.Task[None]) -> None:
        try:
            await within(self._clock, FLUSH_LIMIT_S, self._until_idle())
        except DeadlineExceededError:
            _log.warning("Messages to the webhook that were not posted before the stop: %d", self._left)
        finally:
            await give_up(self._clock, sender)

    async def _until_idle(self) -> None:
        await self._idle.wait()

    async def _send(self, session: aiohttp.ClientSession, url: str) -> None:
        _posting.set(True)
        while not self._buried:
            if not self._waiting:
                self._idle.set()
                self._wake.clear()
                await self._wake.wait()
            if self._untold:
                told, self._untold = self._untold, 0
                self._waiting.appendleft(Note(f"`WARNING` messages dropped before this one: {told}"))
            notes, body = take_message(self._waiting)
            for note in notes:
                self._same.pop(note.sameness, None)
            self._posting = sum(note.count for note in notes)
            await self._deliver(session, url, body)
            self._posting = 0
        if self._waiting:
            self._drop(self._left)
        self._waiting.clear()
        self._same.clear()
        self._idle.set()

    async def _deliver(self, session: aiohttp.ClientSession, url: str, body: dict[str, JsonValue]) -> None:
        """Post one message, however often it takes; give it up only when Discord refuses it."""
        pause_s = RETRY_FIRST_S
        while True:
            await self._wait_turn()
            reply = await _post(session, url, body)
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._not_before_s = self._clock.monotonic() + reply.retry_after_s
                continue
            if reply.delivered:
                self._count("posted", self._posting)
                self._failing = ""
                self._not_before_s = self._clock.monotonic() + reply.retry_after_s
                return
            if reply.status in _GONE:
                self._bury(reply.status)
            if reply.refused:
                _log.warning("The webhook refused a message with status %d", reply.status)
                self._drop(self._posting)
                return
            self._note_trouble(reply)
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    async def _wait_turn(self) -> None:
        ready_s = self._not_before_s
        if len(self._sent_at_s) == PACE_REQUESTS:
            ready_s = max(ready_s, self._sent_at_s[0] + PACE_WINDOW_S)
        wait_s = ready_s - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)
        self._sent_at_s.append(self._clock.monotonic())

    def _note_trouble(self, reply: _Reply) -> None:
        if not self._failing:
            _log.warning("The webhook takes no messages now (%s); they wait", reply.problem)
        self._failing = reply.problem

    def _bury(self, status: int) -> None:
        self._buried = (
            f"the webhook is gone (status {status}); set WEBHOOK_LOGGER_URL to a new one and restart"
        )
        _log.error("Webhook logger: %s", self._buried)
        if self._metrics is not None:
            self._metrics.gauge("webhook.gone", 1)


async def _post(session: aiohttp.ClientSession, url: str, body: dict[str, JsonValue]) -> _Reply:
    """One request; the errors of the HTTP client hold the URL, so only their types are told."""
    data = msgspec.json.encode(body)
    try:
        async with session.post(url, data=data, headers=_HEADERS, allow_redirects=False) as response:
            return _Reply(response.status, _retry_after_s(response), f"status {response.status}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return _Reply(0, problem=type(error).__name__)


def _retry_after_s(response: aiohttp.ClientResponse) -> float:
    """How long Discord asks to wait before the next request, in seconds."""
    headers = response.headers
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        asked = headers.get("Retry-After", "1")
    else:
        asked = (
            headers.get("X-RateLimit-Reset-After", "0")
            if headers.get("X-RateLimit-Remaining") == "0"
            else "0"
        )
    try:
        return max(0.0, float(asked))
    except ValueError:
        return 1.0
