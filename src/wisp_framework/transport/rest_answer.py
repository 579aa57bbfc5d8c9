"""What Discord answered, read to its end."""

from collections.abc import Mapping

import aiohttp
from multidict import CIMultiDict

JSON = "application/json"


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

    def __init__(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        self._response = response
        self.status = response.status
        self.reason = response.reason
        self.headers: Mapping[str, str] = response.headers
        self.body = body
        kind = response.headers.get("Content-Type", "")
        if kind != JSON and kind.partition(";")[0].strip().lower() == JSON:
            self.headers = CIMultiDict(response.headers)
            self.headers["Content-Type"] = JSON

    async def text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body, as text.

        Raises:
            UnicodeDecodeError: it is none.
        """
        return self.body.decode(encoding, errors)

    def __getattr__(self, name: str) -> object:
        return getattr(self._response, name)
