"""How long to wait before the next attempt to connect."""

import random

LONGEST_S = 60.0
CALM_S = 60.0
"""After a connection that held for as long, the next attempt is again the first."""


class Pace:
    """The first attempt is made at once; each that follows soon waits twice as long as the one before."""

    def __init__(self) -> None:
        self._attempts = 0
        self._last_s = 0.0

    def next_delay_s(self, now_s: float) -> float:
        """Seconds to wait before an attempt that is decided on now; at most a minute, with a random part."""
        if now_s - self._last_s >= CALM_S:
            self._attempts = 0
        delay_s = min(LONGEST_S, 2.0 ** min(self._attempts - 1, 10)) if self._attempts else 0.0
        delay_s *= random.uniform(0.5, 1.0)
        self._attempts += 1
        self._last_s = now_s + delay_s
        return delay_s
