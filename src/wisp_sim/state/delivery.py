"""How messages reach those who see them."""

from wisp_sim.model.kinds import Intent
from wisp_sim.model.message import Message
from wisp_sim.model.payload import Payload
from wisp_sim.state import threads
from wisp_sim.state.bus import Event, only
from wisp_sim.state.message_views import message_event_view, without_content
from wisp_sim.state.store import Store


def deliver(store: Store, message: Message) -> None:
    """Put a new message where it belongs, and tell who sees it."""
    channel = store.channels[message.channel_id]
    if message.only_for is not None:
        store.ephemeral[message.id] = message
    else:
        if channel.thread is not None:
            message.position = channel.thread.total_message_sent
        store.messages[channel.id][message.id] = message
        channel.last_message_id = message.id
        threads.note_message(store, channel, message.author_id)
    announce(store, "MESSAGE_CREATE", message)


def announce(store: Store, name: str, message: Message) -> None:
    """Tell who sees a message that it is there or changed."""
    view = message_event_view(store, message)
    redacted = None if message.guild_id is None else without_content(view)
    trusted = frozenset((message.author_id, *message.mention_user_ids))
    publish(store, name, message, view, redacted, trusted)


def publish(
    store: Store,
    name: str,
    message: Message,
    data: Payload,
    redacted: Payload | None = None,
    trusted: frozenset[int] = frozenset(),
) -> None:
    """Tell who sees a message something about it."""
    channel = store.channels[message.channel_id]
    audience = store.watchers(channel) if message.only_for is None else only(message.only_for)
    intent = Intent.DIRECT_MESSAGES if channel.guild_id is None else Intent.GUILD_MESSAGES
    store.bus.publish(Event(name, data, audience, channel.guild_id, intent, redacted, trusted))


def place_of(message: Message) -> Payload:
    """Where a message is, as events about it begin."""
    place: Payload = {"channel_id": str(message.channel_id), "message_id": str(message.id)}
    if message.guild_id is not None:
        place["guild_id"] = str(message.guild_id)
    return place
