"""Channels as Discord writes them in JSON."""

from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.payload import Payload
from wisp_sim.state.account_views import user_view
from wisp_sim.state.store import Store

_TEXTUAL = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE)


def channel_view(store: Store, channel: Channel, viewer_id: int) -> Payload:
    """A channel; a direct one shows its other side."""
    last = channel.last_message_id
    if channel.guild_id is None:
        others = [store.users[user_id] for user_id in channel.recipients if user_id != viewer_id]
        return {
            "id": str(channel.id),
            "type": int(channel.type),
            "flags": 0,
            "last_message_id": None if last is None else str(last),
            "recipients": [user_view(user) for user in others],
        }
    view: Payload = {
        "id": str(channel.id),
        "type": int(channel.type),
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "position": channel.position,
        "flags": 0,
        "parent_id": None if channel.parent_id is None else str(channel.parent_id),
        "permission_overwrites": [
            {
                "id": str(overwrite.id),
                "type": int(overwrite.is_member),
                "allow": str(int(overwrite.allow)),
                "deny": str(int(overwrite.deny)),
            }
            for overwrite in channel.overwrites.values()
        ],
    }
    if channel.type in _TEXTUAL:
        view |= {
            "topic": channel.topic,
            "nsfw": channel.nsfw,
            "rate_limit_per_user": 0,
            "last_message_id": None if last is None else str(last),
        }
    if channel.type in (ChannelType.VOICE, ChannelType.STAGE):
        view |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    return view
