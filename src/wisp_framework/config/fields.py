"""What the values of settings may look like, and how text becomes a value.

Each parser takes what stands in the environment or what a caller hands in, and
answers with the value or a sentence that says what is wrong. No sentence ever
repeats a secret.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LogFormat = Literal["console", "json"]

_SMALLEST_ID = 1 << 22
_BIGGEST_ID = (1 << 63) - 1
_API_PATH = re.compile(r".*/api(/v\d+)?")
_WEBHOOK_PATH = re.compile(r".*/webhooks/\d+/[\w-]+")
_NO_TOKENS = tuple(
    (re.compile(shape), reason)
    for shape, reason in (
        (r"^(\".*\"|'.*')$", "the quotes around it are part of the value; leave them out"),
        (r"\s", "it contains a space or a line break, which no token has"),
        (r"[^\x21-\x7e]", "it contains a character that no token has"),
        (r"^\d+$", "this is an id, not the token"),
        (r"^[0-9a-fA-F]{64}$", "this is the application's public key, not the bot's token"),
        (r"^[A-Za-z0-9_-]{32}$", "this looks like the application's client secret, not the bot's token"),
        (r"^https?:", "this is a URL, not the token"),
        (r"(?i)^(your[-_]|(change|replace)[-_]?me|insert[-_]|todo\b|x{3,}|\.{3}|<)", "this is a placeholder"),
    )
)
_SHORTEST_OPS_TOKEN = 16
_ASYNC_SCHEMES = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


@dataclass(frozen=True, slots=True)
class Env:
    """How one setting is written outside the code.

    Args:
        form: the wanted form, with an example; read by people, in errors and in the docs.
        names: environment variables, the preferred one first; none means the field's own name in capitals.
    """

    form: str
    names: tuple[str, ...] = ()


class FromEnv(str):
    """A value as it was read, which still knows where it stood.

    ``variable`` is the name the user wrote, ``origin`` the file or "the environment".
    With ``broken`` set there is no value, only the reason why.
    """

    __slots__ = ("broken", "origin", "variable")

    variable: str
    origin: str
    broken: str

    def __new__(cls, value: str, variable: str, origin: str, broken: str = "") -> "FromEnv":
        """Wrap ``value``, which was read from ``variable`` in ``origin``."""
        self = super().__new__(cls, value)
        self.variable = variable
        self.origin = origin
        self.broken = broken
        return self


def parse_id(value: object) -> object:
    """A Discord id, from digits or from a whole number."""
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdigit()):
            raise ValueError("it is not a Discord id, which has digits only")
        value = int(text[:32])
    is_id = isinstance(value, int) and not isinstance(value, bool) and _SMALLEST_ID <= value <= _BIGGEST_ID
    if not is_id:
        raise ValueError("no Discord id has that size")
    return value


def _items(value: object) -> Iterable[object]:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    if isinstance(value, int):
        return [value]
    if isinstance(value, Iterable):
        return value
    raise ValueError("it is not a list")


def parse_ids(value: object) -> object:
    """Discord ids, from a comma-separated text or any collection."""
    ids: list[object] = []
    for place, item in enumerate(_items(value), start=1):
        try:
            ids.append(parse_id(item))
        except ValueError as error:
            raise ValueError(f"at place {place}, {error}") from None
    return frozenset(ids)


def parse_modules(value: object) -> object:
    """Modules as ``package.module`` or ``package.module:Class``, in the order given."""
    names: dict[str, None] = {}
    for item in _items(value):
        path, colon, attribute = str(item).partition(":")
        parts = [*path.split("."), *([attribute] if colon else [])]
        if not all(part.isidentifier() for part in parts):
            raise ValueError(f"{str(item)!r} is not the path of a module")
        names[str(item)] = None
    return tuple(names)


def parse_level(value: object) -> object:
    """A level's name, whatever its case."""
    if not isinstance(value, str):
        return value
    name = value.strip().upper()
    return {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(name, name)


def parse_lower(value: object) -> object:
    """One of a few words, whatever its case."""
    return value.strip().lower() if isinstance(value, str) else value


def parse_never(value: object) -> object:
    """The word ``never`` as None."""
    return None if isinstance(value, str) and value.strip().lower() == "never" else value


def parse_path(value: object) -> object:
    """A path, with ``~`` standing for the home folder."""
    return Path(value).expanduser() if isinstance(value, str | Path) else value


def parse_timezone(value: object) -> object:
    """The name of a time zone that this machine knows."""
    if not isinstance(value, str):
        return value
    name = value.strip().removeprefix(":")
    load_timezone(name)
    return name


def load_timezone(name: str) -> tzinfo:
    """The time zone called ``name``; UTC is known even where no time zone database is.

    Raises:
        ValueError: it is unknown, or this machine has no time zone database.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        if not available_timezones():
            raise ValueError("this machine has no time zone database: pip install tzdata") from None
        raise ValueError("no such time zone is known here") from None


UNREADABLE = (
    "it cannot be read as a URL; characters such as @ : / # in a password are written %40 %3A %2F %23"
)
WEB = ("https", "http")


def split_url(text: str, schemes: Sequence[str]) -> SplitResult:
    """The parts of a URL of one of ``schemes``; what is wrong is said without quoting it.

    Raises:
        ValueError: it is not such a URL.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port, parts.hostname
    except ValueError:
        raise ValueError(UNREADABLE) from None
    if parts.scheme not in schemes:
        raise ValueError("it does not begin with one of " + ", ".join(f"{scheme}://" for scheme in schemes))
    if any(char.isspace() for char in text):
        raise ValueError("it contains a space")
    if "@" in parts.path and parts.scheme not in WEB:
        raise ValueError(UNREADABLE)
    return parts


def check_web_url(value: str) -> str:
    """A URL that a browser could open."""
    if not split_url(value.strip(), WEB).netloc:
        raise ValueError("it names no host")
    return value.strip()


def check_api_url(value: str) -> str:
    """Where Discord's API, or an offline one, answers; without a slash at the end."""
    url = check_web_url(value).rstrip("/")
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise ValueError("it may not have a ? or # part")
    if not _API_PATH.fullmatch(parts.path):
        raise ValueError("its path must end in /api or /api/v10")
    return url


def is_discord(api_url: str) -> bool:
    """Whether an address of the API is one of Discord's, such as ``canary.discord.com``."""
    host = urlsplit(api_url).hostname or ""
    return f".{host}".endswith(".discord.com")


def check_token(token: str) -> str:
    """A bot token; what is plainly something else is refused, with where the right one is."""
    token = token.strip()
    wrong = _wrong_token(token)
    if wrong:
        raise ValueError(wrong)
    return token


def _wrong_token(token: str) -> str | None:
    if not token:
        return "it is empty"
    if any(char.isspace() for char in token) and token.lower().startswith(("bot ", "bearer ")):
        return "leave out the word in front of the token; Wisp adds it"
    return next((reason for shape, reason in _NO_TOKENS if shape.search(token)), None)


def check_ops_token(token: str) -> str:
    """A token that is not guessed, and that a header can carry."""
    token = token.strip()
    if len(token) < _SHORTEST_OPS_TOKEN:
        raise ValueError(f"it has fewer than {_SHORTEST_OPS_TOKEN} characters")
    if not token.isascii() or any(char.isspace() or not char.isprintable() for char in token):
        raise ValueError("it has signs that a header cannot carry")
    return token


def check_database_url(url: str) -> str:
    """A database that Wisp can use, with the asynchronous driver in its scheme."""
    url = url.strip()
    if url == "memory://":
        return url
    parts = split_url(url, (*_ASYNC_SCHEMES, "memory"))
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ValueError("after the scheme it needs ://")
    if scheme == "memory":
        raise ValueError("memory:// takes nothing after it")
    if scheme.startswith("postgres") and not parts.path.strip("/"):
        raise ValueError("it names no database: add /NAME after the host")
    if scheme.startswith("sqlite") and not rest.startswith("/"):
        raise ValueError("a SQLite path comes after three slashes (four for an absolute one)")
    return f"{_ASYNC_SCHEMES[scheme]}://{rest}"


def check_redis_url(url: str) -> str:
    """A Redis or Valkey server."""
    split_url(url.strip(), ("redis", "rediss", "unix"))
    return url.strip()


def check_sentry_dsn(dsn: str) -> str:
    """A project of a Sentry server, with its key."""
    parts = split_url(dsn.strip(), WEB)
    if not parts.hostname or not parts.username or not parts.path.strip("/"):
        raise ValueError("it is not a DSN, which has a key before the host and a project after it")
    return dsn.strip()


def check_webhook_url(url: str) -> str:
    """A Discord webhook, with its id and token."""
    parts = split_url(url.strip(), WEB)
    if not parts.netloc or not _WEBHOOK_PATH.fullmatch(parts.path.rstrip("/")):
        raise ValueError("it is not a webhook's URL, which ends in /webhooks/ID/TOKEN")
    return url.strip()
