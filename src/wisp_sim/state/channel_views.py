"""Channels and threads as Discord writes them in JSON."""

from datetime import datetime

from wisp_sim.model.guild import Channel, ForumTag, ThreadState
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.payload import Payload
from wisp_sim.state.account_views import stamp, user_view
from wisp_sim.state.store import Store

_FORUMS = (ChannelType.FORUM, ChannelType.MEDIA)
_VOICES = (ChannelType.VOICE, ChannelType.STAGE)
_TEXTUAL = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, *_VOICES, *_FORUMS)


def channel_view(store: Store, channel: Channel, viewer_id: int) -> Payload:
    """A channel or a thread; a direct one shows its other side, a thread the viewer's part in it."""
    if channel.guild_id is None:
        others = [store.users[user_id] for user_id in channel.recipients if user_id != viewer_id]
        return {
            "id": str(channel.id),
            "type": int(channel.type),
            "flags": 0,
            "last_message_id": _id(channel.last_message_id),
            "recipients": [user_view(user) for user in others],
        }
    if channel.thread is not None:
        return _thread_view(channel, channel.thread, viewer_id)
    view: Payload = {
        "id": str(channel.id),
        "type": int(channel.type),
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "position": channel.position,
        "flags": channel.flags,
        "parent_id": _id(channel.parent_id),
        "permission_overwrites": overwrites_view(channel),
    }
    if channel.type in _TEXTUAL:
        view |= {
            "topic": channel.topic,
            "nsfw": channel.nsfw,
            "rate_limit_per_user": channel.slowmode_s,
            "last_message_id": _id(channel.last_message_id),
        }
    if channel.type in _VOICES:
        view |= {
            "bitrate": channel.bitrate,
            "user_limit": channel.user_limit,
            "rtc_region": channel.rtc_region,
            "video_quality_mode": channel.video_quality_mode,
        }
    else:
        view |= _threads_part(channel)
    return view


def overwrites_view(channel: Channel) -> list[Payload]:
    """What a channel allows and denies to roles and members."""
    return [
        {
            "id": str(overwrite.id),
            "type": int(overwrite.is_member),
            "allow": str(int(overwrite.allow)),
            "deny": str(int(overwrite.deny)),
        }
        for overwrite in channel.overwrites.values()
    ]


def thread_member_view(thread_id: int, user_id: int, joined_at: datetime) -> Payload:
    """Somebody's part in a thread."""
    return {"id": str(thread_id), "user_id": str(user_id), "join_timestamp": stamp(joined_at), "flags": 0}


def _threads_part(channel: Channel) -> Payload:
    view: Payload = {}
    if channel.type is not ChannelType.CATEGORY:
        if channel.default_auto_archive_minutes is not None:
            view["default_auto_archive_duration"] = channel.default_auto_archive_minutes
        view["default_thread_rate_limit_per_user"] = channel.default_thread_slowmode_s
    if channel.type in _FORUMS:
        emoji_id, emoji_name = channel.default_reaction_emoji_id, channel.default_reaction_emoji_name
        unset = emoji_id is None and emoji_name is None
        view |= {
            "available_tags": [_tag_view(tag) for tag in channel.available_tags],
            "default_reaction_emoji": None
            if unset
            else {"emoji_id": _id(emoji_id), "emoji_name": emoji_name},
            "default_sort_order": channel.default_sort_order,
            "default_forum_layout": channel.default_forum_layout,
        }
    return view


def _thread_view(channel: Channel, thread: ThreadState, viewer_id: int) -> Payload:
    metadata: Payload = {
        "archived": thread.archived,
        "archive_timestamp": stamp(thread.archived_at),
        "auto_archive_duration": thread.auto_archive_duration_minutes,
        "locked": thread.locked,
        "create_timestamp": stamp(thread.created_at),
    }
    if channel.type is ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = thread.invitable
    view: Payload = {
        "id": str(channel.id),
        "type": int(channel.type),
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "parent_id": _id(channel.parent_id),
        "owner_id": str(thread.owner_id),
        "flags": channel.flags,
        "last_message_id": _id(channel.last_message_id),
        "rate_limit_per_user": channel.slowmode_s,
        "message_count": thread.message_count,
        # Discord stops counting at 50.
        "member_count": min(len(thread.members), 50),
        "total_message_sent": thread.total_message_sent,
        "thread_metadata": metadata,
    }
    if thread.applied_tags:
        view["applied_tags"] = [str(tag_id) for tag_id in thread.applied_tags]
    joined_at = thread.members.get(viewer_id)
    if joined_at is not None:
        view["member"] = thread_member_view(channel.id, viewer_id, joined_at)
    return view


def _tag_view(tag: ForumTag) -> Payload:
    return {
        "id": str(tag.id),
        "name": tag.name,
        "moderated": tag.moderated,
        "emoji_id": _id(tag.emoji_id),
        "emoji_name": tag.emoji_name,
    }


def _id(snowflake: int | None) -> str | None:
    return None if snowflake is None else str(snowflake)
