"""Routes about guilds and their settings."""

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.guild import Guild
from wisp_sim.model.kinds import Intent
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import Call, Reply, Route
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.guild_settings import revise_settings
from wisp_sim.state import audit_log
from wisp_sim.state.bus import Event
from wisp_sim.state.guild_views import guild_view
from wisp_sim.state.store import members_of

_PREVIEWED = (
    "id",
    "name",
    "icon",
    "description",
    "home_header",
    "splash",
    "discovery_splash",
    "features",
    "emojis",
    "stickers",
)


def _guild(call: Call) -> Guild:
    return call.store.need_guild(call.id("guild_id"), call.user.id)


def get_guild(call: Call) -> Reply:
    """GET /guilds/{guild_id}."""
    guild = _guild(call)
    view = guild_view(guild)
    if call.query.get("with_counts", "").lower() in ("1", "true"):
        view |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return Reply(view)


def change_guild(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}."""
    store, user_id, guild = call.store, call.user.id, _guild(call)
    store.need_permissions(guild, user_id, Permission.MANAGE_GUILD)
    form = Form(call.body, Errors())
    name = form.text("name", min_chars=2, max_chars=100)
    settings = revise_settings(guild, form)
    form.errors.check()
    if ("COMMUNITY" in settings.features) != ("COMMUNITY" in guild.settings.features):
        store.need_permissions(guild, user_id, Permission.ADMINISTRATOR)
    before = guild_view(guild)
    guild.name, guild.settings = name or guild.name, settings
    after = guild_view(guild)
    changes = audit_log.changed(before, after)
    if changes:
        store.bus.publish(Event("GUILD_UPDATE", after, members_of(guild), guild.id, Intent.GUILDS))
        audit_log.note(
            store, guild, user_id, AuditAction.GUILD_UPDATE, guild.id, reason=call.reason, changes=changes
        )
    return Reply(after)


def get_preview(call: Call) -> Reply:
    """GET /guilds/{guild_id}/preview."""
    guild = _guild(call)
    view = guild_view(guild)
    shown = {key: view[key] for key in _PREVIEWED}
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return Reply({**shown, **counts})


ROUTES = (
    Route("GET", "/guilds/{guild_id}", get_guild),
    Route("PATCH", "/guilds/{guild_id}", change_guild),
    Route("GET", "/guilds/{guild_id}/preview", get_preview),
)
