"""How long to wait before the next attempt to connect."""

import random

from wisp_framework.utils.clock import Clock

LONGEST_S = 60.0
CALM_S = 60.0
"""A connection that held for as long begins anew with no wait."""


class Pace:
    """The first attempt is free; each that follows soon waits twice as long as the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attempts = 0
        self._last_s = clock.monotonic()

    def next_delay_s(self) -> float:
        """Seconds to wait before an attempt that is made now; at most a minute, with a random part."""
        now_s = self._clock.monotonic()
        if now_s - self._last_s >= CALM_S:
            self._attempts = 0
        delay_s = min(LONGEST_S, 2.0 ** min(self._attempts - 1, 10)) if self._attempts else 0.0
        delay_s *= random.uniform(0.5, 1.0)
        self._attempts += 1
        self._last_s = now_s + delay_s
        return delay_s
