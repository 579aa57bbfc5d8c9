"""The commands that a person's client lists."""

from collections.abc import Sequence

from wisp_sim.model.kinds import CommandType, OptionType
from wisp_sim.people.errors import NotThereError
from wisp_sim.people.payload import Payload, number, parts, text
from wisp_sim.people.seen import Command

_GROUPS = frozenset({OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP})


def find_command(index: Payload, name: str, kinds: Sequence[CommandType], *, where: str) -> Payload:
    """The listed command with that name; a guild's own before a global one.

    Raises:
        NotThereError: there is none of these kinds.
    """
    listed = [item for item in parts(index, "application_commands") if _kind(item) in kinds]
    same = [item for item in listed if text(item, "name") == name]
    if same:
        return min(same, key=lambda item: not text(item, "guild_id"))
    slash = "/" if CommandType.CHAT_INPUT in kinds else ""
    names = sorted(slash + text(item, "name") for item in listed)
    raise NotThereError("command" if slash else "context menu", slash + name, names, where=where)


def list_commands(index: Payload) -> tuple[Command, ...]:
    """Every command that can be invoked, subcommands one by one, in the order of their names."""
    found: list[Command] = []
    for item in parts(index, "application_commands"):
        if _kind(item) == CommandType.CHAT_INPUT:
            found += _leaves(item, "/" + text(item, "name"))
        else:
            found.append(Command(text(item, "name"), CommandType(_kind(item)).name.lower(), ""))
    return tuple(sorted(found, key=lambda command: command.name))


def _leaves(item: Payload, path: str) -> list[Command]:
    inner = [option for option in parts(item, "options") if number(option, "type") in _GROUPS]
    if inner:
        return [leaf for option in inner for leaf in _leaves(option, f"{path} {text(option, 'name')}")]
    options = tuple(text(option, "name") for option in parts(item, "options"))
    return [Command(path, "chat_input", text(item, "description"), options)]


def _kind(item: Payload) -> int:
    return number(item, "type") or CommandType.CHAT_INPUT
