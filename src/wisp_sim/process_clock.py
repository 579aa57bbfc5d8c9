"""The time of this whole process, to be moved: the offline Discord's and the bot's at once.

Needs time-machine, which only the pytest plugin asks for.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import time_machine


class ProcessClock:
    """The machine's time, which goes on by itself, plus what it was moved by.

    While it runs, `datetime.now`, `time.time`, `time.monotonic` and the time of every event loop agree.
    Threads that wait, `time.perf_counter`, and names that were imported by ``from time import monotonic``
    keep to the machine's own time.
    """

    def __init__(self) -> None:
        self._moved_s = 0.0
        self._real = time.monotonic
        self._travel: time_machine.travel | None = None
        self._traveller: time_machine.Traveller | None = None

    def start(self) -> None:
        """Take over the time of this process."""
        self._travel = time_machine.travel(datetime.now(UTC), tick=True)
        self._traveller = self._travel.start()
        time.monotonic = self.monotonic

    def stop(self) -> None:
        """Give the time back as it was; harmless when it did not run."""
        travel, self._travel, self._traveller = self._travel, None, None
        if travel is not None:
            time.monotonic = self._real
            travel.stop()

    @property
    def moved_s(self) -> float:
        """By how many seconds it was moved so far."""
        return self._moved_s

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back while the clock runs."""
        return self._real() + self._moved_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call ``callback`` once, ``delay_s`` seconds from now, in the running event loop."""
        return asyncio.get_running_loop().call_later(delay_s, callback)

    def next_due_s(self) -> float | None:
        """How far off the next timer of the running event loop is; None if there is none."""
        loop = asyncio.get_running_loop()
        # No public name tells what an event loop waits for.
        timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]  # noqa: SLF001
        due = [timer.when() for timer in timers if not timer.cancelled()]
        return max(0.0, min(due) - self.monotonic()) if due else None

    def advance(self, delay_s: float) -> None:
        """Move on by ``delay_s`` seconds; timers that fall due ring in the event loop's next turn.

        Raises:
            ValueError: ``delay_s`` is negative.
        """
        if delay_s < 0:
            raise ValueError(f"time only goes on: {delay_s} s is negative")
        self._moved_s += delay_s
        if self._traveller is not None:
            self._traveller.shift(delay_s)
