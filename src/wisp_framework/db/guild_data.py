"""Data of guilds: JSON values under keys, apart for each module, and each guild's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from wisp_framework.exceptions import GuildDataError, GuildValueError
from wisp_framework.utils.json_value import JsonInput, JsonValue, find_misfit

MAX_KEY_LENGTH = 255
MAX_MODULE_LENGTH = 100
MAX_VALUE_BYTES = 64 * 1024
MAX_ID = 2**63 - 1

_decode = msgspec.json.Decoder().decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """A guild's settings as they rest; ``custom`` is the text of a JSON object."""

    welcome_channel_id: int | None = None
    custom: str = "{}"


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """A guild's settings; all at their defaults for a guild that never set one."""

    guild_id: int
    welcome_channel_id: int | None = None
    custom: Mapping[str, JsonValue] = field(default_factory=dict)


class GuildStore(Protocol):
    """Where guild data rests, as JSON text; ``module`` is "" for what belongs to no module.

    Every method raises ``DatabaseError`` when the store cannot do it; what returned is durable.
    """

    async def load(self, guild_id: int, module: str, key: str) -> str | None:
        """The text under a key; None if there is none."""

    async def load_all(self, guild_id: int, module: str) -> Mapping[str, str]:
        """All texts of one module in one guild, by key."""

    async def save(self, guild_id: int, module: str, key: str, text: str) -> None:
        """Put a text under a key, whatever was there."""

    async def remove(self, guild_id: int, module: str, key: str) -> bool:
        """Take a key away; whether it was there."""

    async def load_config(self, guild_id: int) -> StoredConfig | None:
        """The guild's settings; None if it never set one."""

    async def save_welcome_channel(self, guild_id: int, channel_id: int | None) -> None:
        """Set the welcome channel, and leave the other settings as they are."""

    async def save_custom(self, guild_id: int, name: str, text: str | None) -> None:
        """Set one custom setting, or drop it with None, and leave the others as they are."""


class MemoryGuildStore:
    """Guild data for a bot that was told to keep nothing; it is gone with the process."""

    def __init__(self) -> None:
        self._values: dict[tuple[int, str], dict[str, str]] = {}
        self._configs: dict[int, StoredConfig] = {}

    async def load(self, guild_id: int, module: str, key: str) -> str | None:
        """The text under a key; None if there is none."""
        return self._values.get((guild_id, module), {}).get(key)

    async def load_all(self, guild_id: int, module: str) -> Mapping[str, str]:
        """All texts of one module in one guild, by key."""
        return dict(self._values.get((guild_id, module), {}))

    async def save(self, guild_id: int, module: str, key: str, text: str) -> None:
        """Put a text under a key, whatever was there."""
        self._values.setdefault((guild_id, module), {})[key] = text

    async def remove(self, guild_id: int, module: str, key: str) -> bool:
        """Take a key away; whether it was there."""
        return self._values.get((guild_id, module), {}).pop(key, None) is not None

    async def load_config(self, guild_id: int) -> StoredConfig | None:
        """The guild's settings; None if it never set one."""
        return self._configs.get(guild_id)

    async def save_welcome_channel(self, guild_id: int, channel_id: int | None) -> None:
        """Set the welcome channel, and leave the other settings as they are."""
        self._configs[guild_id] = StoredConfig(channel_id, self._config(guild_id).custom)

    async def save_custom(self, guild_id: int, name: str, text: str | None) -> None:
        """Set one custom setting, or drop it with None, and leave the others as they are."""
        config = self._config(guild_id)
        custom = with_custom(guild_id, config.custom, name, text)
        self._configs[guild_id] = StoredConfig(config.welcome_channel_id, custom)

    def _config(self, guild_id: int) -> StoredConfig:
        return self._configs.get(guild_id, StoredConfig())


class GuildDataService:
    """Keeps what a bot must remember about a guild.

    JSON types go in and the same come out: equal, of the same type, and never a part of
    what the caller holds. A write that returned is stored; one that could not be stored
    raises. Modules do not see each other's keys.
    """

    def __init__(self, store: GuildStore) -> None:
        self._store = store

    async def get(
        self, guild_id: int, key: str, module_name: str | None = None, default: JsonValue = None
    ) -> JsonValue:
        """Read one value; ``default`` if nothing was ever set, or if it was deleted.

        Args:
            guild_id: the guild it belongs to.
            key: 1 to 255 characters.
            module_name: the module it belongs to; None for what modules share.
            default: what to return when there is nothing.

        Raises:
            GuildDataError: the guild, key or module's name cannot be one.
            DatabaseError: the store cannot be read.
        """
        text = await self._store.load(guild_id, _namespace(guild_id, key, module_name), key)
        return default if text is None else _decode_value(text)

    async def get_all(self, guild_id: int, module_name: str | None = None) -> dict[str, JsonValue]:
        """Read every value of one module in one guild, by key.

        Raises:
            GuildDataError: the guild or module's name cannot be one.
            DatabaseError: the store cannot be read.
        """
        texts = await self._store.load_all(guild_id, _namespace(guild_id, None, module_name))
        return {key: _decode_value(text) for key, text in texts.items()}

    async def set(self, guild_id: int, key: str, value: JsonInput, module_name: str | None = None) -> None:
        """Store one value; it is durable when this returns.

        Args:
            guild_id: the guild it belongs to.
            key: 1 to 255 characters.
            value: None, bool, int, float, str, and lists and str-keyed dictionaries of them;
                at most 64 KiB as JSON.
            module_name: the module it belongs to; None for what modules share.

        Raises:
            GuildValueError: the value would not come back as it is, or is too large.
            GuildDataError: the guild, key or module's name cannot be one.
            DatabaseError: it was not stored.
        """
        module = _namespace(guild_id, key, module_name)
        await self._store.save(guild_id, module, key, _encode_value(guild_id, key, value))

    async def delete(self, guild_id: int, key: str, module_name: str | None = None) -> bool:
        """Take one value away; whether there was one.

        Raises:
            GuildDataError: the guild, key or module's name cannot be one.
            DatabaseError: it was not deleted.
        """
        return await self._store.remove(guild_id, _namespace(guild_id, key, module_name), key)

    async def get_config(self, guild_id: int) -> GuildSettings:
        """Read a guild's settings; the defaults for a guild that never set one.

        Raises:
            GuildDataError: the guild's id cannot be one.
            DatabaseError: the store cannot be read.
        """
        _check_guild(guild_id)
        config = await self._store.load_config(guild_id)
        if config is None:
            return GuildSettings(guild_id)
        custom = {name: _decode_value(bytes(raw).decode()) for name, raw in _fields(config.custom).items()}
        return GuildSettings(guild_id, config.welcome_channel_id, custom)

    async def set_welcome_channel(self, guild_id: int, channel_id: int | None) -> None:
        """Choose where new members are greeted; None stops it.

        Raises:
            GuildDataError: the guild's or the channel's id cannot be one.
            DatabaseError: it was not stored.
        """
        _check_guild(guild_id)
        if channel_id is not None and not _is_id(channel_id):
            raise GuildDataError(guild_id, "welcome_channel_id", f"{channel_id!r} is not a channel's id")
        await self._store.save_welcome_channel(guild_id, channel_id)

    async def set_custom(self, guild_id: int, name: str, value: JsonInput) -> None:
        """Set one custom setting of a guild; None removes it. All together hold 64 KiB.

        Raises:
            GuildValueError: the value would not come back as it is, or there is no room for it.
            GuildDataError: the guild or name cannot be one.
            DatabaseError: it was not stored.
        """
        _namespace(guild_id, name, None)
        text = None if value is None else _encode_value(guild_id, name, value)
        await self._store.save_custom(guild_id, name, text)


def with_custom(guild_id: int, custom: str, name: str, text: str | None) -> str:
    """Write one field of a JSON object, or drop it with None, and leave the others as they are.

    Raises:
        GuildValueError: the object would grow beyond 64 KiB.
    """
    fields = _fields(custom)
    if text is None:
        fields.pop(name, None)
    else:
        fields[name] = msgspec.Raw(text)
    encoded = msgspec.json.encode(fields)
    if len(encoded) > MAX_VALUE_BYTES:
        raise GuildValueError(guild_id, name, "custom settings", _too_large(len(encoded)))
    return encoded.decode()


def _fields(custom: str) -> dict[str, msgspec.Raw]:
    return _decode_fields(custom)


def _decode_value(text: str) -> JsonValue:
    value: JsonValue = _decode(text)
    return value


def _encode_value(guild_id: int, key: str, value: JsonInput) -> str:
    misfit = find_misfit(value)
    if misfit is not None:
        reason = f"{misfit.path:.80} {misfit.reason}"
        raise GuildValueError(guild_id, key, misfit.type_name, reason)
    encoded = msgspec.json.encode(value)
    if len(encoded) > MAX_VALUE_BYTES:
        raise GuildValueError(guild_id, key, type(value).__name__, _too_large(len(encoded)))
    return encoded.decode()


def _too_large(size_bytes: int) -> str:
    return f"takes {size_bytes} bytes as JSON, and at most {MAX_VALUE_BYTES} are stored: split it up"


def _namespace(guild_id: int, key: str | None, module_name: str | None) -> str:
    """Check the three parts of an address; the module as it is stored."""
    _check_guild(guild_id, key or "")
    if key is not None:
        _check_name(guild_id, key, "key", key, MAX_KEY_LENGTH)
    if module_name is None:
        return ""
    _check_name(guild_id, key or "", "module name", module_name, MAX_MODULE_LENGTH)
    return module_name


def _check_guild(guild_id: int, key: str = "") -> None:
    if not _is_id(guild_id):
        raise GuildDataError(guild_id, key, "the guild's id must be a positive 64-bit integer")


def _check_name(guild_id: int, key: str, what: str, name: object, limit: int) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= limit:
        raise GuildDataError(guild_id, key, f"a {what} is a str of 1 to {limit} characters")
    if "\0" in name or find_misfit(name) is not None:
        raise GuildDataError(guild_id, key, f"a {what} holds neither NUL nor half of a surrogate pair")


def _is_id(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_ID
