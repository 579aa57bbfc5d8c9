"""Routes about accounts, applications and where the gateway is."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import NO_PERMISSIONS
from wisp_sim.rest.call import Access, Call, Reply, Route
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.permissions import guild_permissions
from wisp_sim.state.account_views import application_view, self_view, user_view
from wisp_sim.state.channel_views import channel_view

# What Discord recommends; it refuses a shard with more than 2,500.
_GUILDS_PER_SHARD = 1000
_DAY_MS = 86_400_000


def get_me(call: Call) -> Reply:
    """GET /users/@me."""
    return Reply(self_view(call.user))


def get_user(call: Call) -> Reply:
    """GET /users/{user_id}."""
    return Reply(user_view(call.store.need_user(call.id("user_id"))))


def get_my_guilds(call: Call) -> Reply:
    """GET /users/@me/guilds."""
    page = call.page()
    limit = page.integer("limit", least=1, most=200) or 200
    after = page.snowflake("after") or 0
    page.errors.check()
    mine: list[Payload] = []
    for guild in sorted(call.store.guilds.values(), key=lambda guild: guild.id):
        member = guild.members.get(call.user.id)
        if member is None or guild.id <= after:
            continue
        held = guild_permissions(guild, member, call.store.clock.now())
        mine.append(
            {
                "id": str(guild.id),
                "name": guild.name,
                "icon": None,
                "banner": None,
                "owner": guild.owner_id == call.user.id,
                "permissions": str(int(held or NO_PERMISSIONS)),
                "features": [],
            }
        )
    return Reply(mine[:limit])


def get_application(call: Call) -> Reply:
    """GET /applications/@me, GET /oauth2/applications/@me."""
    return Reply(application_view(call.store, call.store.applications[call.user.id]))


def get_gateway(call: Call) -> Reply:
    """GET /gateway."""
    return Reply({"url": call.gateway_url})


def get_gateway_bot(call: Call) -> Reply:
    """GET /gateway/bot."""
    application = call.store.applications[call.user.id]
    left_s = application.starts_reset_at_s - call.store.clock.now().timestamp()
    spent = application.starts_spent if left_s > 0 else 0
    limit: Payload = {
        "total": application.session_starts,
        "remaining": max(0, application.session_starts - spent),
        "reset_after": int(left_s * 1000) if left_s > 0 else _DAY_MS,
        "max_concurrency": application.max_concurrency or 1,
    }
    guilds = sum(call.user.id in guild.members for guild in call.store.guilds.values())
    shards = 1 + guilds // _GUILDS_PER_SHARD
    return Reply({"url": call.gateway_url, "shards": shards, "session_start_limit": limit})


def open_dm(call: Call) -> Reply:
    """POST /users/@me/channels; users name ``recipients``, bots ``recipient_id``."""
    form = Form(call.body, Errors())
    recipients = form.snowflakes("recipients", most=10)
    if form.has("recipient_id") or not recipients:
        recipients = [form.snowflake("recipient_id", required=True) or 0]
    form.errors.check()
    if len(recipients) != 1 or recipients[0] == call.user.id:
        raise ApiError(400, 50033, "Invalid Recipient(s)")
    other = call.store.need_user(recipients[0])
    if other.bot and call.user.bot:
        raise ApiError(400, 50007, "Cannot send messages to this user")
    channel = call.store.dm_between(call.user.id, other.id)
    return Reply(channel_view(call.store, channel, call.user.id))


def get_default_sounds(call: Call) -> Reply:  # noqa: ARG001 - every handler is called alike
    """GET /soundboard-default-sounds: none; some clients are not ready without an answer."""
    return Reply([])


ROUTES = (
    Route("GET", "/users/@me", get_me),
    Route("GET", "/users/@me/guilds", get_my_guilds),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/{user_id}", get_user),
    Route("GET", "/applications/@me", get_application, Access.BOT),
    Route("GET", "/oauth2/applications/@me", get_application, Access.BOT),
    Route("GET", "/gateway", get_gateway, Access.ANYONE),
    Route("GET", "/gateway/bot", get_gateway_bot, Access.BOT),
    Route("GET", "/soundboard-default-sounds", get_default_sounds),
)
