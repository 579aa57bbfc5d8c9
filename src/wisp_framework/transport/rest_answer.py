"""What Discord answered, read to its end."""

from collections.abc import Mapping
from typing import cast

import aiohttp
import msgspec
from multidict import CIMultiDict

from wisp_framework.transport.rest_call import RestCall

JSON = "application/json"
LARGEST_BYTES = 32 * 1024 * 1024
"""More than any answer of Discord's; what is larger is not read."""


class Answer:
    """A response as discord.py reads it; its connection is free again.

    A content type such as ``application/json; charset=utf-8`` is told as ``application/json``, the only one
    that discord.py takes for JSON.

    Attributes:
        status: as in 200.
        reason: the word that goes with it.
        headers: with names in any case.
        body: unpacked.
    """

    def __init__(self, response: aiohttp.ClientResponse, body: bytes, status: int | None = None) -> None:
        self._response = response
        self.status = response.status if status is None else status
        self.reason = response.reason
        self.headers: Mapping[str, str] = response.headers
        self.body = body
        kind = response.headers.get("Content-Type", "")
        if kind != JSON and kind.partition(";")[0].strip().lower() == JSON:
            headers = CIMultiDict(response.headers)
            headers["Content-Type"] = JSON
            self.headers = headers

    @classmethod
    async def of(cls, response: aiohttp.ClientResponse) -> "Answer":
        """Read it to its end.

        Raises:
            ValueError: it is larger than any of Discord's.
        """
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > LARGEST_BYTES:
                response.close()
                raise ValueError(f"an answer of more than {LARGEST_BYTES} bytes is none of Discord's")
        return cls(response, bytes(body))

    def instead(self, status: int, body: object) -> "Answer":
        """The answer that there would have been, had an earlier one not been lost."""
        answer = Answer(self._response, b"", status)
        answer.headers = {}
        if body is not None:
            answer.body, answer.headers = msgspec.json.encode(body), CIMultiDict({"Content-Type": JSON})
        return answer

    async def text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body, as text.

        Raises:
            UnicodeDecodeError: it is none.
        """
        return self.body.decode(encoding, errors)

    async def read(self) -> bytes:
        """The body."""
        return self.body

    async def json(self) -> object:
        """The body, as the JSON that it is.

        Raises:
            msgspec.DecodeError: it is none.
        """
        return msgspec.json.decode(self.body)

    def __getattr__(self, name: str) -> object:
        return getattr(self._response, name)

    @property
    def words(self) -> dict[str, object] | str:
        """What discord.py makes its errors of."""
        return self.as_object() or self.body.decode(errors="replace")

    def as_object(self) -> dict[str, object]:
        """The body as an object; an empty one where it is something else."""
        if self.headers.get("Content-Type") != JSON:
            return {}
        try:
            body: object = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return {}
        return cast("dict[str, object]", body) if isinstance(body, dict) else {}

    def tell(self, call: RestCall) -> None:
        """Put into a call how it went."""
        call.status = self.status
        if self.status < 400:
            return
        body = self.as_object()
        code, retry_after = body.get("code"), body.get("retry_after")
        call.code = code if isinstance(code, int) else 0
        if self.status == 429:
            call.limit = self.headers.get("X-RateLimit-Scope", "user")
            if not self.headers.get("Via"):  # what stands before Discord said it
                call.limit, retry_after = "address", _number(self.headers.get("Retry-After", "0"))
            call.retry_after_s = float(retry_after) if isinstance(retry_after, int | float) else 0.0


def _number(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 0.0
