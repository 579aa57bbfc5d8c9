"""What is remembered of the command lists at Discord from one run to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ListMemory:
    """What was last known of one list.

    Attributes:
        fingerprint: of the commands that Wisp put there, the entry point left out.
        confirmed_at: when Discord last took or showed it; aware, UTC.
        creates: how many commands were new there on ``creates_day``.
        creates_day: a date in UTC, as ``2030-01-31``; empty before the first.
    """

    fingerprint: str
    confirmed_at: datetime
    creates: int = 0
    creates_day: str = ""


class ListStore(Protocol):
    """Where it rests, by application and guild; None is the global list."""

    async def load(self, application_id: int) -> Mapping[int | None, ListMemory]:
        """All that is remembered of an application's lists.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def save(self, application_id: int, guild_id: int | None, memory: ListMemory) -> None:
        """Remember this of a list, in place of what was.

        Raises:
            DatabaseError: it was not stored.
        """

    async def forget(self, application_id: int, guild_id: int) -> None:
        """Remember nothing of a guild's list; that nothing was is no error.

        Raises:
            DatabaseError: it is still stored.
        """

    async def clear(self, application_id: int) -> None:
        """Remember nothing of an application's lists.

        Raises:
            DatabaseError: they are still stored.
        """


class MemoryListStore:
    """A `ListStore` that ends with the process: every list is read once after a start."""

    def __init__(self) -> None:
        self._lists: dict[tuple[int, int | None], ListMemory] = {}

    async def load(self, application_id: int) -> Mapping[int | None, ListMemory]:
        """All that is remembered of an application's lists."""
        return {
            guild_id: memory for (owner, guild_id), memory in self._lists.items() if owner == application_id
        }

    async def save(self, application_id: int, guild_id: int | None, memory: ListMemory) -> None:
        """Remember this of a list."""
        self._lists[application_id, guild_id] = memory

    async def forget(self, application_id: int, guild_id: int) -> None:
        """Remember nothing of a guild's list."""
        self._lists.pop((application_id, guild_id), None)

    async def clear(self, application_id: int) -> None:
        """Remember nothing of an application's lists."""
        for key in [key for key in self._lists if key[0] == application_id]:
            del self._lists[key]
