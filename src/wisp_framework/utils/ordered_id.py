"""Ids that nobody else makes and that sort by the time they were made at."""

import os
from datetime import datetime
from uuid import UUID

_VERSION, _VARIANT = 7 << 76, 2 << 62


def ordered_id(at: datetime) -> UUID:
    """A UUID of version 7: the millisecond of ``at``, then 74 random bits.

    The bits come from the operating system: ``random`` may have been seeded, alike in two processes.

    Source: https://www.rfc-editor.org/rfc/rfc9562#section-5.7
    """
    chance = int.from_bytes(os.urandom(10))
    at_ms = int(at.timestamp() * 1000)
    return UUID(int=at_ms << 80 | _VERSION | (chance >> 68) << 64 | _VARIANT | chance & (1 << 62) - 1)
