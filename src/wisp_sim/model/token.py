"""Tokens in Discord's shape: the owner's id, a stamp and a secret, each readable in a URL."""

import base64
import secrets


def make_token(owner_id: int) -> str:
    """A token whose first part is the owner's id, as some clients insist on reading it."""
    parts = (str(owner_id).encode(), secrets.token_bytes(4), secrets.token_bytes(28))
    return ".".join(_encode(part) for part in parts)


def make_secret() -> str:
    """A long secret for a URL, as interaction tokens and session ids are."""
    return secrets.token_urlsafe(48)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
