"""What this process last knew of what is stored: fresh for some seconds, and a stand-by in an outage."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

Address = tuple[int, str, str]

_MOST_SPACES = 1_000
_ENTRY_BYTES = 300
"""About what an entry takes beside its text."""


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A text as it rests, and when it is gone by itself."""

    text: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one address: what rests there, None for nothing, and until when that is fresh."""

    value: StoredValue | None
    fresh_until_s: float


class KnownValues:
    """Known values by address, the oldest dropped where they take more than ``most_bytes``.

    A write announces itself with `writing`: a read that ran beside it leaves no trace, and of writes to
    one address that ran beside each other nobody knows which came last, so none is known then.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._known: dict[Address, Known] = {}
        self._under_way: Counter[Address] = Counter()
        self._contested: set[Address] = set()
        self._spaces: dict[tuple[int, str], dict[str, StoredValue]] = {}
        self.writes = 0

    def get(self, address: Address) -> Known | None:
        """What is known; None if nothing is."""
        return self._known.get(address)

    def fill(self, address: Address, known: Known, writes: int) -> None:
        """Take over what was read, unless a write began or ended since ``writes`` was looked at."""
        if writes == self.writes:
            self._put(address, known)

    def space(self, guild_id: int, module: str) -> dict[str, StoredValue] | None:
        """All that rests in one namespace of a guild, by key; None if that is not known."""
        return self._spaces.get((guild_id, module))

    def fill_space(self, guild_id: int, module: str, values: dict[str, StoredValue], writes: int) -> None:
        """Take over all that was read of a namespace; else as `fill`."""
        self._spaces.pop((guild_id, module), None)
        if writes == self.writes:
            self._spaces[guild_id, module] = values
            while len(self._spaces) > _MOST_SPACES:
                del self._spaces[next(iter(self._spaces))]

    @contextmanager
    def writing(self, address: Address) -> Iterator["Writing"]:
        """Write in this block, and say in it what rests there then; a block that raises leaves nothing known.

        A block that says `Writing.unchanged` leaves what was known.
        """
        self.writes += 1
        self._under_way[address] += 1
        if self._under_way[address] > 1:
            self._contested.add(address)
        write = Writing()
        try:
            yield write
        finally:
            self.writes += 1
            self._end(address, write)

    def forget_guild(self, guild_id: int) -> None:
        """Forget all of a guild."""
        for address in [address for address in self._known if address[0] == guild_id]:
            self._drop(address)
        for space in [space for space in self._spaces if space[0] == guild_id]:
            del self._spaces[space]

    def _end(self, address: Address, write: "Writing") -> None:
        contested = address in self._contested
        self._under_way[address] -= 1
        if not self._under_way[address]:
            del self._under_way[address]
            self._contested.discard(address)
        if not contested and write.kept:
            return
        if contested or write.outcome is None:
            self._drop(address)
            self._spaces.pop(address[:2], None)
            return
        self._put(address, write.outcome)
        space = self._spaces.get(address[:2])
        if space is not None and write.outcome.value is not None:
            space[address[2]] = write.outcome.value
        elif space is not None:
            space.pop(address[2], None)

    def _put(self, address: Address, known: Known) -> None:
        self._drop(address)
        self._known[address] = known
        self._bytes += _size(known)
        while self._bytes > self._most_bytes and len(self._known) > 1:
            self._drop(next(iter(self._known)))

    def _drop(self, address: Address) -> None:
        known = self._known.pop(address, None)
        if known is not None:
            self._bytes -= _size(known)


class Writing:
    """What a write left behind."""

    def __init__(self) -> None:
        self.outcome: Known | None = None
        self.kept = False

    def stored(self, known: Known) -> None:
        """This rests there now."""
        self.outcome = known

    def unchanged(self) -> None:
        """What rested there still does."""
        self.kept = True


def _size(known: Known) -> int:
    return _ENTRY_BYTES + (len(known.value.text) if known.value is not None else 0)
