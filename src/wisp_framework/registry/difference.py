"""What differs between a command list as it should be and as Discord has it, field by field."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from wisp_framework.registry.payloads import ENTRY_POINT, CommandKey, Payload, key_of, shown
from wisp_framework.utils.json_value import JsonValue


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a command that differs.

    Attributes:
        path: where it is, as ``description`` or ``options.colour.choices.Red.value``.
        before: what Discord has; None where it has nothing.
        after: what it should have; None where it should have nothing.
    """

    path: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True)
class CommandUpdate:
    """A command that is there and differs."""

    key: CommandKey
    fields: tuple[FieldChange, ...]


class Why(StrEnum):
    """Why a command is deleted."""

    DUPLICATE = "listed globally, too"
    OFF = "not listed here: its module is off or lists it elsewhere"
    GONE = "no module has it"


@dataclass(frozen=True, slots=True)
class CommandRemoval:
    """A command that is there and should not be."""

    key: CommandKey
    why: Why


@dataclass(frozen=True, slots=True)
class ListDifference:
    """What it takes to bring one list in step.

    Attributes:
        guild_id: whose list; None for the global one.
        creates: what is new there; Discord counts these, 200 a day.
        updates: what stays, with other fields.
        removals: what goes.
        kept: what stays as it is.
        wanted: the whole list as it should be, the entry point among it.
        present: the whole list as it is.
    """

    guild_id: int | None
    creates: tuple[CommandKey, ...]
    updates: tuple[CommandUpdate, ...]
    removals: tuple[CommandRemoval, ...]
    kept: tuple[CommandKey, ...]
    wanted: Sequence[Payload] = field(repr=False)
    present: Sequence[Payload] = field(repr=False)

    @property
    def differs(self) -> bool:
        """Whether anything has to be sent."""
        return bool(self.creates or self.updates or self.removals)

    @property
    def requests(self) -> int:
        """One for the whole list, whatever differs in it; 0 where nothing does."""
        return int(self.differs)

    def without_creates(self) -> list[Payload]:
        """The list with every change but what is new."""
        return [command for command in self.wanted if key_of(command) not in self.creates]

    def only_removals(self) -> list[Payload]:
        """The list as Discord has it, without what should not be there."""
        gone = {removal.key for removal in self.removals}
        return [command for command in self.present if key_of(command) not in gone]


def difference(
    guild_id: int | None,
    wanted: Sequence[Payload],
    present: Sequence[Payload],
    *,
    listed_globally: Collection[CommandKey] = (),
    offered: Collection[CommandKey] = (),
) -> ListDifference:
    """Compare a list with what Discord has; its entry point is kept.

    Args:
        guild_id: whose list; None for the global one.
        wanted: the commands of the bot that should stand there.
        present: the commands that do.
        listed_globally: what everybody sees anyway, to say why something is deleted.
        offered: what any module of the bot has, to say the same.
    """
    here = {key_of(command): command for command in present}
    whole = list(wanted)
    if not any(key_of(command).type == ENTRY_POINT for command in wanted):
        whole += [command for command in present if key_of(command).type == ENTRY_POINT]
    there = {key_of(command): command for command in whole}
    changes = {
        key: tuple(_changes(shown(here[key], guild_id), shown(command, guild_id)))
        for key, command in there.items()
        if key in here
    }
    return ListDifference(
        guild_id=guild_id,
        creates=tuple(key for key in there if key not in here),
        updates=tuple(CommandUpdate(key, fields) for key, fields in changes.items() if fields),
        removals=tuple(
            CommandRemoval(key, _why(key, guild_id, listed_globally, offered))
            for key in here
            if key not in there
        ),
        kept=tuple(key for key, fields in changes.items() if not fields),
        wanted=whole,
        present=present,
    )


def _why(
    key: CommandKey, guild_id: int | None, everywhere: Collection[CommandKey], offered: Collection[CommandKey]
) -> Why:
    if guild_id is not None and key in everywhere:
        return Why.DUPLICATE
    return Why.OFF if key in offered else Why.GONE


def _changes(before: JsonValue, after: JsonValue, path: str = "") -> Iterator[FieldChange]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _changes(before.get(key), after.get(key), f"{path}.{key}" if path else key)
        return
    old, new = _by_name(before), _by_name(after)
    if old is None or new is None or (list(old) != list(new) and old.keys() == new.keys()):
        yield FieldChange(path, before, after)  # also where only the order differs
        return
    for name in dict.fromkeys((*old, *new)):
        yield from _changes(old.get(name), new.get(name), f"{path}.{name}")


def _by_name(value: JsonValue) -> dict[str, JsonValue] | None:
    """Options or choices by name; None where it is a list of nothing that has one, or of two of one name."""
    if value is None:
        return {}
    if not isinstance(value, list):
        return None
    named = {str(entry["name"]): entry for entry in value if isinstance(entry, dict) and "name" in entry}
    return {**named} if len(named) == len(value) else None
