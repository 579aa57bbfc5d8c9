"""What the load server says: one bot, one guild, one member, and ``/ping`` as Discord sends it."""

import base64
import json

BOT_ID = "1400000000000000001"
GUILD_ID = "1400000000000000002"
CHANNEL_ID = "1400000000000000003"
MEMBER_ID = "1400000000000000004"
COMMAND_ID = "1400000000000000005"
JOINED = "2025-01-01T12:00:00.000000+00:00"
PERMISSIONS = "2248473465835073"
TOKEN = f"{base64.b64encode(BOT_ID.encode()).decode().rstrip('=')}.bench0.{'b' * 38}"
"""Of the shape that Discord gives out; the load server takes any."""

INTERACTION_TOKEN = "a" * 180
"""The part that all interaction tokens share: they are as long as Discord's, and no two are equal."""

SEQUENCE_MARK, ID_MARK = 987654321, "@ID@"

Payload = dict[str, object]

BOT: Payload = {
    "id": BOT_ID,
    "username": "wisp",
    "discriminator": "0",
    "global_name": None,
    "avatar": None,
    "bot": True,
    "flags": 0,
    "public_flags": 0,
    "verified": True,
    "mfa_enabled": False,
}
APPLICATION: Payload = {
    "id": BOT_ID,
    "name": "wisp",
    "icon": None,
    "description": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0" * 64,
    "flags": 0,
    "owner": {"id": MEMBER_ID, "username": "ada", "discriminator": "0", "avatar": None},
    "team": None,
}
USER: Payload = {
    "id": MEMBER_ID,
    "username": "ada",
    "discriminator": "0",
    "global_name": "Ada",
    "avatar": None,
    "avatar_decoration_data": None,
    "clan": None,
    "primary_guild": None,
    "public_flags": 0,
}
MEMBER: Payload = {
    "user": USER,
    "nick": None,
    "avatar": None,
    "banner": None,
    "roles": [],
    "joined_at": JOINED,
    "premium_since": None,
    "communication_disabled_until": None,
    "deaf": False,
    "mute": False,
    "pending": False,
    "flags": 0,
}
CHANNEL: Payload = {
    "id": CHANNEL_ID,
    "type": 0,
    "guild_id": GUILD_ID,
    "name": "general",
    "topic": None,
    "position": 0,
    "parent_id": None,
    "permission_overwrites": [],
    "nsfw": False,
    "rate_limit_per_user": 0,
    "last_message_id": None,
    "flags": 0,
}
EVERYONE: Payload = {
    "id": GUILD_ID,
    "name": "@everyone",
    "color": 0,
    "hoist": False,
    "position": 0,
    "permissions": PERMISSIONS,
    "managed": False,
    "mentionable": False,
}
GUILD: Payload = {
    "id": GUILD_ID,
    "name": "Lab",
    "icon": None,
    "owner_id": MEMBER_ID,
    "afk_channel_id": None,
    "afk_timeout": 300,
    "verification_level": 0,
    "default_message_notifications": 1,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw_level": 0,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "premium_tier": 0,
    "preferred_locale": "en-US",
    "features": [],
    "roles": [EVERYONE],
    "emojis": [],
    "stickers": [],
    "channels": [CHANNEL],
    "threads": [],
    "members": [MEMBER, {**MEMBER, "user": BOT}],
    "member_count": 2,
    "voice_states": [],
    "presences": [],
    "stage_instances": [],
    "guild_scheduled_events": [],
    "joined_at": JOINED,
    "large": False,
    "unavailable": False,
}
INTERACTION: Payload = {
    "id": ID_MARK,
    "application_id": BOT_ID,
    "type": 2,
    "token": f"{INTERACTION_TOKEN}{ID_MARK}",
    "version": 1,
    "guild_id": GUILD_ID,
    "guild": {"id": GUILD_ID, "locale": "en-US", "features": []},
    "guild_locale": "en-US",
    "locale": "en-US",
    "channel_id": CHANNEL_ID,
    "channel": {**CHANNEL, "permissions": PERMISSIONS},
    "member": {**MEMBER, "permissions": PERMISSIONS},
    "app_permissions": PERMISSIONS,
    "entitlements": [],
    "authorizing_integration_owners": {"0": GUILD_ID},
    "context": 0,
    "attachment_size_limit": 10485760,
    "data": {"id": COMMAND_ID, "name": "ping", "type": 1},
}
ANSWER: Payload = {
    "interaction": {
        "id": ID_MARK,
        "type": 2,
        "response_message_id": ID_MARK,
        "response_message_loading": False,
        "response_message_ephemeral": False,
    },
    "resource": {
        "type": 4,
        "message": {
            "id": ID_MARK,
            "channel_id": CHANNEL_ID,
            "type": 20,
            "content": "Pong!",
            "author": BOT,
            "timestamp": JOINED,
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "flags": 0,
            "application_id": BOT_ID,
            "webhook_id": BOT_ID,
            "interaction_metadata": {
                "id": ID_MARK,
                "type": 2,
                "user": USER,
                "authorizing_integration_owners": {"0": GUILD_ID},
                "name": "ping",
            },
        },
    },
}
"""The body that ``with_response`` asks for."""


def dispatch(event: str, sequence: int, data: Payload) -> Payload:
    """One event as a frame of the gateway."""
    return {"t": event, "s": sequence, "op": 0, "d": data}


def ready(gateway_url: str, shard: object) -> Payload:
    """What READY says to one shard."""
    return {
        "v": 10,
        "user": BOT,
        "guilds": [{"id": GUILD_ID, "unavailable": True}],
        "session_id": "benchmark",
        "resume_gateway_url": gateway_url,
        "application": {"id": BOT_ID, "flags": 0},
        "shard": shard or [0, 1],
    }


class InteractionFrames:
    """Writes ``INTERACTION_CREATE`` frames by joining text, without encoding anything again."""

    def __init__(self) -> None:
        whole = json.dumps(dispatch("INTERACTION_CREATE", SEQUENCE_MARK, INTERACTION), separators=(",", ":"))
        head, tail = whole.split(str(SEQUENCE_MARK))
        self._head = head
        self._parts = tail.split(ID_MARK)

    def frame(self, sequence: int, interaction_id: int) -> str:
        """The text of one frame."""
        return f"{self._head}{sequence}{str(interaction_id).join(self._parts)}"


class AnswerBodies:
    """The same for the bodies that answer a callback."""

    def __init__(self) -> None:
        self._parts = json.dumps(ANSWER, separators=(",", ":")).encode().split(ID_MARK.encode())

    def body(self, interaction_id: str) -> bytes:
        """The JSON text of one answer."""
        return interaction_id.encode().join(self._parts)
