"""Commands as Discord is told of them, and what of them it keeps."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import msgspec
from typing_extensions import override

from wisp_framework.utils.json_value import JsonValue

Payload: TypeAlias = dict[str, JsonValue]

CHAT_INPUT, USER, MESSAGE, ENTRY_POINT = 1, 2, 3, 4
"""The types of commands.

The entry point opens an Activity; a list that replaces the global one has to hold it, or is refused.

Source: https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-types
"""

GIVEN_BY_DISCORD = frozenset(
    {"id", "application_id", "guild_id", "version", "name_localized", "description_localized"}
)
OF_GLOBAL_COMMANDS = ("contexts", "integration_types", "dm_permission")
"""A guild's own command is for that guild anyway, and Discord keeps none of this for it."""

IN_SERVERS = 0
"""The context that a guild is."""

SETS = frozenset({"contexts", "integration_types", "channel_types", "file_types"})
"""Lists whose order says nothing."""

DEFAULTS: Payload = {"type": CHAT_INPUT, "integration_types": [0], "default_permission": True}


class CommandKey(NamedTuple):
    """What Discord knows a command by within one list."""

    type: int
    name: str

    @override
    def __str__(self) -> str:
        """As members see it: ``/ping``, or ``Report (message)``."""
        if self.type == CHAT_INPUT:
            return f"/{self.name}"
        kinds = {USER: "user", MESSAGE: "message", ENTRY_POINT: "entry point"}
        return f"{self.name} ({kinds.get(self.type, f'type {self.type}')})"


def key_of(command: Payload) -> CommandKey:
    """The key of a command, however little of it can be read."""
    kind = command.get("type", CHAT_INPUT)
    return CommandKey(kind if isinstance(kind, int) else CHAT_INPUT, str(command.get("name")))


def shown(command: Payload, guild_id: int | None) -> Payload:
    """What Discord shows of a command in this list: equal for payloads that it would show alike."""
    kept = dict(command)
    if guild_id is not None:
        for key in OF_GLOBAL_COMMANDS:
            kept.pop(key, None)
    # The older way to say the same; what is said in the newer one holds.
    if kept.pop("dm_permission", None) is False and kept.get("contexts") is None:
        kept["contexts"] = [IN_SERVERS]
    permissions = kept.get("default_member_permissions")
    if permissions is not None:
        kept["default_member_permissions"] = str(permissions)  # discord.py writes a number, Discord text
    return {key: value for key, value in _said(kept).items() if DEFAULTS.get(key) != value}


def fingerprint(commands: Sequence[Payload], guild_id: int | None) -> str:
    """64 characters, equal for lists that Discord would show alike, whoever wrote them down."""
    bare = [shown(command, guild_id) for command in commands]
    bare.sort(key=lambda command: msgspec.json.encode(command, order="sorted"))
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def _said(fields: Payload) -> Payload:
    """Without what Discord adds and without what it leaves out because it says nothing."""
    said: Payload = {}
    for key, value in fields.items():
        bare = _bare(sorted(value, key=str) if key in SETS and isinstance(value, list) else value)
        if key not in GIVEN_BY_DISCORD and not _says_nothing(bare):
            said[key] = bare
    return said


def _bare(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _said(value)
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON has one kind of number: Discord writes 1.0 as it likes
    return value


def _says_nothing(value: JsonValue) -> bool:
    return value is None or value is False or value in ("", [], {})  # not 0: a smallest value of 0 is one
