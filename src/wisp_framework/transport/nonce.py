"""Messages that may be sent again: Discord keeps the first of two with the same nonce.

Source: https://docs.discord.com/developers/resources/message#create-message
"""

import secrets
from collections.abc import Iterable, Mapping

import msgspec

MESSAGES = "/channels/{channel_id}/messages"
_PART = "payload_json"


def enforced(payload: Mapping[str, object]) -> Mapping[str, object]:
    """A message with a nonce that Discord enforces; one that has a nonce stays as it is."""
    if payload.get("nonce") is not None:
        return payload
    return {**payload, "nonce": str(secrets.randbits(64)), "enforce_nonce": True}


def enforced_form(parts: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The same for the parts of a message with files."""
    return [_enforced_part(part) if part.get("name") == _PART else part for part in parts]


def is_enforced(payload: object, parts: Iterable[Mapping[str, object]]) -> bool:
    """Whether Discord would keep one of two of this message."""
    payloads = [_payload(part) for part in parts if part.get("name") == _PART] or [payload]
    return any(
        isinstance(one, Mapping) and one.get("nonce") is not None and one.get("enforce_nonce") is True
        for one in payloads
    )


def _enforced_part(part: dict[str, object]) -> dict[str, object]:
    payload = _payload(part)
    if not isinstance(payload, dict) or payload.get("nonce") is not None:
        return part
    return {**part, "value": msgspec.json.encode(enforced(payload)).decode()}


def _payload(part: Mapping[str, object]) -> object:
    value = part.get("value")
    return msgspec.json.decode(value) if isinstance(value, str | bytes) else None
