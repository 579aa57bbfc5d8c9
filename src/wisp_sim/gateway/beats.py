"""Lets a connection go whose client does not beat any more.

Discord does not say how long it waits. Here a client that was silent for one and a half intervals is asked
once, and let go with 4009 if it stays silent for a tenth of one more; its session is over.
"""

import asyncio
from collections.abc import Callable

from wisp_sim.clock import Clock, Timer

_PATIENCE = 1.5
_LAST_WORD = 0.1


class Beats:
    """Watches one connection.

    Args:
        clock: what time is told by.
        interval_s: how often the client is to beat.
        ask: asks for a beat at once.
        lost: called when the client is given up.
    """

    def __init__(
        self, clock: Clock, interval_s: float, ask: Callable[[], None], lost: Callable[[], None]
    ) -> None:
        self._clock, self._interval_s = clock, interval_s
        self._ask, self._lost = ask, lost
        self._timer: Timer | None = None
        self._ended = False
        self.heard()

    def heard(self) -> None:
        """The client beat."""
        self._wait(self._interval_s * _PATIENCE, self._overdue)

    def end(self) -> None:
        """Watch no longer."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, delay_s: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if self._ended else self._clock.call_later(delay_s, then)

    def _overdue(self) -> None:
        self._ask()
        self._timer = None
        # Not at once: where a test moves the time by hours, the client gets its chance to answer first.
        asyncio.get_running_loop().call_soon(self._give_last_chance)

    def _give_last_chance(self) -> None:
        if self._timer is None:
            self._wait(self._interval_s * _LAST_WORD, self._lost)
