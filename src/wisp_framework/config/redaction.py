"""Keeping secrets out of log lines: the configured ones by value, any others by their shape."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from pydantic import SecretStr

from wisp_framework.config import AppConfig
from wisp_framework.config.credentials import HIDDEN, hide_shapes, secret_parts

_BOTH_QUOTES = "'\""
_SHORTEST_CHARS = 4
_WORD_CHARS = 12


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


def words_of(error: BaseException) -> str:
    """The type of an error and what it says, without secrets: fit to be stored and shown."""
    return redact(f"{type(error).__name__}: {error}")


def secret_values(config: AppConfig) -> frozenset[str]:
    """Each secret of ``config``, whatever settings it has, and the parts that are secret by themselves."""
    secrets = (value for _, value in config if isinstance(value, SecretStr))
    return frozenset().union(*map(secret_parts, secrets))


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
