"""Where the values of a cache lie: the port, and the one in memory."""

import contextlib
from collections import OrderedDict
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import Protocol

from wisp_framework.utils.clock import Clock

MAX_ENTRIES = 10_000
"""How many values are kept in memory; the one not used for longest makes room."""

SWEEP_EVERY = 1024
"""After this many stores, values whose time is over are dropped from memory."""


class Shelf(Protocol):
    """Keeps bytes at addresses for a while; may lose any of them, and never hands out another's."""

    @property
    def ready(self) -> bool:
        """Whether it is open."""

    async def open(self) -> None:
        """Begin to keep."""

    async def close(self) -> None:
        """Let go of what this process holds."""

    async def fetch(self, address: str) -> bytes | None:
        """What lies there; None if nothing does any more."""

    async def store(self, address: str, data: bytes, ttl_s: float, names: Collection[str]) -> None:
        """Keep ``data`` for ``ttl_s`` seconds; the marks of ``names`` must last as long."""

    async def remove(self, address: str) -> None:
        """Keep nothing there."""

    async def mark(self, name: str) -> str:
        """The present mark of a name: the same for everybody until `change_mark`, or until it is lost."""

    async def change_mark(self, name: str) -> None:
        """Give the name a mark that it never had."""

    def turn(self, address: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else works on what shall lie there, and be the one who does."""


class MemoryShelf:
    """The memory of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open = False
        self._held: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._marks: OrderedDict[str, str] = OrderedDict()
        self._next_mark = count()
        self._until_sweep = SWEEP_EVERY

    @property
    def ready(self) -> bool:
        """Whether it is open."""
        return self._open

    def __len__(self) -> int:
        return len(self._held)

    async def open(self) -> None:
        """Begin to keep."""
        self._open = True

    async def close(self) -> None:
        """Forget everything."""
        self._open = False
        self.clear()

    def clear(self) -> None:
        """Forget everything, and stay open."""
        self._held.clear()
        self._marks.clear()

    def look(self, address: str) -> bytes | None:
        """As `fetch`."""
        if address not in self._held:
            return None
        over_s, data = self._held[address]
        if over_s <= self._clock.monotonic():
            del self._held[address]
            return None
        self._held.move_to_end(address)
        return data

    def put(self, address: str, data: bytes, ttl_s: float) -> None:
        """As `store`."""
        self._held[address] = (self._clock.monotonic() + ttl_s, data)
        self._held.move_to_end(address)
        if len(self._held) > MAX_ENTRIES:
            self._held.popitem(last=False)
        self._until_sweep -= 1
        if not self._until_sweep:
            self._sweep()

    def drop(self, address: str) -> None:
        """As `remove`."""
        self._held.pop(address, None)

    async def fetch(self, address: str) -> bytes | None:
        """What lies there; None if nothing does any more."""
        return self.look(address)

    async def store(
        self,
        address: str,
        data: bytes,
        ttl_s: float,
        names: Collection[str],  # noqa: ARG002 - marks outlive values here
    ) -> None:
        """Keep ``data`` for ``ttl_s`` seconds."""
        self.put(address, data, ttl_s)

    async def remove(self, address: str) -> None:
        """Keep nothing there."""
        self.drop(address)

    async def mark(self, name: str) -> str:
        """The present mark of a name; the one not asked for longest is lost when there are too many."""
        if name not in self._marks:
            self._marks[name] = str(next(self._next_mark))
            if len(self._marks) > MAX_ENTRIES:
                self._marks.popitem(last=False)
        self._marks.move_to_end(name)
        return self._marks[name]

    async def change_mark(self, name: str) -> None:
        """Give the name a mark that it never had."""
        # Values are found by it, so none of the old ones is met again; they make room in time.
        self._marks.pop(name, None)

    def turn(self, address: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002
        """No need to wait: the caller sees to it that this process works on it only once."""
        return contextlib.nullcontext()

    def _sweep(self) -> None:
        """Let go of what is over and would otherwise wait until somebody asks for it."""
        self._until_sweep = SWEEP_EVERY
        now_s = self._clock.monotonic()
        for address in [address for address, (over_s, _) in self._held.items() if over_s <= now_s]:
            del self._held[address]
