"""Routes about invites."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Guild, Invite
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import Access, Call, Reply, Route
from wisp_sim.rest.ranks import acting
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.account_views import user_view
from wisp_sim.state.guild_views import guild_view
from wisp_sim.state.invites import (
    create_invite,
    delete_invite,
    expiry,
    invite_counts,
    living_invites,
    make_code,
    need_invite,
    use_invite,
)

_DAY_S = 86_400
_LONGEST_S = 5_184_000
_MAX_USES = 100
_GUILD_FIELDS = (
    "id", "name", "splash", "banner", "description", "icon", "features", "verification_level",
    "vanity_url_code", "nsfw_level", "nsfw", "premium_subscription_count",
)  # fmt: skip


def invite_view(call: Call, invite: Invite, *, managed: bool = False) -> Payload:
    """An invite; its uses and limits are for those who manage it."""
    store = call.store
    guild, channel = store.guilds[invite.guild_id], store.channels[invite.channel_id]
    whole = guild_view(guild)
    view: Payload = {
        "type": 0,
        "code": invite.code,
        "inviter": user_view(store.users[invite.inviter_id]),
        "expires_at": expiry(invite),
        "flags": 0,
        "guild": {key: whole[key] for key in _GUILD_FIELDS},
        "guild_id": str(guild.id),
        "channel": {"id": str(channel.id), "type": int(channel.type), "name": channel.name},
    }
    return {**view, **invite_counts(invite)} if managed else view


def post_invite(call: Call) -> Reply:
    """POST /channels/{channel_id}/invites; one like it is given again unless it shall be ``unique``."""
    store, needed = call.store, Permission.CREATE_INSTANT_INVITE
    channel = store.need_channel(call.id("channel_id"), call.user.id, needed)
    if channel.guild_id is None or channel.thread is not None:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    form = Form(call.body, Errors())
    age_s = form.integer("max_age", least=0, most=_LONGEST_S)
    uses = form.integer("max_uses", least=0, most=_MAX_USES) or 0
    temporary, unique = form.truth("temporary") or False, form.truth("unique") or False
    form.errors.check()
    age_s = _DAY_S if age_s is None else age_s
    guild = store.guilds[channel.guild_id]
    wish = (channel.id, call.user.id, age_s, uses, temporary)
    invite = (
        None
        if unique
        else next((known for known in living_invites(store, guild) if _wish(known) == wish), None)
    )
    if invite is None:
        now = store.clock.now()
        invite = Invite(make_code(store), guild.id, channel.id, call.user.id, now, age_s, uses, temporary)
        create_invite(store, guild, invite, call.reason)
    return Reply(invite_view(call, invite, managed=True))


def _wish(invite: Invite) -> tuple[int, int, int, int, bool]:
    return invite.channel_id, invite.inviter_id, invite.max_age_s, invite.max_uses, invite.temporary


def list_channel_invites(call: Call) -> Reply:
    """GET /channels/{channel_id}/invites."""
    needed = Permission.MANAGE_CHANNELS
    channel = call.store.need_channel(call.id("channel_id"), call.user.id, needed)
    if channel.guild_id is None:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    found = living_invites(call.store, call.store.guilds[channel.guild_id])
    return Reply([invite_view(call, one, managed=True) for one in found if one.channel_id == channel.id])


def list_guild_invites(call: Call) -> Reply:
    """GET /guilds/{guild_id}/invites."""
    guild, _ = acting(call, Permission.MANAGE_GUILD)
    return Reply([invite_view(call, one, managed=True) for one in living_invites(call.store, guild)])


def get_invite(call: Call) -> Reply:
    """GET /invites/{code}."""
    invite = need_invite(call.store, call.params["code"])
    view = invite_view(call, invite)
    if call.query.get("with_counts", "").lower() in ("1", "true"):
        members = len(call.store.guilds[invite.guild_id].members)
        view |= {"approximate_member_count": members, "approximate_presence_count": 0}
    return Reply(view)


def remove_invite(call: Call) -> Reply:
    """DELETE /invites/{code}: for those who manage its channel or its guild."""
    store = call.store
    invite = need_invite(store, call.params["code"])
    guild = store.guilds[invite.guild_id]
    here = store.permissions_in(store.channels[invite.channel_id], call.user.id)
    if not here & Permission.MANAGE_CHANNELS:
        store.need_permissions(guild, call.user.id, Permission.MANAGE_GUILD)
    view = invite_view(call, invite)
    delete_invite(store, guild, invite, call.user.id, call.reason)
    return Reply(view)


def accept_invite(call: Call) -> Reply:
    """POST /invites/{code}: a user joins."""
    invite = need_invite(call.store, call.params["code"])
    view = invite_view(call, invite)
    guild: Guild = call.store.guilds[invite.guild_id]
    use_invite(call.store, guild, invite, call.user.id)
    return Reply(view)


ROUTES = (
    Route("POST", "/channels/{channel_id}/invites", post_invite),
    Route("GET", "/channels/{channel_id}/invites", list_channel_invites),
    Route("GET", "/guilds/{guild_id}/invites", list_guild_invites),
    Route("GET", "/invites/{code}", get_invite),
    Route("DELETE", "/invites/{code}", remove_invite),
    Route("POST", "/invites/{code}", accept_invite, Access.USER),
)
