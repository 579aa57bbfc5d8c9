"""What guild data takes: addresses, and values that come back as they went in."""

import math

import msgspec

from wisp_framework.exceptions import GuildDataError, GuildValueError
from wisp_framework.utils.json_value import JsonInput, JsonValue, find_misfit

MAX_KEY_LENGTH = 255
MAX_MODULE_LENGTH = 100
MAX_VALUE_BYTES = 64 * 1024
MAX_ID = 2**63 - 1

_decode = msgspec.json.Decoder().decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def decode_value(text: str) -> JsonValue:
    """The value that a text stands for."""
    value: JsonValue = _decode(text)
    return value


def encode_value(guild_id: int, key: str, value: JsonInput) -> str:
    """The text that stands for a value.

    Raises:
        GuildValueError: it would not come back as it is, or is larger than 64 KiB as JSON.
    """
    misfit = find_misfit(value)
    if misfit is not None:
        reason = f"{misfit.path:.80} {misfit.reason}"
        raise GuildValueError(guild_id, key, misfit.type_name, reason)
    encoded = msgspec.json.encode(value)
    if len(encoded) > MAX_VALUE_BYTES:
        raise GuildValueError(guild_id, key, type(value).__name__, _too_large(len(encoded)))
    return encoded.decode()


def is_same(text: str, other: str) -> bool:
    """Whether two texts stand for equal values of the same types, in whatever order their keys are."""
    return text == other or _ordered(text) == _ordered(other)


def decode_fields(custom: str) -> dict[str, JsonValue]:
    """The fields of a JSON object."""
    return {name: decode_value(bytes(raw).decode()) for name, raw in _decode_fields(custom).items()}


def with_custom(guild_id: int, custom: str, name: str, text: str | None) -> str:
    """Write one field of a JSON object, or drop it with None, and leave the others as they are.

    Raises:
        GuildValueError: the object would grow beyond 64 KiB.
    """
    fields = _decode_fields(custom)
    if text is None:
        fields.pop(name, None)
    else:
        fields[name] = msgspec.Raw(text)
    encoded = msgspec.json.encode(fields)
    if len(encoded) > MAX_VALUE_BYTES:
        raise GuildValueError(guild_id, name, "custom settings", _too_large(len(encoded)))
    return encoded.decode()


def namespace(guild_id: int, key: str | None, module_name: str | None) -> str:
    """Check the three parts of an address; the module as it is stored.

    Raises:
        GuildDataError: one of them cannot be one.
    """
    check_guild(guild_id, key or "")
    if key is not None:
        _check_name(guild_id, key, "key", key, MAX_KEY_LENGTH)
    if module_name is None:
        return ""
    _check_name(guild_id, key or "", "module name", module_name, MAX_MODULE_LENGTH)
    return module_name


def check_guild(guild_id: int, key: str = "") -> None:
    """Check a guild's id.

    Raises:
        GuildDataError: it cannot be one.
    """
    if not is_id(guild_id):
        raise GuildDataError(guild_id, key, "the guild's id must be a positive 64-bit integer")


def check_ttl(guild_id: int, key: str, ttl_s: float | None) -> None:
    """Check how long a value is to be kept.

    Raises:
        GuildDataError: it is no time.
    """
    if ttl_s is not None and not (math.isfinite(ttl_s) and 0 < ttl_s <= _MAX_TTL_S):
        raise GuildDataError(
            guild_id, key, f"ttl_s is {ttl_s!r}: write seconds, above 0 and at most 100 years"
        )


def is_id(value: object) -> bool:
    """Whether it can be an id of Discord's."""
    return type(value) is int and 0 < value <= MAX_ID


_MAX_TTL_S = 100 * 365 * 86_400.0


def _ordered(text: str) -> bytes:
    return msgspec.json.encode(_decode(text), order="deterministic")


def _too_large(size_bytes: int) -> str:
    return f"takes {size_bytes} bytes as JSON, and at most {MAX_VALUE_BYTES} are stored: split it up"


def _check_name(guild_id: int, key: str, what: str, name: object, limit: int) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= limit:
        raise GuildDataError(guild_id, key, f"a {what} is a str of 1 to {limit} characters")
    if "\0" in name or (not name.isascii() and find_misfit(name) is not None):
        raise GuildDataError(guild_id, key, f"a {what} holds neither NUL nor half of a surrogate pair")
