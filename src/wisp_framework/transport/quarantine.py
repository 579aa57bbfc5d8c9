"""Where gateway events go that discord.py cannot read: counted, logged, forgotten."""

import logging
import traceback
from collections import Counter

from wisp_framework.context import new_reference

_log = logging.getLogger(__name__)

FULLY_LOGGED = 20
"""Of one event type; after that many only powers of two are logged."""

TYPES = 256
"""More than Discord has; what comes after shares one count."""


class Quarantine:
    """Counts, by type of event, what could not be read."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many events were set aside since the start."""
        return self.counts.total()

    def add(self, event: str, error: BaseException) -> None:
        """Set one event aside; its type and a reference are logged, its content is not."""
        # Event names come from the wire: without a bound a hostile peer could fill the memory.
        key = event[:64] if event[:64] in self.counts or len(self.counts) < TYPES else "other"
        self.counts[key] += 1
        count = self.counts[key]
        if count <= FULLY_LOGGED or count & (count - 1) == 0:
            _log.error(
                "gateway event %s could not be read and was set aside (%d of this type, reference %s): %s",
                key,
                count,
                new_reference(),
                place_of(error),
            )


def place_of(error: BaseException) -> str:
    """What was raised and where, without its message: that often quotes what a member wrote."""
    return "".join([type(error).__name__, "\n", *traceback.format_tb(error.__traceback__)]).rstrip()
