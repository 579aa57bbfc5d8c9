"""Commands as Discord writes them in JSON."""

from wisp_sim.model.command import Command
from wisp_sim.model.payload import Payload


def command_view(command: Command) -> Payload:
    """A command as its bot gets it back."""
    permissions = command.default_member_permissions
    view: Payload = {
        "id": str(command.id),
        "application_id": str(command.application_id),
        "version": str(command.version),
        "type": int(command.type),
        "name": command.name,
        "default_member_permissions": None if permissions is None else str(permissions),
        **command.definition,
    }
    if command.guild_id is not None:
        view["guild_id"] = str(command.guild_id)
    else:
        view["integration_types"] = [int(one) for one in command.installations]
        view["contexts"] = None if command.contexts is None else list(command.contexts)
    return view
