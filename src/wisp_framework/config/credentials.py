"""What secrets look like, so that they can be hidden, and when a password is no password."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

HIDDEN = "[hidden]"

_Shape = tuple[str, re.Pattern[str], str]

_SHAPES: tuple[_Shape, ...] = (
    # A token: an id in base64 (digits begin with M, N or O there), a time, a signature.
    (".", re.compile(r"(?<![\w-])(?:[MNO][\w-]{16,31}\.[\w-]{5,8}\.[\w-]{25,}|mfa\.[\w-]{20,})"), HIDDEN),
    (
        "B",
        re.compile(r"\b(Bot|Bearer|Basic)(\s+)[\w+/=.~-]{16,}", re.ASCII),
        rf"\1\2{HIDDEN}",
    ),
    ("webhooks", re.compile(r"(webhooks(?:/|%2F)\d+(?:/|%2F))[\w.%+=-]{8,}"), rf"\1{HIDDEN}"),
    ("interactions", re.compile(r"(interactions(?:/|%2F)\d+(?:/|%2F))[\w.%+=-]{8,}"), rf"\1{HIDDEN}"),
    # An interaction's token: "interaction:" in base64.
    ("aW50ZXJhY3Rpb246", re.compile(r"aW50ZXJhY3Rpb246[\w+/=-]{8,}"), HIDDEN),
    # In JSON or a dictionary, also where that stands in a text of its own.
    ("token", re.compile(r"""(\\*["']token\\*["']\s*:\s*\\*["'])[^"'\\]{16,}"""), rf"\1{HIDDEN}"),
    ("password", re.compile(r"""(password\\*["']?\s*=\s*\\*["']?)[^\s"',;&)\\]{4,}"""), rf"\1{HIDDEN}"),
    ("://", re.compile(r"(://[^\s:/?#@'\"]*):[^\s/?#'\"]*@"), rf"\1:{HIDDEN}@"),
)
"""A sign that must be there (a cheap look first), the shape, and what to write in its place."""


def hide_shapes(text: str) -> str:
    """``text`` with everything hidden that looks like a token, a webhook or a password in a URL."""
    for sign, shape, replacement in _SHAPES:
        if sign in text:
            text = shape.sub(replacement, text)
    return text


def secret_parts(secret: SecretStr) -> frozenset[str]:
    """What of a secret setting may not be shown: all of it, or of a database's address its passwords."""
    text = secret.get_secret_value()
    try:
        parts = urlsplit(text)
        password, user = parts.password, parts.username
    except ValueError:
        return frozenset({text})
    if "://" not in text:
        return frozenset({text})
    found = {password, unquote(password)} if password else set()
    found |= {value for name, value in parse_qsl(parts.query) if _SECRET_NAME.search(name)}
    if parts.scheme in {"http", "https"}:
        # Whoever has the address may use it: a webhook's ends in its token, Sentry's begins with its key.
        found |= {text, *([user] if user else []), *_WEBHOOK_TOKEN.findall(parts.path)}
    return frozenset(found)


_SECRET_NAME = re.compile("pass|secret|token|key", re.IGNORECASE)
_WEBHOOK_TOKEN = re.compile(r"/webhooks/\d+/([\w-]+)")


def weak_password(url: SecretStr) -> str | None:
    """Why the password in ``url`` is none worth the name; None if nothing is wrong or none is needed.

    The answer never holds the password.
    """
    try:
        parts = urlsplit(url.get_secret_value())
        host, user, password = parts.hostname, unquote(parts.username or ""), parts.password
    except ValueError:
        return None
    if not host or parts.scheme.startswith("sqlite") or parts.scheme == "memory":
        return None
    if not password:
        return "it has no password"
    password = unquote(password)
    if password.lower() == user.lower():
        return "its password is the user's name"
    if password.lower() in _WELL_KNOWN:
        return "its password is one that everybody tries first"
    if len(password) < _SHORTEST:
        return f"its password has fewer than {_SHORTEST} characters"
    if len(set(password)) < _FEWEST_DIFFERENT:
        return "its password repeats a few characters"
    return None


_SHORTEST = 8
_FEWEST_DIFFERENT = 4
_WELL_KNOWN_TEXT = """
12345678 123456789 1234567890 abc12345 admin admin123 administrator change-me change_me changeit changeme
changeme123 changethis default discord example guest letmein mypassword mysecretpassword pass passw0rd
password password1 password123 postgres postgresql qwerty qwerty123 redis replaceme root s3cr3t secret
secretpassword supersecret test testtest user welcome welcome1 wisp your-password your_password yourpassword
"""
_WELL_KNOWN = frozenset(_WELL_KNOWN_TEXT.split())
