"""Roles that are made, changed, moved and deleted."""

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.guild import Guild, Role
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.state.audit_log import changed, note
from wisp_sim.state.bus import Event
from wisp_sim.state.guild_views import role_view
from wisp_sim.state.members import member_changed
from wisp_sim.state.store import Store, members_of


def create_role(store: Store, guild: Guild, role: Role, actor_id: int, reason: str | None) -> None:
    """Add a role at the bottom, above everyone's; the others move up."""
    for other in guild.roles.values():
        if other.id != guild.id:
            other.position += 1
    role.position = 1
    guild.roles[role.id] = role
    changes = changed({}, _noted(role))
    note(store, guild, actor_id, AuditAction.ROLE_CREATE, role.id, reason=reason, changes=changes)
    _tell(store, guild, "GUILD_ROLE_CREATE", role)


def change_role(store: Store, guild: Guild, wanted: Role, actor_id: int, reason: str | None) -> Role:
    """Let a role become as ``wanted``, and note and tell it."""
    role = guild.roles[wanted.id]
    changes = changed(_noted(role), _noted(wanted))
    guild.roles[wanted.id] = wanted
    if changes:
        note(store, guild, actor_id, AuditAction.ROLE_UPDATE, role.id, reason=reason, changes=changes)
        _tell(store, guild, "GUILD_ROLE_UPDATE", wanted)
    return wanted


def delete_role(store: Store, guild: Guild, role: Role, actor_id: int, reason: str | None) -> None:
    """Take a role away from everyone and everywhere."""
    changes = changed(_noted(role), {})
    for member in guild.members.values():
        if role.id in member.role_ids:
            member.role_ids.remove(role.id)
            member_changed(store, member)
    for channel in guild.channels.values():
        channel.overwrites.pop(role.id, None)
    for emoji in guild.emojis.values():
        if role.id in emoji.role_ids:
            emoji.role_ids.remove(role.id)
    del guild.roles[role.id]
    note(store, guild, actor_id, AuditAction.ROLE_DELETE, role.id, reason=reason, changes=changes)
    data: Payload = {"guild_id": str(guild.id), "role_id": str(role.id)}
    store.bus.publish(Event("GUILD_ROLE_DELETE", data, members_of(guild), guild.id, Intent.GUILDS))


def move_roles(
    store: Store, guild: Guild, positions: dict[int, int], actor_id: int, reason: str | None
) -> None:
    """Put roles at these places; all are numbered anew from 1 in the order that results."""
    before = {role.id: role.position for role in guild.roles.values()}
    # A moved role goes to where it was put, in front of whichever stood there and moves aside.
    wanted = sorted(
        (role for role in guild.roles.values() if role.id != guild.id),
        key=lambda role: (positions.get(role.id, role.position), _aside(positions, role), role.id),
    )
    for position, role in enumerate(wanted, start=1):
        role.position = position
    for role in wanted:
        if role.position != before[role.id]:
            change: Payload = {"key": "position", "old_value": before[role.id], "new_value": role.position}
            if role.id in positions:
                action = AuditAction.ROLE_UPDATE
                note(store, guild, actor_id, action, role.id, reason=reason, changes=(change,))
            _tell(store, guild, "GUILD_ROLE_UPDATE", role)


def _aside(positions: dict[int, int], role: Role) -> int:
    """Among those at one place: moved down before, moved up after those that were not moved."""
    if role.id not in positions:
        return 0
    return 1 if positions[role.id] > role.position else -1


def _noted(role: Role) -> Payload:
    return {
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "color": role.color,
        "hoist": role.hoist,
        "mentionable": role.mentionable,
    }


def _tell(store: Store, guild: Guild, name: str, role: Role) -> None:
    data: Payload = {"guild_id": str(guild.id), "role": role_view(role)}
    store.bus.publish(Event(name, data, members_of(guild), guild.id, Intent.GUILDS))
