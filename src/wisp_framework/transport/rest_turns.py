"""Requests in a row where there are more than Discord takes: the most urgent first."""

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count

from wisp_framework.utils.clock import Clock


@dataclass(order=True, slots=True)
class _Waiting:
    priority: int
    order: int
    woken: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    has_turn: bool = field(default=False, compare=False)


class Turns:
    """Gives turns, never more than so many in any second.

    A fifth of them may be taken at once; the rest is spread over the second.

    Args:
        clock: measures the waits.
        per_s: how many in a second, 2 or more.
    """

    def __init__(self, clock: Clock, per_s: int) -> None:
        burst = max(1, per_s // 5)
        self._clock = clock
        self._interval_s = 1 / (per_s - burst)
        self._slack_s = (burst - 1) * self._interval_s
        self._next_s = clock.monotonic()
        self._held_until_s = 0.0
        self._order = count()
        self._waiting: list[_Waiting] = []
        self._is_led = False

    def hold(self, delay_s: float) -> None:
        """Give no turn for ``delay_s`` seconds."""
        self._held_until_s = max(self._held_until_s, self._clock.monotonic() + delay_s)

    async def take(self, priority: int) -> None:
        """Return when it is this one's turn: before all of a higher number, after earlier ones of its own."""
        if not self._waiting and self._delay_s() <= 0:
            self._use()
            return
        mine = _Waiting(priority, next(self._order))
        heapq.heappush(self._waiting, mine)
        try:
            while not mine.has_turn:
                if self._is_led:
                    await mine.woken.wait()
                    mine.woken.clear()
                else:
                    await self._lead(mine)
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
                heapq.heapify(self._waiting)
            if self._waiting and not self._is_led:
                self._waiting[0].woken.set()

    async def _lead(self, mine: _Waiting) -> None:
        """Give the others their turns, until one's own has come: only one who waits looks at the clock."""
        self._is_led = True
        try:
            while not mine.has_turn:
                while (delay_s := self._delay_s()) > 0:
                    await self._clock.sleep(delay_s)
                first = heapq.heappop(self._waiting)
                first.has_turn = True
                self._use()
                first.woken.set()
                if first is not mine:
                    await asyncio.sleep(0)  # it goes before whoever comes next, the leader itself too
        finally:
            self._is_led = False

    def _delay_s(self) -> float:
        now_s = self._clock.monotonic()
        return max(self._held_until_s, self._next_s - self._slack_s) - now_s

    def _use(self) -> None:
        self._next_s = max(self._next_s, self._clock.monotonic()) + self._interval_s
