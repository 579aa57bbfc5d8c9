"""The channel and the message that a path names, for those who may come there."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.message import Message
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.rest.call import Call
from wisp_sim.rules.channels import FORUM_TYPES, THREAD_TYPES

_WRITABLE = (
    ChannelType.TEXT,
    ChannelType.DM,
    ChannelType.VOICE,
    ChannelType.ANNOUNCEMENT,
    ChannelType.STAGE,
    *THREAD_TYPES,
)


def text_channel(call: Call, needed: Permission = NO_PERMISSIONS) -> Channel:
    """The channel in the path, which must be one for messages, and where the caller may do what is needed.

    Raises:
        ApiError: 10003, 50001, 50013; 50003, nobody may that in direct messages; 50008, or 40058 in a forum.
    """
    channel = call.store.need_channel(call.id("channel_id"), call.user.id)
    if channel.guild_id is None and needed & Permission.MANAGE_MESSAGES:
        raise ApiError(403, 50003, "Cannot execute action on a DM channel")
    call.store.need_channel(channel.id, call.user.id, needed)
    if channel.type in FORUM_TYPES:
        raise ApiError(400, 40058, "Cannot send a message in a forum channel")
    if channel.type not in _WRITABLE:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    return channel


def message_in_path(call: Call, needed: Permission = NO_PERMISSIONS) -> Message:
    """The message in the path."""
    channel = text_channel(call, needed)
    return call.store.need_message(channel, call.id("message_id"))
