"""Messages as Discord writes them in JSON."""

from urllib.parse import quote

from wisp_sim.model.kinds import Intent, InteractionType, MessageFlag
from wisp_sim.model.message import Attachment, Emoji, Message, Origin, Poll, Reaction
from wisp_sim.model.payload import Payload
from wisp_sim.state.account_views import stamp, user_view
from wisp_sim.state.channel_views import channel_view
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.store import Store

_REPLY = 19
# https://docs.discord.com/developers/resources/message#attachment-object-attachment-flags
_IS_SPOILER = 1 << 3


def message_view(store: Store, message: Message, viewer_id: int) -> Payload:
    """A message as a request for it is answered."""
    view: Payload = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": message.type,
        "content": message.content,
        "author": author_view(store, message),
        "timestamp": stamp(message.sent_at),
        "edited_timestamp": None if message.edited_at is None else stamp(message.edited_at),
        "tts": message.tts,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_view(store.users[user_id]) for user_id in message.mention_user_ids],
        "mention_roles": [str(role_id) for role_id in message.mention_role_ids],
        "attachments": [attachment_view(store, message, file) for file in message.attachments],
        "embeds": [] if message.flags & MessageFlag.SUPPRESS_EMBEDS else message.embeds,
        "components": message.components,
        "pinned": message.pinned_at is not None,
        "flags": message.flags,
    }
    if message.nonce is not None:
        view["nonce"] = message.nonce
    if message.reactions:
        view["reactions"] = [reaction_view(entry, viewer_id) for entry in message.reactions.values()]
    if message.webhook_id is not None:
        view |= {"webhook_id": str(message.webhook_id), "application_id": str(message.webhook_id)}
    if message.origin is not None:
        view |= _origin_view(store, message.origin, message)
    if message.reply_to is not None:
        view |= _reply_view(store, message, message.reply_to, viewer_id)
    view |= _parts_view(store, message, viewer_id)
    return view if is_readable(store, message, viewer_id) else without_content(view)


def is_readable(store: Store, message: Message, viewer_id: int) -> bool:
    """Whether a bot may read what others wrote; people may, and so may a bot that is meant.

    Source: https://docs.discord.com/developers/events/gateway#message-content-intent
    """
    application = store.applications.get(viewer_id)
    if application is None or application.approved_intents & Intent.MESSAGE_CONTENT:
        return True
    own = message.author_id == viewer_id
    return own or message.guild_id is None or viewer_id in message.mention_user_ids


def author_view(store: Store, message: Message) -> Payload:
    """Who wrote a message; a webhook's has a name of its own."""
    guise = message.guise
    if guise is None:
        return user_view(store.users[message.author_id])
    return {
        "id": str(guise.webhook_id),
        "username": guise.name,
        "avatar": guise.avatar,
        "discriminator": "0000",
        "public_flags": 0,
        "flags": 0,
        "bot": True,
        "global_name": None,
        "primary_guild": None,
    }


def _parts_view(store: Store, message: Message, viewer_id: int) -> Payload:
    view: Payload = {}
    if message.guise is not None:
        view["webhook_id"] = str(message.guise.webhook_id)
        if message.guise.application_id is not None:
            view["application_id"] = str(message.guise.application_id)
    if message.position is not None:
        view["position"] = message.position
    if message.poll is not None:
        view["poll"] = poll_view(message.poll, viewer_id)
    thread = None if message.guild_id is None else store.guilds[message.guild_id].threads.get(message.id)
    if thread is not None:
        view["thread"] = channel_view(store, thread, 0)
    if message.forward is not None:
        forward = message.forward
        reference: Payload = {
            "type": 1,
            "channel_id": str(forward.channel_id),
            "message_id": str(forward.message_id),
        }
        if forward.guild_id is not None:
            reference["guild_id"] = str(forward.guild_id)
        view |= {"message_reference": reference, "message_snapshots": [{"message": forward.snapshot}]}
    return view


def snapshot_view(store: Store, message: Message) -> Payload:
    """What a forward keeps of a message."""
    view = message_view(store, message, 0)
    kept = (
        "type", "content", "mentions", "mention_roles", "attachments", "embeds", "timestamp",
        "edited_timestamp", "flags", "components",
    )  # fmt: skip
    return {key: view[key] for key in kept}


def poll_view(poll: Poll, viewer_id: int) -> Payload:
    """A poll with its votes so far."""
    return {
        "question": {"text": poll.question},
        "answers": [{"answer_id": key, "poll_media": media} for key, media in poll.answers.items()],
        "expiry": stamp(poll.ends_at),
        "allow_multiselect": poll.many_answers,
        "layout_type": poll.layout,
        "results": {
            "is_finalized": poll.finished,
            "answer_counts": [
                {"id": key, "count": len(voters), "me_voted": viewer_id in voters}
                for key, voters in poll.votes.items()
                if voters
            ],
        },
    }


def message_event_view(store: Store, message: Message, viewer_id: int = 0) -> Payload:
    """A message as it arrives over the gateway: with its guild and its author as a member."""
    view = message_view(store, message, viewer_id)
    view["channel_type"] = int(store.channels[message.channel_id].type)
    if message.guild_id is not None:
        view["guild_id"] = str(message.guild_id)
        member = store.guilds[message.guild_id].members.get(message.author_id)
        if member is not None:
            view["member"] = member_view(store, member, with_user=False)
    return view


def without_content(view: Payload) -> Payload:
    """The same message for a bot that may not read it.

    Source: https://docs.discord.com/developers/events/gateway#message-content-intent
    """
    hidden = {**view, "content": "", "embeds": [], "attachments": [], "components": []}
    hidden.pop("poll", None)
    return hidden


def attachment_view(store: Store, message: Message, file: Attachment) -> Payload:
    """A file of a message."""
    return file_view(store, message.channel_id, file)


def file_view(store: Store, channel_id: int, file: Attachment) -> Payload:
    """A file that was sent in this channel."""
    url = f"{store.base_url}/attachments/{channel_id}/{file.id}/{quote(file.filename, errors='replace')}"
    view: Payload = {
        "id": str(file.id),
        "filename": file.filename,
        "size": len(file.data),
        "url": url,
        "proxy_url": url,
        "content_type": file.media_type,
    }
    if file.description is not None:
        view["description"] = file.description
    if file.is_spoiler:
        view["flags"] = _IS_SPOILER
    if file.waveform is not None:
        view |= {"duration_secs": file.duration_s, "waveform": file.waveform}
    return view


def emoji_view(emoji: Emoji) -> Payload:
    """An emoji of a reaction."""
    view: Payload = {"id": None if emoji.id is None else str(emoji.id), "name": emoji.name}
    return view | {"animated": True} if emoji.animated else view


def reaction_view(reaction: Reaction, viewer_id: int) -> Payload:
    """How many reacted with one emoji."""
    plain, burst = len(reaction.user_ids), len(reaction.burst_user_ids)
    return {
        "emoji": emoji_view(reaction.emoji),
        "count": plain + burst,
        "count_details": {"burst": burst, "normal": plain},
        "burst_colors": [],
        "me": viewer_id in reaction.user_ids,
        "me_burst": viewer_id in reaction.burst_user_ids,
    }


def _origin_view(store: Store, origin: Origin, message: Message) -> Payload:
    metadata = _metadata(store, origin, message)
    if origin.command_name is None:
        return {"interaction_metadata": metadata}
    interaction = {
        "id": str(origin.interaction_id),
        "type": origin.interaction_type,
        "name": origin.command_name,
        "user": metadata["user"],
    }
    return {"interaction_metadata": metadata, "interaction": interaction}


def _metadata(store: Store, origin: Origin, message: Message) -> Payload:
    metadata: Payload = {
        "id": str(origin.interaction_id),
        "type": origin.interaction_type,
        "user": user_view(store.users[origin.user_id]),
        "authorizing_integration_owners": {str(kind): str(owner) for kind, owner in origin.owners.items()},
    }
    if origin.original_message_id is not None:
        metadata["original_response_message_id"] = str(origin.original_message_id)
    if origin.command_name is not None:
        metadata |= {"name": origin.command_name, "command_type": origin.command_type}
    if origin.interaction_type == InteractionType.COMPONENT and origin.interacted_message_id is not None:
        metadata["interacted_message_id"] = str(origin.interacted_message_id)
    if origin.triggered_by is not None:
        metadata["triggering_interaction_metadata"] = _metadata(store, origin.triggered_by, message)
    return metadata


def _reply_view(store: Store, message: Message, target_id: int, viewer_id: int) -> Payload:
    reference: Payload = {
        "type": 0,
        "channel_id": str(message.channel_id),
        "message_id": str(target_id),
    }
    if message.guild_id is not None:
        reference["guild_id"] = str(message.guild_id)
    view: Payload = {"message_reference": reference}
    if message.type == _REPLY:
        target = store.messages[message.channel_id].get(target_id)
        view["referenced_message"] = None
        if target is not None:
            nested = message_view(store, target, viewer_id)
            nested.pop("referenced_message", None)
            view["referenced_message"] = nested
    return view
