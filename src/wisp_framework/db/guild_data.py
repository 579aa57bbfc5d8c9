"""Data of guilds: JSON values under keys, apart for each module, and each guild's settings."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Protocol

from wisp_framework.db.guild_values import (
    check_guild,
    check_ttl,
    decode_fields,
    decode_value,
    encode_value,
    is_id,
    is_same,
    namespace,
)
from wisp_framework.db.known_values import Address, Known, KnownValues, StoredValue, Writing
from wisp_framework.exceptions import (
    DatabaseError,
    GuildDataError,
    GuildValueError,
    WriteUncertainError,
)
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.json_value import JsonInput, JsonValue

FRESH_S: Final = 5.0
"""How long a value that was read is served again without asking, and another process's write not seen."""
MAX_KNOWN_BYTES: Final = 32 * 1024 * 1024
SWEEP_EVERY_S: Final = 3600.0


class Missing(Enum):
    """No value at all, which is not the same as None."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


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


Change = Callable[[StoredValue | None], StoredValue | None]
"""What is to rest where this rests; the same object leaves it as it is."""


class GuildStore(Protocol):
    """Where guild data rests, as JSON text; ``module`` is "" for what belongs to no module.

    Every method raises ``DatabaseError`` when the store cannot do it; what returned is durable.
    A value whose time is up rests until it is swept or replaced.
    """

    async def load(self, guild_id: int, module: str, key: str) -> StoredValue | None:
        """What rests under a key; None if nothing does."""

    async def load_all(self, guild_id: int, module: str) -> Mapping[str, StoredValue]:
        """All of one module in one guild, by key."""

    async def load_many(self, guild_ids: Collection[int], module: str, key: str) -> Mapping[int, StoredValue]:
        """What rests under one key in each of many guilds, by guild."""

    async def save(self, guild_id: int, module: str, key: str, value: StoredValue) -> None:
        """Put a value under a key, whatever was there."""

    async def change(self, guild_id: int, module: str, key: str, change: Change) -> StoredValue | None:
        """Put there what ``change`` makes of what rests there; nobody else writes meanwhile. Returns that."""

    async def remove(self, guild_id: int, module: str, key: str) -> StoredValue | None:
        """Take a key away; what was there."""

    async def sweep(self, now: datetime) -> int:
        """Remove the values whose time was up then; how many."""

    async def load_config(self, guild_id: int) -> StoredConfig | None:
        """The guild's settings; None if it never set one."""

    async def save_welcome_channel(self, guild_id: int, channel_id: int | None) -> None:
        """Set the welcome channel, and leave the other settings as they are."""

    async def save_custom(self, guild_id: int, name: str, text: str | None) -> None:
        """Set one custom setting, or drop it with None, and leave the others as they are."""


class GuildDataService:
    """Keeps what a bot must remember about a guild.

    JSON types go in and the same come out: equal, of the same type, and never a part of
    what the caller holds. A write that returned is stored; one that could not be stored
    raises. Modules do not see each other's keys.

    What was read lately is served from memory; what this process wrote is seen by it at once, a write of
    another process within `FRESH_S`. While the store cannot be read, what was last known is served.
    """

    def __init__(self, store: GuildStore, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._known = KnownValues(MAX_KNOWN_BYTES)
        self._configs: dict[int, StoredConfig] = {}
        self._sweep_at_s = self._clock.monotonic() + SWEEP_EVERY_S

    # --- reading ---

    async def get(
        self, guild_id: int, key: str, module_name: str | None = None, default: JsonValue = None
    ) -> JsonValue:
        """Read one value; ``default`` if nothing was ever set, or if it was deleted or its time is up.

        Args:
            guild_id: the guild it belongs to.
            key: 1 to 255 characters.
            module_name: the module it belongs to; None for what modules share.
            default: what to return when there is nothing.

        Raises:
            GuildDataError: the guild, key or module's name cannot be one.
            DatabaseError: the store cannot be read, and nothing is known of this key.
        """
        address = (guild_id, namespace(guild_id, key, module_name), key)
        known = self._known.get(address)
        if known is None or known.fresh_until_s <= self._clock.monotonic():
            known = await self._read(address, known)
        value = self._alive(known.value)
        return default if value is None else decode_value(value.text)

    async def get_all(self, guild_id: int, module_name: str | None = None) -> dict[str, JsonValue]:
        """Read every value of one module in one guild, by key.

        Raises:
            GuildDataError: the guild or module's name cannot be one.
            DatabaseError: the store cannot be read, and not all of it is known.
        """
        module, writes = namespace(guild_id, None, module_name), self._known.writes
        try:
            values = dict(await self._store.load_all(guild_id, module))
            self._known.fill_space(guild_id, module, values, writes)
        except DatabaseError:
            known = self._known.space(guild_id, module)
            if known is None:
                raise
            values = known
        return {key: decode_value(value.text) for key, value in values.items() if self._alive(value)}

    async def get_many(
        self, guild_ids: Collection[int], key: str, module_name: str | None = None
    ) -> dict[int, JsonValue]:
        """Read one key of many guilds at once, by guild; those where it is not set are left out.

        Raises:
            GuildDataError: a guild, the key or the module's name cannot be one.
            DatabaseError: the store cannot be read, and of some guild nothing is known.
        """
        addresses = {
            guild_id: (guild_id, namespace(guild_id, key, module_name), key) for guild_id in guild_ids
        }
        module, writes = "" if module_name is None else module_name, self._known.writes
        try:
            values = await self._store.load_many(addresses, module, key) if addresses else {}
            for guild_id, address in addresses.items():
                self._known.fill(address, self._fresh(values.get(guild_id)), writes)
        except DatabaseError:
            held = {guild_id: self._known.get(address) for guild_id, address in addresses.items()}
            if any(known is None for known in held.values()):
                raise
            values = {guild_id: known.value for guild_id, known in held.items() if known and known.value}
        return {
            guild_id: decode_value(value.text) for guild_id, value in values.items() if self._alive(value)
        }

    # --- writing ---

    async def set(
        self,
        guild_id: int,
        key: str,
        value: JsonInput,
        module_name: str | None = None,
        *,
        ttl_s: float | None = None,
    ) -> None:
        """Store one value; it is durable when this returns.

        Args:
            guild_id: the guild it belongs to.
            key: 1 to 255 characters.
            value: None, bool, int, float, str, and lists and str-keyed dictionaries of them;
                at most 64 KiB as JSON.
            module_name: the module it belongs to; None for what modules share.
            ttl_s: after how many seconds it is gone by itself; None: never.

        Raises:
            GuildValueError: the value would not come back as it is, or is too large.
            GuildDataError: the guild, key or module's name cannot be one, or the time.
            DatabaseError: it was not stored.
        """
        address = (guild_id, namespace(guild_id, key, module_name), key)
        stored = self._to_store(guild_id, key, value, ttl_s)
        with self._known.writing(address) as write, _certain(write):
            await self._store.save(*address, stored)
            write.stored(self._fresh(stored))
        if ttl_s is not None:
            await self._sweep()

    async def compare_and_set(
        self,
        guild_id: int,
        key: str,
        expected: "JsonInput | Missing",
        value: JsonInput,
        module_name: str | None = None,
        *,
        ttl_s: float | None = None,
    ) -> bool:
        """Store a value if ``expected`` rests there, and say whether it was; nobody writes in between.

        Args:
            guild_id: the guild it belongs to.
            key: 1 to 255 characters.
            expected: what must rest there, types included; ``MISSING``: nothing.
            value: as for `set`.
            module_name: as for `set`.
            ttl_s: as for `set`.

        Raises:
            GuildValueError: a value would not come back as it is, or is too large.
            GuildDataError: the guild, key or module's name cannot be one, or the time.
            DatabaseError: it was not stored.
        """
        address = (guild_id, namespace(guild_id, key, module_name), key)
        wanted = None if expected is MISSING else encode_value(guild_id, key, expected)
        stored = self._to_store(guild_id, key, value, ttl_s)

        def swap(before: StoredValue | None) -> StoredValue | None:
            found = self._alive(before)
            if found is None or wanted is None:
                return stored if found is None and wanted is None else before
            return stored if is_same(found.text, wanted) else before

        return await self._change(address, swap) is stored

    async def increment(
        self,
        guild_id: int,
        key: str,
        by: float = 1,
        module_name: str | None = None,
        *,
        ttl_s: float | None = None,
    ) -> int | float:
        """Add to a number and return the sum; where there is nothing it begins at 0. None is lost.

        Args:
            guild_id: the guild it belongs to.
            key: 1 to 255 characters.
            by: what is added.
            module_name: as for `set`.
            ttl_s: how long a number that begins here is kept; a later sum is gone with the first.

        Raises:
            GuildValueError: something else than a number rests there, or the sum has no place in JSON.
            GuildDataError: the guild, key or module's name cannot be one, or the time.
            DatabaseError: it was not stored.
        """
        address = (guild_id, namespace(guild_id, key, module_name), key)
        check_ttl(guild_id, key, ttl_s)

        def add(before: StoredValue | None) -> StoredValue:
            found = self._alive(before)
            if found is None:
                return self._to_store(guild_id, key, by, ttl_s)
            number = decode_value(found.text)
            if isinstance(number, bool) or not isinstance(number, int | float):
                kind = type(number).__name__
                raise GuildValueError(guild_id, key, kind, "is no number that could be added to")
            return replace(found, text=encode_value(guild_id, key, number + by))

        total = await self._change(address, add)
        number = decode_value(total.text) if total is not None else None
        if not isinstance(number, int | float):  # `add` made one, or raised
            raise GuildValueError(guild_id, key, type(number).__name__, "is no number")
        return number

    async def delete(self, guild_id: int, key: str, module_name: str | None = None) -> bool:
        """Take one value away; whether there was one.

        Raises:
            GuildDataError: the guild, key or module's name cannot be one.
            DatabaseError: it was not deleted.
        """
        address = (guild_id, namespace(guild_id, key, module_name), key)
        with self._known.writing(address) as write, _certain(write):
            before = await self._store.remove(*address)
            write.stored(self._fresh(None))
        return self._alive(before) is not None

    def forget_guild(self, guild_id: int) -> None:
        """Drop what is known of a guild, after its data was purged."""
        self._known.forget_guild(guild_id)
        self._configs.pop(guild_id, None)

    # --- the settings of a guild ---

    async def get_config(self, guild_id: int) -> GuildSettings:
        """Read a guild's settings; the defaults for a guild that never set one.

        Raises:
            GuildDataError: the guild's id cannot be one.
            DatabaseError: the store cannot be read, and they are not known.
        """
        check_guild(guild_id)
        writes = self._known.writes
        try:
            config = await self._store.load_config(guild_id) or StoredConfig()
            if writes == self._known.writes:
                self._configs[guild_id] = config
        except DatabaseError:
            if guild_id not in self._configs:
                raise
            config = self._configs[guild_id]
        return GuildSettings(guild_id, config.welcome_channel_id, decode_fields(config.custom))

    async def set_welcome_channel(self, guild_id: int, channel_id: int | None) -> None:
        """Choose where new members are greeted; None stops it.

        Raises:
            GuildDataError: the guild's or the channel's id cannot be one.
            DatabaseError: it was not stored.
        """
        check_guild(guild_id)
        if channel_id is not None and not is_id(channel_id):
            raise GuildDataError(guild_id, "welcome_channel_id", f"{channel_id!r} is not a channel's id")
        with self._known.writing((guild_id, "", "")) as write, _certain(write):
            known = self._configs.pop(guild_id, None)
            try:
                await self._store.save_welcome_channel(guild_id, channel_id)
            except DatabaseError as error:
                self._put_back(guild_id, known, error)
                raise

    async def set_custom(self, guild_id: int, name: str, value: JsonInput) -> None:
        """Set one custom setting of a guild; None removes it. All together hold 64 KiB.

        Raises:
            GuildValueError: the value would not come back as it is, or there is no room for it.
            GuildDataError: the guild or name cannot be one.
            DatabaseError: it was not stored.
        """
        namespace(guild_id, name, None)
        text = None if value is None else encode_value(guild_id, name, value)
        with self._known.writing((guild_id, "", "")) as write, _certain(write):
            known = self._configs.pop(guild_id, None)
            try:
                await self._store.save_custom(guild_id, name, text)
            except DatabaseError as error:
                self._put_back(guild_id, known, error)
                raise

    # --- what is known ---

    async def _read(self, address: Address, known: Known | None) -> Known:
        writes = self._known.writes
        try:
            found = self._fresh(await self._store.load(*address))
        except DatabaseError:
            if known is not None:
                return known
            space = self._known.space(address[0], address[1])
            if space is None:
                raise
            return Known(space.get(address[2]), 0.0)
        self._known.fill(address, found, writes)
        return found

    async def _change(self, address: Address, change: Change) -> StoredValue | None:
        with self._known.writing(address) as write, _certain(write):
            left = await self._store.change(*address, change)
            write.stored(self._fresh(left))
        return left

    def _put_back(self, guild_id: int, known: StoredConfig | None, error: DatabaseError) -> None:
        if known is not None and not isinstance(error, WriteUncertainError):
            self._configs.setdefault(guild_id, known)

    def _fresh(self, value: StoredValue | None) -> Known:
        return Known(value, self._clock.monotonic() + FRESH_S)

    def _alive(self, value: StoredValue | None) -> StoredValue | None:
        """The value, unless its time is up."""
        if value is None or value.expires_at is None or self._clock.now() < value.expires_at:
            return value
        return None

    def _to_store(self, guild_id: int, key: str, value: JsonInput, ttl_s: float | None) -> StoredValue:
        check_ttl(guild_id, key, ttl_s)
        expires_at = None if ttl_s is None else self._clock.now() + timedelta(seconds=ttl_s)
        return StoredValue(encode_value(guild_id, key, value), expires_at)

    async def _sweep(self) -> None:
        """Now and then remove what nobody can read any more."""
        if self._clock.monotonic() < self._sweep_at_s:
            return
        self._sweep_at_s = self._clock.monotonic() + SWEEP_EVERY_S
        with suppress(DatabaseError):  # another time then; nobody reads them meanwhile
            await self._store.sweep(self._clock.now())


@contextmanager
def _certain(write: Writing) -> Iterator[None]:
    """Where a write fails and nothing was changed for sure, what was known before stays known."""
    try:
        yield
    except WriteUncertainError:
        raise
    except (DatabaseError, GuildDataError):
        write.unchanged()
        raise
