"""Routes about roles."""

from dataclasses import replace

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Guild, Member, Role
from wisp_sim.model.permission import ALL_PERMISSIONS, NO_PERMISSIONS, Permission
from wisp_sim.rest.call import NO_CONTENT, Call, Reply, Route
from wisp_sim.rest.ranks import acting, guild_in_path
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.permissions import commands_role, guild_permissions
from wisp_sim.state.guild_views import role_view
from wisp_sim.state.roles import change_role, create_role, delete_role, move_roles

_MAX_ROLES = 250
_MAX_NAME = 100
_WHITE = 0xFFFFFF


def get_roles(call: Call) -> Reply:
    """GET /guilds/{guild_id}/roles."""
    return Reply([role_view(role) for role in guild_in_path(call).roles.values()])


def get_role(call: Call) -> Reply:
    """GET /guilds/{guild_id}/roles/{role_id}."""
    return Reply(role_view(call.store.need_role(guild_in_path(call), call.id("role_id"))))


def count_members(call: Call) -> Reply:
    """GET /guilds/{guild_id}/roles/member-counts: of all roles but everyone's."""
    guild = guild_in_path(call)
    return Reply(
        {
            str(role_id): sum(role_id in member.role_ids for member in guild.members.values())
            for role_id in guild.roles
            if role_id != guild.id
        }
    )


def post_role(call: Call) -> Reply:
    """POST /guilds/{guild_id}/roles."""
    guild, actor = acting(call, Permission.MANAGE_ROLES)
    fresh = Role(0, "new role", guild.everyone.permissions)
    wanted = _read(call, guild, actor, fresh)
    if len(guild.roles) >= _MAX_ROLES:
        raise ApiError(400, 30005, f"Maximum number of guild roles reached ({_MAX_ROLES})")
    wanted.id = call.store.ids.make()
    create_role(call.store, guild, wanted, actor.user_id, call.reason)
    return Reply(role_view(wanted))


def patch_role(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}/roles/{role_id}."""
    guild, actor, role = _below(call)
    wanted = _read(call, guild, actor, replace(role))
    return Reply(role_view(change_role(call.store, guild, wanted, actor.user_id, call.reason)))


def remove_role(call: Call) -> Reply:
    """DELETE /guilds/{guild_id}/roles/{role_id}; everyone's role and bots' own ones stay."""
    guild, actor, role = _below(call)
    if role.id == guild.id or role.bot_id is not None:
        raise ApiError(400, 50028, "Invalid role")
    delete_role(call.store, guild, role, actor.user_id, call.reason)
    return NO_CONTENT


def patch_positions(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}/roles: a list of ids and places."""
    guild, actor = acting(call, Permission.MANAGE_ROLES)
    errors = Errors()
    forms = Form({"roles": call.body}, errors).forms("roles", most=_MAX_ROLES)
    positions: dict[int, int] = {}
    for form in forms:
        role_id = form.snowflake("id", required=True)
        position = form.integer("position", least=0, most=_MAX_ROLES)
        if role_id is not None and position is not None:
            positions[role_id] = position
    errors.check()
    for role_id, position in positions.items():
        _check_move(call, guild, actor, role_id, position)
    move_roles(call.store, guild, positions, actor.user_id, call.reason)
    return Reply([role_view(role) for role in guild.roles.values()])


def _check_move(call: Call, guild: Guild, actor: Member, role_id: int, position: int) -> None:
    role = call.store.need_role(guild, role_id)
    if role.id == guild.id and position:
        raise ApiError(400, 50028, "Invalid role")
    if not commands_role(guild, actor, role) or not commands_role(
        guild, actor, replace(role, position=position)
    ):
        raise ApiError(403, 50013, "Missing Permissions")


def _below(call: Call) -> tuple[Guild, Member, Role]:
    """The guild, the caller, and the role in the path, which must stand below the caller."""
    guild, actor = acting(call, Permission.MANAGE_ROLES)
    role = call.store.need_role(guild, call.id("role_id"))
    if not commands_role(guild, actor, role):
        raise ApiError(403, 50013, "Missing Permissions")
    return guild, actor, role


def _read(call: Call, guild: Guild, actor: Member, role: Role) -> Role:
    """The role with what the request says; nobody grants or takes away what he does not hold."""
    form = Form(call.body, Errors())
    before = role.permissions
    if role.id != guild.id:
        role.name = form.text("name", max_chars=_MAX_NAME) or role.name
    permissions = form.integer("permissions", least=0)
    if permissions is not None:
        role.permissions = Permission(permissions & int(ALL_PERMISSIONS))
    role.color = _color(form, role.color)
    for key in ("hoist", "mentionable"):
        truth = form.truth(key)
        if truth is not None and key == "hoist":
            role.hoist = truth
        elif truth is not None:
            role.mentionable = truth
    form.errors.check()
    held = guild_permissions(guild, actor, call.store.clock.now())
    if (role.permissions ^ (before if role.id else NO_PERMISSIONS)) & ~held and permissions is not None:
        raise ApiError(403, 50013, "Missing Permissions")
    if form.text("icon") or form.text("unicode_emoji"):
        raise ApiError(403, 50101, "This server needs more boosts to perform this action")
    return role


def _color(form: Form, before: int) -> int:
    """The colour; without boosts it has one."""
    plain = form.integer("color", least=0, most=_WHITE)
    colors = form.form("colors")
    if colors is not None:
        primary = colors.integer("primary_color", least=0, most=_WHITE)
        more = [colors.integer(key, least=0, most=_WHITE) for key in ("secondary_color", "tertiary_color")]
        if any(color is not None for color in more):
            raise ApiError(403, 50101, "This server needs more boosts to perform this action")
        plain = plain if primary is None else primary
    return before if plain is None else plain


_ROLES = "/guilds/{guild_id}/roles"

ROUTES = (
    Route("GET", _ROLES, get_roles),
    Route("POST", _ROLES, post_role),
    Route("PATCH", _ROLES, patch_positions),
    Route("GET", f"{_ROLES}/member-counts", count_members),
    Route("GET", f"{_ROLES}/{{role_id}}", get_role),
    Route("PATCH", f"{_ROLES}/{{role_id}}", patch_role),
    Route("DELETE", f"{_ROLES}/{{role_id}}", remove_role),
)
