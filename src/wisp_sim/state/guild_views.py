"""Guilds, roles and members as Discord writes them in JSON."""

from wisp_sim.model.guild import CustomEmoji, Guild, Member, Role
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.model.presence import OFFLINE
from wisp_sim.model.voice import VoiceState
from wisp_sim.state.account_views import stamp, user_view
from wisp_sim.state.channel_views import channel_view
from wisp_sim.state.store import Store

# What a guild has that nobody set anything for.
_PLAIN_GUILD: Payload = {
    "icon": None,
    "description": None,
    "home_header": None,
    "splash": None,
    "discovery_splash": None,
    "features": [],
    "banner": None,
    "application_id": None,
    "region": "us-west",
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_presences": None,
    "max_members": 500000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "vanity_url_code": None,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "preferred_locale": "en-US",
    "rules_channel_id": None,
    "safety_alerts_channel_id": None,
    "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "stickers": [],
    "incidents_data": None,
}


def role_view(role: Role) -> Payload:
    """A role."""
    view: Payload = {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": role.hoist,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(int(role.permissions)),
        "managed": role.bot_id is not None,
        "mentionable": role.mentionable,
        "flags": 0,
    }
    if role.bot_id is not None:
        view["tags"] = {"bot_id": str(role.bot_id)}
    return view


def member_view(store: Store, member: Member, *, with_user: bool = True) -> Payload:
    """A member; messages carry it without the user."""
    timed_out = member.timed_out_until
    view: Payload = {
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "roles": [str(role_id) for role_id in member.role_ids],
        "joined_at": stamp(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": None if timed_out is None else stamp(timed_out),
        "deaf": member.deaf,
        "mute": member.mute,
        "pending": False,
        "flags": member.flags,
    }
    if with_user:
        view["user"] = user_view(store.users[member.user_id])
    return view


def _settings_view(guild: Guild) -> Payload:
    settings = guild.settings
    return {
        "description": settings.description,
        "features": list(settings.features),
        "verification_level": settings.verification_level,
        "default_message_notifications": settings.default_message_notifications,
        "explicit_content_filter": settings.explicit_content_filter,
        "preferred_locale": settings.preferred_locale,
        "afk_channel_id": _channel_id(guild, settings.afk_channel_id),
        "afk_timeout": settings.afk_timeout_s,
        "emojis": [emoji_view(emoji) for emoji in guild.emojis.values()],
        "system_channel_id": _system_channel_id(guild),
        "system_channel_flags": settings.system_channel_flags,
        "rules_channel_id": _channel_id(guild, settings.rules_channel_id),
        "public_updates_channel_id": _channel_id(guild, settings.public_updates_channel_id),
        "safety_alerts_channel_id": _channel_id(guild, settings.safety_alerts_channel_id),
        "premium_progress_bar_enabled": settings.premium_progress_bar_enabled,
    }


def _channel_id(guild: Guild, channel_id: int | None) -> str | None:
    return str(channel_id) if channel_id in guild.channels else None


def emoji_view(emoji: CustomEmoji) -> Payload:
    """An emoji of a guild or an application, without who made it."""
    return {
        "id": str(emoji.id),
        "name": emoji.name,
        "roles": [str(role_id) for role_id in emoji.role_ids],
        "require_colons": True,
        "managed": False,
        "animated": emoji.animated,
        "available": True,
    }


def _system_channel_id(guild: Guild) -> str | None:
    """The one that was chosen, else the first text channel: what Discord chooses for a new guild."""
    if guild.settings.system_channel_chosen:
        return _channel_id(guild, guild.settings.system_channel_id)
    texts = (channel for channel in guild.channels.values() if channel.type is ChannelType.TEXT)
    return next((str(channel.id) for channel in texts), None)


def guild_view(guild: Guild) -> Payload:
    """A guild as a request for it is answered."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "roles": [role_view(role) for role in guild.roles.values()],
        "system_channel_id": _system_channel_id(guild),
        **_PLAIN_GUILD,
        **_settings_view(guild),
    }


def voice_state_view(guild: Guild, state: VoiceState) -> Payload:
    """A member in a voice channel."""
    member = guild.members[state.user_id]
    return {
        "guild_id": str(guild.id),
        "channel_id": str(state.channel_id),
        "user_id": str(state.user_id),
        "session_id": state.session_id,
        "deaf": member.deaf,
        "mute": member.mute,
        "self_deaf": state.self_deaf,
        "self_mute": state.self_mute,
        "self_stream": False,
        "self_video": state.self_video,
        "suppress": state.suppress,
        "request_to_speak_timestamp": None,
    }


def presence_view(store: Store, user_id: int) -> Payload:
    """How a user is seen; Discord names no more of the user than the id."""
    presence = store.presences.get(user_id, OFFLINE)
    status = presence.seen
    activities = presence.activities if status != "offline" else ()
    return {
        "user": {"id": str(user_id)},
        "status": status,
        "activities": [{**activity, "created_at": presence.since_ms} for activity in activities],
        "client_status": {} if status == "offline" else {"web": status},
    }


def _presences(store: Store, guild: Guild) -> list[Payload]:
    return [presence_view(store, user_id) for user_id in guild.members if user_id in store.presences]


def guild_create_view(store: Store, guild: Guild, viewer_id: int, *, complete: bool) -> Payload:
    """A guild as it arrives over the gateway; incomplete with no member but the viewer."""
    members = [
        member_view(store, member)
        for member in guild.members.values()
        if complete or member.user_id == viewer_id
    ]
    return {
        **guild_view(guild),
        "joined_at": stamp(guild.members[viewer_id].joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": members,
        "channels": [channel_view(store, channel, viewer_id) for channel in guild.channels.values()],
        "threads": [
            channel_view(store, thread, viewer_id)
            for thread in guild.threads.values()
            if thread.thread is not None
            and not thread.thread.archived
            and store.permissions_in(thread, viewer_id) & Permission.VIEW_CHANNEL
        ],
        "voice_states": [voice_state_view(guild, state) for state in guild.voice_states.values()],
        "presences": _presences(store, guild) if complete else [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
