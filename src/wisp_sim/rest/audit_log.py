"""The route to a guild's audit log."""

from datetime import timedelta

from wisp_sim.model.audit_log import AuditAction, AuditEntry
from wisp_sim.model.guild import Guild
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.model.snowflake import created_at
from wisp_sim.rest.call import Call, Reply, Route
from wisp_sim.rest.ranks import acting
from wisp_sim.state.account_views import user_view
from wisp_sim.state.audit_log import entry_view
from wisp_sim.state.channel_views import channel_view

_KEPT = timedelta(days=45)
_MAX_PAGE = 100
_PAGE = 50


def get_audit_log(call: Call) -> Reply:
    """GET /guilds/{guild_id}/audit-logs: newest first; with ``after``, oldest first."""
    guild, _ = acting(call, Permission.VIEW_AUDIT_LOG)
    page = call.page()
    limit = page.integer("limit", least=1, most=_MAX_PAGE) or _PAGE
    user_id, target_id = page.snowflake("user_id"), page.snowflake("target_id")
    action = page.choice("action_type", [int(action) for action in AuditAction])
    before, after = page.snowflake("before"), page.snowflake("after")
    page.errors.check()
    oldest = call.store.clock.now() - _KEPT
    found = [
        entry
        for entry in guild.audit_log
        if user_id in (None, entry.actor_id)
        and target_id in (None, entry.target_id)
        and action in (None, entry.action)
        and (before is None or entry.id < before)
        and entry.id > (after or 0)
        and created_at(entry.id) >= oldest
    ]
    return Reply(_view(call, guild, (found if after is not None else found[::-1])[:limit]))


def _view(call: Call, guild: Guild, chosen: list[AuditEntry]) -> Payload:
    """The entries, and those that they speak of."""
    named = {entry.actor_id for entry in chosen} | {entry.target_id or 0 for entry in chosen}
    users, threads = call.store.users, guild.threads
    return {
        "audit_log_entries": [entry_view(entry) for entry in chosen],
        "users": [user_view(users[who]) for who in sorted(named) if who in users],
        "threads": [
            channel_view(call.store, threads[which], call.user.id)
            for which in sorted(named)
            if which in threads
        ],
        "application_commands": [],
        "auto_moderation_rules": [],
        "guild_scheduled_events": [],
        "integrations": [],
        "webhooks": [],
    }


ROUTES = (Route("GET", "/guilds/{guild_id}/audit-logs", get_audit_log),)
