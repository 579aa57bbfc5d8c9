"""Application commands as a bot registered them."""

from dataclasses import dataclass
from enum import IntEnum

from wisp_sim.model.kinds import CommandType, Installation
from wisp_sim.model.payload import Payload


@dataclass(slots=True)
class Command:
    """A command of a bot, global or of one guild.

    ``definition`` is what Discord tells about it besides ids and version: description, options and so on.
    ``installations`` are those through which it is offered.
    """

    id: int
    application_id: int
    guild_id: int | None
    type: CommandType
    name: str
    version: int
    definition: Payload
    default_member_permissions: int | None = None
    contexts: tuple[int, ...] | None = None
    installations: tuple[Installation, ...] = (Installation.GUILD,)


class CommandTarget(IntEnum):
    """For what a guild allows or denies commands."""

    ROLE = 1
    USER = 2
    CHANNEL = 3


@dataclass(frozen=True, slots=True)
class CommandPermission:
    """What a guild decided about a command, or all of an application's, for one role, user or channel."""

    target_id: int
    kind: CommandTarget
    allowed: bool
