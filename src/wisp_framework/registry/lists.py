"""Command lists one at a time: what should stand there, what does, and how the one becomes the other."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Protocol

from wisp_framework.exceptions import CreatesSpentError, DatabaseError, list_name
from wisp_framework.registry.difference import ListDifference, difference
from wisp_framework.registry.limits import MOST_CREATES_A_DAY, NOTHING_REFUSED, Entry, Refusal, fitting
from wisp_framework.registry.payloads import ENTRY_POINT, CommandKey, Payload, fingerprint, key_of
from wisp_framework.services.list_memory import ListMemory, ListStore
from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)

BELIEVED = timedelta(days=1)
"""How long a list is taken to be at Discord as it was left.

Only another program with the bot's token, or a guild that removes the bot and lets it in again while it is
not running, makes that untrue. A bot that is started ten times an hour asks nothing, and whatever happened
is found at the first start after a day, or by ``wisp sync apply``.
"""


@dataclass(frozen=True, slots=True)
class WantedList:
    """What a list should hold.

    Attributes:
        commands: what Discord is told, without the entry point.
        refusals: commands that belong there and that Discord would not take.
        mark: the fingerprint of the commands.
        keys: theirs.
    """

    commands: Sequence[Payload]
    refusals: tuple[Refusal, ...]
    mark: str
    keys: frozenset[CommandKey]

    @classmethod
    def of(
        cls, entries: Sequence[Entry], guild_id: int | None, refused: Mapping[str, str] = NOTHING_REFUSED
    ) -> "WantedList":
        """The list of these commands, as far as Discord takes them and is not known to have refused them."""
        taken, refusals = fitting(entries, guild_id, refused)
        keys = frozenset(key_of(command) for command in taken)
        return cls(taken, tuple(refusals), fingerprint(taken, guild_id), keys)


class CommandLists(Protocol):
    """The lists of one application: None is the global one, a guild's id that guild's."""

    @property
    def application_id(self) -> int:
        """Whose lists they are; known after login."""

    @property
    def can_vanish(self) -> bool:
        """Whether all of them may be gone at a start, with the offline Discord that had them."""

    def refresh(self) -> None:
        """Commands or switches may be others now: what was worked out for `wanted` holds no more."""

    async def wanted(self, guild_id: int | None) -> WantedList:
        """What the list should hold now."""

    def offered(self) -> Collection[CommandKey]:
        """Every command that is registered, wherever it is listed."""

    async def fetch(self, guild_id: int | None) -> list[Payload]:
        """What Discord has, in all languages.

        Raises:
            SyncRefusedError: trying again would not help.
        """

    async def put(self, guild_id: int | None, commands: Sequence[Payload]) -> None:
        """Replace it.

        Raises:
            CreatesSpentError: Discord takes no new command today.
            CommandsRefusedError: Discord does not take these commands, which `wanted` leaves out from now on.
            SyncRefusedError: trying again would not help.
        """


class Standing(Enum):
    """What is known of a list without asking Discord."""

    IN_STEP = "as it should be"
    OLD = "it was as it should be, long ago"
    UNKNOWN = "other than it should be, or never seen"


class ListKeeper:
    """Compares, sends and remembers the lists of one application; the order is up to who calls.

    Args:
        lists: what should be, and Discord.
        store: what is remembered from run to run.
        clock: tells the day and the age of what is remembered.
    """

    def __init__(self, lists: CommandLists, store: ListStore, clock: Clock) -> None:
        self._lists = lists
        self._store = store
        self._clock = clock
        self._memories: dict[int | None, ListMemory] = {}
        self._keys: dict[int | None, frozenset[CommandKey]] = {}
        """What stands in the lists that this process has seen."""
        self._shared: dict[frozenset[CommandKey], frozenset[CommandKey]] = {}
        """Most guilds list the same, and there are many of them."""

    async def recall(self) -> None:
        """Read what earlier runs knew; without it, each list is read from Discord once."""
        application_id = self._lists.application_id
        try:
            memories = dict(await self._store.load(application_id))
            if self._lists.can_vanish and await self._vanished(memories.get(None)):
                await self._store.clear(application_id)
                return
        except DatabaseError as error:
            _log.warning("every command list is compared with Discord's: %s", error)
        else:
            self._memories = memories

    async def _vanished(self, everywhere: ListMemory | None) -> bool:
        """Whether the global list is empty although it was left with commands."""
        if everywhere is None or everywhere.fingerprint in ("", fingerprint((), None)):
            return False
        try:
            return not _own(await self._lists.fetch(None))
        except Exception as error:  # noqa: BLE001 - whatever it was, the list is read again when it is due
            _log.warning("that the command lists are still there is taken for granted: %s", error)
            return False

    def standing(self, guild_id: int | None, wanted: WantedList) -> Standing:
        """What is known of a list; one that is in step needs no request."""
        memory = self._memories.get(guild_id)
        if memory is None or memory.fingerprint != wanted.mark:
            return Standing.UNKNOWN
        if guild_id not in self._keys and self._clock.now() - memory.confirmed_at > BELIEVED:
            return Standing.OLD
        self._keys[guild_id] = wanted.keys
        return Standing.IN_STEP

    async def compare(self, guild_id: int | None) -> ListDifference:
        """Read a list and say what differs.

        Raises:
            SyncRefusedError: Discord does not show it.
        """
        wanted = await self._lists.wanted(guild_id)
        everywhere = wanted if guild_id is None else await self._lists.wanted(None)
        present = await self._lists.fetch(guild_id)
        return difference(
            guild_id,
            wanted.commands,
            present,
            listed_globally=everywhere.keys,
            offered=self._lists.offered(),
        )

    async def bring_in_step(self, guild_id: int | None) -> None:
        """Have Discord show what should be shown, with as few requests as that takes.

        Raises:
            CreatesSpentError: everything but the new commands is as it should be.
            SyncRefusedError: nothing was changed, and trying again would not help.
        """
        wanted = await self._lists.wanted(guild_id)
        here = self._keys.get(guild_id)
        if guild_id is None or here is None:  # the global list may hold an entry point that has to stay
            await self.send(await self.compare(guild_id))
        else:
            await self._put(guild_id, wanted.commands, wanted.keys - here)

    async def send(self, found: ListDifference) -> None:
        """Send a list that differs and remember it; one that does not is only remembered.

        Raises:
            CreatesSpentError: everything but the new commands is as it should be.
            SyncRefusedError: nothing was changed, and trying again would not help.
        """
        if not found.differs:
            await self._remember(found.guild_id, found.wanted, 0)
            return
        only_new = not found.updates and not found.removals
        if only_new and len(found.creates) > self.creates_left(found.guild_id):
            raise CreatesSpentError(found.guild_id, len(found.creates))
        await self._put(found.guild_id, found.wanted, frozenset(found.creates))

    async def send_removals(self, found: ListDifference) -> None:
        """Delete what should not be in a list, and leave the rest of it alone.

        Raises:
            SyncRefusedError: nothing was changed, and trying again would not help.
        """
        if found.removals:
            kept = found.only_removals()
            await self._lists.put(found.guild_id, kept)
            await self._remember(found.guild_id, kept, 0)

    def creates_left(self, guild_id: int | None) -> int:
        """How many new commands Discord takes in this list before the day (UTC) is over."""
        memory = self._memories.get(guild_id)
        if memory is None or memory.creates_day != self._today():
            return MOST_CREATES_A_DAY
        return max(0, MOST_CREATES_A_DAY - memory.creates)

    async def forget(self, guild_id: int) -> None:
        """Know nothing of a guild's list any more."""
        self.unlearn(guild_id)
        try:
            await self._store.forget(self._lists.application_id, guild_id)
        except DatabaseError as error:
            _log.warning("that guild %d's command list is unknown could not be stored: %s", guild_id, error)

    async def distrust(self, guild_id: int | None) -> None:
        """Have the list read before anything is sent, also in the next run: the last request failed."""
        believed = self._memories.get(guild_id)
        self.unlearn(guild_id)
        if believed is not None and believed.fingerprint:
            await self._save(guild_id, replace(believed, fingerprint=""))

    def unlearn(self, guild_id: int | None) -> None:
        """Have the list read before anything is sent."""
        self._keys.pop(guild_id, None)
        memory = self._memories.get(guild_id)
        if memory is not None:
            self._memories[guild_id] = replace(memory, fingerprint="")

    async def _put(
        self, guild_id: int | None, commands: Sequence[Payload], created: frozenset[CommandKey]
    ) -> None:
        """Send a list whole; where its new commands are too many for today, send it without any of them."""
        if len(created) <= self.creates_left(guild_id):
            try:
                await self._lists.put(guild_id, commands)
            except CreatesSpentError:  # counted by another program, or over another midnight than ours
                await self._count(guild_id, MOST_CREATES_A_DAY)
            else:
                await self._remember(guild_id, commands, len(created))
                return
        old = [command for command in commands if key_of(command) not in created]
        memory = self._memories.get(guild_id)
        if memory is None or memory.fingerprint != fingerprint(_own(old), guild_id):
            await self._lists.put(guild_id, old)
            await self._remember(guild_id, old, 0)
        raise CreatesSpentError(guild_id, len(created))

    async def _remember(self, guild_id: int | None, commands: Sequence[Payload], created: int) -> None:
        own = _own(commands)
        keys = frozenset(key_of(command) for command in own)
        self._keys[guild_id] = self._shared.setdefault(keys, keys)
        spent = MOST_CREATES_A_DAY - self.creates_left(guild_id) + created
        mark = fingerprint(own, guild_id)
        await self._save(guild_id, ListMemory(mark, self._clock.now(), spent, self._today()))

    async def _count(self, guild_id: int | None, creates: int) -> None:
        memory = self._memories.get(guild_id) or ListMemory("", self._clock.now())
        await self._save(guild_id, replace(memory, creates=creates, creates_day=self._today()))

    async def _save(self, guild_id: int | None, memory: ListMemory) -> None:
        self._memories[guild_id] = memory
        try:
            await self._store.save(self._lists.application_id, guild_id, memory)
        except DatabaseError as error:
            _log.warning("what is known of %s could not be stored: %s", list_name(guild_id), error)

    def _today(self) -> str:
        return self._clock.now().date().isoformat()


def _own(commands: Sequence[Payload]) -> list[Payload]:
    return [command for command in commands if key_of(command).type != ENTRY_POINT]
