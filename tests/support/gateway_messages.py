"""Messages and interactions as Discord sends them, with every field filled in."""

from typing import Any

from support.gateway_parts import (
    ADA_ID,
    ADMIN_ROLE_ID,
    BOT_ID,
    COMMAND_ID,
    EMOJI_ID,
    ENTITLEMENT_ID,
    GRACE_ID,
    GUILD_ID,
    HASH,
    INTERACTION_ID,
    LATER,
    LOBBY_ID,
    MESSAGE_ID,
    NOW,
    PERMISSIONS,
    SKU_ID,
    STICKER_ID,
    TEXT_ID,
    Payload,
    channel,
    member,
    role,
    thread,
    user,
)


def media(**fields: Any) -> Payload:
    """A picture somewhere on the network."""
    return {
        "url": "https://example.org/a.png",
        "proxy_url": "https://proxy.example.org/a.png",
        "height": 10,
        "width": 20,
        "flags": 0,
        "content_type": "image/png",
        "placeholder": "abc",
        "placeholder_version": 1,
        "loading_state": 2,
    } | fields


def embed(**fields: Any) -> Payload:
    """An embed with all its parts."""
    return {
        "title": "Engine",
        "type": "rich",
        "description": "Turns",
        "url": "https://example.org/engine",
        "timestamp": NOW,
        "color": 255,
        "footer": {
            "text": "foot",
            "icon_url": "https://example.org/f.png",
            "proxy_icon_url": "https://p.org/f",
        },
        "image": media(),
        "thumbnail": media(),
        "video": media(),
        "provider": {"name": "Press", "url": "https://example.org"},
        "author": {"name": "Ada", "url": "https://example.org/ada", "icon_url": "https://example.org/i.png"},
        "fields": [{"name": "size", "value": "big", "inline": True}],
        "flags": 0,
    } | fields


def attachment(**fields: Any) -> Payload:
    """A voice recording, which has the most fields."""
    return {
        "id": "55",
        "filename": "note.ogg",
        "title": "note",
        "description": "A note",
        "content_type": "audio/ogg",
        "size": 100,
        "url": "https://cdn.example.org/note.ogg",
        "proxy_url": "https://proxy.example.org/note.ogg",
        "height": None,
        "width": None,
        "ephemeral": False,
        "duration_secs": 1.5,
        "waveform": "AAAA",
        "flags": 0,
    } | fields


def rows() -> list[Payload]:
    """A button and a menu in their rows."""
    picture = {"id": str(EMOJI_ID), "name": "engine", "animated": False}
    button = {
        "type": 2,
        "id": 2,
        "style": 1,
        "label": "Go",
        "custom_id": "go",
        "disabled": False,
        "emoji": picture,
    }
    menu = {
        "type": 3,
        "id": 4,
        "custom_id": "choose",
        "placeholder": "Choose",
        "min_values": 1,
        "max_values": 1,
        "disabled": False,
        "options": [{"label": "A", "value": "a", "description": "first", "emoji": picture, "default": True}],
    }
    people = {"type": 5, "id": 6, "custom_id": "who", "default_values": [{"id": str(ADA_ID), "type": "user"}]}
    rooms = {"type": 8, "id": 8, "custom_id": "where", "channel_types": [0], "default_values": []}
    children = [button, menu, people, rooms]
    return [{"type": 1, "id": 10 + row, "components": [child]} for row, child in enumerate(children)]


def layout() -> list[Payload]:
    """A message that is made of components alone."""
    text = {"type": 10, "id": 3, "content": "words"}
    picture = {"type": 11, "id": 4, "media": media(), "description": "picture", "spoiler": False}
    section = {"type": 9, "id": 2, "components": [text], "accessory": picture}
    gallery = {
        "type": 12,
        "id": 5,
        "items": [{"media": media(), "description": "first", "spoiler": True}],
    }
    file = {"type": 13, "id": 6, "file": media(), "spoiler": False, "name": "a.png", "size": 5}
    line = {"type": 14, "id": 7, "divider": True, "spacing": 1}
    inside = [section, gallery, file, line, *rows()[:1]]
    return [{"type": 17, "id": 1, "accent_color": 255, "spoiler": False, "components": inside}, text]


def reaction(**fields: Any) -> Payload:
    """A reaction under a message."""
    return {
        "emoji": {"id": str(EMOJI_ID), "name": "engine", "animated": False},
        "count": 2,
        "count_details": {"burst": 1, "normal": 1},
        "burst_colors": ["#ff0000"],
        "me": True,
        "me_burst": False,
    } | fields


def poll(**fields: Any) -> Payload:
    """A poll with votes."""
    return {
        "question": {"text": "Which?"},
        "answers": [
            {
                "answer_id": 1,
                "poll_media": {"text": "This", "emoji": {"id": None, "name": "\N{THUMBS UP SIGN}"}},
            },
            {
                "answer_id": 2,
                "poll_media": {"text": "That", "emoji": {"id": str(EMOJI_ID), "name": "engine"}},
            },
        ],
        "expiry": LATER,
        "allow_multiselect": True,
        "layout_type": 1,
        "results": {
            "is_finalized": False,
            "answer_counts": [
                {"id": 1, "count": 2, "me_voted": True},
                {"id": 2, "count": 0, "me_voted": False},
            ],
        },
    } | fields


def message(**fields: Any) -> Payload:
    """A plain message of Ada."""
    return {
        "id": str(MESSAGE_ID),
        "channel_id": str(TEXT_ID),
        "guild_id": str(GUILD_ID),
        "author": user(),
        "member": member(),
        "content": "hello <@1201000000000000003> <@&1203000000000000001>",
        "timestamp": NOW,
        "edited_timestamp": LATER,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user(GRACE_ID, "grace", member=member())],
        "mention_roles": [str(ADMIN_ROLE_ID)],
        "mention_channels": [{"id": str(TEXT_ID), "guild_id": str(GUILD_ID), "type": 0, "name": "general"}],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
        "nonce": "123",
    } | fields


def rich_message(**fields: Any) -> Payload:
    """A message with everything that can hang on one."""
    inner = {"type": 0, "content": "told", "timestamp": NOW, "edited_timestamp": None, "flags": 0}
    snapshot = inner | {
        "embeds": [embed()],
        "attachments": [attachment()],
        "mentions": [],
        "mention_roles": [],
    }
    rich: Payload = {
        "type": 19,
        "attachments": [attachment()],
        "embeds": [embed()],
        "components": rows(),
        "reactions": [reaction()],
        "poll": poll(),
        "sticker_items": [{"id": str(STICKER_ID), "name": "gear", "format_type": 1}],
        "message_reference": {
            "type": 0,
            "message_id": str(MESSAGE_ID - 1),
            "channel_id": str(TEXT_ID),
            "guild_id": str(GUILD_ID),
            "fail_if_not_exists": False,
        },
        "referenced_message": message(id=str(MESSAGE_ID - 1)),
        "message_snapshots": [{"message": snapshot}],
        "activity": {"type": 1, "party_id": "p"},
        "application": {"id": str(BOT_ID), "name": "Wisp", "icon": HASH, "description": "A bot"},
        "application_id": str(BOT_ID),
        "interaction": {
            "id": str(INTERACTION_ID),
            "type": 2,
            "name": "probe",
            "user": user(),
            "member": member(),
        },
        "interaction_metadata": metadata(),
        "position": 4,
    }
    return message(**rich, **occasions()) | fields


def occasions() -> Payload:
    """What a message tells of other than words: a call, a thread, something bought."""
    return {
        "role_subscription_data": {
            "role_subscription_listing_id": "9",
            "tier_name": "Gold",
            "total_months_subscribed": 2,
            "is_renewal": True,
        },
        "thread": thread(),
        "call": {"participants": [str(ADA_ID)], "ended_timestamp": LATER},
        "purchase_notification": {
            "type": 0,
            "guild_product_purchase": {"listing_id": "9", "product_name": "x"},
        },
    }


def metadata(**fields: Any) -> Payload:
    """Where an answer came from: a form that a command opened."""
    opened = {
        "id": str(INTERACTION_ID),
        "type": 2,
        "user": user(),
        "authorizing_integration_owners": {"0": str(GUILD_ID)},
        "target_user": user(GRACE_ID, "grace"),
        "target_message_id": str(MESSAGE_ID),
    }
    return {
        "id": str(INTERACTION_ID),
        "type": 5,
        "user": user(),
        "authorizing_integration_owners": {"0": str(GUILD_ID), "1": str(ADA_ID)},
        "original_response_message_id": str(MESSAGE_ID),
        "interacted_message_id": str(MESSAGE_ID),
        "triggering_interaction_metadata": opened,
    } | fields


def interaction(kind: int, data: Payload, **fields: Any) -> Payload:
    """What a member did with the bot."""
    return {
        "id": str(INTERACTION_ID),
        "application_id": str(BOT_ID),
        "type": kind,
        "data": data,
        "guild_id": str(GUILD_ID),
        "guild": {"id": str(GUILD_ID), "locale": "en-US", "features": ["COMMUNITY"]},
        "channel": channel(permissions=PERMISSIONS),
        "channel_id": str(TEXT_ID),
        "member": member(user=user(), permissions=PERMISSIONS),
        "token": "token-of-an-interaction",
        "version": 1,
        "app_permissions": PERMISSIONS,
        "locale": "en-US",
        "guild_locale": "en-US",
        "entitlements": [entitlement()],
        "entitlement_sku_ids": [str(SKU_ID)],
        "authorizing_integration_owners": {"0": str(GUILD_ID)},
        "context": 0,
        "attachment_size_limit": 10485760,
    } | fields


def resolved() -> Payload:
    """The objects that the options of a command name."""
    return {
        "users": {str(ADA_ID): user()},
        "members": {str(ADA_ID): member(permissions=PERMISSIONS)},
        "roles": {str(ADMIN_ROLE_ID): role()},
        "channels": {str(LOBBY_ID): channel(LOBBY_ID, permissions=PERMISSIONS)},
        "messages": {str(MESSAGE_ID): message()},
        "attachments": {"55": attachment()},
    }


def command(name: str = "probe", kind: int = 1, **fields: Any) -> Payload:
    """The use of a command."""
    return {"id": str(COMMAND_ID), "name": name, "type": kind, "guild_id": str(GUILD_ID)} | fields


def option(name: str, kind: int, value: object) -> Payload:
    """One option of a command."""
    return {"name": name, "type": kind, "value": value}


def interactions() -> tuple[Payload, ...]:
    """One interaction of each kind: commands, menus, suggestions, controls and forms."""
    values = [
        option("word", 3, "hello"),
        option("count", 4, 3),
        option("loud", 5, True),
        option("who", 6, str(ADA_ID)),
        option("where", 7, str(LOBBY_ID)),
        option("role", 8, str(ADMIN_ROLE_ID)),
        option("ratio", 10, 0.5),
        option("file", 11, "55"),
    ]
    nested = [{"name": "keep", "type": 2, "options": [{"name": "note", "type": 1, "options": values[:1]}]}]
    typing = [option("word", 3, "hel") | {"focused": True}]
    shown = message(author=user(BOT_ID, "wisp", bot=True), components=rows())
    filled = [
        {"type": 1, "id": 1, "components": [{"type": 4, "id": 2, "custom_id": "word", "value": "hello"}]},
        {"type": 18, "id": 3, "component": {"type": 3, "id": 4, "custom_id": "kind", "values": ["b"]}},
        {"type": 18, "id": 5, "component": {"type": 19, "id": 6, "custom_id": "file", "values": ["55"]}},
    ]
    people = {"component_type": 5, "custom_id": "who", "values": [str(ADA_ID)], "resolved": resolved()}
    alone = {"guild_id": None, "guild": None, "member": None, "user": user(), "context": 1}
    return (
        interaction(2, command(options=values, resolved=resolved())),
        interaction(2, command("probes", options=nested)),
        interaction(2, command("Look at", 2, target_id=str(ADA_ID), resolved=resolved())),
        interaction(2, command("Quote", 3, target_id=str(MESSAGE_ID), resolved=resolved())),
        interaction(2, command("probe"), **alone),
        interaction(4, command(options=typing)),
        interaction(3, {"component_type": 2, "custom_id": "go", "id": 2}, message=shown),
        interaction(3, {"component_type": 3, "custom_id": "choose", "values": ["a"]}, message=shown),
        interaction(3, people, message=shown),
        interaction(5, {"custom_id": "form", "components": filled, "resolved": resolved()}),
        interaction(1, {}),
    )


def entitlement(**fields: Any) -> Payload:
    """Something that was bought."""
    return {
        "id": str(ENTITLEMENT_ID),
        "sku_id": str(SKU_ID),
        "application_id": str(BOT_ID),
        "user_id": str(ADA_ID),
        "guild_id": str(GUILD_ID),
        "type": 8,
        "deleted": False,
        "consumed": False,
        "starts_at": NOW,
        "ends_at": LATER,
    } | fields
