"""Discord's ids: the moment of creation, then a running number."""

from collections.abc import Callable
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
MIN_DIGITS = 17
MAX_SNOWFLAKE = 2**63 - 1
_SEQUENCE_BITS = 22


class Snowflakes:
    """Makes ids that are unique here, ascending, and tell when they were made.

    Args:
        now: the present instant, aware.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0
        self._taken: set[int] = set()

    def reserve(self, snowflake: int) -> None:
        """Never make this id: somebody brought it along."""
        self._taken.add(snowflake)

    @property
    def last(self) -> int:
        """The id that was made last; 0 before the first."""
        return self._last

    def go_on_after(self, snowflake: int) -> None:
        """Make only ids above this one."""
        self._last = max(self._last, snowflake)

    def make(self) -> int:
        """An id that was never made before."""
        moment_ms = int(self._now().timestamp() * 1000) - DISCORD_EPOCH_MS
        self._last = max(self._last + 1, moment_ms << _SEQUENCE_BITS)
        while self._last in self._taken:
            self._last += 1
        return self._last


def created_at(snowflake: int) -> datetime:
    """When the thing with this id was made."""
    seconds = ((snowflake >> _SEQUENCE_BITS) + DISCORD_EPOCH_MS) / 1000
    return datetime.fromtimestamp(seconds, UTC)


def shard_of(guild_id: int, shard_count: int) -> int:
    """The shard that hears of this guild.

    Source: https://docs.discord.com/developers/events/gateway#sharding
    """
    return (guild_id >> _SEQUENCE_BITS) % shard_count


def parse_snowflake(value: object) -> int | None:
    """The id that ``value`` states as Discord takes it, number or digits; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) <= len(str(MAX_SNOWFLAKE))):
            return None
        value = int(value)
    if isinstance(value, int) and 0 <= value <= MAX_SNOWFLAKE:
        return value
    return None
