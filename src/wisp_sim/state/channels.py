"""Channels of a guild that come, change and go, with their news and audit entries."""

from collections.abc import Mapping

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.guild import Channel, Guild, Overwrite
from wisp_sim.model.kinds import ChannelType, Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.state import audit_log
from wisp_sim.state.bus import Event, only
from wisp_sim.state.channel_views import channel_view, thread_member_view
from wisp_sim.state.store import Store, members_of

_HIDDEN_KEYS = ("id", "guild_id", "last_message_id", "position")


def create(store: Store, channel: Channel, actor_id: int, reason: str | None) -> None:
    """Let this channel be in its guild."""
    guild = store.guilds[channel.guild_id or 0]
    store.add_channel(channel)
    _publish(store, "CHANNEL_CREATE", channel)
    changes = audit_log.changed({}, _audited(store, channel))
    audit_log.note(
        store, guild, actor_id, AuditAction.CHANNEL_CREATE, channel.id, reason=reason, changes=changes
    )


def change(store: Store, after: Channel, actor_id: int, reason: str | None) -> None:
    """Put a changed copy in the place of a channel; nothing happens if it is the same."""
    before = store.channels[after.id]
    if before == after:
        return
    guild = store.guilds[after.guild_id or 0]
    blind = _blind(store, guild, after)
    guild.channels[after.id] = store.channels[after.id] = after
    _publish(store, "CHANNEL_UPDATE", after)
    _note_change(store, guild, before, after, actor_id, reason)
    _note_overwrites(store, guild, before, after, actor_id, reason)
    for user_id in blind:
        if store.permissions_in(after, user_id) & Permission.VIEW_CHANNEL:
            _sync_threads(store, guild, after, user_id)


def delete(store: Store, channel: Channel, actor_id: int, reason: str | None) -> None:
    """Let this channel of a guild be gone, with its threads; channels of a category stay, without one."""
    guild = store.guilds[channel.guild_id or 0]
    for thread in [thread for thread in guild.threads.values() if thread.parent_id == channel.id]:
        store.remove_channel(thread)
    store.remove_channel(channel)
    _publish(store, "CHANNEL_DELETE", channel)
    changes = audit_log.changed(_audited(store, channel), {})
    audit_log.note(
        store, guild, actor_id, AuditAction.CHANNEL_DELETE, channel.id, reason=reason, changes=changes
    )
    if channel.type is ChannelType.CATEGORY:
        for child in [child for child in guild.channels.values() if child.parent_id == channel.id]:
            child.parent_id = None
            _publish(store, "CHANNEL_UPDATE", child)


def _publish(store: Store, name: str, channel: Channel) -> None:
    guild = store.guilds[channel.guild_id or 0]
    data = channel_view(store, channel, 0)
    store.bus.publish(Event(name, data, members_of(guild), guild.id, Intent.GUILDS))


def _audited(store: Store, channel: Channel) -> Mapping[str, object]:
    view = channel_view(store, channel, 0)
    return {key: value for key, value in view.items() if key not in _HIDDEN_KEYS}


def _note_change(
    store: Store, guild: Guild, before: Channel, after: Channel, actor_id: int, reason: str | None
) -> None:
    old, new = dict(_audited(store, before)), dict(_audited(store, after))
    del old["permission_overwrites"], new["permission_overwrites"]
    changes = audit_log.changed(old, new)
    if changes:
        audit_log.note(
            store, guild, actor_id, AuditAction.CHANNEL_UPDATE, after.id, reason=reason, changes=changes
        )


def _note_overwrites(
    store: Store, guild: Guild, before: Channel, after: Channel, actor_id: int, reason: str | None
) -> None:
    for target_id in {**before.overwrites, **after.overwrites}:
        old, new = before.overwrites.get(target_id), after.overwrites.get(target_id)
        if old == new:
            continue
        action = AuditAction.CHANNEL_OVERWRITE_UPDATE
        if old is None:
            action = AuditAction.CHANNEL_OVERWRITE_CREATE
        elif new is None:
            action = AuditAction.CHANNEL_OVERWRITE_DELETE
        changes = audit_log.changed(_overwrite_view(old), _overwrite_view(new))
        options = _overwrite_options(guild, target_id, is_member=bool((new or old or _NOBODY).is_member))
        audit_log.note(
            store, guild, actor_id, action, after.id, reason=reason, changes=changes, options=options
        )


_NOBODY = Overwrite(0, is_member=False, allow=Permission(0), deny=Permission(0))


def _overwrite_view(overwrite: Overwrite | None) -> Mapping[str, object]:
    if overwrite is None:
        return {}
    return {
        "id": str(overwrite.id),
        "type": int(overwrite.is_member),
        "allow": str(int(overwrite.allow)),
        "deny": str(int(overwrite.deny)),
    }


def _overwrite_options(guild: Guild, target_id: int, *, is_member: bool) -> Payload:
    options: Payload = {"id": str(target_id), "type": str(int(is_member))}
    if not is_member and target_id in guild.roles:
        options["role_name"] = guild.roles[target_id].name
    return options


def _blind(store: Store, guild: Guild, channel: Channel) -> list[int]:
    """Those who do not see this channel, if it has threads that they would have to hear of."""
    if not any(thread.parent_id == channel.id for thread in guild.threads.values()):
        return []
    here = store.channels[channel.id]
    return [
        user_id
        for user_id in guild.members
        if not store.permissions_in(here, user_id) & Permission.VIEW_CHANNEL
    ]


def _sync_threads(store: Store, guild: Guild, channel: Channel, user_id: int) -> None:
    """Tell somebody who gained a channel which threads are active in it."""
    threads = active_threads(store, guild, user_id, channel.id)
    data: Payload = {
        "guild_id": str(guild.id),
        "channel_ids": [str(channel.id)],
        "threads": [channel_view(store, thread, user_id) for thread in threads],
        "members": own_parts(threads, user_id),
    }
    store.bus.publish(Event("THREAD_LIST_SYNC", data, only(user_id), guild.id, Intent.GUILDS))


def active_threads(store: Store, guild: Guild, user_id: int, parent_id: int | None = None) -> list[Channel]:
    """The threads that are not archived and that this user sees; newest first."""
    found = [
        channel
        for channel in guild.threads.values()
        if channel.thread is not None
        and not channel.thread.archived
        and parent_id in (None, channel.parent_id)
        and store.permissions_in(channel, user_id) & Permission.VIEW_CHANNEL
    ]
    return sorted(found, key=lambda channel: -channel.id)


def own_parts(threads: list[Channel], user_id: int) -> list[Payload]:
    """The user's memberships in these threads."""
    return [
        thread_member_view(channel.id, user_id, channel.thread.members[user_id])
        for channel in threads
        if channel.thread is not None and user_id in channel.thread.members
    ]
