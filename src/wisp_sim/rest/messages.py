"""Routes about messages."""

from dataclasses import replace

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.message import Message
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rest.places import message_in_path, text_channel
from wisp_sim.rules.drafts import MessageDraft, read_draft, refuse_empty
from wisp_sim.state.message_views import message_view
from wisp_sim.state.messages import announce_typing, delete, edit, send

_MAX_LISTED = 100
_DEFAULT_LISTED = 50


def list_messages(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages; newest first."""
    channel, page = text_channel(call), call.page()
    limit = page.integer("limit", least=1, most=_MAX_LISTED) or _DEFAULT_LISTED
    bounds = {key: page.snowflake(key) for key in ("before", "after", "around")}
    page.errors.check()
    if not call.store.permissions_in(channel, call.user.id) & Permission.READ_MESSAGE_HISTORY:
        return Reply([])
    everything = list(call.store.messages[channel.id].values())
    chosen = _slice(everything, limit, **bounds)
    return Reply([message_view(call.store, message, call.user.id) for message in reversed(chosen)])


def _slice(
    messages: list[Message], limit: int, *, before: int | None, after: int | None, around: int | None
) -> list[Message]:
    if around is not None:
        earlier = [message for message in messages if message.id < around]
        later = [message for message in messages if message.id >= around]
        half = limit // 2
        return earlier[-half:] * bool(half) + later[: limit - half]
    if after is not None:
        return [message for message in messages if message.id > after][:limit]
    if before is not None:
        messages = [message for message in messages if message.id < before]
    return messages[-limit:]


def get_message(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages/{message_id}."""
    message = message_in_path(call, Permission.READ_MESSAGE_HISTORY)
    return Reply(message_view(call.store, message, call.user.id))


def post_message(call: Call) -> Reply:
    """POST /channels/{channel_id}/messages."""
    channel = text_channel(call, Permission.SEND_MESSAGES)
    draft = read_draft(call.body, call.uploads)
    refuse_empty(draft)
    draft = _permitted(call, channel, draft)
    if draft.components and not call.user.bot:
        raise ApiError(400, 50006, "Cannot send an empty message")
    message = send(call.store, channel, call.user.id, draft)
    return Reply(message_view(call.store, message, call.user.id))


def _permitted(call: Call, channel: Channel, draft: MessageDraft) -> MessageDraft:
    held = call.store.permissions_in(channel, call.user.id)
    if draft.uploads and not held & Permission.ATTACH_FILES:
        raise ApiError(403, 50013, "Missing Permissions")
    if draft.reply_to is not None and not held & Permission.READ_MESSAGE_HISTORY:
        raise ApiError(403, 50013, "Missing Permissions")
    if draft.embeds and not held & Permission.EMBED_LINKS:
        draft = replace(draft, embeds=[])
        refuse_empty(draft)
    return replace(draft, tts=draft.tts and bool(held & Permission.SEND_TTS_MESSAGES))


def patch_message(call: Call) -> Reply:
    """PATCH /channels/{channel_id}/messages/{message_id}."""
    message = message_in_path(call)
    if message.author_id != call.user.id:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    draft = read_draft(call.body, call.uploads, base_flags=message.flags)
    edit(call.store, message, draft)
    return Reply(message_view(call.store, message, call.user.id))


def delete_message(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}."""
    message = message_in_path(call)
    if message.author_id != call.user.id:
        text_channel(call, Permission.MANAGE_MESSAGES)
        if message.guild_id is None:
            raise ApiError(403, 50003, "Cannot execute action on a DM channel")
    delete(call.store, message)
    return NO_CONTENT


def acknowledge(call: Call) -> Reply:
    """POST /channels/{channel_id}/messages/{message_id}/ack: users note what they read."""
    text_channel(call)
    return Reply({"token": None})


def start_typing(call: Call) -> Reply:
    """POST /channels/{channel_id}/typing."""
    announce_typing(call.store, text_channel(call, Permission.SEND_MESSAGES), call.user.id)
    return NO_CONTENT


_MESSAGES = "/channels/{channel_id}/messages"

ROUTES = (
    Route("POST", "/channels/{channel_id}/typing", start_typing),
    Route("GET", _MESSAGES, list_messages),
    Route("POST", _MESSAGES, post_message),
    Route("GET", f"{_MESSAGES}/{{message_id}}", get_message),
    Route("PATCH", f"{_MESSAGES}/{{message_id}}", patch_message),
    Route("DELETE", f"{_MESSAGES}/{{message_id}}", delete_message),
    Route("POST", f"{_MESSAGES}/{{message_id}}/ack", acknowledge, Access.USER),
)
