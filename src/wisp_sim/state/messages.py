"""Messages that are sent, changed and deleted."""

from dataclasses import replace
from datetime import timedelta

from wisp_sim.model.account import User
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import Intent, MessageFlag
from wisp_sim.model.message import Attachment, Guise, Message, Origin
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rules.components import walk
from wisp_sim.rules.drafts import MAX_FILES, FileNote, MessageDraft, mixed_with_v2
from wisp_sim.rules.mentions import ALL_ALLOWED, USERS_ALLOWED, find_mentions
from wisp_sim.state import threads
from wisp_sim.state.bus import Event
from wisp_sim.state.delivery import announce, deliver, publish
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.message_views import file_view
from wisp_sim.state.polls import make_poll, run_poll
from wisp_sim.state.references import forward_of, reply_kind
from wisp_sim.state.store import Store

_HAS_SNAPSHOT = 1 << 14
_UNHURRIED = Permission.BYPASS_SLOWMODE | Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS
_NONCE_COUNTS_FOR = timedelta(minutes=5)
# What a sender may set, and what an edit may change; the rest is Discord's own to set.
_EDITABLE_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2
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
    guise: Guise | None = None,
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
        guise: whom it seems to come from, if a webhook sends it.
    """
    poll = None if draft.poll is None else make_poll(store, _person(store, author_id, guise), draft.poll)
    kind = kind if origin is not None else reply_kind(store, channel, draft, kind)
    forward = None if draft.forward_of is None else forward_of(store, author_id, *draft.forward_of)
    # Last of what may refuse: it wakes a sleeping thread.
    threads.admit(store, channel, author_id)
    message = Message(
        id=store.ids.make() if message_id is None else message_id,
        channel_id=channel.id,
        guild_id=channel.guild_id,
        author_id=author_id,
        sent_at=store.clock.now(),
        type=kind,
        flags=((draft.flags or 0) & _SETTABLE_FLAGS) | own_flags | (_HAS_SNAPSHOT if forward else 0),
        tts=draft.tts,
        nonce=draft.nonce,
        reply_to=draft.reply_to,
        webhook_id=author_id if origin is not None else None,
        origin=origin,
        only_for=only_for,
        guise=guise,
        forward=forward,
        poll=poll,
    )
    fill(store, message, draft)
    store.last_sent[(channel.id, author_id)] = store.clock.now()
    deliver(store, message)
    run_poll(store, message)
    return message


def _person(store: Store, author_id: int, guise: Guise | None) -> int:
    """Who answers for a message: a webhook's maker for what it sends."""
    return author_id if guise is None else store.webhooks[guise.webhook_id].user_id


def refuse_unreachable(store: Store, channel: Channel, author_id: int) -> None:
    """Refuse a direct message to somebody who shares no guild with its author.

    Raises:
        ApiError: 50007.
    """
    if channel.guild_id is not None:
        return
    for other_id in channel.recipients:
        if other_id == author_id:
            continue
        if not any(
            author_id in guild.members and other_id in guild.members for guild in store.guilds.values()
        ):
            raise ApiError(403, 50007, "Cannot send messages to this user")


def refuse_hurry(store: Store, channel: Channel, author: User, held: Permission) -> None:
    """Refuse a person's message that follows the last one faster than the channel's slow mode lets it.

    Raises:
        ApiError: 20016, with the seconds to wait.
    """
    last = store.last_sent.get((channel.id, author.id))
    if last is None or author.bot or held & _UNHURRIED:
        return
    left_s = channel.slowmode_s - (store.clock.now() - last).total_seconds()
    if left_s > 0:
        message = "This action cannot be performed due to slowmode rate limit."
        more: Payload = {"retry_after": round(left_s, 3), "global": False}
        raise ApiError(429, 20016, message, more=more)


def sent_before(store: Store, channel: Channel, author_id: int, draft: MessageDraft) -> Message | None:
    """The message that this author sent with this nonce a moment ago, if the draft asks to look for it."""
    if not draft.enforce_nonce or draft.nonce is None:
        return None
    since = store.clock.now() - _NONCE_COUNTS_FOR
    for message in reversed(store.messages[channel.id].values()):
        if message.sent_at < since:
            return None
        if message.author_id == author_id and str(message.nonce) == str(draft.nonce):
            return message
    return None


def edit(store: Store, message: Message, draft: MessageDraft) -> None:
    """Change what the draft speaks of, and tell who sees the message.

    Raises:
        ApiError: 50006, nothing would be left of it; 520003 or 50162, it has a poll or a voice; 30015, it
            would have too many files; 50035, what it keeps does not go with components of version 2.
    """
    if draft.files is not None:
        # Of an edit's new files those count that its list names.
        named = {note.id for note in draft.files}
        draft = replace(draft, uploads=tuple(file for file in draft.uploads if file.index in named))
    if message.poll is not None and draft.speaks_of_text:
        raise ApiError(400, 520003, "Cannot edit a poll message")
    if message.flags & MessageFlag.IS_VOICE_MESSAGE and draft.speaks_of_text:
        raise ApiError(400, 50162, "Voice messages cannot be edited.")
    _refuse_emptying(message, draft)
    _refuse_mixing(message, draft)
    if draft.flags is not None:
        # Components of version 2 are never given up again.
        kept = message.flags & ~MessageFlag.SUPPRESS_EMBEDS
        message.flags = kept | draft.flags & _EDITABLE_FLAGS
    fill(store, message, draft)
    # A changed flag is no changed text.
    if draft.speaks_of_text:
        message.edited_at = store.clock.now()
    announce(store, "MESSAGE_UPDATE", message)


def _refuse_mixing(message: Message, draft: MessageDraft) -> None:
    """What was there before has to go when components of version 2 come."""
    if message.flags & MessageFlag.COMPONENTS_V2 or not (draft.flags or 0) & MessageFlag.COMPONENTS_V2:
        return
    left = {"content": message.content, "embeds": message.embeds}
    for key, there in left.items():
        if there and key not in draft.resets:
            raise ApiError(400, 50035, "Invalid Form Body", {key: {"_errors": [mixed_with_v2(key)]}})


def _refuse_emptying(message: Message, draft: MessageDraft) -> None:
    files = message.attachments
    if draft.files is not None:
        kept = {note.id for note in draft.files}
        files = [file for file in files if file.id in kept]
    if len(files) + len(draft.uploads) > MAX_FILES:
        raise ApiError(400, 30015, f"Maximum number of attachments in a message reached ({MAX_FILES})")
    left = (
        message.content if draft.content is None else draft.content,
        message.embeds if draft.embeds is None else draft.embeds,
        message.components if draft.components is None else draft.components,
        files,
        draft.uploads,
        message.poll,
        message.forward,
    )
    if not any(left):
        raise ApiError(400, 50006, "Cannot send an empty message")


def fill(store: Store, message: Message, draft: MessageDraft) -> None:
    """Put the content of a draft into a message; what it does not speak of stays."""
    _attach(store, message, draft)
    if draft.content is not None:
        message.content = draft.content
    urls = {file.filename: file_view(store, message.channel_id, file)["url"] for file in message.attachments}
    if draft.embeds is not None:
        message.embeds = draft.embeds
        _link_files(message.embeds, urls)
    if draft.components is not None:
        message.components = draft.components
        _link_files(message.components, urls)
    new_text = draft.components is not None and message.flags & MessageFlag.COMPONENTS_V2
    if draft.content is not None or draft.reply_to is not None or new_text:
        _mention(store, message, draft)


def delete(store: Store, message: Message) -> None:
    """Remove a message and tell who saw it."""
    if store.messages[message.channel_id].pop(message.id, None) is not None:
        threads.note_deletion(store.channels[message.channel_id])
    store.ephemeral.pop(message.id, None)
    data: Payload = {"id": str(message.id), "channel_id": str(message.channel_id)}
    if message.guild_id is not None:
        data["guild_id"] = str(message.guild_id)
    publish(store, "MESSAGE_DELETE", message, data)


def bulk_delete(store: Store, channel: Channel, message_ids: list[int]) -> int:
    """Remove those of these messages that are there, and tell it once; how many they were."""
    here = store.messages[channel.id]
    found = [message_id for message_id in message_ids if message_id in here]
    for message_id in found:
        del here[message_id]
        threads.note_deletion(channel)
    if found:
        data: Payload = {"ids": [str(message_id) for message_id in found], "channel_id": str(channel.id)}
        if channel.guild_id is not None:
            data["guild_id"] = str(channel.guild_id)
        audience = store.watchers(channel)
        event = Event("MESSAGE_DELETE_BULK", data, audience, channel.guild_id, Intent.GUILD_MESSAGES)
        store.bus.publish(event)
    return len(found)


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


def _attach(store: Store, message: Message, draft: MessageDraft) -> None:
    notes = {note.id: note for note in draft.files or ()}
    if draft.files is not None:
        message.attachments = [file for file in message.attachments if file.id in notes]
    for file in message.attachments:
        _describe(file, notes.get(file.id))
    for upload in draft.uploads:
        note = notes.get(upload.index)
        filename = note.filename if note is not None and note.filename else upload.filename
        file = store.add_file(filename, upload.data, upload.content_type)
        _describe(file, note)
        if note is not None and message.flags & MessageFlag.IS_VOICE_MESSAGE:
            file.duration_s, file.waveform = note.duration_s, note.waveform
        message.attachments.append(file)


def _describe(file: Attachment, note: FileNote | None) -> None:
    if note is not None and note.description is not None:
        file.description = note.description or None
    if note is not None and note.is_spoiler is not None:
        file.is_spoiler = note.is_spoiler


def _mention(store: Store, message: Message, draft: MessageDraft) -> None:
    channel = store.channels[message.channel_id]
    guild = None if channel.guild_id is None else store.guilds[channel.guild_id]
    replied = None
    if message.reply_to is not None and message.reply_to in store.messages[channel.id]:
        replied = store.messages[channel.id][message.reply_to].author_id
    may_everyone = store.permissions_in(channel, message.author_id) & Permission.MENTION_EVERYONE
    if message.guise is not None:
        may_everyone = Permission.MENTION_EVERYONE
    roles = () if guild is None else guild.roles.values()
    by_application = message.guise is not None or message.origin is not None
    found = find_mentions(
        "\n".join((message.content, *_texts(message.components))),
        draft.mentions or (USERS_ALLOWED if by_application else ALL_ALLOWED),
        users=store.users,
        roles={role.id for role in roles if role.mentionable or may_everyone},
        may_everyone=guild is not None and bool(may_everyone),
        replied_user_id=replied,
    )
    message.mention_user_ids = found.user_ids
    message.mention_role_ids = found.role_ids
    message.mention_everyone = found.everyone


def _texts(components: list[Payload]) -> list[str]:
    """The texts that components show as text: mentions in them count."""
    shown = (component.get("content") for component in walk(components))
    return [content for content in shown if isinstance(content, str)]


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
