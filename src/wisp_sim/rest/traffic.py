"""Who waits for an answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Traffic:
    """How many requests are open, and how many there ever were."""

    def __init__(self) -> None:
        self.total = 0
        self._open = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def __enter__(self) -> None:
        self.total += 1
        self._begin()

    def __exit__(self, *exc_info: object) -> None:
        self._end()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside, an open request counts for none: a fault holds it back."""
        self._end()
        try:
            yield
        finally:
            self._begin()

    def _begin(self) -> None:
        self._open += 1
        self._quiet.clear()

    def _end(self) -> None:
        self._open -= 1
        if not self._open:
            self._quiet.set()

    def busy(self) -> bool:
        """A request is being answered."""
        return self._open > 0

    async def wait_quiet(self) -> None:
        """Return when no request is open."""
        await self._quiet.wait()
