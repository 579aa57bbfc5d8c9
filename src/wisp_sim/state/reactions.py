"""Reactions to messages."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.kinds import Intent
from wisp_sim.model.message import Emoji, Message, Reaction
from wisp_sim.model.payload import Payload
from wisp_sim.state.bus import Event
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.message_views import emoji_view
from wisp_sim.state.store import Store


def react(store: Store, message: Message, user_id: int, emoji: Emoji, *, burst: bool = False) -> None:
    """Add a reaction; a second one of the same user, emoji and kind changes nothing."""
    who = message.reactions.setdefault(emoji.key, Reaction(emoji)).who(burst=burst)
    if user_id not in who:
        who[user_id] = None
        _announce_reaction(store, "MESSAGE_REACTION_ADD", message, user_id, emoji, burst=burst)


def unreact(store: Store, message: Message, user_id: int, emoji: Emoji, *, burst: bool = False) -> None:
    """Take a reaction of one kind back; harmless if there is none."""
    reaction = message.reactions.get(emoji.key)
    if reaction is None or user_id not in reaction.who(burst=burst):
        return
    del reaction.who(burst=burst)[user_id]
    if not reaction.user_ids and not reaction.burst_user_ids:
        del message.reactions[emoji.key]
    _announce_reaction(store, "MESSAGE_REACTION_REMOVE", message, user_id, reaction.emoji, burst=burst)


def clear_reactions(store: Store, message: Message, emoji: Emoji | None = None) -> None:
    """Remove all reactions, or all of one emoji."""
    data = _place(message)
    name = "MESSAGE_REACTION_REMOVE_ALL"
    if emoji is None:
        message.reactions.clear()
    else:
        name = "MESSAGE_REACTION_REMOVE_EMOJI"
        data["emoji"] = emoji_view(emoji)
        if message.reactions.pop(emoji.key, None) is None:
            raise ApiError(404, 10014, "Unknown Emoji")
    _publish_reaction(store, name, message, data)


def _announce_reaction(
    store: Store, name: str, message: Message, user_id: int, emoji: Emoji, *, burst: bool
) -> None:
    data = _place(message) | {
        "user_id": str(user_id),
        "emoji": emoji_view(emoji),
        "burst": burst,
        "type": int(burst),
    }
    if name == "MESSAGE_REACTION_ADD":
        data["message_author_id"] = str(message.author_id)
        if burst:
            # The colours come from the picture, which is not looked at here.
            data["burst_colors"] = []
        if message.guild_id is not None:
            member = store.guilds[message.guild_id].members[user_id]
            data["member"] = member_view(store, member)
    _publish_reaction(store, name, message, data)


def _publish_reaction(store: Store, name: str, message: Message, data: Payload) -> None:
    channel = store.channels[message.channel_id]
    direct = channel.guild_id is None
    intent = Intent.DIRECT_MESSAGE_REACTIONS if direct else Intent.GUILD_MESSAGE_REACTIONS
    store.bus.publish(Event(name, data, store.watchers(channel), channel.guild_id, intent))


def _place(message: Message) -> Payload:
    place: Payload = {"channel_id": str(message.channel_id), "message_id": str(message.id)}
    if message.guild_id is not None:
        place["guild_id"] = str(message.guild_id)
    return place
