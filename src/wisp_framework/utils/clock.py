"""Time as a thing that is handed in, so that tests can move it."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits; whoever measures or waits takes one of these."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    async def sleep(self, delay_s: float) -> None:
        """Return once ``delay_s`` seconds of this clock have passed."""


class SystemClock:
    """The machine's own clock."""

    # Looked up at each call: while a test moves the time of the process, other functions stand there.

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, delay_s: float) -> None:
        """Return once ``delay_s`` seconds have passed."""
        await asyncio.sleep(delay_s)
