"""What a guild's own decisions about commands come to for one member in one channel.

Source: https://docs.discord.com/developers/interactions/application-commands#permissions, and
https://support.discord.com/hc/articles/10952896421783 for what goes before what.
"""

from collections.abc import Collection, Iterable

from wisp_sim.model.command import CommandPermission, CommandTarget
from wisp_sim.rules.form import Errors, Form

MAX_COMMAND_PERMISSIONS = 100
_T = CommandTarget


def all_channels(guild_id: int) -> int:
    """The id that stands for all channels of a guild."""
    return guild_id - 1


def read_permissions(body: object) -> list[CommandPermission]:
    """The decisions that a request brings.

    Raises:
        ApiError: 50035, one is not well formed, or speaks of what another speaks of already.
    """
    errors = Errors()
    found: list[CommandPermission] = []
    for entry in Form(body, errors).forms("permissions", most=MAX_COMMAND_PERMISSIONS):
        target_id = entry.snowflake("id", required=True)
        kind = entry.choice("type", tuple(int(kind) for kind in CommandTarget), required=True)
        allowed = entry.truth("permission")
        if allowed is None and not entry.data.get("permission"):
            entry.fail("permission", "BASE_TYPE_REQUIRED", "This field is required")
        if target_id is None or kind is None or allowed is None:
            continue
        if (target_id, kind) in [(one.target_id, one.kind) for one in found]:
            message = "Each role, user or channel may occur only once"
            entry.fail("id", "APPLICATION_COMMAND_PERMISSIONS_DUPLICATE", message)
        found.append(CommandPermission(target_id, CommandTarget(kind), allowed))
    errors.check()
    return found


def channel_verdict(levels: Iterable[list[CommandPermission]], guild_id: int, channel_id: int) -> bool:
    """Whether commands may be used in this channel; the first level that speaks of it decides."""
    for level in levels:
        decided = {one.target_id: one.allowed for one in level if one.kind is _T.CHANNEL}
        for target_id in (channel_id, all_channels(guild_id)):
            if target_id in decided:
                return decided[target_id]
    return True


def member_verdict(
    level: list[CommandPermission], guild_id: int, user_id: int, role_ids: Collection[int]
) -> bool | None:
    """What one level says of this member: the member first, then any of the roles, then everyone.

    Returns:
        None if it says nothing.
    """
    users = [one.allowed for one in level if one.kind is _T.USER and one.target_id == user_id]
    if users:
        return users[0]
    roles = {one.target_id: one.allowed for one in level if one.kind is _T.ROLE}
    held = [roles[role_id] for role_id in role_ids if role_id in roles]
    return any(held) if held else roles.get(guild_id)
