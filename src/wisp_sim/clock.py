"""Time as the offline Discord sees it; tests hand in one that they move."""

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol


class Timer(Protocol):
    """Something that will happen, unless cancelled."""

    def cancel(self) -> None:
        """Let it not happen; harmless when it did already."""


class Clock(Protocol):
    """Tells the time and rings."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` once, ``delay_s`` seconds of this clock from now."""


class SimClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` once, ``delay_s`` seconds from now, in the running event loop."""
        return asyncio.get_running_loop().call_later(delay_s, callback)


class _ManualTimer:
    """A callback on a `ManualClock`."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    @property
    def set(self) -> bool:
        return self._callback is not None

    def cancel(self) -> None:
        self._callback = None

    def ring(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class ManualClock:
    """Time that stands still until `advance` moves it.

    Args:
        start: the instant at which it stands; the present one unless given, because clients compare the
            age of what they get with their own time.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime.now(UTC)
        self._elapsed_s = 0.0
        self._order = count()
        self._timers: list[tuple[float, int, _ManualTimer]] = []

    @property
    def moved_s(self) -> float:
        """By how many seconds it was moved so far."""
        return self._elapsed_s

    def now(self) -> datetime:
        """The instant at which this clock stands, aware, in UTC."""
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Seconds by which this clock was moved."""
        return self._elapsed_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` once, as soon as the clock was moved on by ``delay_s`` seconds."""
        timer = _ManualTimer(callback)
        heapq.heappush(self._timers, (self._elapsed_s + delay_s, next(self._order), timer))
        return timer

    def next_due_s(self) -> float | None:
        """How far off the next timer is; None if there is none."""
        due = [moment_s for moment_s, _, timer in self._timers if timer.set]
        return max(0.0, min(due) - self._elapsed_s) if due else None

    def advance(self, delay_s: float) -> None:
        """Move on by ``delay_s`` seconds; what falls due rings in order, each at its own moment.

        Raises:
            ValueError: ``delay_s`` is negative.
        """
        if delay_s < 0:
            raise ValueError(f"time only goes on: {delay_s} s is negative")
        end_s = self._elapsed_s + delay_s
        while self._timers and self._timers[0][0] <= end_s:
            due_s, _, timer = heapq.heappop(self._timers)
            self._elapsed_s = max(self._elapsed_s, due_s)
            timer.ring()
        self._elapsed_s = end_s
