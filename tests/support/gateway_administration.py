"""What those who run a guild do, as Discord tells it: integrations, rules, the audit log, invites."""

from typing import Any

from support.gateway_parts import (
    ADA_ID,
    ADMIN_ROLE_ID,
    BOT_ID,
    EMOJI_ID,
    ENTITLEMENT_ID,
    GRACE_ID,
    HASH,
    INTEGRATION_ID,
    LATER,
    MESSAGE_ID,
    NOW,
    OF_GUILD,
    RULE_ID,
    SKU_ID,
    TEXT_ID,
    Payload,
    channel,
    forum_channel,
    role,
    user,
)


def integration(kind: str = "discord", **fields: Any) -> Payload:
    """A bot or a channel of another service that the guild let in."""
    return {
        **OF_GUILD,
        "id": str(INTEGRATION_ID),
        "name": "Wisp",
        "type": kind,
        "enabled": True,
        "account": {"id": str(BOT_ID), "name": "Wisp"},
        "application_id": str(BOT_ID),
        "application": {
            "id": str(BOT_ID),
            "name": "Wisp",
            "icon": HASH,
            "description": "A bot",
            "summary": "",
            "bot": user(BOT_ID, "wisp", bot=True),
        },
        "user": user(),
        "syncing": False,
        "synced_at": NOW,
        "role_id": str(ADMIN_ROLE_ID),
        "enable_emoticons": True,
        "subscriber_count": 3,
        "revoked": False,
        "expire_behavior": 1,
        "expire_grace_period": 7,
        "scopes": ["bot"],
    } | fields


def rule(**fields: Any) -> Payload:
    """A rule of the automatic moderation."""
    return {
        **OF_GUILD,
        "id": str(RULE_ID),
        "name": "Words",
        "creator_id": str(ADA_ID),
        "event_type": 1,
        "trigger_type": 1,
        "trigger_metadata": {
            "keyword_filter": ["steam"],
            "regex_patterns": ["^s"],
            "allow_list": ["steamer"],
            "presets": [1],
            "mention_total_limit": 3,
            "mention_raid_protection_enabled": True,
        },
        "actions": [
            {"type": 1, "metadata": {"custom_message": "No."}},
            {"type": 2, "metadata": {"channel_id": str(TEXT_ID)}},
            {"type": 3, "metadata": {"duration_seconds": 60}},
        ],
        "enabled": True,
        "exempt_roles": [str(ADMIN_ROLE_ID)],
        "exempt_channels": [str(TEXT_ID)],
    } | fields


def audit_entry(action: int, changes: list[Payload], **fields: Any) -> Payload:
    """One line of the guild's audit log."""
    return {
        **OF_GUILD,
        "id": "1218000000000000001",
        "action_type": action,
        "user_id": str(ADA_ID),
        "target_id": str(GRACE_ID),
        "reason": "because",
        "changes": changes,
        "options": {
            "channel_id": str(TEXT_ID),
            "message_id": str(MESSAGE_ID),
            "count": "2",
            "id": str(ADMIN_ROLE_ID),
            "type": "0",
            "role_name": "Admin",
            "delete_member_days": "7",
            "members_removed": "3",
            "application_id": str(BOT_ID),
            "auto_moderation_rule_name": "Words",
            "auto_moderation_rule_trigger_type": "1",
            "integration_type": "discord",
        },
    } | fields


def change(key: str, old: object, new: object) -> Payload:
    """What an entry of the audit log says was changed."""
    return {"key": key, "old_value": old, "new_value": new}


def invite(**fields: Any) -> Payload:
    """A new invite to the guild."""
    return {
        **OF_GUILD,
        "channel_id": str(TEXT_ID),
        "code": "abc",
        "created_at": NOW,
        "expires_at": LATER,
        "max_age": 3600,
        "max_uses": 5,
        "temporary": True,
        "uses": 0,
        "type": 0,
        "flags": 1,
        "inviter": user(),
        "target_type": 2,
        "target_user": user(GRACE_ID, "grace"),
        "target_application": {
            "id": str(BOT_ID),
            "name": "Wisp",
            "icon": HASH,
            "description": "A bot",
            "summary": "",
            "verify_key": HASH,
            "flags": 0,
            "rpc_origins": ["https://example.org"],
            "terms_of_service_url": "https://example.org/terms",
            "privacy_policy_url": "https://example.org/privacy",
        },
    } | fields


def subscription(**fields: Any) -> Payload:
    """A subscription to what the application sells."""
    return {
        "id": "1219000000000000001",
        "user_id": str(ADA_ID),
        "sku_ids": [str(SKU_ID)],
        "entitlement_ids": [str(ENTITLEMENT_ID)],
        "renewal_sku_ids": [str(SKU_ID)],
        "current_period_start": NOW,
        "current_period_end": LATER,
        "status": 0,
        "canceled_at": LATER,
    } | fields


AUDIT_ENTRIES = (
    audit_entry(25, [change("$add", None, [{"id": str(ADMIN_ROLE_ID), "name": "Admin"}])]),
    audit_entry(
        11,
        [
            change("permission_overwrites", [], channel()["permission_overwrites"]),
            change("available_tags", [], forum_channel()["available_tags"]),
            change("default_reaction_emoji", None, {"emoji_id": str(EMOJI_ID), "emoji_name": None}),
            change("type", 0, 5),
        ],
        target_id=str(TEXT_ID),
    ),
    audit_entry(
        141,
        [
            change("trigger_metadata", {}, rule()["trigger_metadata"]),
            change("actions", [], rule()["actions"]),
            change("exempt_roles", [], [str(ADMIN_ROLE_ID)]),
        ],
        target_id=str(RULE_ID),
    ),
    audit_entry(72, [], options={"channel_id": str(TEXT_ID), "count": "2"}),
    audit_entry(21, [], options={"delete_member_days": "7", "members_removed": "3"}),
    audit_entry(
        31,
        [
            change("colors", None, role()["colors"]),
            change("permissions", "0", "8"),
            change("icon_hash", None, HASH),
        ],
        target_id=str(ADMIN_ROLE_ID),
        options={},
    ),
)
