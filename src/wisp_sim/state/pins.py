"""Messages that are pinned to their channel.

Source: https://docs.discord.com/developers/resources/message#get-channel-pins
"""

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import Intent
from wisp_sim.model.message import Message
from wisp_sim.model.payload import Payload
from wisp_sim.state import audit_log
from wisp_sim.state.account_views import stamp
from wisp_sim.state.bus import Event
from wisp_sim.state.delivery import announce, deliver
from wisp_sim.state.store import Store

MAX_PINS = 250
_PINNED_MESSAGE = 6


def pinned(store: Store, channel: Channel) -> list[Message]:
    """The pinned messages of a channel, the latest pin first."""
    found = [message for message in store.messages[channel.id].values() if message.pinned_at is not None]
    return sorted(found, key=lambda message: (pinned_stamp(message), message.id), reverse=True)


def pinned_stamp(message: Message) -> str:
    """When a message was pinned, as Discord writes it; empty if it is not."""
    return "" if message.pinned_at is None else stamp(message.pinned_at)


def pin(store: Store, message: Message, actor_id: int, reason: str | None) -> None:
    """Pin a message, and say so in its channel; a second time changes nothing.

    Raises:
        ApiError: 30003, the channel has as many pins as it may.
    """
    channel = store.channels[message.channel_id]
    if message.pinned_at is not None:
        return
    if len(pinned(store, channel)) >= MAX_PINS:
        raise ApiError(400, 30003, f"Maximum number of pins reached ({MAX_PINS})")
    message.pinned_at = store.clock.now()
    _tell(store, message, actor_id, AuditAction.MESSAGE_PIN, reason)
    notice = Message(
        id=store.ids.make(),
        channel_id=channel.id,
        guild_id=channel.guild_id,
        author_id=actor_id,
        sent_at=store.clock.now(),
        type=_PINNED_MESSAGE,
        reply_to=message.id,
    )
    deliver(store, notice)


def unpin(store: Store, message: Message, actor_id: int, reason: str | None) -> None:
    """Take a pin away; harmless if there is none."""
    if message.pinned_at is not None:
        message.pinned_at = None
        _tell(store, message, actor_id, AuditAction.MESSAGE_UNPIN, reason)


def _tell(store: Store, message: Message, actor_id: int, action: AuditAction, reason: str | None) -> None:
    announce(store, "MESSAGE_UPDATE", message)
    channel = store.channels[message.channel_id]
    still = pinned(store, channel)
    data: Payload = {
        "channel_id": str(channel.id),
        "last_pin_timestamp": pinned_stamp(still[0]) if still else None,
    }
    intent = Intent.DIRECT_MESSAGES
    if channel.guild_id is not None:
        intent = Intent.GUILDS
        data["guild_id"] = str(channel.guild_id)
        options: Payload = {"channel_id": str(channel.id), "message_id": str(message.id)}
        guild = store.guilds[channel.guild_id]
        audit_log.note(store, guild, actor_id, action, message.author_id, reason=reason, options=options)
    event = Event("CHANNEL_PINS_UPDATE", data, store.watchers(channel), channel.guild_id, intent)
    store.bus.publish(event)
