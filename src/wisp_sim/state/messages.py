"""Messages that are sent, changed and deleted."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import Intent, MessageFlag
from wisp_sim.model.message import Message, Origin
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rules.drafts import MessageDraft
from wisp_sim.rules.mentions import find_mentions
from wisp_sim.state import threads
from wisp_sim.state.bus import Event, only
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.message_views import file_view, message_event_view, without_content
from wisp_sim.state.store import Store

_REPLY = 19
# What a sender may set; the rest is Discord's own to set.
_SETTABLE_FLAGS = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_VOICE_MESSAGE
    | MessageFlag.COMPONENTS_V2
)


def send(
    store: Store,
    channel: Channel,
    author_id: int,
    draft: MessageDraft,
    *,
    kind: int = 0,
    origin: Origin | None = None,
    own_flags: int = 0,
    only_for: int | None = None,
    message_id: int | None = None,
) -> Message:
    """Add a message to a channel and tell who sees it.

    Args:
        store: where.
        channel: into which channel.
        author_id: who sends it.
        draft: what it says.
        kind: Discord's message type; a reply has its own.
        origin: the interaction that it answers.
        own_flags: flags that Discord sets by itself.
        only_for: the one user who sees it, if it is ephemeral.
        message_id: its id, if it must have a certain one: a forum's post begins with a message of its own id.
    """
    threads.admit(store, channel, author_id)
    if draft.reply_to is not None and origin is None:
        kind = _check_reply(store, channel, draft, kind)
    message = Message(
        id=store.ids.make() if message_id is None else message_id,
        channel_id=channel.id,
        guild_id=channel.guild_id,
        author_id=author_id,
        sent_at=store.clock.now(),
        type=kind,
        flags=((draft.flags or 0) & _SETTABLE_FLAGS) | own_flags,
        tts=draft.tts,
        nonce=draft.nonce,
        reply_to=draft.reply_to,
        webhook_id=author_id if origin is not None else None,
        origin=origin,
        only_for=only_for,
    )
    fill(store, message, draft)
    if only_for is None:
        store.messages[channel.id][message.id] = message
        channel.last_message_id = message.id
        threads.note_message(store, channel, author_id)
    else:
        store.ephemeral[message.id] = message
    announce(store, "MESSAGE_CREATE", message)
    return message


def edit(store: Store, message: Message, draft: MessageDraft) -> None:
    """Change what the draft speaks of, and tell who sees the message."""
    if draft.flags is not None:
        message.flags = (message.flags & ~_SETTABLE_FLAGS) | (
            (draft.flags | message.flags & MessageFlag.COMPONENTS_V2) & _SETTABLE_FLAGS
        )
    fill(store, message, draft)
    if not (message.content or message.embeds or message.components or message.attachments):
        raise ApiError(400, 50006, "Cannot send an empty message")
    message.edited_at = store.clock.now()
    announce(store, "MESSAGE_UPDATE", message)


def fill(store: Store, message: Message, draft: MessageDraft) -> None:
    """Put the content of a draft into a message; what it does not speak of stays."""
    _attach(store, message, draft)
    if draft.content is not None:
        message.content = draft.content
        _mention(store, message, draft)
    elif draft.reply_to is not None:
        _mention(store, message, draft)
    urls = {file.filename: file_view(store, message.channel_id, file)["url"] for file in message.attachments}
    if draft.embeds is not None:
        message.embeds = draft.embeds
        _link_files(message.embeds, urls)
    if draft.components is not None:
        message.components = draft.components
        _link_files(message.components, urls)


def delete(store: Store, message: Message) -> None:
    """Remove a message and tell who saw it."""
    store.messages[message.channel_id].pop(message.id, None)
    store.ephemeral.pop(message.id, None)
    data: Payload = {"id": str(message.id), "channel_id": str(message.channel_id)}
    if message.guild_id is not None:
        data["guild_id"] = str(message.guild_id)
    _publish(store, "MESSAGE_DELETE", message, data)


def announce(store: Store, name: str, message: Message) -> None:
    """Tell who sees a message that it is there or changed."""
    view = message_event_view(store, message)
    redacted = None if message.guild_id is None else without_content(view)
    trusted = frozenset((message.author_id, *message.mention_user_ids))
    _publish(store, name, message, view, redacted, trusted)


def _publish(
    store: Store,
    name: str,
    message: Message,
    data: Payload,
    redacted: Payload | None = None,
    trusted: frozenset[int] = frozenset(),
) -> None:
    channel = store.channels[message.channel_id]
    audience = store.watchers(channel) if message.only_for is None else only(message.only_for)
    intent = Intent.DIRECT_MESSAGES if channel.guild_id is None else Intent.GUILD_MESSAGES
    store.bus.publish(Event(name, data, audience, channel.guild_id, intent, redacted, trusted))


def announce_typing(store: Store, channel: Channel, user_id: int) -> None:
    """Tell who sees a channel that somebody writes."""
    data: Payload = {
        "channel_id": str(channel.id),
        "user_id": str(user_id),
        "timestamp": int(store.clock.now().timestamp()),
    }
    intent = Intent.DIRECT_MESSAGE_TYPING
    if channel.guild_id is not None:
        intent = Intent.GUILD_MESSAGE_TYPING
        data["guild_id"] = str(channel.guild_id)
        data["member"] = member_view(store, store.guilds[channel.guild_id].members[user_id])
    store.bus.publish(Event("TYPING_START", data, store.watchers(channel), channel.guild_id, intent))


def _check_reply(store: Store, channel: Channel, draft: MessageDraft, kind: int) -> int:
    if draft.reply_to in store.messages[channel.id]:
        return _REPLY
    if draft.reply_must_exist:
        problem = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
        raise ApiError(400, 50035, "Invalid Form Body", {"message_reference": {"_errors": [problem]}})
    return kind


def _attach(store: Store, message: Message, draft: MessageDraft) -> None:
    notes = {note.id: note for note in draft.files or ()}
    if draft.files is not None:
        message.attachments = [file for file in message.attachments if file.id in notes]
    for upload in draft.uploads:
        note = notes.get(upload.index)
        filename = note.filename if note is not None and note.filename else upload.filename
        description = note.description if note is not None else None
        file = store.add_file(filename, upload.data, upload.content_type, description)
        message.attachments.append(file)


def _mention(store: Store, message: Message, draft: MessageDraft) -> None:
    channel = store.channels[message.channel_id]
    guild = None if channel.guild_id is None else store.guilds[channel.guild_id]
    replied = None
    if message.reply_to is not None and message.reply_to in store.messages[channel.id]:
        replied = store.messages[channel.id][message.reply_to].author_id
    may_everyone = store.permissions_in(channel, message.author_id) & Permission.MENTION_EVERYONE
    found = find_mentions(
        message.content,
        draft.mentions,
        users=store.users,
        roles=() if guild is None else guild.roles,
        may_everyone=guild is not None and bool(may_everyone),
        replied_user_id=replied,
    )
    message.mention_user_ids = found.user_ids
    message.mention_role_ids = found.role_ids
    message.mention_everyone = found.everyone


def _link_files(value: object, urls: dict[str, object]) -> None:
    """Let each ``attachment://name`` lead to the file of that name."""
    if isinstance(value, list):
        for entry in value:
            _link_files(entry, urls)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if isinstance(entry, str) and entry.startswith("attachment://"):
                value[key] = urls.get(entry.removeprefix("attachment://"), entry)
            else:
                _link_files(entry, urls)
