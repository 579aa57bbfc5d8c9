"""Notes who did what in a guild, and tells those who may read it."""

from collections.abc import Mapping

from wisp_sim.model.audit_log import AuditAction, AuditEntry
from wisp_sim.model.guild import Guild
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rules.permissions import guild_permissions
from wisp_sim.state.bus import Event
from wisp_sim.state.store import Store


def note(
    store: Store,
    guild: Guild,
    actor_id: int,
    action: AuditAction,
    target_id: int | None = None,
    *,
    reason: str | None = None,
    changes: tuple[Payload, ...] = (),
    options: Payload | None = None,
) -> AuditEntry:
    """Add an entry to the guild's audit log.

    Args:
        store: where.
        guild: whose log.
        actor_id: who did it.
        action: what was done.
        target_id: to whom or what.
        reason: why, as the actor put it.
        changes: as `changed` makes them.
        options: what else Discord says of this action, for example a count.
    """
    entry = AuditEntry(store.ids.make(), action, actor_id, target_id, reason, changes, options or {})
    guild.audit_log.append(entry)
    data = {**entry_view(entry), "guild_id": str(guild.id)}
    store.bus.publish(
        Event(
            "GUILD_AUDIT_LOG_ENTRY_CREATE",
            data,
            lambda user_id: _may_read(store, guild, user_id),
            guild.id,
            Intent.GUILD_MODERATION,
        )
    )
    return entry


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Payload, ...]:
    """The differences of two views as the log keeps them: key, old value, new value."""
    found: list[Payload] = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old != new:
            change: Payload = {"key": key}
            if old is not None:
                change["old_value"] = old
            if new is not None:
                change["new_value"] = new
            found.append(change)
    return tuple(found)


def entry_view(entry: AuditEntry) -> Payload:
    """An entry as it travels; what it does not have is absent."""
    view: Payload = {
        "id": str(entry.id),
        "action_type": int(entry.action),
        "user_id": str(entry.actor_id),
        "target_id": None if entry.target_id is None else str(entry.target_id),
    }
    if entry.changes:
        view["changes"] = list(entry.changes)
    if entry.options:
        view["options"] = entry.options
    if entry.reason:
        view["reason"] = entry.reason
    return view


def _may_read(store: Store, guild: Guild, user_id: int) -> bool:
    member = guild.members.get(user_id)
    if member is None:
        return False
    return bool(guild_permissions(guild, member, store.clock.now()) & Permission.VIEW_AUDIT_LOG)
