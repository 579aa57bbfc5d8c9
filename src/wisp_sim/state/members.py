"""Members who come, go and change."""

from datetime import timedelta

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Ban, Guild, Member, Role
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.state.account_views import user_view
from wisp_sim.state.audit_log import changed, note
from wisp_sim.state.bus import Event, only
from wisp_sim.state.guild_views import guild_create_view, member_view, role_view
from wisp_sim.state.store import Store, members_of
from wisp_sim.state.voice import disconnect


def join(store: Store, guild: Guild, user_id: int) -> Member:
    """Let this user be a member; a bot gets a role of its own. Who is one already stays as is.

    Raises:
        ApiError: 40007, the user is banned.
    """
    if user_id in guild.members:
        return guild.members[user_id]
    if user_id in guild.bans:
        raise ApiError(403, 40007, "The user is banned from this guild.")
    member = Member(user_id, guild.id, store.clock.now())
    application = store.applications.get(user_id)
    if application is not None:
        role = Role(
            store.ids.make(),
            application.name,
            Permission(application.invite_permissions),
            position=max(role.position for role in guild.roles.values()) + 1,
            bot_id=user_id,
        )
        guild.roles[role.id] = role
        member.role_ids.append(role.id)
        data: Payload = {"guild_id": str(guild.id), "role": role_view(role)}
        store.bus.publish(Event("GUILD_ROLE_CREATE", data, members_of(guild), guild.id, Intent.GUILDS))
    guild.members[user_id] = member
    data = guild_create_view(store, guild, user_id, complete=application is None)
    # discord.py and hikari both tell a guild that is new from one that is back by the absence of this.
    del data["unavailable"]
    store.bus.publish(Event("GUILD_CREATE", data, only(user_id), guild.id, Intent.GUILDS))
    data = {**member_view(store, member), "guild_id": str(guild.id)}
    others = frozenset(guild.members) - {user_id}
    store.bus.publish(Event("GUILD_MEMBER_ADD", data, only(*others), guild.id, Intent.GUILD_MEMBERS))
    return member


def leave(store: Store, guild: Guild, user_id: int) -> None:
    """Let this user be no member any more; harmless for who is none."""
    if user_id not in guild.members:
        return
    disconnect(store, guild, user_id)
    member = guild.members.pop(user_id)
    for role_id in member.role_ids:
        if guild.roles[role_id].bot_id == user_id:
            del guild.roles[role_id]
            data: Payload = {"guild_id": str(guild.id), "role_id": str(role_id)}
            store.bus.publish(Event("GUILD_ROLE_DELETE", data, members_of(guild), guild.id, Intent.GUILDS))
    data = {"guild_id": str(guild.id), "user": user_view(store.users[user_id])}
    store.bus.publish(Event("GUILD_MEMBER_REMOVE", data, members_of(guild), guild.id, Intent.GUILD_MEMBERS))
    data = {"id": str(guild.id)}
    store.bus.publish(Event("GUILD_DELETE", data, only(user_id), guild.id, Intent.GUILDS))


def member_changed(store: Store, member: Member) -> None:
    """Tell who sees it that a member is not as before; a bot hears of itself without any intent."""
    guild = store.guilds[member.guild_id]
    data = {**member_view(store, member), "guild_id": str(guild.id)}
    others = frozenset(guild.members) - {member.user_id}
    store.bus.publish(Event("GUILD_MEMBER_UPDATE", data, only(*others), guild.id, Intent.GUILD_MEMBERS))
    store.bus.publish(Event("GUILD_MEMBER_UPDATE", data, only(member.user_id), guild.id))


def set_roles(
    store: Store, guild: Guild, member: Member, role_ids: list[int], actor_id: int, reason: str | None
) -> None:
    """Give a member exactly these roles, and note and tell it; nothing happens if they are the same."""
    added = [role_id for role_id in role_ids if role_id not in member.role_ids]
    removed = [role_id for role_id in member.role_ids if role_id not in role_ids]
    if not added and not removed:
        return
    member.role_ids = role_ids
    changes: list[Payload] = []
    for key, chosen in (("$add", added), ("$remove", removed)):
        if chosen:
            names = [{"id": str(role_id), "name": guild.roles[role_id].name} for role_id in chosen]
            changes.append({"key": key, "new_value": names})
    action = AuditAction.MEMBER_ROLE_UPDATE
    note(store, guild, actor_id, action, member.user_id, reason=reason, changes=tuple(changes))
    member_changed(store, member)


def change_member(store: Store, guild: Guild, wanted: Member, actor_id: int, reason: str | None) -> Member:
    """Let a member become as ``wanted``, roles aside, and note and tell what changed."""
    member = guild.members[wanted.user_id]
    before = _noted(member_view(store, member))
    after = _noted(member_view(store, wanted))
    changes = changed(before, after)
    if not changes and member.flags == wanted.flags:
        return member
    member.nick, member.timed_out_until = wanted.nick, wanted.timed_out_until
    member.mute, member.deaf, member.flags = wanted.mute, wanted.deaf, wanted.flags
    if changes:
        action = AuditAction.MEMBER_UPDATE
        note(store, guild, actor_id, action, member.user_id, reason=reason, changes=changes)
    member_changed(store, member)
    return member


def _noted(view: Payload) -> Payload:
    return {key: view[key] for key in ("nick", "communication_disabled_until", "mute", "deaf")}


def kick(store: Store, guild: Guild, user_id: int, actor_id: int, reason: str | None) -> None:
    """Remove a member, and note who did it."""
    note(store, guild, actor_id, AuditAction.MEMBER_KICK, user_id, reason=reason)
    leave(store, guild, user_id)


def ban(
    store: Store, guild: Guild, user_id: int, actor_id: int, reason: str | None, delete_s: int = 0
) -> None:
    """Keep a user out, with the messages of the last ``delete_s`` seconds gone; once is enough."""
    if user_id in guild.bans:
        return
    guild.bans[user_id] = Ban(user_id, reason)
    note(store, guild, actor_id, AuditAction.MEMBER_BAN_ADD, user_id, reason=reason)
    _tell_ban(store, guild, "GUILD_BAN_ADD", user_id)
    leave(store, guild, user_id)
    if delete_s:
        _wipe(store, guild, user_id, delete_s)


def unban(store: Store, guild: Guild, user_id: int, actor_id: int, reason: str | None) -> None:
    """Let a banned user in again.

    Raises:
        ApiError: 10026, the user is not banned.
    """
    need_ban(guild, user_id)
    del guild.bans[user_id]
    note(store, guild, actor_id, AuditAction.MEMBER_BAN_REMOVE, user_id, reason=reason)
    _tell_ban(store, guild, "GUILD_BAN_REMOVE", user_id)


def need_ban(guild: Guild, user_id: int) -> Ban:
    """The ban of this user.

    Raises:
        ApiError: 10026, there is none.
    """
    found = guild.bans.get(user_id)
    if found is None:
        raise ApiError(404, 10026, "Unknown Ban")
    return found


def _tell_ban(store: Store, guild: Guild, name: str, user_id: int) -> None:
    data: Payload = {"guild_id": str(guild.id), "user": user_view(store.users[user_id])}
    store.bus.publish(Event(name, data, members_of(guild), guild.id, Intent.GUILD_MODERATION))


def _wipe(store: Store, guild: Guild, user_id: int, delete_s: int) -> None:
    since = store.clock.now() - timedelta(seconds=delete_s)
    for channel in (*guild.channels.values(), *guild.threads.values()):
        messages = store.messages[channel.id]
        old = [
            message.id
            for message in messages.values()
            if message.author_id == user_id and message.sent_at >= since
        ]
        for message_id in old:
            del messages[message_id]
        if old:
            data: Payload = {
                "ids": [str(message_id) for message_id in old],
                "channel_id": str(channel.id),
                "guild_id": str(guild.id),
            }
            audience = store.watchers(channel)
            store.bus.publish(Event("MESSAGE_DELETE_BULK", data, audience, guild.id, Intent.GUILD_MESSAGES))
