"""Routes about guilds, their members and roles."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Guild, Member
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rules.permissions import top_position
from wisp_sim.state.guild_views import guild_view, member_view, role_view
from wisp_sim.state.members import member_changed

_MAX_MEMBERS = 1000


def _guild(call: Call) -> Guild:
    return call.store.need_guild(call.id("guild_id"), call.user.id)


def get_guild(call: Call) -> Reply:
    """GET /guilds/{guild_id}."""
    guild = _guild(call)
    view = guild_view(guild)
    if call.query.get("with_counts", "").lower() in ("1", "true"):
        view |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return Reply(view)


def get_roles(call: Call) -> Reply:
    """GET /guilds/{guild_id}/roles."""
    return Reply([role_view(role) for role in _guild(call).roles.values()])


def get_role(call: Call) -> Reply:
    """GET /guilds/{guild_id}/roles/{role_id}."""
    return Reply(role_view(call.store.need_role(_guild(call), call.id("role_id"))))


def get_member(call: Call) -> Reply:
    """GET /guilds/{guild_id}/members/{user_id}."""
    member = call.store.need_member(_guild(call), call.id("user_id"))
    return Reply(member_view(call.store, member))


def list_members(call: Call) -> Reply:
    """GET /guilds/{guild_id}/members."""
    guild, page = _guild(call), call.page()
    limit = page.integer("limit", least=1, most=_MAX_MEMBERS) or 1
    after = page.snowflake("after") or 0
    page.errors.check()
    members = sorted(guild.members.values(), key=lambda member: member.user_id)
    chosen = [member for member in members if member.user_id > after][:limit]
    return Reply([member_view(call.store, member) for member in chosen])


def search_members(call: Call) -> Reply:
    """GET /guilds/{guild_id}/members/search."""
    guild, page = _guild(call), call.page()
    limit = page.integer("limit", least=1, most=_MAX_MEMBERS) or 1
    query = page.text("query", min_chars=1, required=True) or ""
    page.errors.check()
    chosen = [member for member in guild.members.values() if _matches(call, member, query.lower())]
    return Reply([member_view(call.store, member) for member in chosen[:limit]])


def _matches(call: Call, member: Member, query: str) -> bool:
    user = call.store.users[member.user_id]
    names = (user.username, user.display_name, member.nick or "")
    return any(name.lower().startswith(query) for name in names)


def add_role(call: Call) -> Reply:
    """PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}."""
    member, role_id = _changeable(call)
    if role_id not in member.role_ids:
        member.role_ids.append(role_id)
        member_changed(call.store, member)
    return NO_CONTENT


def remove_role(call: Call) -> Reply:
    """DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}."""
    member, role_id = _changeable(call)
    if role_id in member.role_ids:
        member.role_ids.remove(role_id)
        member_changed(call.store, member)
    return NO_CONTENT


def _changeable(call: Call) -> tuple[Member, int]:
    """The member and the role, if the caller stands above the role and may manage roles."""
    guild = _guild(call)
    actor = call.store.need_permissions(guild, call.user.id, Permission.MANAGE_ROLES)
    member = call.store.need_member(guild, call.id("user_id"))
    role = call.store.need_role(guild, call.id("role_id"))
    above = guild.owner_id == actor.user_id or role.position < top_position(guild, actor)
    if not above or role.bot_id is not None or role.id == guild.id:
        raise ApiError(403, 50013, "Missing Permissions")
    return member, role.id


ROUTES = (
    Route("GET", "/guilds/{guild_id}", get_guild),
    Route("GET", "/guilds/{guild_id}/roles", get_roles),
    Route("GET", "/guilds/{guild_id}/roles/{role_id}", get_role),
    Route("GET", "/guilds/{guild_id}/members", list_members, Access.BOT),
    Route("GET", "/guilds/{guild_id}/members/search", search_members),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", get_member),
    Route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", add_role),
    Route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", remove_role),
)
