"""Accounts and guilds as Discord writes them in JSON."""

from datetime import datetime

from wisp_sim.model.account import Application, User
from wisp_sim.model.command import Command
from wisp_sim.model.guild import Channel, Guild, Member, Role
from wisp_sim.model.kinds import ChannelType, Intent
from wisp_sim.model.payload import Payload
from wisp_sim.state.store import Store

_BOT_INTENT_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 12,
    Intent.GUILD_MEMBERS: 1 << 14,
    Intent.MESSAGE_CONTENT: 1 << 18,
}
_TEXTUAL = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE)

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
    "emojis": [],
    "stickers": [],
    "incidents_data": None,
}


def stamp(moment: datetime) -> str:
    """A moment as Discord writes it."""
    return moment.isoformat(timespec="microseconds")


def user_view(user: User) -> Payload:
    """A user as others see it."""
    return {
        "id": str(user.id),
        "username": user.username,
        "discriminator": "0",
        "global_name": None if user.bot else user.display_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "banner": None,
        "accent_color": None,
        "primary_guild": None,
        "bot": user.bot,
        "system": False,
        "public_flags": 0,
        "flags": 0,
    }


def self_view(user: User) -> Payload:
    """A user as it sees itself."""
    return {
        **user_view(user),
        "mfa_enabled": False,
        "verified": True,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
    }


def application_view(store: Store, application: Application) -> Payload:
    """An application as its own bot sees it."""
    flags = sum(flag for intent, flag in _BOT_INTENT_FLAGS.items() if intent & application.approved_intents)
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": user_view(store.users[application.id]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": f"{application.id:064x}",
        "flags": flags,
        "flags_new": str(flags),
        "owner": user_view(store.users[application.owner_id]),
        "team": None,
        "approximate_guild_count": sum(application.id in guild.members for guild in store.guilds.values()),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "redirect_uris": [],
        "eligible_oauth2_scopes": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}},
        "tags": [],
    }


def role_view(role: Role) -> Payload:
    """A role."""
    view: Payload = {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(int(role.permissions)),
        "managed": role.bot_id is not None,
        "mentionable": False,
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
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    if with_user:
        view["user"] = user_view(store.users[member.user_id])
    return view


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


def _system_channel_id(guild: Guild) -> str | None:
    """The first text channel: what Discord chooses for a new guild."""
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
    }


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
        "threads": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def command_view(command: Command) -> Payload:
    """A command as its bot gets it back."""
    permissions = command.default_member_permissions
    view: Payload = {
        "id": str(command.id),
        "application_id": str(command.application_id),
        "version": str(command.version),
        "type": int(command.type),
        "name": command.name,
        "default_member_permissions": None if permissions is None else str(permissions),
        **command.definition,
    }
    if command.guild_id is not None:
        view["guild_id"] = str(command.guild_id)
    else:
        view["contexts"] = None if command.contexts is None else list(command.contexts)
    return view
