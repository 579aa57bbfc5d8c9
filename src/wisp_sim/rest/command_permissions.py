"""Routes about what a guild decides about commands: who may use them, and where."""

from wisp_sim.model.account import Application
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Guild
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import Access, Call, Reply, Route
from wisp_sim.rules.command_permissions import read_permissions
from wisp_sim.rules.permissions import guild_permissions
from wisp_sim.state.command_permissions import (
    allows,
    decide,
    list_permissions,
    need_scope,
    permissions_view,
    refuse_foreign,
)

_NEEDED = Permission.MANAGE_GUILD | Permission.MANAGE_ROLES


def _scope(call: Call) -> tuple[Application, Guild]:
    """The application and the guild in the path: a bot's own, or one of a guild that the user manages."""
    if call.user.bot:
        application, guild = call.application, call.store.guilds.get(call.id("guild_id"))
    else:
        found = call.store.applications.get(call.id("application_id"))
        if found is None:
            raise ApiError(404, 10002, "Unknown Application")
        application, guild = found, call.store.need_guild(call.id("guild_id"), call.user.id)
    if guild is None or application.id not in guild.members:
        raise ApiError(403, 50001, "Missing Access")
    if not call.user.bot:
        call.store.need_permissions(guild, call.user.id, _NEEDED)
    return application, guild


def get_all(call: Call) -> Reply:
    """GET .../commands/permissions: of the commands about which the guild decided anything."""
    application, guild = _scope(call)
    return Reply(list_permissions(call.store, guild, application))


def get_one(call: Call) -> Reply:
    """GET .../commands/{command_id}/permissions; the application's own id means all its commands."""
    application, guild = _scope(call)
    target_id = call.id("command_id")
    need_scope(call.store, guild, application, target_id)
    if (guild.id, target_id) not in call.store.command_permissions:
        raise ApiError(404, 10066, "Unknown application command permissions")
    return Reply(permissions_view(call.store, guild, application, target_id))


def put_one(call: Call) -> Reply:
    """PUT .../commands/{command_id}/permissions: by somebody who manages the guild, never by a bot."""
    application, guild = _scope(call)
    actor = call.store.need_member(guild, call.user.id)
    command = need_scope(call.store, guild, application, call.id("command_id"))
    unbound = guild_permissions(guild, actor, call.store.clock.now()) & Permission.ADMINISTRATOR
    if command is not None and not unbound and not allows(call.store, guild, command, None, actor):
        raise ApiError(403, 50013, "Missing Permissions")
    wanted = read_permissions(call.body)
    refuse_foreign(call.store, guild, actor, wanted)
    target_id = call.id("command_id")
    decide(call.store, guild, application, target_id, wanted, actor.user_id, call.reason)
    return Reply(permissions_view(call.store, guild, application, target_id))


_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"

ROUTES = (
    Route("GET", f"{_COMMANDS}/permissions", get_all),
    Route("GET", f"{_COMMANDS}/{{command_id}}/permissions", get_one),
    Route("PUT", f"{_COMMANDS}/{{command_id}}/permissions", put_one, Access.USER),
)
