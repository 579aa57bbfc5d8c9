"""Application commands as a bot registered them."""

from dataclasses import dataclass

from wisp_sim.model.kinds import CommandType
from wisp_sim.model.payload import Payload


@dataclass(slots=True)
class Command:
    """A command of a bot, global or of one guild.

    ``definition`` is what Discord tells about it besides ids and version: description, options and so on.
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
