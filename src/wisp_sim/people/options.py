"""From the words of a person to the options of a command, by the types that the command declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from wisp_sim.model.kinds import OptionType
from wisp_sim.people.errors import NotThereError, UnusableError
from wisp_sim.people.memory import GuildView
from wisp_sim.people.payload import Payload, number, parts, text


class HasId(Protocol):
    """A user, channel, role or message that knows its id."""

    @property
    def id(self) -> int | str:
        """The Discord id."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that a person sends, with a message or as the value of an option."""

    name: str
    data: bytes


Value: TypeAlias = str | int | float | bool | HasId | File

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_GROUPS = frozenset({OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP})
_ENTITIES = frozenset({OptionType.USER, OptionType.CHANNEL, OptionType.ROLE, OptionType.MENTIONABLE})


def descend(command: Payload, words: Sequence[str]) -> tuple[Payload, str]:
    """The command or subcommand that ``words`` after the command's own name lead to, and its full name.

    Raises:
        NotThereError: there is no such subcommand.
        UnusableError: a subcommand is missing.
    """
    here, path = command, text(command, "name")
    for word in words:
        inner = [option for option in parts(here, "options") if number(option, "type") in _GROUPS]
        found = next((option for option in inner if text(option, "name") == word), None)
        if found is None and not inner:
            names = [f"{text(option, 'name')}:…" for option in parts(here, "options")]
            hint = f"its options are {' '.join(names)}" if names else "it has no options"
            raise UnusableError(f"/{path} has no subcommands, so {word!r} does not fit; {hint}.")
        if found is None:
            raise NotThereError(
                "subcommand", word, [text(option, "name") for option in inner], where=f"in /{path}"
            )
        here, path = found, f"{path} {word}"
    if below := [text(item, "name") for item in parts(here, "options") if number(item, "type") in _GROUPS]:
        raise UnusableError(f"/{path} needs a subcommand: {', '.join(below)}.")
    return here, path


def fill(
    leaf: Payload,
    path: str,
    given: Mapping[str, Value],
    guild: GuildView | None,
    *,
    focused: str | None = None,
) -> list[dict[str, object]]:
    """The options of a command as the wire wants them.

    Args:
        leaf: the declared command or subcommand.
        path: its full name, for messages.
        given: values by option name.
        guild: where names of members, roles and channels are looked up.
        focused: the option that is being typed; then its value goes out as it is and none is required.

    Raises:
        NotThereError: no such option, choice, member, role or channel.
        UnusableError: a value of the wrong kind, or a required option that is missing.
    """
    declared = {text(option, "name"): option for option in parts(leaf, "options")}
    for name in given:
        if name not in declared:
            raise NotThereError("option", name, declared, where=f"of /{path}")
    missing = [
        name for name, option in declared.items() if option.get("required") is True and name not in given
    ]
    if missing and focused is None:
        raise UnusableError(f"/{path} needs the option {', '.join(f'{name}:…' for name in missing)}.")
    filled: list[dict[str, object]] = []
    for name, value in given.items():
        option = declared[name]
        entry: dict[str, object] = {"type": number(option, "type"), "name": name}
        if name == focused:
            filled.append({**entry, "value": str(value), "focused": True})
        elif isinstance(value, File):
            if entry["type"] != OptionType.ATTACHMENT:
                raise UnusableError(f"The option {name!r} of /{path} takes no file.")
            files = [other for other in given.values() if isinstance(other, File)]
            filled.append({**entry, "value": str(next(n for n, one in enumerate(files) if one is value))})
        else:
            filled.append({**entry, "value": _convert(option, value, path, guild)})
    return filled


def nest(command: Payload, words: Sequence[str], filled: list[dict[str, object]]) -> list[dict[str, object]]:
    """Wrap the options in the subcommands that ``words`` name."""
    kinds: list[tuple[str, int]] = []
    here = command
    for word in words:
        here = next(option for option in parts(here, "options") if text(option, "name") == word)
        kinds.append((word, number(here, "type")))
    for word, kind in reversed(kinds):
        filled = [{"type": kind, "name": word, "options": filled}]
    return filled


def entity_id(kind: int, value: Value, guild: GuildView | None) -> str | None:
    """The id of the member, channel or role (as ``kind`` says) that ``value`` names, or None."""
    if isinstance(value, File):
        return None
    if not isinstance(value, str | int | float):
        return str(value.id)
    name = str(value).strip()
    if name.startswith("<") and name.endswith(">"):
        name = name.strip("<@&!#>")
    if guild is None:
        return name if name.isdigit() else None
    members, channels, roles = guild.members, guild.channels, guild.roles
    places = {
        OptionType.USER: (members,),
        OptionType.CHANNEL: (channels,),
        OptionType.ROLE: (roles,),
        OptionType.MENTIONABLE: (members, roles),
    }[OptionType(kind)]
    bare = name[1:] if name[:1] in {"@", "#"} else name
    found = (place.find(candidate) for place in places for candidate in (name, bare))
    return next((known for known in found if known is not None), None)


def entity_names(kind: int, guild: GuildView | None) -> list[str]:
    """What could have been named where `entity_id` found nothing."""
    if guild is None:
        return []
    members, roles = guild.members.names(), guild.roles.names()
    return {
        OptionType.USER: members,
        OptionType.CHANNEL: guild.channels.names(),
        OptionType.ROLE: roles,
        OptionType.MENTIONABLE: members + roles,
    }[OptionType(kind)]


def _convert(option: Payload, value: Value, path: str, guild: GuildView | None) -> str | int | float | bool:
    kind, where = number(option, "type"), f"for the option {text(option, 'name')!r} of /{path}"
    if kind in _ENTITIES:
        found = entity_id(kind, value, guild)
        if found is None:
            raise NotThereError(
                OptionType(kind).name.lower(), str(value), entity_names(kind, guild), where=where
            )
        return found
    if not isinstance(value, str | int | float):
        raise UnusableError(f"{value!r} is no value {where}.")
    if kind == OptionType.BOOLEAN:
        return _truth(value, where)
    choices = parts(option, "choices")
    if choices:
        return _choose(choices, value, where)
    if kind == OptionType.INTEGER:
        return _number(value, int, "a whole number", where)
    if kind == OptionType.NUMBER:
        return _number(value, float, "a number", where)
    if kind == OptionType.STRING:
        return str(value)
    raise UnusableError(f"{value!r} {where}: an option of type {kind} takes a File.")


def _choose(choices: list[Payload], value: str | float, where: str) -> str | int | float:
    wanted = str(value)
    for key in ("name", "value"):
        for choice in choices:
            chosen = choice.get("value")
            if text(choice, key).casefold() == wanted.casefold() and isinstance(chosen, str | int | float):
                return chosen
    raise NotThereError("choice", wanted, [text(choice, "name") for choice in choices], where=where)


def _truth(value: str | float, where: str) -> bool:
    word = str(value).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise UnusableError(f"{value!r} {where} is neither true nor false.")


def _number(value: str | float, read: type[int] | type[float], wanted: str, where: str) -> int | float:
    try:
        return read(value)
    except ValueError:
        raise UnusableError(f"{value!r} {where} is not {wanted}.") from None
