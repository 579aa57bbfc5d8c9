"""Routes about channels and reactions."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.message import Message
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.rest.call import NO_CONTENT, Call, Reply, Route
from wisp_sim.state.account_views import user_view
from wisp_sim.state.channel_views import channel_view
from wisp_sim.state.messages import announce_typing, clear_reactions, react, unreact

_WRITABLE = (
    ChannelType.TEXT,
    ChannelType.DM,
    ChannelType.VOICE,
    ChannelType.ANNOUNCEMENT,
    ChannelType.STAGE,
)


def text_channel(call: Call, needed: Permission = NO_PERMISSIONS) -> Channel:
    """The channel in the path, which must be one for messages, and where the caller may do what is needed.

    Raises:
        ApiError: 10003, 50001, 50013 or 50008.
    """
    channel = call.store.need_channel(call.id("channel_id"), call.user.id, needed)
    if channel.type not in _WRITABLE:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    return channel


def message_in_path(call: Call, needed: Permission = NO_PERMISSIONS) -> Message:
    """The message in the path."""
    channel = text_channel(call, needed)
    return call.store.need_message(channel, call.id("message_id"))


def get_channel(call: Call) -> Reply:
    """GET /channels/{channel_id}."""
    channel = call.store.need_channel(call.id("channel_id"), call.user.id)
    return Reply(channel_view(call.store, channel, call.user.id))


def start_typing(call: Call) -> Reply:
    """POST /channels/{channel_id}/typing."""
    announce_typing(call.store, text_channel(call, Permission.SEND_MESSAGES), call.user.id)
    return NO_CONTENT


def add_reaction(call: Call) -> Reply:
    """PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me."""
    message, emoji = message_in_path(call, Permission.READ_MESSAGE_HISTORY), call.emoji()
    if emoji.key not in message.reactions:
        text_channel(call, Permission.ADD_REACTIONS)
    react(call.store, message, call.user.id, emoji)
    return NO_CONTENT


def remove_reaction(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}."""
    user_id = call.id("user_id")
    needed = NO_PERMISSIONS if user_id == call.user.id else Permission.MANAGE_MESSAGES
    message = message_in_path(call, needed)
    unreact(call.store, message, call.store.need_user(user_id).id, call.emoji())
    return NO_CONTENT


def list_reactions(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages/{message_id}/reactions/{emoji}."""
    message, page = message_in_path(call, Permission.READ_MESSAGE_HISTORY), call.page()
    limit = page.integer("limit", least=1, most=100) or 25
    after = page.snowflake("after") or 0
    page.errors.check()
    reaction = message.reactions.get(call.emoji().key)
    who = sorted(user_id for user_id in (reaction.user_ids if reaction else ()) if user_id > after)
    return Reply([user_view(call.store.users[user_id]) for user_id in who[:limit]])


def remove_reactions(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions."""
    clear_reactions(call.store, message_in_path(call, Permission.MANAGE_MESSAGES))
    return NO_CONTENT


def remove_emoji(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}."""
    clear_reactions(call.store, message_in_path(call, Permission.MANAGE_MESSAGES), call.emoji())
    return NO_CONTENT


_REACTIONS = "/channels/{channel_id}/messages/{message_id}/reactions"

ROUTES = (
    Route("GET", "/channels/{channel_id}", get_channel),
    Route("POST", "/channels/{channel_id}/typing", start_typing),
    Route("PUT", f"{_REACTIONS}/{{emoji}}/@me", add_reaction),
    Route("DELETE", f"{_REACTIONS}/{{emoji}}/{{user_id}}", remove_reaction),
    Route("GET", f"{_REACTIONS}/{{emoji}}", list_reactions),
    Route("DELETE", f"{_REACTIONS}/{{emoji}}", remove_emoji),
    Route("DELETE", _REACTIONS, remove_reactions),
)
