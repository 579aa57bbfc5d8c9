"""A clock that stands still until a test moves it."""

import asyncio
import heapq
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """Time that only `advance` moves; who sleeps on it wakes in order of their deadlines."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        return self.now_s

    def now(self) -> datetime:
        return START + timedelta(seconds=self.now_s)

    async def sleep(self, delay_s: float) -> None:
        if delay_s <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now_s + delay_s, next(self._order), woken))
        await woken

    async def advance(self, delay_s: float) -> None:
        """Move on by ``delay_s`` seconds, waking each sleeper at its own moment."""
        await settle()
        end_s = self.now_s + delay_s
        while self._sleepers and self._sleepers[0][0] <= end_s:
            due_s, _, woken = heapq.heappop(self._sleepers)
            self.now_s = max(self.now_s, due_s)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self.now_s = end_s
        await settle()


async def settle(turns: int = 20) -> None:
    """Let every task that can go on without time or sockets go on."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def passing(clock: FakeClock, waiting: Coroutine[object, object, object]) -> None:
    """Wait for something while the time goes on by seconds: what was cut by a jump of it is tried again."""
    task = asyncio.ensure_future(waiting)
    while not task.done():
        await asyncio.wait({task}, timeout=0.05)
        if not task.done():
            await clock.advance(1.0)
    task.result()
