"""Members in voice channels. Nothing is heard here: there is no voice server.

Source: https://docs.discord.com/developers/resources/voice
"""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, Guild
from wisp_sim.model.kinds import ChannelType, Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.model.token import make_secret
from wisp_sim.model.voice import VoiceState
from wisp_sim.state.bus import Event, only
from wisp_sim.state.guild_views import voice_state_view
from wisp_sim.state.store import Store, members_of

_VOICE = (ChannelType.VOICE, ChannelType.STAGE)


def enter(store: Store, guild: Guild, wanted: VoiceState) -> None:
    """Let a member be in a voice channel, or be there otherwise; who may not is not let in."""
    channel = guild.channels.get(wanted.channel_id)
    if channel is None or channel.type not in _VOICE or not _admits(store, guild, channel, wanted.user_id):
        return
    before = guild.voice_states.get(wanted.user_id)
    guild.voice_states[wanted.user_id] = wanted
    _tell(store, guild, wanted.user_id)
    if before is None or before.channel_id != wanted.channel_id:
        data: Payload = {"guild_id": str(guild.id), "token": make_secret()[:16], "endpoint": None}
        store.bus.publish(Event("VOICE_SERVER_UPDATE", data, only(wanted.user_id), guild.id))


def _admits(store: Store, guild: Guild, channel: Channel, user_id: int) -> bool:
    held = store.permissions_in(channel, user_id)
    if not (held & Permission.VIEW_CHANNEL and held & Permission.CONNECT):
        return False
    inside = {state.user_id for state in guild.voice_states.values() if state.channel_id == channel.id}
    full = 0 < channel.user_limit <= len(inside - {user_id})
    return not full or bool(held & Permission.MOVE_MEMBERS)


def move(store: Store, guild: Guild, user_id: int, channel_id: int | None) -> None:
    """Let a moderator move a member who is connected to another voice channel, or out for None.

    Raises:
        ApiError: the member is not connected, or the channel is none for voice.
    """
    state = guild.voice_states.get(user_id)
    if state is None:
        raise ApiError(400, 40032, "Target user is not connected to voice.")
    if channel_id is None:
        disconnect(store, guild, user_id)
        return
    channel = guild.channels.get(channel_id)
    if channel is None:
        raise ApiError(404, 10003, "Unknown Channel")
    if channel.type not in _VOICE:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    state.channel_id = channel_id
    _tell(store, guild, user_id)


def disconnect(store: Store, guild: Guild, user_id: int) -> None:
    """Let a member be in no voice channel; harmless for who is in none."""
    state = guild.voice_states.pop(user_id, None)
    if state is not None:
        data = {**voice_state_view(guild, state), "channel_id": None}
        audience = members_of(guild)
        store.bus.publish(Event("VOICE_STATE_UPDATE", data, audience, guild.id, Intent.GUILD_VOICE_STATES))


def empty_channel(store: Store, guild: Guild, channel_id: int) -> None:
    """Let nobody be in a voice channel that goes."""
    inside = [state.user_id for state in guild.voice_states.values() if state.channel_id == channel_id]
    for user_id in inside:
        disconnect(store, guild, user_id)


def changed(store: Store, guild: Guild, user_id: int) -> None:
    """Tell that a member was muted or deafened; nothing is told of who is not connected.

    Raises:
        ApiError: 40032, the member is not connected.
    """
    if user_id not in guild.voice_states:
        raise ApiError(400, 40032, "Target user is not connected to voice.")
    _tell(store, guild, user_id)


def _tell(store: Store, guild: Guild, user_id: int) -> None:
    data = voice_state_view(guild, guild.voice_states[user_id])
    store.bus.publish(
        Event("VOICE_STATE_UPDATE", data, members_of(guild), guild.id, Intent.GUILD_VOICE_STATES)
    )
