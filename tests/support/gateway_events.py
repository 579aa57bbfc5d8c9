"""Valid samples of every gateway event that discord.py knows, each on the ground that the ones before laid.

Guilds, channels and people have the ids of `WORLD`, so that a bot in that world has them all in its cache.
"""

from collections.abc import Mapping
from typing import Any

from support.gateway_administration import AUDIT_ENTRIES, integration, invite, rule, subscription
from support.gateway_messages import entitlement, interactions, message, poll, reaction, rich_message
from support.gateway_messages import layout as component_layout
from support.gateway_parts import (
    ADA_ID,
    ADMIN_ROLE_ID,
    BOT_ID,
    CATEGORY_ID,
    COMMAND_ID,
    DIRECT_ID,
    EVENT_ID,
    FORUM_ID,
    GRACE_ID,
    GUILD_ID,
    HASH,
    INTEGRATION_ID,
    LOBBY_ID,
    MALLORY_ID,
    MESSAGE_ID,
    NOW,
    OF_GUILD,
    RULE_ID,
    SOUND_ID,
    TEXT_ID,
    THREAD_ID,
    VOICE_ID,
    WEBHOOK_ID,
    Payload,
    channel,
    direct_channel,
    emoji,
    forum_channel,
    guild,
    guild_settings,
    member,
    presence,
    role,
    scheduled_event,
    sound,
    stage_instance,
    sticker,
    thread,
    thread_member,
    user,
    voice_channel,
    voice_state,
)

WORLD: Mapping[str, Any] = {
    "bots": [{"name": "Wisp", "id": str(BOT_ID)}],
    "users": [
        {"name": "Ada", "id": str(ADA_ID)},
        {"name": "Grace", "id": str(GRACE_ID)},
        {"name": "Mallory", "id": str(MALLORY_ID)},
    ],
    "guilds": [
        {
            "name": "Lab",
            "id": str(GUILD_ID),
            "owner": "Ada",
            "members": ["Wisp", "Ada", "Grace"],
            "channels": [{"name": "general", "id": str(TEXT_ID)}, {"name": "lobby", "id": str(LOBBY_ID)}],
        }
    ],
}
"""The offline Discord in which the samples make sense."""

OF_MESSAGE: Payload = {"channel_id": str(TEXT_ID), "message_id": str(MESSAGE_ID), **OF_GUILD}


def ready(**fields: Any) -> Payload:
    """The beginning of a session."""
    return {
        "v": 10,
        "user": user(BOT_ID, "wisp", bot=True, verified=True, mfa_enabled=True, email=None),
        "guilds": [{"id": str(GUILD_ID), "unavailable": True}],
        "private_channels": [],
        "session_id": "session",
        "session_type": "normal",
        "resume_gateway_url": "wss://gateway.example.org",
        "shard": [0, 1],
        "application": {"id": str(BOT_ID), "flags": 565248},
        "_trace": [],
    } | fields


def without(payload: Payload, *keys: str) -> Payload:
    """A copy that lacks some fields."""
    return {key: value for key, value in payload.items() if key not in keys}


def reaction_event(**fields: Any) -> Payload:
    """Somebody reacted to a message."""
    return {
        **OF_MESSAGE,
        "user_id": str(ADA_ID),
        "member": member(user=user()),
        "message_author_id": str(ADA_ID),
        "emoji": reaction()["emoji"],
        "burst": True,
        "burst_colors": ["#ff0000"],
        "type": 1,
    } | fields


NEWCOMER = user(1201000000000000009, "newcomer")

OF_CHANNELS: dict[str, tuple[Payload, ...]] = {
    "CHANNEL_CREATE": (
        channel(1204000000000000011),
        voice_channel(1204000000000000012),
        channel(1204000000000000013, 4, parent_id=None),
        channel(1204000000000000014, 5),
        voice_channel(1204000000000000015, 13),
        forum_channel(1204000000000000016),
    ),
    "CHANNEL_UPDATE": (
        channel(),
        voice_channel(),
        forum_channel(),
        channel(CATEGORY_ID, 4),
        direct_channel(type=3, icon=HASH, owner_id=str(ADA_ID), name="We"),
    ),
    "CHANNEL_PINS_UPDATE": (
        {**OF_GUILD, "channel_id": str(TEXT_ID), "last_pin_timestamp": NOW},
        {"channel_id": str(DIRECT_ID), "last_pin_timestamp": None},
    ),
    "THREAD_CREATE": (thread(newly_created=True), thread(id="1204000000000000020", type=12)),
    "THREAD_UPDATE": (thread(), thread(id="1204000000000000021", type=10)),
    "THREAD_LIST_SYNC": (
        {
            **OF_GUILD,
            "channel_ids": [str(FORUM_ID)],
            "threads": [thread()],
            "members": [thread_member()],
        },
    ),
    "THREAD_MEMBER_UPDATE": (thread_member(**OF_GUILD),),
    "THREAD_MEMBERS_UPDATE": (
        {
            **OF_GUILD,
            "id": str(THREAD_ID),
            "member_count": 2,
            "added_members": [thread_member(ADA_ID), thread_member()],
            "removed_member_ids": [str(GRACE_ID)],
        },
    ),
    "TYPING_START": (
        {
            **OF_GUILD,
            "channel_id": str(TEXT_ID),
            "user_id": str(ADA_ID),
            "timestamp": 1767268800,
            "member": member(user=user()),
        },
    ),
    "WEBHOOKS_UPDATE": ({**OF_GUILD, "channel_id": str(TEXT_ID)},),
    "INVITE_CREATE": (invite(),),
    "INVITE_DELETE": ({**OF_GUILD, "channel_id": str(TEXT_ID), "code": "abc"},),
    "STAGE_INSTANCE_CREATE": (stage_instance(),),
    "STAGE_INSTANCE_UPDATE": (stage_instance(topic="Steam"),),
    "STAGE_INSTANCE_DELETE": (stage_instance(),),
    "VOICE_STATE_UPDATE": (voice_state(), voice_state(user_id=str(BOT_ID), channel_id=None)),
    "VOICE_SERVER_UPDATE": ({**OF_GUILD, "token": "voice", "endpoint": "voice.example.org:443"},),
    "VOICE_CHANNEL_EFFECT_SEND": (
        {
            **OF_GUILD,
            "channel_id": str(VOICE_ID),
            "user_id": str(ADA_ID),
            "emoji": {"id": None, "name": "\N{THUMBS UP SIGN}", "animated": False},
            "animation_type": 1,
            "animation_id": 1,
            "sound_id": str(SOUND_ID),
            "sound_volume": 0.5,
        },
    ),
}

OF_MESSAGES: dict[str, tuple[Payload, ...]] = {
    "MESSAGE_CREATE": (
        message(),
        rich_message(id=str(MESSAGE_ID + 1)),
        message(id=str(MESSAGE_ID + 2), flags=32768, components=component_layout()),
        message(id=str(MESSAGE_ID + 3), poll=poll()),
        without(message(id=str(MESSAGE_ID + 4), webhook_id=str(WEBHOOK_ID)), "member"),
        without(message(id=str(MESSAGE_ID + 5), channel_id=str(DIRECT_ID)), "guild_id", "member"),
    ),
    "MESSAGE_UPDATE": (message(), rich_message(id=str(MESSAGE_ID + 1))),
    "MESSAGE_REACTION_ADD": (reaction_event(), reaction_event(emoji={"id": None, "name": "x"}, type=0)),
    "MESSAGE_REACTION_REMOVE": (reaction_event(),),
    "MESSAGE_REACTION_REMOVE_EMOJI": ({**OF_MESSAGE, "emoji": reaction()["emoji"]},),
    "MESSAGE_REACTION_REMOVE_ALL": (dict(OF_MESSAGE),),
    "MESSAGE_POLL_VOTE_ADD": (
        {**OF_MESSAGE, "message_id": str(MESSAGE_ID + 3), "user_id": str(ADA_ID), "answer_id": 1},
    ),
    "MESSAGE_POLL_VOTE_REMOVE": (
        {**OF_MESSAGE, "message_id": str(MESSAGE_ID + 3), "user_id": str(ADA_ID), "answer_id": 1},
    ),
    "INTERACTION_CREATE": interactions(),
    "MESSAGE_DELETE": ({**OF_GUILD, "id": str(MESSAGE_ID), "channel_id": str(TEXT_ID)},),
    "MESSAGE_DELETE_BULK": (
        {**OF_GUILD, "ids": [str(MESSAGE_ID + 1), str(MESSAGE_ID + 2)], "channel_id": str(TEXT_ID)},
    ),
}

OF_MEMBERS: dict[str, tuple[Payload, ...]] = {
    "GUILD_MEMBER_ADD": (member(user=NEWCOMER, **OF_GUILD),),
    "GUILD_MEMBER_UPDATE": (
        member(user=user(), **OF_GUILD, nick="Lady"),
        member(user=user(1201000000000000010, "unheard"), **OF_GUILD),
    ),
    "GUILD_MEMBERS_CHUNK": (
        {
            **OF_GUILD,
            "members": [member(user=user()), member(user=user(GRACE_ID, "grace"))],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(MALLORY_ID)],
            "presences": [presence()],
            "nonce": "abc",
        },
    ),
    "PRESENCE_UPDATE": (presence(),),
    "USER_UPDATE": (user(BOT_ID, "wisp", bot=True, verified=True, mfa_enabled=True, locale="en-US"),),
    "GUILD_BAN_ADD": ({**OF_GUILD, "user": user(MALLORY_ID, "mallory")},),
    "GUILD_BAN_REMOVE": ({**OF_GUILD, "user": user(MALLORY_ID, "mallory")},),
    "GUILD_MEMBER_REMOVE": ({**OF_GUILD, "user": NEWCOMER},),
    "GUILD_AUDIT_LOG_ENTRY_CREATE": AUDIT_ENTRIES,
    "AUTO_MODERATION_RULE_CREATE": (rule(),),
    "AUTO_MODERATION_RULE_UPDATE": (rule(trigger_type=5),),
    "AUTO_MODERATION_RULE_DELETE": (rule(trigger_type=4),),
    "AUTO_MODERATION_ACTION_EXECUTION": (
        {
            **OF_GUILD,
            "action": {"type": 2, "metadata": {"channel_id": str(TEXT_ID)}},
            "rule_id": str(RULE_ID),
            "rule_trigger_type": 1,
            "user_id": str(ADA_ID),
            "channel_id": str(TEXT_ID),
            "message_id": str(MESSAGE_ID),
            "alert_system_message_id": str(MESSAGE_ID),
            "content": "steam",
            "matched_keyword": "steam",
            "matched_content": "steam",
        },
    ),
    "ENTITLEMENT_CREATE": (entitlement(),),
    "ENTITLEMENT_UPDATE": (entitlement(consumed=True),),
    "ENTITLEMENT_DELETE": (entitlement(deleted=True),),
    "SUBSCRIPTION_CREATE": (subscription(),),
    "SUBSCRIPTION_UPDATE": (subscription(status=1),),
    "SUBSCRIPTION_DELETE": (subscription(status=2),),
}

OF_GUILDS: dict[str, tuple[Payload, ...]] = {
    "GUILD_UPDATE": (guild_settings(name="Laboratory"),),
    "GUILD_ROLE_CREATE": ({**OF_GUILD, "role": role(1203000000000000005, "New")},),
    "GUILD_ROLE_UPDATE": ({**OF_GUILD, "role": role(name="Chief")},),
    "GUILD_ROLE_DELETE": ({**OF_GUILD, "role_id": "1203000000000000005"},),
    "GUILD_EMOJIS_UPDATE": ({**OF_GUILD, "emojis": [emoji()]},),
    "GUILD_STICKERS_UPDATE": ({**OF_GUILD, "stickers": [sticker()]},),
    "GUILD_INTEGRATIONS_UPDATE": (dict(OF_GUILD),),
    "INTEGRATION_CREATE": (integration(), integration("twitch")),
    "INTEGRATION_UPDATE": (integration("youtube"), integration("guild_subscription")),
    "INTEGRATION_DELETE": ({**OF_GUILD, "id": str(INTEGRATION_ID), "application_id": str(BOT_ID)},),
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE": (
        {
            **OF_GUILD,
            "id": str(COMMAND_ID),
            "application_id": str(BOT_ID),
            "permissions": [
                {"id": str(ADMIN_ROLE_ID), "type": 1, "permission": True},
                {"id": str(ADA_ID), "type": 2, "permission": False},
                {"id": str(TEXT_ID), "type": 3, "permission": True},
                {"id": str(GUILD_ID - 1), "type": 3, "permission": True},
            ],
        },
    ),
    "GUILD_SCHEDULED_EVENT_CREATE": (
        scheduled_event(),
        scheduled_event(id=str(EVENT_ID + 1), entity_type=2, channel_id=str(VOICE_ID), entity_metadata=None),
    ),
    "GUILD_SCHEDULED_EVENT_UPDATE": (scheduled_event(status=2),),
    "GUILD_SCHEDULED_EVENT_USER_ADD": (
        {**OF_GUILD, "guild_scheduled_event_id": str(EVENT_ID), "user_id": str(ADA_ID)},
    ),
    "GUILD_SCHEDULED_EVENT_USER_REMOVE": (
        {**OF_GUILD, "guild_scheduled_event_id": str(EVENT_ID), "user_id": str(ADA_ID)},
    ),
    "GUILD_SCHEDULED_EVENT_DELETE": (scheduled_event(status=3),),
    "GUILD_SOUNDBOARD_SOUND_CREATE": (sound(sound_id=str(SOUND_ID + 1)),),
    "GUILD_SOUNDBOARD_SOUND_UPDATE": (sound(volume=1.0),),
    "GUILD_SOUNDBOARD_SOUNDS_UPDATE": ({**OF_GUILD, "soundboard_sounds": [sound()]},),
    "GUILD_SOUNDBOARD_SOUND_DELETE": ({**OF_GUILD, "sound_id": str(SOUND_ID + 1)},),
}

EVENTS: dict[str, tuple[Payload, ...]] = {
    "GUILD_CREATE": (guild(),),
    **OF_CHANNELS,
    **OF_MESSAGES,
    **OF_MEMBERS,
    **OF_GUILDS,
    "THREAD_DELETE": ({**OF_GUILD, "id": str(THREAD_ID), "parent_id": str(FORUM_ID), "type": 11},),
    "CHANNEL_DELETE": (channel(LOBBY_ID), voice_channel()),
    "GUILD_DELETE": ({"id": str(GUILD_ID), "unavailable": True}, {"id": str(GUILD_ID)}),
}
"""Samples by event, in an order in which each finds in the cache what it speaks of; without `SESSION`."""

SESSION: dict[str, Payload] = {
    "READY": ready(),
    "RESUMED": {"_trace": []},
}
"""Samples of the events that begin a session."""
