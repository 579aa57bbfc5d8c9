"""Values that may be forgotten: kept in memory, for a while."""

import math
import re
from typing import Protocol

import cashews
import msgspec
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import CacheValueError, ServiceError
from wisp_framework.services.base import BaseService
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.json_value import JsonInput, JsonValue, find_misfit

MAX_ENTRIES = 10_000
"""How many values are kept; the one not used for longest makes room."""

MAX_VALUE_BYTES = 64 * 1024
"""How large one value may be, as JSON."""

SWEEP_INTERVAL_S = 10.0
"""How often values whose time is over are dropped from memory."""

_NAMESPACE = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SEPARATOR = "\x1f"

_decode = msgspec.json.Decoder().decode


class Cache(Protocol):
    """Remembers JSON values under keys; what comes out equals what went in, type included."""

    async def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """The value under ``key``, the caller's own copy; ``default`` if it is not known (any more)."""

    async def set(self, key: str, value: JsonInput, ttl_s: float | None = None) -> None:
        """Remember ``value`` for ``ttl_s`` seconds, or for ``config.cache_default_ttl_s``.

        Raises:
            CacheValueError: it would not come back equal and of the same type (tuples, sets,
                keys that are no strings, NaN, own classes), or is too large.
            ServiceError: ``ttl_s`` is no finite number above 0.
        """

    async def delete(self, key: str) -> bool:
        """Forget ``key``; whether it was known."""

    async def clear(self) -> None:
        """Forget everything in this namespace."""


class CacheSpace:
    """One namespace of a `CacheService`; made by its `namespace`."""

    def __init__(self, engine: cashews.Cache, name: str, default_ttl_s: float, clock: Clock) -> None:
        self._engine = engine
        self._name = name
        self._default_ttl_s = default_ttl_s
        self._clock = clock
        self._generation = 0

    async def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """The value under ``key``, the caller's own copy; ``default`` if it is not known (any more)."""
        encoded = await self._held(key)
        if encoded is None:
            return default
        value: JsonValue = _decode(encoded)
        return value

    async def set(self, key: str, value: JsonInput, ttl_s: float | None = None) -> None:
        """Remember ``value``, as `Cache.set` says."""
        self._refuse_unless_started()
        lifetime_s = self._default_ttl_s if ttl_s is None else ttl_s
        if not (math.isfinite(lifetime_s) and lifetime_s > 0):
            raise ServiceError(f"ttl_s is {lifetime_s}; give a finite number of seconds above 0")
        # Our own clock decides what is over; the engine's, which is the wall clock, only frees the memory.
        held = (self._clock.monotonic() + lifetime_s, _encode(key, value))
        await self._engine.set(self._address(key), held, expire=lifetime_s)

    async def delete(self, key: str) -> bool:
        """Forget ``key``; whether it was known."""
        known = await self._held(key) is not None
        await self._engine.delete(self._address(key))
        return known

    async def clear(self) -> None:
        """Forget everything in this namespace, and nothing else."""
        self._refuse_unless_started()
        # New addresses, which the old values never meet; the engine lets go of them when their time is over.
        self._generation += 1

    async def _held(self, key: str) -> bytes | None:
        self._refuse_unless_started()
        held: tuple[float, bytes] | None = await self._engine.get(self._address(key))
        return held[1] if held is not None and self._clock.monotonic() < held[0] else None

    def _address(self, key: str) -> str:
        return f"{self._name}{_SEPARATOR}{self._generation}{_SEPARATOR}{key}"

    def _refuse_unless_started(self) -> None:
        if not self._engine.is_init:
            raise ServiceError("The cache service is not started; use it between startup and shutdown")


class CacheService(BaseService):
    """A `Cache` in the memory of this process, lost on restart; modules take a `namespace` of it."""

    def __init__(self, config: AppConfig, clock: Clock | None = None) -> None:
        super().__init__(config)
        self._clock = clock or SystemClock()
        self._engine = cashews.Cache()
        self._engine.setup("mem://", size=MAX_ENTRIES, check_interval=SWEEP_INTERVAL_S)
        self._own = self._space("")
        self._spaces: dict[str, CacheSpace] = {}

    @override
    async def startup(self) -> None:
        """Begin to remember."""
        await self._engine.init()
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Forget everything."""
        await self._engine.clear()
        if self._engine.is_init:
            await self._engine.close()

    def namespace(self, name: str) -> CacheSpace:
        """A cache whose keys meet no other's; the same name gives the same keys.

        Raises:
            ServiceError: the name has other signs than letters, digits, ``_`` and ``-``.
        """
        if not _NAMESPACE.fullmatch(name):
            raise ServiceError(f"{name!r:.120} is no cache namespace; use up to 100 letters, digits, _ or -")
        return self._spaces.setdefault(name, self._space(name))

    async def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """The value under ``key``, the caller's own copy; ``default`` if it is not known (any more)."""
        return await self._own.get(key, default)

    async def set(self, key: str, value: JsonInput, ttl_s: float | None = None) -> None:
        """Remember ``value``, as `Cache.set` says."""
        await self._own.set(key, value, ttl_s)

    async def delete(self, key: str) -> bool:
        """Forget ``key``; whether it was known."""
        return await self._own.delete(key)

    async def clear(self) -> None:
        """Forget everything that was set on the service itself; namespaces stay."""
        await self._own.clear()

    def _space(self, name: str) -> CacheSpace:
        return CacheSpace(self._engine, name, self.config.cache_default_ttl_s, self._clock)


def _encode(key: str, value: JsonInput) -> bytes:
    misfit = find_misfit(value)
    if misfit is not None:
        raise CacheValueError(key, misfit.path, misfit.type_name, misfit.reason)
    encoded = msgspec.json.encode(value)
    if len(encoded) > MAX_VALUE_BYTES:
        reason = f"takes {len(encoded)} bytes as JSON; the limit is {MAX_VALUE_BYTES}"
        raise CacheValueError(key, "$", type(value).__name__, reason)
    return encoded
