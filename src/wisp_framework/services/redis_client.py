"""The client of a Redis server: how it is opened, how its errors read, and whether it is a Redis at all."""

import base64
import binascii
import hashlib
from urllib.parse import unquote, urlsplit

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import MissingExtraError, RedisError

try:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.client import PubSub
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.commands.core import AsyncScript
    from redis.exceptions import (
        AuthenticationError,
        BusyLoadingError,
        InvalidResponse,
        NoPermissionError,
        OutOfMemoryError,
        ReadOnlyError,
    )
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import RedisError as ClientError
    from redis.exceptions import (
        TimeoutError as RedisTimeoutError,
    )
except ImportError as error:
    raise MissingExtraError("REDIS_URL", "redis") from error

__all__ = [
    "AsyncScript",
    "ClientError",
    "Place",
    "PubSub",
    "Redis",
    "namespace_of",
    "open_client",
    "refuse_unfit",
]

MAX_CONNECTIONS = 20
OLDEST_VERSION = 6
"""Before it, a script could not ask for the time and then write."""

_SOCKET_TIMEOUT_S = 5.0
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (AuthenticationError, "it wants a password or knows another one; write it into REDIS_URL"),
    (NoPermissionError, "its user may not do what is needed; allow it all commands on the bot's keys"),
    (ReadOnlyError, "it is a read-only replica; name the primary in REDIS_URL"),
    (OutOfMemoryError, "its memory is full; raise maxmemory, or set maxmemory-policy to allkeys-lru"),
    (BusyLoadingError, "it is still loading its data"),
    (InvalidResponse, "what answers there is no Redis or Valkey server"),
    (RedisTimeoutError, "it does not answer"),
)


class Place:
    """Where a Redis is, in words that hold no secret."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._secret = unquote(parts.password or "")
        self.name = (
            parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
        )

    def failure(self, reason: BaseException | str) -> RedisError:
        """Word what went wrong: the place, the reason, the remedy, never the password."""
        text = reason if isinstance(reason, str) else self._explain(reason)
        return RedisError(
            f"Redis at {self.name} cannot be used: {text}. "
            "Check that it runs and that REDIS_URL is right; REDIS_REQUIRED=false starts without it."
        )

    def _explain(self, error: BaseException) -> str:
        for kind, sentence in _REASONS:
            if isinstance(error, kind):
                return sentence
        text = str(error).rstrip(".") or type(error).__name__
        if isinstance(error, RedisConnectionError) and ("closed" in text or "reset" in text):
            text += "; perhaps it is no Redis or Valkey server"
        return text.replace(self._secret, "***") if self._secret else text


def open_client(url: str) -> Redis:
    """A client that has not connected yet, whose every wait has an end."""
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=_SOCKET_TIMEOUT_S,
        socket_timeout=_SOCKET_TIMEOUT_S,
        socket_connect_timeout=_SOCKET_TIMEOUT_S,
        # Nothing here needs the newer protocol, and some proxies and older servers speak only this one.
        protocol=2,
        # A connection that lay idle may have been closed by the server; more tries would only hide an outage.
        retry=Retry(NoBackoff(), 1),
    )
    return Redis(connection_pool=pool)


async def refuse_unfit(client: Redis, place: Place) -> None:
    """Refuse a server that could not be used, whoever has started it.

    Raises:
        RedisError: it is too old, watches over others (Sentinel), or is one of a cluster.
    """
    facts = await client.info("server")
    version = str(facts.get("redis_version", "0"))
    mode = facts.get("server_mode") or facts.get("redis_mode", "standalone")
    if mode != "standalone":
        raise place.failure(f"it runs as {mode}, and a single server or a replicated primary is needed")
    if int(version.split(".", 1)[0]) < OLDEST_VERSION:
        raise place.failure(f"it is version {version}, and {OLDEST_VERSION} or newer is needed")


def namespace_of(config: AppConfig) -> str:
    """What the names of this bot's keys begin with, so that two bots may share a server."""
    if config.redis_namespace is not None:
        return config.redis_namespace
    return f"wisp:{config.discord_application_id or _id_in(config.discord_token.get_secret_value())}"


def _id_in(token: str) -> str:
    """The bot's id, which a token begins with; for what is no token of Discord's, its fingerprint."""
    head = token.split(".", 1)[0]
    try:
        text = base64.b64decode(head + "=" * (-len(head) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    return text if text.isdigit() else hashlib.sha256(token.encode()).hexdigest()[:16]
