"""What a message refers to: one that it answers, or one that it sends on.

Source: https://docs.discord.com/developers/resources/message#message-reference-types
"""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.message import WRITTEN, Forward, Message
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.rules.drafts import MessageDraft
from wisp_sim.state.message_views import is_readable, snapshot_view
from wisp_sim.state.store import Store

_REPLY = 19


def reply_kind(store: Store, channel: Channel, draft: MessageDraft, kind: int) -> int:
    """The type of a message: a reply, or ``kind`` if it answers none, or one that is gone and may be.

    Raises:
        ApiError: 50035, it must be there and is not, or it is a notice of Discord's.
    """
    if draft.reply_to is None:
        return kind
    answered = store.messages[channel.id].get(draft.reply_to)
    if answered is not None:
        if answered.type not in WRITTEN:
            raise _refusal("REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
        return _REPLY
    if draft.reply_must_exist:
        raise _refusal("REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return kind


def forward_of(store: Store, author_id: int, channel_id: int, message_id: int) -> Forward:
    """Another message as it is now, for somebody who sends it on.

    Raises:
        ApiError: 10008, it is not there; 160014, the sender cannot read it; 50035, its kind is not sent on.
    """
    channel = store.channels.get(channel_id)
    message = None if channel is None else store.messages[channel_id].get(message_id)
    if channel is None or message is None:
        raise ApiError(404, 10008, "Unknown Message")
    if not _may_read(store, channel, message, author_id):
        raise ApiError(403, 160014, "You cannot forward a message whose content you cannot read")
    if message.type not in WRITTEN or message.poll is not None:
        raise _refusal("MESSAGE_FORWARD_INVALID", "This message cannot be forwarded")
    snapshot = message.forward.snapshot if message.forward else snapshot_view(store, message)
    return Forward(message.channel_id, message.guild_id, message.id, snapshot)


def _may_read(store: Store, channel: Channel, message: Message, user_id: int) -> bool:
    held = store.permissions_in(channel, user_id)
    needed = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
    return needed & ~held == NO_PERMISSIONS and is_readable(store, message, user_id)


def _refusal(code: str, message: str) -> ApiError:
    problem = {"code": code, "message": message}
    return ApiError(400, 50035, "Invalid Form Body", {"message_reference": {"_errors": [problem]}})
