"""Routes about messages."""

from dataclasses import replace
from datetime import timedelta

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import ChannelType, MessageFlag
from wisp_sim.model.message import WRITTEN, Message
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.model.snowflake import created_at
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rest.places import message_in_path, text_channel
from wisp_sim.rest.uploads import files_of
from wisp_sim.rules.channels import VOICE_TYPES
from wisp_sim.rules.drafts import permitted, read_draft, refuse_unfit
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state import audit_log
from wisp_sim.state.delivery import announce
from wisp_sim.state.message_views import message_view
from wisp_sim.state.messages import (
    announce_typing,
    bulk_delete,
    delete,
    edit,
    refuse_hurry,
    refuse_unreachable,
    send,
    sent_before,
)

_MAX_LISTED = 100
_MIN_BULK = 2
# A longer list is refused by its length as Discord does, after it was read.
_MAX_READ = 10_000
_BULK_REACHES_BACK = timedelta(days=14)
# Discord keeps these: https://docs.discord.com/developers/resources/message#message-object-message-types
_LASTING = (1, 2, 3, 4, 5, 21)
_DEFAULT_LISTED = 50


def list_messages(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages; newest first."""
    channel, page = text_channel(call), call.page()
    limit = page.integer("limit", least=1, most=_MAX_LISTED) or _DEFAULT_LISTED
    bounds = {key: page.snowflake(key) for key in ("before", "after", "around")}
    if sum(bound is not None for bound in bounds.values()) > 1:
        message = "Only one of before, after and around may be given"
        page.errors.add((), "MESSAGE_HISTORY_BOUNDS_EXCLUSIVE", message)
    page.errors.check()
    held = call.store.permissions_in(channel, call.user.id)
    if channel.type in VOICE_TYPES and not held & Permission.CONNECT:
        raise ApiError(403, 50001, "Missing Access")
    if not held & Permission.READ_MESSAGE_HISTORY:
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
    refuse_unreachable(call.store, channel, call.user.id)
    draft = read_draft(call.body, files_of(call))
    if draft.sticker_ids:
        raise ApiError(400, 50081, "Invalid sticker sent")
    refuse_unfit(draft)
    held = call.store.permissions_in(channel, call.user.id)
    draft = permitted(draft, held)
    if draft.components and not call.user.bot:
        raise ApiError(400, 50006, "Cannot send an empty message")
    same = sent_before(call.store, channel, call.user.id, draft)
    if same is None:
        refuse_hurry(call.store, channel, call.user, held)
        same = send(call.store, channel, call.user.id, draft)
    return Reply(message_view(call.store, same, call.user.id))


def patch_message(call: Call) -> Reply:
    """PATCH /channels/{channel_id}/messages/{message_id}."""
    message = message_in_path(call)
    draft = read_draft(call.body, files_of(call), base_flags=message.flags, there=message.file_names)
    if message.author_id != call.user.id:
        if draft.speaks_of_text or draft.flags is None:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        text_channel(call, Permission.MANAGE_MESSAGES)
        kept = message.flags & ~MessageFlag.SUPPRESS_EMBEDS
        draft = replace(draft, flags=kept | draft.flags & MessageFlag.SUPPRESS_EMBEDS)
    if message.type not in WRITTEN:
        raise ApiError(403, 50021, "Cannot execute action on a system message")
    edit(call.store, message, draft)
    return Reply(message_view(call.store, message, call.user.id))


def delete_message(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}."""
    message = message_in_path(call)
    if message.type in _LASTING:
        raise ApiError(403, 50021, "Cannot execute action on a system message")
    if message.author_id != call.user.id:
        channel = text_channel(call, Permission.MANAGE_MESSAGES)
        options: Payload = {"channel_id": str(channel.id), "count": "1"}
        _note(call, channel, AuditAction.MESSAGE_DELETE, message.author_id, options)
    delete(call.store, message)
    return NO_CONTENT


def delete_messages(call: Call) -> Reply:
    """POST /channels/{channel_id}/messages/bulk-delete."""
    channel = text_channel(call, Permission.MANAGE_MESSAGES)
    form = Form(call.body, Errors())
    form.entries("messages", required=True)
    message_ids = form.snowflakes("messages", most=_MAX_READ)
    if len(set(message_ids)) < len(message_ids):
        form.fail("messages", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    form.errors.check()
    if not _MIN_BULK <= len(message_ids) <= _MAX_LISTED:
        message = "Provided too few or too many messages to delete. Must provide at least 2 and at most 100"
        raise ApiError(400, 50016, message)
    oldest = call.store.clock.now() - _BULK_REACHES_BACK
    if any(created_at(message_id) < oldest for message_id in message_ids):
        message = "You can only bulk delete messages that are under 14 days old."
        raise ApiError(400, 50034, message)
    count = bulk_delete(call.store, channel, message_ids)
    if count:
        _note(call, channel, AuditAction.MESSAGE_BULK_DELETE, channel.id, {"count": str(count)})
    return NO_CONTENT


def crosspost(call: Call) -> Reply:
    """POST /channels/{channel_id}/messages/{message_id}/crosspost."""
    message = message_in_path(call)
    channel = call.store.channels[message.channel_id]
    if channel.type is not ChannelType.ANNOUNCEMENT:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    own = message.author_id == call.user.id
    text_channel(call, Permission.SEND_MESSAGES if own else Permission.MANAGE_MESSAGES)
    if message.type not in WRITTEN:
        raise ApiError(403, 50021, "Cannot execute action on a system message")
    if message.flags & MessageFlag.CROSSPOSTED:
        raise ApiError(400, 40033, "This message has already been crossposted")
    message.flags |= MessageFlag.CROSSPOSTED
    announce(call.store, "MESSAGE_UPDATE", message)
    return Reply(message_view(call.store, message, call.user.id))


def _note(call: Call, channel: Channel, action: AuditAction, target_id: int, options: Payload) -> None:
    if channel.guild_id is not None:
        guild = call.store.guilds[channel.guild_id]
        audit_log.note(
            call.store, guild, call.user.id, action, target_id, reason=call.reason, options=options
        )


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
    Route("POST", f"{_MESSAGES}/bulk-delete", delete_messages),
    Route("POST", f"{_MESSAGES}/{{message_id}}/crosspost", crosspost),
    Route("POST", f"{_MESSAGES}/{{message_id}}/ack", acknowledge, Access.USER),
)
