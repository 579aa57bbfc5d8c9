"""What is audited: the event, the names of actions, how events are asked for, and where they rest."""

import itertools
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from wisp_framework.exceptions import AuditError
from wisp_framework.utils.json_value import JsonInput, JsonValue, find_misfit
from wisp_framework.utils.ordered_id import ordered_id

REMEMBERED = 2000
"""How many events are kept where there is no database, the newest ones."""

MAX_EVENT_BYTES = 64 * 1024
"""How large one event may be, as JSON."""

MAX_NAME_LENGTH = 100
"""How long an action and a reference may be, in characters."""

_MAX_ID = 2**63 - 1
_NUL, _REPLACED = "\x00", "\ufffd"
_decode = msgspec.json.Decoder().decode


class AuditAction(StrEnum):
    """What Wisp itself audits; a module names its own actions, as ``"shop.price_changed"``."""

    COMMAND_COMPLETED = "command.completed"
    """A command, of whatever kind, ran to its end."""
    COMPONENT_COMPLETED = "component.completed"
    """What a button or menu calls ran to its end."""
    FORM_COMPLETED = "form.completed"
    """What a submitted form calls ran to its end."""
    MODULE_SWITCHED = "module.switched"
    """A module is being switched in a guild."""
    MODULE_NOT_SWITCHED = "module.not_switched"
    """That could not be stored: everything is as it was before."""
    POLICY_SET = "policy.set"
    """A rule is being put in force."""
    POLICY_REMOVED = "policy.removed"
    """A rule is being taken back."""
    POLICY_NOT_CHANGED = "policy.not_changed"
    """That could not be stored: the rules are as they were before."""
    GUILD_PURGED = "guild.purged"
    """The data of a guild that removed the bot is being deleted."""


class AuditEvent(msgspec.Struct, frozen=True, gc=False):
    """One thing that was done."""

    id: UUID
    """The same for the line and the row, later for later events; storing it twice keeps one."""
    at: datetime
    """When, aware, in UTC."""
    action: str
    """What: an `AuditAction`, or a name that a module made up."""
    actor_id: int | None
    """The user who did it; None for the bot itself."""
    guild_id: int | None = None
    """Where; None for what belongs to no guild."""
    target: str | None = None
    """To what or whom, for example ``"module:ping"``."""
    before: JsonValue = None
    """The value that was replaced."""
    after: JsonValue = None
    """The value that replaced it."""
    reason: str | None = None
    """Why, in the actor's words."""
    reference: str | None = None
    """The id of the invocation that did it, by which ``/why`` finds the rest."""
    metadata: JsonValue = None
    """Whatever else is worth keeping."""


def new_event(
    at: datetime,
    action: str,
    *,
    actor_id: int | None,
    guild_id: int | None,
    target: str | None,
    before: JsonInput,
    after: JsonInput,
    reason: str | None,
    reference: str | None,
    metadata: Mapping[str, JsonInput] | None,
) -> AuditEvent:
    """An event that every sink can keep, with the values as they are now.

    Raises:
        AuditError: a value is no JSON, an id is none, or the event is too large.
    """
    if not 0 < len(action) <= MAX_NAME_LENGTH or len(reference or "") > MAX_NAME_LENGTH:
        raise AuditError(action[:MAX_NAME_LENGTH], "action and reference take 1 to 100 characters each")
    if not 0 <= (actor_id or 0) <= _MAX_ID or not 0 <= (guild_id or 0) <= _MAX_ID:
        raise AuditError(action, f"actor {actor_id} and guild {guild_id} have to be ids of Discord")
    size_bytes = len(target or "") + len(reason or "")
    kept: list[JsonValue] = []
    for name, value in (("before", before), ("after", after), ("metadata", metadata)):
        encoded = _encode(action, name, value) if value is not None else b"null"
        size_bytes += len(encoded)
        kept.append(_decode(encoded) if value is not None else None)
    if size_bytes > MAX_EVENT_BYTES:
        raise AuditError(action, f"takes {size_bytes} bytes; the limit is {MAX_EVENT_BYTES}")
    return AuditEvent(
        id=ordered_id(at),
        at=at,
        action=_storable(action),
        actor_id=actor_id,
        guild_id=guild_id,
        target=_storable(target) if target is not None else None,
        before=kept[0],
        after=kept[1],
        reason=_storable(reason) if reason is not None else None,
        reference=_storable(reference) if reference is not None else None,
        metadata=kept[2],
    )


def _encode(action: str, name: str, value: JsonInput) -> bytes:
    """The value as it is now, whatever the caller does to it later."""
    misfit = find_misfit(value)
    if misfit is not None:
        raise AuditError(action, f"{name}: {misfit.path:.80} ({misfit.type_name}) {misfit.reason}")
    return msgspec.json.encode(value)


def _storable(text: str) -> str:
    """Without what no database keeps in a text: half a surrogate pair, and for PostgreSQL the NUL."""
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    return text.replace(_NUL, _REPLACED)


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which events are wanted; what is None does not matter.

    Args:
        guild_id: of this guild.
        actor_id: by this user.
        action: this one, or all below it: ``"policy"`` finds ``"policy.set"``.
        reference: of this invocation.
        since: at this instant or later.
        until: before this instant.
        limit: at most so many, the newest.
        skip: but not the newest so many of them.
    """

    guild_id: int | None = None
    actor_id: int | None = None
    action: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 20
    skip: int = 0

    def fits(self, event: AuditEvent) -> bool:
        """Whether an event is among those that are wanted."""
        wanted = (
            (self.guild_id, event.guild_id),
            (self.actor_id, event.actor_id),
            (self.reference, event.reference),
        )
        if any(asked is not None and asked != there for asked, there in wanted):
            return False
        if self.action is not None and not f"{event.action}.".startswith(f"{self.action}."):
            return False
        early = self.since is not None and event.at < self.since
        return not early and (self.until is None or event.at < self.until)


class AuditSink(Protocol):
    """Where audit events rest."""

    async def store(self, events: Sequence[AuditEvent]) -> None:
        """Keep all of them, or none and raise; an event that is kept already is no error.

        Raises:
            DatabaseError: none of them was stored.
        """

    async def query(self, query: AuditQuery) -> Sequence[AuditEvent]:
        """Those that fit, the newest first.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def prune(self, before: datetime, limit: int) -> int:
        """Remove the oldest ``limit`` of those that are older, and return how many there were.

        Raises:
            DatabaseError: nothing was removed.
        """


class MemoryAuditSink:
    """An `AuditSink` for a bot without a database: the newest `REMEMBERED` events, gone with the process."""

    def __init__(self) -> None:
        self._events: OrderedDict[UUID, AuditEvent] = OrderedDict()

    async def store(self, events: Sequence[AuditEvent]) -> None:
        """Keep them; an event that is kept already stays as it was."""
        for event in events:
            self._events.setdefault(event.id, event)
        while len(self._events) > REMEMBERED:
            self._events.popitem(last=False)

    async def query(self, query: AuditQuery) -> Sequence[AuditEvent]:
        """Those that fit, the newest first."""
        fitting = sorted(filter(query.fits, self._events.values()), key=_moment, reverse=True)
        return list(itertools.islice(fitting, query.skip, query.skip + query.limit))

    async def prune(self, before: datetime, limit: int) -> int:
        """Remove the oldest ``limit`` of those that are older, and return how many there were."""
        old = sorted((event for event in self._events.values() if event.at < before), key=_moment)[:limit]
        for event in old:
            del self._events[event.id]
        return len(old)


def _moment(event: AuditEvent) -> tuple[datetime, UUID]:
    return event.at, event.id
