"""Routes about members: found, changed, removed."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Guild, Member
from wisp_sim.model.permission import Permission
from wisp_sim.model.snowflake import parse_snowflake
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rest.ranks import acting, guild_in_path, need_rank
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.permissions import commands_role, guild_permissions
from wisp_sim.state.audit_log import note
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.members import change_member, kick, leave, set_roles
from wisp_sim.state.store import Store

_MAX_MEMBERS = 1000
_MAX_NICK = 32
_MAX_ROLES = 350
_LONGEST_TIMEOUT = timedelta(days=28)
# Of a member's flags, what others may set: to pass the verification.
_SETTABLE_FLAGS = 1 << 2


def get_member(call: Call) -> Reply:
    """GET /guilds/{guild_id}/members/{user_id}."""
    member = call.store.need_member(guild_in_path(call), call.id("user_id"))
    return Reply(member_view(call.store, member))


def list_members(call: Call) -> Reply:
    """GET /guilds/{guild_id}/members."""
    guild, page = guild_in_path(call), call.page()
    limit = page.integer("limit", least=1, most=_MAX_MEMBERS) or 1
    after = page.snowflake("after") or 0
    page.errors.check()
    members = sorted(guild.members.values(), key=lambda member: member.user_id)
    chosen = [member for member in members if member.user_id > after][:limit]
    return Reply([member_view(call.store, member) for member in chosen])


def search_members(call: Call) -> Reply:
    """GET /guilds/{guild_id}/members/search."""
    guild, page = guild_in_path(call), call.page()
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
    guild, member, role_id = _changeable(call)
    roles = list(dict.fromkeys((*member.role_ids, role_id)))
    set_roles(call.store, guild, member, roles, call.user.id, call.reason)
    return NO_CONTENT


def remove_role(call: Call) -> Reply:
    """DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}."""
    guild, member, role_id = _changeable(call)
    roles = [other for other in member.role_ids if other != role_id]
    set_roles(call.store, guild, member, roles, call.user.id, call.reason)
    return NO_CONTENT


def _changeable(call: Call) -> tuple[Guild, Member, int]:
    """The guild, the member and the role, if the caller may manage roles and stands above this one."""
    guild, actor = acting(call, Permission.MANAGE_ROLES)
    member = call.store.need_member(guild, call.id("user_id"))
    role = call.store.need_role(guild, call.id("role_id"))
    _need_roles(guild, actor, {role.id})
    return guild, member, role.id


def _need_roles(guild: Guild, actor: Member, role_ids: Collection[int]) -> None:
    """Refuse to give or take roles that are not below the actor, belong to a bot, or are everyone's."""
    for role_id in role_ids:
        role = guild.roles[role_id]
        if not commands_role(guild, actor, role) or role.bot_id is not None or role.id == guild.id:
            raise ApiError(403, 50013, "Missing Permissions")


def patch_member(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}/members/{user_id}."""
    guild, actor = acting(call)
    member = call.store.need_member(guild, call.id("user_id"))
    form = Form(call.body, Errors())
    wanted = _read(form, member, call.store.clock.now())
    form.errors.check()
    for role_id in wanted.role_ids:
        call.store.need_role(guild, role_id)
    _check_rights(call.store, guild, actor, member, form)
    _need_roles(guild, actor, set(member.role_ids) ^ set(wanted.role_ids))
    if any(form.data.get(key) is not None for key in ("mute", "deaf")) or form.has("channel_id"):
        raise ApiError(400, 40032, "Target user is not connected to voice.")
    set_roles(call.store, guild, member, wanted.role_ids, actor.user_id, call.reason)
    change_member(call.store, guild, wanted, actor.user_id, call.reason)
    return Reply(member_view(call.store, member))


def _read(form: Form, member: Member, now: datetime) -> Member:
    wanted = replace(member, role_ids=list(member.role_ids))
    if form.has("nick"):
        wanted.nick = form.text("nick", max_chars=_MAX_NICK) or None
    if form.has("roles"):
        form.entries("roles", most=_MAX_ROLES)
        wanted.role_ids = list(dict.fromkeys(form.snowflakes("roles", most=_MAX_ROLES)))
    if form.has("communication_disabled_until"):
        wanted.timed_out_until = _moment(form, "communication_disabled_until", now + _LONGEST_TIMEOUT)
    for key in ("mute", "deaf"):
        form.truth(key)
    form.snowflake("channel_id")
    flags = form.integer("flags", least=0)
    if flags is not None:
        wanted.flags = (member.flags & ~_SETTABLE_FLAGS) | (flags & _SETTABLE_FLAGS)
    return wanted


def _moment(form: Form, key: str, latest: datetime) -> datetime | None:
    text = form.text(key)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        form.fail(key, "DATE_TIME_TYPE_PARSE", f"Could not parse {text:.80}. Should be ISO8601.")
        return None
    if moment > latest:
        form.fail(key, "COMMUNICATION_DISABLED_TOO_LONG", "Must be at most 28 days from now.")
    return moment


_NEEDED = {
    "nick": Permission.MANAGE_NICKNAMES,
    "roles": Permission.MANAGE_ROLES,
    "communication_disabled_until": Permission.MODERATE_MEMBERS,
    "mute": Permission.MUTE_MEMBERS,
    "deaf": Permission.DEAFEN_MEMBERS,
    "channel_id": Permission.MOVE_MEMBERS,
    "flags": Permission.MANAGE_GUILD,
}


def _check_rights(store: Store, guild: Guild, actor: Member, target: Member, form: Form) -> None:
    for key, needed in _NEEDED.items():
        if form.has(key):
            own_nick = key == "nick" and actor.user_id == target.user_id
            store.need_permissions(guild, actor.user_id, Permission.CHANGE_NICKNAME if own_nick else needed)
    if form.has("nick") and actor.user_id != target.user_id:
        need_rank(guild, actor, target)
    if form.has("communication_disabled_until"):
        need_rank(guild, actor, target)
        # A time-out has no hold on an administrator, so Discord refuses it to everybody.
        if guild_permissions(guild, target, store.clock.now()) & Permission.ADMINISTRATOR:
            raise ApiError(403, 50013, "Missing Permissions")


def patch_me(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}/members/@me: the nick; there are no pictures here."""
    return Reply(member_view(call.store, _own_nick(call)))


def patch_my_nick(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}/members/@me/nick."""
    return Reply({"nick": _own_nick(call).nick})


def _own_nick(call: Call) -> Member:
    guild, actor = acting(call)
    form = Form(call.body, Errors())
    wanted = replace(actor)
    if form.has("nick"):
        wanted.nick = form.text("nick", max_chars=_MAX_NICK) or None
    form.errors.check()
    if form.has("nick"):
        call.store.need_permissions(guild, actor.user_id, Permission.CHANGE_NICKNAME)
    return change_member(call.store, guild, wanted, actor.user_id, call.reason)


def delete_member(call: Call) -> Reply:
    """DELETE /guilds/{guild_id}/members/{user_id}."""
    guild, actor = acting(call, Permission.KICK_MEMBERS)
    target = call.store.need_member(guild, call.id("user_id"))
    need_rank(guild, actor, target)
    kick(call.store, guild, target.user_id, actor.user_id, call.reason)
    return NO_CONTENT


def leave_guild(call: Call) -> Reply:
    """DELETE /users/@me/guilds/{guild_id}; an owner stays."""
    guild = guild_in_path(call)
    if guild.owner_id == call.user.id:
        raise ApiError(400, 50055, "Invalid Guild")
    leave(call.store, guild, call.user.id)
    return NO_CONTENT


def count_prunable(call: Call) -> Reply:
    """GET /guilds/{guild_id}/prune."""
    guild, _ = acting(call, Permission.KICK_MEMBERS | Permission.MANAGE_GUILD)
    chosen, _, page = _prunable(call, guild, call.page())
    page.errors.check()
    return Reply({"pruned": len(chosen)})


def prune(call: Call) -> Reply:
    """POST /guilds/{guild_id}/prune."""
    guild, actor = acting(call, Permission.KICK_MEMBERS | Permission.MANAGE_GUILD)
    form = Form(call.body, Errors())
    counted = form.truth("compute_prune_count")
    chosen, days, _ = _prunable(call, guild, form)
    form.errors.check()
    if chosen:
        options: dict[str, object] = {"delete_member_days": str(days), "members_removed": str(len(chosen))}
        note(call.store, guild, actor.user_id, AuditAction.MEMBER_PRUNE, reason=call.reason, options=options)
    for member in chosen:
        leave(call.store, guild, member.user_id)
    return Reply({"pruned": None if counted is False else len(chosen)})


def _prunable(call: Call, guild: Guild, form: Form) -> tuple[list[Member], int, Form]:
    """Members with no roles but the named ones, who neither joined nor wrote in so many days."""
    days = form.integer("days", least=1, most=30) or 7
    named = form.data.get("include_roles")
    if isinstance(named, str):
        included = [parse_snowflake(part) for part in named.split(",") if part]
    else:
        included = list(form.snowflakes("include_roles"))
    since = call.store.clock.now() - timedelta(days=days)
    active = {
        message.author_id
        for channel in guild.channels.values()
        for message in call.store.messages[channel.id].values()
        if message.sent_at > since
    }
    chosen = [
        member
        for member in guild.members.values()
        if member.joined_at <= since
        and member.user_id not in active
        and member.user_id != guild.owner_id
        and not call.store.users[member.user_id].bot
        and set(member.role_ids) <= set(included)
    ]
    return chosen, days, form


_MEMBERS = "/guilds/{guild_id}/members"

ROUTES = (
    Route("GET", _MEMBERS, list_members, Access.BOT),
    Route("GET", f"{_MEMBERS}/search", search_members),
    Route("PATCH", f"{_MEMBERS}/@me", patch_me),
    Route("PATCH", f"{_MEMBERS}/@me/nick", patch_my_nick),
    Route("GET", f"{_MEMBERS}/{{user_id}}", get_member),
    Route("PATCH", f"{_MEMBERS}/{{user_id}}", patch_member),
    Route("DELETE", f"{_MEMBERS}/{{user_id}}", delete_member),
    Route("PUT", f"{_MEMBERS}/{{user_id}}/roles/{{role_id}}", add_role),
    Route("DELETE", f"{_MEMBERS}/{{user_id}}/roles/{{role_id}}", remove_role),
    Route("GET", "/guilds/{guild_id}/prune", count_prunable),
    Route("POST", "/guilds/{guild_id}/prune", prune),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
)
