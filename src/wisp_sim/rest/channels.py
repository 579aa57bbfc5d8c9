"""Routes about channels and what they allow."""

from copy import copy

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, Guild, Overwrite
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Call, Reply, Route
from wisp_sim.rest.threads import edit_thread
from wisp_sim.rules.channels import (
    CREATABLE_TYPES,
    MAX_CHANNELS,
    parent_problem,
    read_bits,
    refuse_grants,
    revise,
)
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.permissions import guild_permissions
from wisp_sim.state import channels, threads
from wisp_sim.state.channel_views import channel_view

_CONVERTIBLE = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_INT32 = 2**31 - 1


def get_channel(call: Call) -> Reply:
    """GET /channels/{channel_id}."""
    channel = call.store.need_channel(call.id("channel_id"), call.user.id)
    return Reply(channel_view(call.store, channel, call.user.id))


def change_channel(call: Call) -> Reply:
    """PATCH /channels/{channel_id}."""
    store, user_id = call.store, call.user.id
    channel = store.need_channel(call.id("channel_id"), user_id)
    if channel.thread is not None:
        return edit_thread(call, channel, channel.thread)
    guild = _guild_of(call, channel)
    store.need_channel(channel.id, user_id, Permission.MANAGE_CHANNELS)
    form, draft = Form(call.body, Errors()), copy(channel)
    if form.has("type"):
        draft.type = _new_type(form, channel, guild)
    draft = revise(draft, form, guild, store.ids)
    form.errors.check()
    if draft.overwrites != channel.overwrites:
        store.need_channel(channel.id, user_id, Permission.MANAGE_ROLES)
        refuse_grants(channel, draft, store.permissions_in(channel, user_id))
    channels.change(store, draft, user_id, call.reason)
    return Reply(channel_view(store, draft, user_id))


def _new_type(form: Form, channel: Channel, guild: Guild) -> ChannelType:
    """Text and announcement channels may turn into each other, where there are announcements."""
    free = channel.type in _CONVERTIBLE and "NEWS" in guild.settings.features
    number = form.choice("type", _CONVERTIBLE if free else (channel.type,))
    return channel.type if number is None else ChannelType(number)


def _guild_of(call: Call, channel: Channel) -> Guild:
    if channel.guild_id is None:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    return call.store.guilds[channel.guild_id]


def delete_channel(call: Call) -> Reply:
    """DELETE /channels/{channel_id}; direct messages are only closed, and stay."""
    store, user_id = call.store, call.user.id
    channel = store.need_channel(call.id("channel_id"), user_id)
    view = channel_view(store, channel, user_id)
    if channel.guild_id is None:
        return Reply(view)
    if channel.thread is not None:
        store.need_channel(channel.id, user_id, Permission.MANAGE_THREADS)
        threads.delete(store, channel, user_id, call.reason)
        return Reply(view)
    store.need_channel(channel.id, user_id, Permission.MANAGE_CHANNELS)
    settings = store.guilds[channel.guild_id].settings
    needed = (settings.rules_channel_id, settings.public_updates_channel_id)
    if "COMMUNITY" in settings.features and channel.id in needed:
        raise ApiError(400, 50074, "Cannot delete a channel required for Community guilds")
    channels.delete(store, channel, user_id, call.reason)
    return Reply(view)


def get_channels(call: Call) -> Reply:
    """GET /guilds/{guild_id}/channels; threads are not among them."""
    guild = call.store.need_guild(call.id("guild_id"), call.user.id)
    return Reply([channel_view(call.store, channel, call.user.id) for channel in guild.channels.values()])


def create_channel(call: Call) -> Reply:
    """POST /guilds/{guild_id}/channels."""
    store, user_id = call.store, call.user.id
    guild = store.need_guild(call.id("guild_id"), user_id)
    store.need_permissions(guild, user_id, Permission.MANAGE_CHANNELS)
    form = Form(call.body, Errors())
    form.text("name", required=True)
    allowed = [
        kind
        for kind in CREATABLE_TYPES
        if kind is not ChannelType.ANNOUNCEMENT or "NEWS" in guild.settings.features
    ]
    kind = ChannelType(form.choice("type", allowed) or ChannelType.TEXT)
    plain = Channel(store.ids.make(), kind, guild_id=guild.id, position=_next_position(guild, kind))
    channel = revise(plain, form, guild, store.ids)
    form.errors.check()
    if len(guild.channels) >= MAX_CHANNELS:
        raise ApiError(400, 30013, f"Maximum number of guild channels reached ({MAX_CHANNELS})")
    if not form.has("permission_overwrites") and channel.parent_id is not None:
        # A new channel of a category starts in step with it.
        channel.overwrites = dict(guild.channels[channel.parent_id].overwrites)
    else:
        member = store.need_permissions(guild, user_id, Permission.MANAGE_CHANNELS)
        refuse_grants(plain, channel, guild_permissions(guild, member, store.clock.now()))
    channels.create(store, channel, user_id, call.reason)
    return Reply(channel_view(store, channel, user_id), 201)


def _next_position(guild: Guild, kind: ChannelType) -> int:
    return max(
        (channel.position + 1 for channel in guild.channels.values() if channel.type is kind), default=0
    )


def move_channels(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}/channels."""
    store, user_id = call.store, call.user.id
    guild = store.need_guild(call.id("guild_id"), user_id)
    store.need_permissions(guild, user_id, Permission.MANAGE_CHANNELS)
    form = Form({"channels": call.body}, Errors())
    moved = [_moved(entry, guild) for entry in form.forms("channels", required=True)]
    form.errors.check()
    for draft, in_step in moved:
        if draft is not None:
            if in_step and draft.parent_id is not None:
                draft.overwrites = dict(guild.channels[draft.parent_id].overwrites)
            channels.change(store, draft, user_id, call.reason)
    return NO_CONTENT


def _moved(entry: Form, guild: Guild) -> tuple[Channel | None, bool]:
    channel = guild.channels.get(entry.snowflake("id", required=True) or 0)
    if channel is None:
        entry.fail("id", "CHANNEL_INVALID", "Channel does not exist")
        return None, False
    draft = copy(channel)
    position = entry.integer("position", least=0, most=_INT32)
    draft.position = channel.position if position is None else position
    if entry.has("parent_id") and channel.type is not ChannelType.CATEGORY:
        parent_id = entry.snowflake("parent_id")
        if parent_id is not None and parent_id != channel.parent_id:
            problem = parent_problem(guild, parent_id)
            if problem is not None:
                entry.fail("parent_id", *problem)
        draft.parent_id = parent_id
    return draft, bool(entry.truth("lock_permissions"))


def set_overwrite(call: Call) -> Reply:
    """PUT /channels/{channel_id}/permissions/{overwrite_id}."""
    store, user_id = call.store, call.user.id
    channel, guild = _ruled_channel(call)
    form, target_id = Form(call.body, Errors()), call.id("overwrite_id")
    kind = form.choice("type", (0, 1))
    deny = read_bits(form, "deny")
    overwrite = Overwrite(target_id, bool(kind), read_bits(form, "allow") & ~deny, deny)
    form.errors.check()
    if target_id not in (guild.members if overwrite.is_member else guild.roles):
        raise ApiError(404, 10009, "Unknown Overwrite")
    draft = copy(channel)
    draft.overwrites = {**channel.overwrites, target_id: overwrite}
    refuse_grants(channel, draft, store.permissions_in(channel, user_id))
    channels.change(store, draft, user_id, call.reason)
    return NO_CONTENT


def drop_overwrite(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/permissions/{overwrite_id}."""
    store, target_id = call.store, call.id("overwrite_id")
    channel, _ = _ruled_channel(call)
    if target_id not in channel.overwrites:
        raise ApiError(404, 10009, "Unknown Overwrite")
    draft = copy(channel)
    draft.overwrites = {key: kept for key, kept in channel.overwrites.items() if key != target_id}
    refuse_grants(channel, draft, store.permissions_in(channel, call.user.id))
    channels.change(store, draft, call.user.id, call.reason)
    return NO_CONTENT


def _ruled_channel(call: Call) -> tuple[Channel, Guild]:
    """The channel in the path, which has overwrites, for one who manages roles in it."""
    channel = call.store.need_channel(call.id("channel_id"), call.user.id)
    guild = _guild_of(call, channel)
    if channel.thread is not None:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    call.store.need_channel(channel.id, call.user.id, Permission.MANAGE_ROLES)
    return channel, guild


_OVERWRITE = "/channels/{channel_id}/permissions/{overwrite_id}"

ROUTES = (
    Route("GET", "/channels/{channel_id}", get_channel),
    Route("PATCH", "/channels/{channel_id}", change_channel),
    Route("DELETE", "/channels/{channel_id}", delete_channel),
    Route("GET", "/guilds/{guild_id}/channels", get_channels),
    Route("POST", "/guilds/{guild_id}/channels", create_channel),
    Route("PATCH", "/guilds/{guild_id}/channels", move_channels),
    Route("PUT", _OVERWRITE, set_overwrite),
    Route("DELETE", _OVERWRITE, drop_overwrite),
)
