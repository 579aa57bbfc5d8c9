"""A seal on messages between processes: only those of the same bot can make it."""

import hashlib
import hmac
from typing import Final

_LENGTH: Final = 2 * hashlib.sha256().digest_size
_PURPOSE: Final = b"wisp: messages between processes"


class Seal:
    """Seals messages with HMAC-SHA256 under a key made from a bot's token, which is never sent itself.

    A message may be sent again by whoever saw it, so it must do no harm a second time. It is not hidden.
    """

    def __init__(self, token: str) -> None:
        self._key = hmac.digest(token.encode(), _PURPOSE, "sha256")

    def wrap(self, body: bytes) -> bytes:
        """A message with the seal before it, in ASCII."""
        return self._mac(body) + body

    def unwrap(self, message: bytes) -> bytes | None:
        """What was sealed; None if nobody with that token has sealed it."""
        seal, body = message[:_LENGTH], message[_LENGTH:]
        return body if hmac.compare_digest(seal, self._mac(body)) else None

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256").hex().encode()
