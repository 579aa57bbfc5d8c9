"""Values that may be forgotten: kept for a while, in memory or beside it."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

import msgspec
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import CacheValueError, ServiceError
from wisp_framework.services.base import BaseService
from wisp_framework.services.cache_shelf import MemoryShelf, Shelf
from wisp_framework.services.metrics import MetricsService
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.json_value import JsonInput, JsonValue, find_misfit

MAX_VALUE_BYTES = 64 * 1024
"""How large one value may be, as JSON."""

_NAMESPACE = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SEPARATOR = "\x1f"


class _Held(msgspec.Struct, array_like=True):
    """What lies on the shelf: the value, and the marks that its tags had when it was worked out."""

    value: msgspec.Raw
    marks: dict[str, str] = {}


_decode = msgspec.json.Decoder().decode
_decode_held = msgspec.json.Decoder(_Held).decode


class Cache(Protocol):
    """Remembers JSON values under keys; what comes out equals what went in, type included."""

    async def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """The value under ``key``, the caller's own copy; ``default`` if it is not known (any more)."""

    async def set(
        self, key: str, value: JsonInput, ttl_s: float | None = None, *, tags: Collection[str] = ()
    ) -> None:
        """Remember ``value`` for ``ttl_s`` seconds, or for ``config.cache_default_ttl_s``.

        Args:
            key: where.
            value: what.
            ttl_s: for how long.
            tags: `delete_tag` of any of them forgets it.

        Raises:
            CacheValueError: it would not come back equal and of the same type (tuples, sets,
                keys that are no strings, NaN, own classes), or is too large.
            ServiceError: ``ttl_s`` is no finite number above 0.
        """

    async def get_or_compute(
        self,
        key: str,
        compute: Callable[[], Awaitable[JsonInput]],
        ttl_s: float | None = None,
        *,
        tags: Collection[str] = (),
    ) -> JsonValue:
        """The value under ``key``; where it is not known, what ``compute`` returns, remembered as by `set`.

        However many ask at once, it is computed once; who asks meanwhile waits for that. What a tag's
        `delete_tag` or a `clear` overtook is handed out and not remembered. What ``compute`` raises is
        raised to all who waited in this process.
        """

    async def delete(self, key: str) -> bool:
        """Forget ``key``; whether it was known."""

    async def delete_tag(self, tag: str) -> None:
        """Forget everything in this namespace that was set with that tag."""

    async def clear(self) -> None:
        """Forget everything in this namespace."""


class CacheSpace:
    """One namespace of a `CacheService`; made by its `namespace`."""

    def __init__(
        self, shelf: Shelf, name: str, default_ttl_s: float, metrics: MetricsService | None = None
    ) -> None:
        self._shelf = shelf
        self._name = name
        self._default_ttl_s = default_ttl_s
        self._metrics = metrics
        self._computing: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """The value under ``key``, the caller's own copy; ``default`` if it is not known (any more)."""
        found = await self._look_up(await self._address(key))
        self._count(found)
        return default if found is None else _read(found)

    def _count(self, found: bytes | None) -> None:
        if self._metrics is not None:
            self._metrics.increment("cache.misses" if found is None else "cache.hits", namespace=self._name)

    async def set(
        self, key: str, value: JsonInput, ttl_s: float | None = None, *, tags: Collection[str] = ()
    ) -> None:
        """Remember ``value``, as `Cache.set` says."""
        self._refuse_unless_started()
        lifetime_s = self._lifetime(ttl_s)
        await self._store(await self._address(key), _encode(key, value), lifetime_s, await self._marks(tags))

    async def get_or_compute(
        self,
        key: str,
        compute: Callable[[], Awaitable[JsonInput]],
        ttl_s: float | None = None,
        *,
        tags: Collection[str] = (),
    ) -> JsonValue:
        """The value under ``key``, computed where it is not known, as `Cache.get_or_compute` says."""
        lifetime_s = self._lifetime(ttl_s)
        address = await self._address(key)
        found = await self._look_up(address)
        self._count(found)
        if found is not None:
            return _read(found)
        computing = self._computing.get(address)
        if computing is None:
            work = self._compute(key, address, compute, lifetime_s, tags)
            computing = self._computing[address] = asyncio.create_task(work, name=f"cache {self._name}")
            computing.add_done_callback(lambda task: self._computed(address, task))
        # A caller that is cancelled leaves the others theirs.
        return _read(await asyncio.shield(computing))

    async def delete(self, key: str) -> bool:
        """Forget ``key``; whether it was known."""
        address = await self._address(key)
        known = await self._look_up(address) is not None
        await self._shelf.remove(address)
        return known

    async def delete_tag(self, tag: str) -> None:
        """Forget everything in this namespace that was set with that tag."""
        self._refuse_unless_started()
        await self._shelf.change_mark(self._tag(tag))

    async def clear(self) -> None:
        """Forget everything in this namespace, and nothing else."""
        self._refuse_unless_started()
        await self._shelf.change_mark(self._name)

    async def _compute(
        self,
        key: str,
        address: str,
        compute: Callable[[], Awaitable[JsonInput]],
        lifetime_s: float,
        tags: Collection[str],
    ) -> bytes:
        async with self._shelf.turn(address):
            found = await self._look_up(address)
            if found is not None:
                return found
            marks = await self._marks(tags)
            encoded = _encode(key, await compute())
            await self._store(address, encoded, lifetime_s, marks)
            return encoded

    def _computed(self, address: str, task: asyncio.Task[bytes]) -> None:
        del self._computing[address]
        if not task.cancelled():
            # Callers that were cancelled never ask; reading it here keeps the loop from complaining.
            task.exception()

    async def _store(self, address: str, encoded: bytes, lifetime_s: float, marks: dict[str, str]) -> None:
        held = msgspec.json.encode(_Held(msgspec.Raw(encoded), marks))
        await self._shelf.store(address, held, lifetime_s, [self._name, *map(self._tag, marks)])

    async def _look_up(self, address: str) -> bytes | None:
        data = await self._shelf.fetch(address)
        if data is None:
            return None
        try:
            held = _decode_held(data)
        except msgspec.DecodeError:  # not ours; whoever put it there
            return None
        for tag, mark in held.marks.items():
            if await self._shelf.mark(self._tag(tag)) != mark:
                return None
        return bytes(held.value)

    async def _marks(self, tags: Collection[str]) -> dict[str, str]:
        return {tag: await self._shelf.mark(self._tag(tag)) for tag in tags}

    def _tag(self, tag: str) -> str:
        return f"{self._name}{_SEPARATOR}{tag}"

    async def _address(self, key: str) -> str:
        self._refuse_unless_started()
        return f"{self._name}{_SEPARATOR}{await self._shelf.mark(self._name)}{_SEPARATOR}{key}"

    def _lifetime(self, ttl_s: float | None) -> float:
        lifetime_s = self._default_ttl_s if ttl_s is None else ttl_s
        if not (math.isfinite(lifetime_s) and lifetime_s > 0):
            raise ServiceError(f"ttl_s is {lifetime_s}; give a finite number of seconds above 0")
        return lifetime_s

    def _refuse_unless_started(self) -> None:
        if not self._shelf.ready:
            raise ServiceError("The cache service is not started; use it between startup and shutdown")


class CacheService(BaseService):
    """A `Cache` in the memory of this process, lost on restart; modules take a `namespace` of it."""

    def __init__(
        self,
        config: AppConfig,
        clock: Clock | None = None,
        metrics: MetricsService | None = None,
        *,
        shelf: Shelf | None = None,
    ) -> None:
        super().__init__(config)
        self._shelf: Shelf = shelf or MemoryShelf(clock or SystemClock())
        self._metrics = metrics
        self._own = self._space("")
        self._spaces: dict[str, CacheSpace] = {}

    @override
    async def startup(self) -> None:
        """Begin to remember."""
        await self._shelf.open()
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Forget what this process holds."""
        await self._shelf.close()

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

    async def set(
        self, key: str, value: JsonInput, ttl_s: float | None = None, *, tags: Collection[str] = ()
    ) -> None:
        """Remember ``value``, as `Cache.set` says."""
        await self._own.set(key, value, ttl_s, tags=tags)

    async def get_or_compute(
        self,
        key: str,
        compute: Callable[[], Awaitable[JsonInput]],
        ttl_s: float | None = None,
        *,
        tags: Collection[str] = (),
    ) -> JsonValue:
        """The value under ``key``, computed where it is not known, as `Cache.get_or_compute` says."""
        return await self._own.get_or_compute(key, compute, ttl_s, tags=tags)

    async def delete(self, key: str) -> bool:
        """Forget ``key``; whether it was known."""
        return await self._own.delete(key)

    async def delete_tag(self, tag: str) -> None:
        """Forget everything that was set on the service itself with that tag."""
        await self._own.delete_tag(tag)

    async def clear(self) -> None:
        """Forget everything that was set on the service itself; namespaces stay."""
        await self._own.clear()

    def _space(self, name: str) -> CacheSpace:
        return CacheSpace(self._shelf, name, self.config.cache_default_ttl_s, self._metrics)


def _read(encoded: bytes) -> JsonValue:
    value: JsonValue = _decode(encoded)
    return value


def _encode(key: str, value: JsonInput) -> bytes:
    misfit = find_misfit(value)
    if misfit is not None:
        raise CacheValueError(key, misfit.path, misfit.type_name, misfit.reason)
    encoded = msgspec.json.encode(value)
    if len(encoded) > MAX_VALUE_BYTES:
        reason = f"takes {len(encoded)} bytes as JSON; the limit is {MAX_VALUE_BYTES}"
        raise CacheValueError(key, "$", type(value).__name__, reason)
    return encoded
