"""How often a client may send, and how often a bot may identify.

Source: https://docs.discord.com/developers/events/gateway#rate-limiting
"""

from collections import deque

from wisp_sim.clock import Clock
from wisp_sim.model.account import Application

SENDS = 120
SENDS_WINDOW_S = 60.0
IDENTIFY_WINDOW_S = 5.0
START_WINDOW_S = 86_400.0


class SendLimit:
    """Counts what one connection sends; heartbeats are free, here (Discord does not say)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent: deque[float] = deque()

    def exceeded(self) -> bool:
        """Count one frame; whether it is one too many."""
        now = self._clock.monotonic()
        while self._sent and now - self._sent[0] >= SENDS_WINDOW_S:
            self._sent.popleft()
        self._sent.append(now)
        return len(self._sent) > SENDS


class Starts:
    """Counts the sessions that bots start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._identified: dict[tuple[int, int], float] = {}

    def too_soon(self, application: Application, shard_id: int) -> bool:
        """Another shard of the same key identified within 5 s; only bots with a limit have keys."""
        if application.max_concurrency is None:
            return False
        key = (application.id, shard_id % application.max_concurrency)
        now, last = self._clock.monotonic(), self._identified.get(key)
        if last is not None and now - last < IDENTIFY_WINDOW_S:
            return True
        self._identified[key] = now
        return False

    def spend(self, application: Application) -> bool:
        """Count a start; False if none was left for this day."""
        now = self._clock.now().timestamp()
        if now >= application.starts_reset_at_s:
            application.starts_spent = 0
            application.starts_reset_at_s = now + START_WINDOW_S
        application.starts_spent += 1
        return application.starts_spent <= application.session_starts
