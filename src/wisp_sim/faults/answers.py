"""What can go wrong with an answer to a request."""

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from typing_extensions import override

_JSON = "application/json"
_MIB = 1 << 20
_SCOPES = ("user", "global", "shared")
_NOT_FOUND = 404
_UNAUTHORIZED = 401
_PAGE = (
    "<!DOCTYPE html><html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><p>cloudflare</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes over the wire.

    Attributes:
        delay_s: how long it is held back; infinite: it never comes.
        cut: the connection is reset instead.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class RestFault:
    """Something that goes wrong with one answer."""

    @property
    def runs(self) -> bool:
        """Whether the request is carried out first."""
        return False

    def spoil(self, answer: Answer) -> Answer:
        """What is sent instead of this answer."""
        return answer


@dataclass(frozen=True, slots=True)
class LateAnswer(RestFault):
    """The request is carried out, and its answer comes ``delay_s`` seconds of Discord's clock later."""

    delay_s: float = 20.0

    def __post_init__(self) -> None:
        if not 0 < self.delay_s < math.inf:
            raise ValueError(f"delay_s {self.delay_s} is no time to be late by; give seconds above 0")

    @property
    @override
    def runs(self) -> bool:
        return True

    @override
    def spoil(self, answer: Answer) -> Answer:
        return replace(answer, delay_s=self.delay_s)


@dataclass(frozen=True, slots=True)
class NoAnswer(RestFault):
    """The connection stays open and no answer comes; ``carried_out``: the request was, though."""

    carried_out: bool = False

    @property
    @override
    def runs(self) -> bool:
        return self.carried_out

    @override
    def spoil(self, answer: Answer) -> Answer:
        return replace(answer, delay_s=math.inf)


@dataclass(frozen=True, slots=True)
class ServerError(RestFault):
    """A status of 500 to 599, with Discord's JSON or with a bare page."""

    status: int = 500
    with_json: bool = True

    def __post_init__(self) -> None:
        if self.status not in range(500, 600):
            raise ValueError(f"status {self.status} is no server error; choose one from 500 to 599")

    @override
    def spoil(self, answer: Answer) -> Answer:
        if not self.with_json:
            return _page(self.status, f"{self.status} Server Error")
        return _refusal(self.status, 0, f"{self.status}: Server Error")


@dataclass(frozen=True, slots=True)
class RateLimit(RestFault):
    """A 429; until ``retry_after_s`` have passed, all further requests of the same kind get one, too.

    Source: https://docs.discord.com/developers/topics/rate-limits

    Args:
        scope: ``user`` (one bot on one route), ``global`` (all routes of one bot but interactions) or
            ``shared`` (one route, whoever asks).
        retry_after_s: how long it lasts.
        with_json: Discord's body; a page without it.
        via: the header ``Via``, which Discord's own answers have and those of Cloudflare have not.
    """

    scope: str = "user"
    retry_after_s: float = 2.0
    with_json: bool = True
    via: bool = True

    def __post_init__(self) -> None:
        if self.scope not in _SCOPES:
            raise ValueError(f"scope {self.scope!r} is none of Discord's; choose one of {', '.join(_SCOPES)}")
        if not 0 < self.retry_after_s < math.inf:
            raise ValueError(f"retry_after_s {self.retry_after_s} is no time to wait; give seconds above 0")

    @override
    def spoil(self, answer: Answer) -> Answer:
        return self.limited(self.retry_after_s)

    def limited(self, left_s: float) -> Answer:
        """The answer to who asks while it still lasts ``left_s`` seconds."""
        is_global = self.scope == "global"
        headers = limit_headers(self.scope, left_s, via=self.via)
        if not self.with_json:
            return replace(
                _page(429, "429 Too Many Requests"), headers={**headers, "Content-Type": "text/html"}
            )
        body = {
            "message": "You are being rate limited.",
            "retry_after": round(left_s, 3),
            "global": is_global,
        }
        return Answer(429, json.dumps(body).encode(), {**headers, "Content-Type": _JSON})


def limit_headers(scope: str, left_s: float, *, via: bool = True) -> dict[str, str]:
    """The headers of Discord's 429.

    Source: https://docs.discord.com/developers/topics/rate-limits#header-format
    """
    headers = {"Retry-After": str(math.ceil(left_s)), "X-RateLimit-Scope": scope}
    if via:
        headers["Via"] = "1.1 google"
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    else:
        headers |= {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset-After": f"{left_s:.3f}",
            "X-RateLimit-Bucket": f"{scope}-limited",
        }
    return headers


@dataclass(frozen=True, slots=True)
class CloudflarePage(RestFault):
    """A page of HTML from what stands before Discord: 429 for a banned address, 502, 520 and others."""

    status: int = 429

    def __post_init__(self) -> None:
        if self.status not in range(400, 600):
            raise ValueError(f"status {self.status} is no failure; choose one from 400 to 599")

    @override
    def spoil(self, answer: Answer) -> Answer:
        return _page(self.status, f"{self.status} | discord.com")


@dataclass(frozen=True, slots=True)
class _Carried(RestFault):
    @property
    @override
    def runs(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Truncated(_Carried):
    """The request is carried out, and half of its JSON comes back."""

    @override
    def spoil(self, answer: Answer) -> Answer:
        return replace(answer, body=answer.body[: len(answer.body) // 2])


@dataclass(frozen=True, slots=True)
class Mistyped(_Carried):
    """The request is carried out, and JSON of the wrong type comes back: a list for an object."""

    @override
    def spoil(self, answer: Answer) -> Answer:
        wrong = b"{}" if answer.body.startswith(b"[") else b"[]"
        return replace(answer, body=wrong)


@dataclass(frozen=True, slots=True)
class WrongContentType(_Carried):
    """The request is carried out, and its JSON is called something else."""

    content_type: str = "text/html"

    @override
    def spoil(self, answer: Answer) -> Answer:
        return replace(answer, headers={**answer.headers, "Content-Type": self.content_type})


@dataclass(frozen=True, slots=True)
class GzipBomb(_Carried):
    """The request is carried out, and few bytes come back that unpack to ``size_mib`` MiB of JSON."""

    size_mib: int = 16

    def __post_init__(self) -> None:
        if self.size_mib not in range(1, 257):
            raise ValueError(f"size_mib {self.size_mib} is not from 1 to 256")

    @override
    def spoil(self, answer: Answer) -> Answer:
        headers = {**answer.headers, "Content-Encoding": "gzip"}
        return replace(answer, body=_bomb(self.size_mib), headers=headers)


@dataclass(frozen=True, slots=True)
class Reset(RestFault):
    """The connection is reset; ``carried_out``: after the request was."""

    carried_out: bool = False

    @property
    @override
    def runs(self) -> bool:
        return self.carried_out

    @override
    def spoil(self, answer: Answer) -> Answer:
        return replace(answer, cut=True)


@dataclass(frozen=True, slots=True)
class Unauthorized(RestFault):
    """The token is not known any more."""

    @override
    def spoil(self, answer: Answer) -> Answer:
        return _refusal(_UNAUTHORIZED, 0, "401: Unauthorized")


@dataclass(frozen=True, slots=True)
class UnknownWebhook(RestFault):
    """The webhook was removed."""

    @override
    def spoil(self, answer: Answer) -> Answer:
        return _refusal(_NOT_FOUND, 10015, "Unknown Webhook")


def _refusal(status: int, code: int, message: str) -> Answer:
    return Answer(status, json.dumps({"message": message, "code": code}).encode(), {"Content-Type": _JSON})


def _page(status: int, title: str) -> Answer:
    return Answer(status, _PAGE.format(title=title).encode(), {"Content-Type": "text/html; charset=UTF-8"})


@cache
def _bomb(size_mib: int) -> bytes:
    return gzip.compress(b'{"id":"' + b"0" * (size_mib * _MIB) + b'"}', 1)
