"""What gateway events are made of: people, roles, channels and guilds, with every field filled in."""

from typing import Any, TypeAlias

Payload: TypeAlias = dict[str, Any]

BOT_ID = 1201000000000000001
ADA_ID = 1201000000000000002
GRACE_ID = 1201000000000000003
MALLORY_ID = 1201000000000000004
GUILD_ID = 1202000000000000001
ADMIN_ROLE_ID = 1203000000000000001
TEXT_ID = 1204000000000000001
LOBBY_ID = 1204000000000000002
CATEGORY_ID = 1204000000000000003
VOICE_ID = 1204000000000000004
NEWS_ID = 1204000000000000005
STAGE_ID = 1204000000000000006
FORUM_ID = 1204000000000000007
MEDIA_ID = 1204000000000000008
THREAD_ID = 1204000000000000009
DIRECT_ID = 1204000000000000010
MESSAGE_ID = 1205000000000000001
EMOJI_ID = 1206000000000000001
STICKER_ID = 1207000000000000001
SOUND_ID = 1208000000000000001
EVENT_ID = 1209000000000000001
INTEGRATION_ID = 1210000000000000001
SKU_ID = 1211000000000000001
STAGE_INSTANCE_ID = 1212000000000000001
RULE_ID = 1213000000000000001
COMMAND_ID = 1214000000000000001
INTERACTION_ID = 1215000000000000001
WEBHOOK_ID = 1216000000000000001
ENTITLEMENT_ID = 1217000000000000001

NOW = "2026-01-01T12:00:00.000000+00:00"
LATER = "2026-01-02T12:00:00.000000+00:00"
HASH = "0123456789abcdef0123456789abcdef"
PERMISSIONS = "1071698660929"

OF_GUILD: Payload = {"guild_id": str(GUILD_ID)}


def user(user_id: int = ADA_ID, name: str = "ada", **fields: Any) -> Payload:
    """A user as Discord sends one."""
    return {
        "id": str(user_id),
        "username": name,
        "global_name": name.title(),
        "discriminator": "0",
        "avatar": HASH,
        "bot": False,
        "system": False,
        "banner": None,
        "accent_color": 123,
        "public_flags": 64,
        "flags": 64,
        "avatar_decoration_data": {"asset": f"a_{HASH}", "sku_id": str(SKU_ID)},
        "primary_guild": {
            "identity_guild_id": str(GUILD_ID),
            "identity_enabled": True,
            "tag": "LAB",
            "badge": HASH,
        },
        "collectibles": {
            "nameplate": {
                "sku_id": str(SKU_ID),
                "asset": "nameplates/nameplates/twilight/",
                "label": "TWILIGHT",
                "palette": "cobalt",
                "expires_at": None,
            }
        },
    } | fields


def member(**fields: Any) -> Payload:
    """What a guild knows of a user, without the user."""
    return {
        "roles": [str(ADMIN_ROLE_ID)],
        "nick": "Countess",
        "avatar": HASH,
        "banner": HASH,
        "joined_at": NOW,
        "premium_since": NOW,
        "deaf": False,
        "mute": False,
        "flags": 1,
        "pending": False,
        "communication_disabled_until": NOW,
        "avatar_decoration_data": {"asset": f"a_{HASH}", "sku_id": str(SKU_ID)},
    } | fields


def role(role_id: int = ADMIN_ROLE_ID, name: str = "Admin", **fields: Any) -> Payload:
    """A role with a picture and tags."""
    return {
        "id": str(role_id),
        "name": name,
        "color": 255,
        "colors": {"primary_color": 255, "secondary_color": 128, "tertiary_color": None},
        "hoist": True,
        "position": 1,
        "permissions": PERMISSIONS,
        "managed": False,
        "mentionable": True,
        "flags": 1,
        "icon": HASH,
        "unicode_emoji": None,
        "tags": {"bot_id": str(BOT_ID), "integration_id": str(INTEGRATION_ID), "premium_subscriber": None},
    } | fields


def emoji(**fields: Any) -> Payload:
    """A custom emoji of the guild."""
    return {
        "id": str(EMOJI_ID),
        "name": "engine",
        "roles": [str(ADMIN_ROLE_ID)],
        "user": user(),
        "require_colons": True,
        "managed": False,
        "animated": True,
        "available": True,
    } | fields


def sticker(**fields: Any) -> Payload:
    """A sticker of the guild."""
    return {
        "id": str(STICKER_ID),
        "name": "gear",
        "description": "A gear",
        "tags": "gear",
        "type": 2,
        "format_type": 1,
        "available": True,
        "guild_id": str(GUILD_ID),
        "user": user(),
        "sort_value": 1,
    } | fields


def channel(channel_id: int = TEXT_ID, kind: int = 0, **fields: Any) -> Payload:
    """A channel of the guild."""
    return {
        "id": str(channel_id),
        "type": kind,
        "guild_id": str(GUILD_ID),
        "name": "general",
        "position": 1,
        "permission_overwrites": [
            {"id": str(ADMIN_ROLE_ID), "type": 0, "allow": "1024", "deny": "0"},
            {"id": str(ADA_ID), "type": 1, "allow": "2048", "deny": "8192"},
        ],
        "nsfw": False,
        "parent_id": str(CATEGORY_ID),
        "topic": "Engines",
        "last_message_id": str(MESSAGE_ID),
        "last_pin_timestamp": NOW,
        "rate_limit_per_user": 5,
        "default_thread_rate_limit_per_user": 5,
        "default_auto_archive_duration": 1440,
        "flags": 0,
    } | fields


def voice_channel(channel_id: int = VOICE_ID, kind: int = 2, **fields: Any) -> Payload:
    """A voice or stage channel."""
    voice: Payload = {"bitrate": 64000, "user_limit": 10, "rtc_region": "rotterdam", "video_quality_mode": 1}
    return channel(channel_id, kind, name="Voices", **voice) | fields


def forum_channel(channel_id: int = FORUM_ID, kind: int = 15, **fields: Any) -> Payload:
    """A forum or media channel, with tags."""
    forum: Payload = {
        "available_tags": [
            {"id": "77", "name": "idea", "moderated": False, "emoji_id": str(EMOJI_ID), "emoji_name": None}
        ],
        "default_reaction_emoji": {"emoji_id": None, "emoji_name": "\N{THUMBS UP SIGN}"},
        "default_sort_order": 1,
        "default_forum_layout": 1,
    }
    return channel(channel_id, kind, name="ideas", **forum) | fields


def direct_channel(**fields: Any) -> Payload:
    """A channel of two."""
    return {
        "id": str(DIRECT_ID),
        "type": 1,
        "last_message_id": str(MESSAGE_ID),
        "last_pin_timestamp": NOW,
        "flags": 0,
        "recipients": [user()],
    } | fields


def thread_member(user_id: int = BOT_ID, **fields: Any) -> Payload:
    """Somebody who follows the thread."""
    return {
        "id": str(THREAD_ID),
        "user_id": str(user_id),
        "join_timestamp": NOW,
        "flags": 1,
        "member": member(user=user(user_id)),
        "presence": None,
    } | fields


def thread(**fields: Any) -> Payload:
    """A public thread that the bot follows."""
    return {
        "id": str(THREAD_ID),
        "guild_id": str(GUILD_ID),
        "parent_id": str(FORUM_ID),
        "owner_id": str(ADA_ID),
        "name": "A thread",
        "type": 11,
        "member_count": 2,
        "message_count": 3,
        "total_message_sent": 3,
        "rate_limit_per_user": 0,
        "last_message_id": str(MESSAGE_ID),
        "last_pin_timestamp": NOW,
        "flags": 2,
        "applied_tags": ["77"],
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": NOW,
            "locked": False,
            "invitable": True,
            "create_timestamp": NOW,
        },
        "member": thread_member(),
    } | fields


def activity(**fields: Any) -> Payload:
    """Something that a member plays."""
    return {
        "name": "Chess",
        "type": 0,
        "created_at": 1767268800000,
        "state": "Endgame",
        "state_url": "https://example.org/state",
        "details": "Move 40",
        "details_url": "https://example.org/details",
        "timestamps": {"start": 1767268800000, "end": 1767272400000},
        "platform": "desktop",
        "assets": {"large_image": "1", "large_text": "Board", "small_image": "2", "small_text": "Rook"},
        "party": {"id": "p", "size": [1, 2]},
        "application_id": str(BOT_ID),
        "flags": 1,
        "emoji": {"name": "engine", "id": str(EMOJI_ID), "animated": False},
        "session_id": "abc",
        "buttons": ["Watch"],
        "sync_id": "s",
        "status_display_type": 1,
    } | fields


def presence(user_id: int = ADA_ID, **fields: Any) -> Payload:
    """What somebody does right now, in each way that an activity can look."""
    return {
        "user": user(user_id),
        "guild_id": str(GUILD_ID),
        "status": "dnd",
        "activities": [
            activity(),
            activity(type=1, name="Twitch", url="https://twitch.tv/ada"),
            activity(type=2, name="Spotify", id="spotify:1", sync_id="track", party={"id": "spotify:1"}),
            {"type": 4, "name": "Custom", "state": "thinking", "created_at": 1, "emoji": {"name": "x"}},
        ],
        "client_status": {"desktop": "dnd", "mobile": "idle", "web": "online"},
    } | fields


def voice_state(**fields: Any) -> Payload:
    """Somebody in a voice channel."""
    return {
        "guild_id": str(GUILD_ID),
        "channel_id": str(VOICE_ID),
        "user_id": str(ADA_ID),
        "member": member(user=user()),
        "session_id": "voice",
        "deaf": False,
        "mute": False,
        "self_deaf": False,
        "self_mute": True,
        "self_video": False,
        "self_stream": True,
        "suppress": False,
        "request_to_speak_timestamp": NOW,
    } | fields


def stage_instance(**fields: Any) -> Payload:
    """A stage that is live."""
    return {
        "id": str(STAGE_INSTANCE_ID),
        "guild_id": str(GUILD_ID),
        "channel_id": str(STAGE_ID),
        "topic": "Engines",
        "privacy_level": 2,
        "discoverable_disabled": False,
        "guild_scheduled_event_id": str(EVENT_ID),
    } | fields


def scheduled_event(**fields: Any) -> Payload:
    """An event that takes place outside Discord."""
    return {
        "id": str(EVENT_ID),
        "guild_id": str(GUILD_ID),
        "channel_id": None,
        "creator_id": str(ADA_ID),
        "creator": user(),
        "name": "Reading",
        "description": "Notes on the engine",
        "scheduled_start_time": LATER,
        "scheduled_end_time": LATER,
        "privacy_level": 2,
        "status": 1,
        "entity_type": 3,
        "entity_id": None,
        "entity_metadata": {"location": "London"},
        "user_count": 2,
        "image": HASH,
    } | fields


def sound(**fields: Any) -> Payload:
    """A sound of the guild's soundboard."""
    return {
        "sound_id": str(SOUND_ID),
        "name": "clack",
        "volume": 0.5,
        "emoji_id": str(EMOJI_ID),
        "emoji_name": None,
        "guild_id": str(GUILD_ID),
        "available": True,
        "user": user(),
    } | fields


def guild(**fields: Any) -> Payload:
    """The guild with all that is in it."""
    return (
        guild_settings()
        | {
            "joined_at": NOW,
            "large": False,
            "unavailable": False,
            "member_count": 3,
            "voice_states": [{key: value for key, value in voice_state().items() if key != "guild_id"}],
            "members": [
                member(user=user()),
                member(user=user(GRACE_ID, "grace"), roles=[]),
                member(user=user(BOT_ID, "wisp", bot=True), communication_disabled_until=None),
            ],
            "channels": [
                channel(CATEGORY_ID, 4, name="Rooms", parent_id=None),
                channel(),
                channel(LOBBY_ID, name="lobby"),
                voice_channel(),
                channel(NEWS_ID, 5, name="news"),
                voice_channel(STAGE_ID, 13),
                forum_channel(),
                forum_channel(MEDIA_ID, 16),
            ],
            "threads": [thread()],
            "presences": [presence()],
            "stage_instances": [stage_instance()],
            "guild_scheduled_events": [scheduled_event()],
            "soundboard_sounds": [sound()],
        }
        | fields
    )


def guild_settings(**fields: Any) -> Payload:
    """The guild as its settings page shows it."""
    return {
        "id": str(GUILD_ID),
        "name": "Lab",
        "icon": HASH,
        "splash": HASH,
        "discovery_splash": None,
        "banner": None,
        "description": "A laboratory",
        "owner_id": str(ADA_ID),
        "region": "rotterdam",
        "afk_channel_id": str(VOICE_ID),
        "afk_timeout": 300,
        "widget_enabled": True,
        "widget_channel_id": str(TEXT_ID),
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 1,
        "roles": [role(GUILD_ID, "@everyone", position=0, tags={}), role()],
        "emojis": [emoji()],
        "stickers": [sticker()],
        "features": ["COMMUNITY", "NEWS"],
        "mfa_level": 1,
        "nsfw_level": 0,
        "application_id": None,
        "system_channel_id": str(TEXT_ID),
        "system_channel_flags": 1,
        "rules_channel_id": str(TEXT_ID),
        "public_updates_channel_id": str(LOBBY_ID),
        "safety_alerts_channel_id": str(LOBBY_ID),
        "max_presences": None,
        "max_members": 500000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "vanity_url_code": None,
        "premium_tier": 1,
        "premium_subscription_count": 2,
        "preferred_locale": "en-US",
        "incidents_data": {"invites_disabled_until": LATER},
    } | fields
