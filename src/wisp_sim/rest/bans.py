"""Routes about bans."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Ban, Guild, Member
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Call, Reply, Route
from wisp_sim.rest.ranks import acting, need_rank
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.permissions import outranks
from wisp_sim.state.account_views import user_view
from wisp_sim.state.members import ban, need_ban, unban

_WEEK_S = 604_800
_DAY_S = 86_400
_MAX_BULK = 200
_MAX_PAGE = 1000


def put_ban(call: Call) -> Reply:
    """PUT /guilds/{guild_id}/bans/{user_id}; a user who is no member can be banned, too."""
    guild, actor = acting(call, Permission.BAN_MEMBERS)
    user = call.store.need_user(call.id("user_id"))
    delete_s = _delete_s(Form(call.body, Errors()))
    target = guild.members.get(user.id)
    if target is not None:
        need_rank(guild, actor, target)
    ban(call.store, guild, user.id, actor.user_id, call.reason, delete_s)
    return NO_CONTENT


def delete_ban(call: Call) -> Reply:
    """DELETE /guilds/{guild_id}/bans/{user_id}."""
    guild, actor = acting(call, Permission.BAN_MEMBERS)
    unban(call.store, guild, call.id("user_id"), actor.user_id, call.reason)
    return NO_CONTENT


def get_ban(call: Call) -> Reply:
    """GET /guilds/{guild_id}/bans/{user_id}."""
    guild, _ = acting(call, Permission.BAN_MEMBERS)
    return Reply(_view(call, need_ban(guild, call.id("user_id"))))


def list_bans(call: Call) -> Reply:
    """GET /guilds/{guild_id}/bans: by the users' ids, upwards; the last ones with ``before``."""
    guild, _ = acting(call, Permission.BAN_MEMBERS)
    page = call.page()
    limit = page.integer("limit", least=1, most=_MAX_PAGE) or _MAX_PAGE
    before, after = page.snowflake("before"), page.snowflake("after") or 0
    page.errors.check()
    ids = sorted(guild.bans)
    if before is not None:
        chosen = [user_id for user_id in ids if user_id < before][-limit:]
    else:
        chosen = [user_id for user_id in ids if user_id > after][:limit]
    return Reply([_view(call, guild.bans[user_id]) for user_id in chosen])


def bulk_ban(call: Call) -> Reply:
    """POST /guilds/{guild_id}/bulk-ban: those who cannot be banned are named, the others are banned."""
    guild, actor = acting(call, Permission.BAN_MEMBERS | Permission.MANAGE_GUILD)
    form = Form(call.body, Errors())
    form.entries("user_ids", least=1, most=_MAX_BULK, required=True)
    user_ids = list(dict.fromkeys(form.snowflakes("user_ids", most=_MAX_BULK)))
    delete_s = _delete_s(form)
    chosen = [user_id for user_id in user_ids if _bannable(call, guild, actor, user_id)]
    if not chosen:
        raise ApiError(400, 500000, "Failed to ban users")
    for user_id in chosen:
        ban(call.store, guild, user_id, actor.user_id, call.reason, delete_s)
    banned = [str(user_id) for user_id in chosen]
    failed = [str(user_id) for user_id in user_ids if user_id not in chosen]
    return Reply({"banned_users": banned, "failed_users": failed})


def _bannable(call: Call, guild: Guild, actor: Member, user_id: int) -> bool:
    if user_id not in call.store.users or user_id in guild.bans:
        return False
    target = guild.members.get(user_id)
    return target is None or outranks(guild, actor, target)


def _delete_s(form: Form) -> int:
    days = form.integer("delete_message_days", least=0, most=7) or 0
    seconds = form.integer("delete_message_seconds", least=0, most=_WEEK_S)
    form.errors.check()
    return days * _DAY_S if seconds is None else seconds


def _view(call: Call, found: Ban) -> Payload:
    return {"user": user_view(call.store.users[found.user_id]), "reason": found.reason}


_BANS = "/guilds/{guild_id}/bans"

ROUTES = (
    Route("GET", _BANS, list_bans),
    Route("GET", f"{_BANS}/{{user_id}}", get_ban),
    Route("PUT", f"{_BANS}/{{user_id}}", put_ban),
    Route("DELETE", f"{_BANS}/{{user_id}}", delete_ban),
    Route("POST", "/guilds/{guild_id}/bulk-ban", bulk_ban),
)
