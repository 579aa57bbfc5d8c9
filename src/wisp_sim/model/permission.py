"""Permission bits by Discord's names.

Source: https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
"""

from collections.abc import Iterable
from enum import IntFlag


class Permission(IntFlag):
    """What a member may do in a guild or a channel."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


PERMISSION_NAMES = tuple(permission.name.lower() for permission in Permission if permission.name)


def permissions_of(names: Iterable[str]) -> Permission:
    """The permissions with these lower-case names; all of them must exist."""
    total = Permission(0)
    for name in names:
        total |= Permission[name.upper()]
    return total


NO_PERMISSIONS = Permission(0)
ALL_PERMISSIONS = permissions_of(PERMISSION_NAMES)

# What @everyone may do in a new guild.
EVERYONE_DEFAULT = permissions_of(
    (
        "create_instant_invite", "add_reactions", "stream", "view_channel", "send_messages", "embed_links",
        "attach_files", "read_message_history", "mention_everyone", "use_external_emojis", "connect", "speak",
        "use_vad", "change_nickname", "use_application_commands", "request_to_speak", "create_public_threads",
        "create_private_threads", "use_external_stickers", "send_messages_in_threads",
        "use_embedded_activities", "use_soundboard", "use_external_sounds", "send_voice_messages",
        "send_polls", "use_external_apps",
    )
)  # fmt: skip

# What a bot's own role carries unless the world says otherwise: a usual invite link, without administrator.
BOT_DEFAULT = EVERYONE_DEFAULT | permissions_of(
    (
        "kick_members", "ban_members", "manage_channels", "manage_messages", "manage_nicknames",
        "manage_roles", "manage_webhooks", "manage_threads", "moderate_members", "view_audit_log",
        "pin_messages",
    )
)  # fmt: skip
