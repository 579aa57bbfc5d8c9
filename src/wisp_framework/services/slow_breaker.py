"""Refuses for a while to wait for something that has become too slow."""

from collections import deque

from wisp_framework.utils.clock import Clock

LIMIT = 5
WINDOW_S = 10.0
PAUSE_S = 5.0


class SlowBreaker:
    """Opens after `LIMIT` slow answers within `WINDOW_S` seconds; then one caller may try each `PAUSE_S`.

    What that one finds decides: a quick answer closes the breaker, a slow one keeps it open.

    Args:
        clock: measures window and pause.
        slow_s: an answer that took this long is a slow one, and so is one that did not come.
    """

    def __init__(self, clock: Clock, slow_s: float) -> None:
        self._clock = clock
        self._slow_s = slow_s
        self._slow_at_s: deque[float] = deque(maxlen=LIMIT)
        self._open_until_s: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether callers are refused."""
        return self._open_until_s is not None

    def admit(self) -> bool:
        """Whether one more caller may go; of an open breaker, the one who tries for all."""
        if self._open_until_s is None:
            return True
        now_s = self._clock.monotonic()
        if now_s < self._open_until_s:
            return False
        self._open_until_s = now_s + PAUSE_S
        self._trying = True
        return True

    def note(self, took_s: float) -> None:
        """Take down how long an answer took."""
        if took_s >= self._slow_s:
            self.note_slow()
        elif self._trying:
            # Others that were on their way when it opened say nothing about how it is now.
            self._open_until_s, self._trying = None, False
            self._slow_at_s.clear()

    def note_slow(self) -> None:
        """Take down that an answer was slow, or did not come in time."""
        now_s = self._clock.monotonic()
        self._slow_at_s.append(now_s)
        self._trying = False
        if len(self._slow_at_s) == LIMIT and now_s - self._slow_at_s[0] <= WINDOW_S:
            self._open_until_s = now_s + PAUSE_S
