"""Who acts in the guild of a request, and on whom he may act."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Guild, Member
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.rest.call import Call
from wisp_sim.rules.permissions import outranks


def guild_in_path(call: Call) -> Guild:
    """The guild in the path, of which the caller must be a member."""
    return call.store.need_guild(call.id("guild_id"), call.user.id)


def acting(call: Call, needed: Permission = NO_PERMISSIONS) -> tuple[Guild, Member]:
    """The guild in the path, and the caller in it, who may do what is ``needed``."""
    guild = guild_in_path(call)
    return guild, call.store.need_permissions(guild, call.user.id, needed)


def need_rank(guild: Guild, actor: Member, target: Member) -> None:
    """Refuse who does not stand above the target.

    Raises:
        ApiError: 50013.
    """
    if not outranks(guild, actor, target):
        raise ApiError(403, 50013, "Missing Permissions")
