"""Threads that begin, fall asleep, wake and end, and who is in them.

Source: https://docs.discord.com/developers/topics/threads
"""

from copy import copy
from datetime import timedelta
from functools import partial

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, ThreadState
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.state import audit_log
from wisp_sim.state.bus import Event, only
from wisp_sim.state.channel_views import channel_view, thread_member_view
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.store import Store

_MAX_ACTIVE = 1000


def begin(store: Store, channel: Channel, reason: str | None = None) -> None:
    """Let this thread be, and its owner in it.

    Raises:
        ApiError: 160006, the guild has as many active threads as it may.
    """
    thread, guild = need_thread(channel), store.guilds[channel.guild_id or 0]
    active = sum(not need_thread(other).archived for other in guild.threads.values())
    if active >= _MAX_ACTIVE:
        raise ApiError(400, 160006, "Maximum number of active threads reached")
    thread.members[thread.owner_id] = store.clock.now()
    store.add_channel(channel)
    plan_archiving(store, channel)
    for user_id in guild.members:
        if store.permissions_in(channel, user_id) & Permission.VIEW_CHANNEL:
            data = {**channel_view(store, channel, user_id), "newly_created": True}
            store.bus.publish(Event("THREAD_CREATE", data, only(user_id), guild.id, Intent.GUILDS))
    audit_log.note(store, guild, thread.owner_id, AuditAction.THREAD_CREATE, channel.id, reason=reason)


def need_thread(channel: Channel) -> ThreadState:
    """What this channel has as a thread.

    Raises:
        ApiError: 50024, it is none.
    """
    if channel.thread is None:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    return channel.thread


def need_open(channel: Channel) -> None:
    """Refuse what cannot be done in an archived thread; any other channel passes.

    Raises:
        ApiError: 50083.
    """
    if channel.thread is not None and channel.thread.archived:
        raise ApiError(400, 50083, "Thread is archived")


def admit(store: Store, channel: Channel, author_id: int) -> None:
    """Refuse a message to a locked thread from those who do not manage it.

    Raises:
        ApiError: 160005.
    """
    thread = channel.thread
    manages = store.permissions_in(channel, author_id) & Permission.MANAGE_THREADS
    if thread is not None and thread.locked and not manages:
        raise ApiError(403, 160005, "Thread is locked")


def note_message(store: Store, channel: Channel, author_id: int) -> None:
    """Wake a thread for a message that was sent in it, count it, and let its author be in it."""
    thread = channel.thread
    if thread is None:
        return
    thread.message_count += 1
    thread.total_message_sent += 1
    thread.active_at = store.clock.now()
    if thread.archived:
        _set_archived(store, thread, archived=False)
        announce(store, channel)
    plan_archiving(store, channel)
    if author_id in store.guilds[channel.guild_id or 0].members:
        add(store, channel, author_id)


def note_deletion(channel: Channel) -> None:
    """Count a message less in a thread."""
    if channel.thread is not None and channel.thread.message_count:
        channel.thread.message_count -= 1


def change(store: Store, after: Channel, actor_id: int, reason: str | None) -> None:
    """Put a changed copy in the place of a thread; nothing happens if it is the same."""
    before, thread = store.channels[after.id], need_thread(after)
    old = need_thread(before)
    if before == after:
        return
    if thread.archived != old.archived:
        _set_archived(store, thread, archived=thread.archived)
    thread.active_at = store.clock.now()
    guild = store.guilds[after.guild_id or 0]
    guild.threads[after.id] = store.channels[after.id] = after
    plan_archiving(store, after)
    announce(store, after)
    changes = audit_log.changed(_audited(before), _audited(after))
    audit_log.note(
        store, guild, actor_id, AuditAction.THREAD_UPDATE, after.id, reason=reason, changes=changes
    )


def copied(channel: Channel) -> Channel:
    """A copy of a thread, to be changed."""
    twin = copy(channel)
    twin.thread = copy(need_thread(channel))
    return twin


def delete(store: Store, channel: Channel, actor_id: int, reason: str | None) -> None:
    """Let this thread be gone."""
    guild, audience = store.guilds[channel.guild_id or 0], store.watchers(channel)
    store.remove_channel(channel)
    timer = store.timers.pop(channel.id, None)
    if timer is not None:
        timer.cancel()
    data: Payload = {
        "id": str(channel.id),
        "guild_id": str(guild.id),
        "parent_id": str(channel.parent_id),
        "type": int(channel.type),
    }
    store.bus.publish(Event("THREAD_DELETE", data, audience, guild.id, Intent.GUILDS))
    audit_log.note(store, guild, actor_id, AuditAction.THREAD_DELETE, channel.id, reason=reason)


def add(store: Store, channel: Channel, user_id: int) -> None:
    """Let this member of the guild be in the thread; who is in it stays as is."""
    thread, guild = need_thread(channel), store.guilds[channel.guild_id or 0]
    if user_id in thread.members:
        return
    thread.members[user_id] = joined_at = store.clock.now()
    own = {**channel_view(store, channel, user_id), "newly_created": False}
    store.bus.publish(Event("THREAD_CREATE", own, only(user_id), guild.id, Intent.GUILDS))
    entry = thread_member_view(channel.id, user_id, joined_at)
    full = {**entry, "member": member_view(store, guild.members[user_id]), "presence": None}
    _members_changed(store, channel, {"added_members": [full]}, user_id)


def remove(store: Store, channel: Channel, user_id: int) -> None:
    """Let this user be in the thread no more; harmless for who is not."""
    if need_thread(channel).members.pop(user_id, None) is not None:
        _members_changed(store, channel, {"removed_member_ids": [str(user_id)]}, user_id)


def announce(store: Store, channel: Channel) -> None:
    """Tell who sees a thread that it is not as before."""
    data = channel_view(store, channel, 0)
    audience = store.watchers(channel)
    store.bus.publish(Event("THREAD_UPDATE", data, audience, channel.guild_id, Intent.GUILDS))


def _members_changed(store: Store, channel: Channel, what: Payload, user_id: int) -> None:
    data: Payload = {
        "id": str(channel.id),
        "guild_id": str(channel.guild_id),
        "member_count": min(len(need_thread(channel).members), 50),
        **what,
    }
    seen = store.watchers(channel)
    # Without the intent a bot hears only of itself.
    own, guild_id = only(user_id), channel.guild_id
    store.bus.publish(Event("THREAD_MEMBERS_UPDATE", data, own, guild_id, Intent.GUILDS))
    store.bus.publish(
        Event(
            "THREAD_MEMBERS_UPDATE",
            data,
            lambda account_id: account_id != user_id and seen(account_id),
            guild_id,
            Intent.GUILD_MEMBERS,
        )
    )


def _set_archived(store: Store, thread: ThreadState, *, archived: bool) -> None:
    thread.archived = archived
    thread.archived_at = store.clock.now()


def plan_archiving(store: Store, channel: Channel) -> None:
    """Let the thread fall asleep after its time without anything new."""
    thread = need_thread(channel)
    timer = store.timers.pop(channel.id, None)
    if timer is not None:
        timer.cancel()
    if thread.archived:
        return
    due = thread.active_at + timedelta(minutes=thread.auto_archive_duration_minutes)
    delay_s = max((due - store.clock.now()).total_seconds(), 0)
    store.timers[channel.id] = store.clock.call_later(delay_s, partial(_fall_asleep, store, channel.id))


def _fall_asleep(store: Store, thread_id: int) -> None:
    store.timers.pop(thread_id, None)
    channel = store.channels.get(thread_id)
    if channel is not None:
        _set_archived(store, need_thread(channel), archived=True)
        announce(store, channel)


def _audited(channel: Channel) -> Payload:
    thread = need_thread(channel)
    return {
        "name": channel.name,
        "archived": thread.archived,
        "locked": thread.locked,
        "auto_archive_duration": thread.auto_archive_duration_minutes,
        "rate_limit_per_user": channel.slowmode_s,
    }
