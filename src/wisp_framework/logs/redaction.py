"""Keeping secrets out of log lines: the configured ones by value, any others by their shape."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from wisp_framework.config import AppConfig
from wisp_framework.config.credentials import HIDDEN, hide_shapes

_BOTH_QUOTES = "'\""
_SHORTEST_CHARS = 4
_WORD_CHARS = 12
_WEBHOOK_TOKEN = re.compile(r"/webhooks/\d+/([\w-]+)")


class SecretValues:
    """The values that no line may hold, of every `AppConfig` that logs at present."""

    def __init__(self) -> None:
        self._held: dict[object, frozenset[str]] = {}
        self._spellings: tuple[str, ...] = ()
        self._pattern = re.compile("(?!)")

    def hold(self, key: object, values: Iterable[str]) -> None:
        """Hide ``values`` until `release` is called with the same ``key``."""
        self._held[key] = frozenset(values)
        self._compile()

    def release(self, key: object) -> None:
        """Stop hiding what was held under ``key``."""
        self._held.pop(key, None)
        self._compile()

    def hide(self, text: str) -> str:
        """``text`` without any of the values."""
        for spelling in self._spellings:
            if spelling in text:
                return self._pattern.sub(HIDDEN, text)
        return text

    def _compile(self) -> None:
        spellings = {
            spelling for values in self._held.values() for value in values for spelling in _spellings(value)
        }
        self._spellings = tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))
        self._pattern = re.compile("|".join(map(_exactly, self._spellings)) or "(?!)")


SECRETS = SecretValues()


def redact(text: str) -> str:
    """``text`` with every secret replaced by ``[hidden]``.

    Hidden are the secrets of each `AppConfig` that `setup_logging` was called with and is not
    closed yet, and whatever looks like a bot token, an ``Authorization`` value, the token in a
    webhook's or an interaction's URL, or a password in a URL.
    """
    return hide_shapes(SECRETS.hide(text))


def secret_values(config: AppConfig) -> frozenset[str]:
    """Each secret of ``config``, and the parts of it that are secret by themselves."""
    found = {config.discord_token.get_secret_value()}
    for url in (config.database_url, config.redis_url):
        found |= _passwords(url)
    if config.ops_token is not None:
        found.add(config.ops_token.get_secret_value())
    if config.sentry_dsn is not None:
        dsn = config.sentry_dsn.get_secret_value()
        found |= {dsn, urlsplit(dsn).username or dsn}
    if config.webhook_logger_url is not None:
        address = config.webhook_logger_url.get_secret_value()
        found |= {address, *_WEBHOOK_TOKEN.findall(address)}
    return frozenset(found)


def _passwords(url: SecretStr | None) -> set[str]:
    if url is None:
        return set()
    password = urlsplit(url.get_secret_value()).password
    return {password, unquote(password)} if password else set()


def _spellings(value: str) -> set[str]:
    """``value`` as it may stand in a text: as it is, and inside a URL, a ``repr`` or JSON."""
    spellings = {
        value,
        quote(value, safe=""),
        repr(value)[1:-1],
        repr(value + _BOTH_QUOTES)[1:-1].removesuffix(repr(_BOTH_QUOTES)[1:-1]),
        repr(value.encode())[2:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    }
    return {spelling for spelling in spellings if len(spelling) >= _SHORTEST_CHARS}


def _exactly(value: str) -> str:
    """A pattern for ``value``; a short one counts only as a word, or it would tear words apart."""
    pattern = re.escape(value)
    return rf"(?<!\w){pattern}(?!\w)" if len(value) < _WORD_CHARS else pattern
