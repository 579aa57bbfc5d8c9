"""What a channel may be: its fields by type, their limits, and who may grant what in it.

Source: https://docs.discord.com/developers/resources/channel and
https://docs.discord.com/developers/resources/guild#create-guild-channel
"""

from copy import copy

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, ForumTag, Guild, Overwrite
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.permission import ALL_PERMISSIONS, Permission
from wisp_sim.model.snowflake import Snowflakes
from wisp_sim.rules.form import Form

MAX_CHANNELS = 500
MAX_IN_CATEGORY = 50
ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
MAX_SLOWMODE_S = 21600
THREAD_TYPES = (
    ChannelType.ANNOUNCEMENT_THREAD,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
)
FORUM_TYPES = (ChannelType.FORUM, ChannelType.MEDIA)
VOICE_TYPES = (ChannelType.VOICE, ChannelType.STAGE)
CREATABLE_TYPES = (
    ChannelType.TEXT,
    ChannelType.VOICE,
    ChannelType.CATEGORY,
    ChannelType.ANNOUNCEMENT,
    ChannelType.STAGE,
    *FORUM_TYPES,
)
# Names of these are written small and without spaces.
_SLUGGED = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, *FORUM_TYPES)
# The flags that a request may set: REQUIRE_TAG and HIDE_MEDIA_DOWNLOAD_OPTIONS; PINNED is a thread's.
_REQUIRE_TAG = 1 << 4
_SETTABLE_FLAGS = _REQUIRE_TAG | 1 << 15
_MAX_TOPIC_CHARS = 1024
_MAX_FORUM_TOPIC_CHARS = 4096
_MAX_BITRATE = 96000
_MAX_STAGE_BITRATE = 64000
_INT32 = 2**31 - 1


def check_tags(form: Form, forum: Channel, tag_ids: list[int]) -> None:
    """Note tags of a post that its forum does not have.

    Raises:
        ApiError: 40067, the forum asks for a tag, and there is none.
    """
    known = {tag.id for tag in forum.available_tags}
    if set(tag_ids) - known:
        form.fail("applied_tags", "FORUM_TAG_INVALID", "Tag does not exist")
    if forum.flags & _REQUIRE_TAG and not tag_ids:
        raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")


def revise(channel: Channel, form: Form, guild: Guild, ids: Snowflakes) -> Channel:
    """A copy of a guild's channel with the changes that a request asks for; problems are noted in the form.

    A field that the channel's type does not have is passed over.
    """
    draft = copy(channel)
    if form.has("name"):
        name = form.text("name", min_chars=1, max_chars=100, required=True) or draft.name or ""
        draft.name = name.lower().replace(" ", "-") if draft.type in _SLUGGED else name
    if form.has("position"):
        draft.position = form.integer("position", least=0, most=_INT32) or 0
    if form.has("permission_overwrites"):
        draft.overwrites = _read_overwrites(form, guild)
    if draft.type is not ChannelType.CATEGORY:
        _read_parent(draft, form, guild)
        _read_text_fields(draft, form)
    if draft.type in VOICE_TYPES:
        _read_voice_fields(draft, form)
    if draft.type in FORUM_TYPES:
        _read_forum_fields(draft, form, ids)
    return draft


def _read_parent(draft: Channel, form: Form, guild: Guild) -> None:
    if not form.has("parent_id"):
        return
    parent_id = form.snowflake("parent_id")
    if parent_id is not None and parent_id != draft.parent_id:
        problem = parent_problem(guild, parent_id)
        if problem is not None:
            form.fail("parent_id", *problem)
            return
    draft.parent_id = parent_id


def parent_problem(guild: Guild, parent_id: int) -> tuple[str, str] | None:
    """Why one channel more cannot be in this category: Discord's code and message; None if it can."""
    parent = guild.channels.get(parent_id)
    if parent is None or parent.type is not ChannelType.CATEGORY:
        return "CHANNEL_PARENT_INVALID_TYPE" if parent else "CHANNEL_PARENT_INVALID", (
            "Not a category" if parent else "Category does not exist"
        )
    inside = sum(channel.parent_id == parent_id for channel in guild.channels.values())
    if inside < MAX_IN_CATEGORY:
        return None
    message = f"Maximum number of channels in category reached ({MAX_IN_CATEGORY})"
    return "CHANNEL_PARENT_MAX_CHANNELS", message


def _read_text_fields(draft: Channel, form: Form) -> None:
    forum = draft.type in FORUM_TYPES
    if form.has("topic") and draft.type not in VOICE_TYPES:
        limit = _MAX_FORUM_TOPIC_CHARS if forum else _MAX_TOPIC_CHARS
        draft.topic = form.text("topic", max_chars=limit) or None
    if form.has("nsfw"):
        draft.nsfw = bool(form.truth("nsfw"))
    if form.has("rate_limit_per_user") and draft.type is not ChannelType.ANNOUNCEMENT:
        draft.slowmode_s = form.integer("rate_limit_per_user", least=0, most=MAX_SLOWMODE_S) or 0
    if form.has("default_auto_archive_duration"):
        minutes = form.choice("default_auto_archive_duration", ARCHIVE_MINUTES)
        draft.default_auto_archive_minutes = minutes
    if form.has("default_thread_rate_limit_per_user"):
        slowmode_s = form.integer("default_thread_rate_limit_per_user", least=0, most=MAX_SLOWMODE_S)
        draft.default_thread_slowmode_s = slowmode_s or 0
    if form.has("flags"):
        draft.flags = (form.integer("flags", least=0, most=_INT32) or 0) & _SETTABLE_FLAGS


def _read_voice_fields(draft: Channel, form: Form) -> None:
    stage = draft.type is ChannelType.STAGE
    if form.has("bitrate"):
        most = _MAX_STAGE_BITRATE if stage else _MAX_BITRATE
        draft.bitrate = form.integer("bitrate", least=8000, most=most) or 64000
    if form.has("user_limit"):
        draft.user_limit = form.integer("user_limit", least=0, most=10000 if stage else 99) or 0
    if form.has("rtc_region"):
        draft.rtc_region = form.text("rtc_region", max_chars=100) or None
    if form.has("video_quality_mode"):
        draft.video_quality_mode = form.choice("video_quality_mode", (1, 2)) or 1


def _read_forum_fields(draft: Channel, form: Form, ids: Snowflakes) -> None:
    if form.has("available_tags"):
        draft.available_tags = _read_tags(draft, form, ids)
    if form.has("default_reaction_emoji"):
        emoji = form.form("default_reaction_emoji")
        draft.default_reaction_emoji_id = emoji.snowflake("emoji_id") if emoji else None
        draft.default_reaction_emoji_name = emoji.text("emoji_name", max_chars=100) if emoji else None
    if form.has("default_sort_order"):
        draft.default_sort_order = form.choice("default_sort_order", (0, 1))
    if form.has("default_forum_layout"):
        draft.default_forum_layout = form.choice("default_forum_layout", (0, 1, 2)) or 0


def _read_tags(draft: Channel, form: Form, ids: Snowflakes) -> list[ForumTag]:
    known = {tag.id for tag in draft.available_tags}
    tags: list[ForumTag] = []
    for entry in form.forms("available_tags", most=20):
        name = entry.text("name", min_chars=1, max_chars=50, required=True) or ""
        tag_id = entry.snowflake("id")
        emoji_id, emoji_name = entry.snowflake("emoji_id"), entry.text("emoji_name", max_chars=100)
        if any(tag.name == name for tag in tags):
            entry.fail("name", "FORUM_TAG_NAMES_NOT_UNIQUE", "Tag names must be unique")
        kept = tag_id if tag_id in known and tag_id is not None else ids.make()
        tags.append(ForumTag(kept, name, bool(entry.truth("moderated")), emoji_id, emoji_name))
    return tags


def _read_overwrites(form: Form, guild: Guild) -> dict[int, Overwrite]:
    found: dict[int, Overwrite] = {}
    for entry in form.forms("permission_overwrites", most=100):
        target_id = entry.snowflake("id", required=True)
        kind = entry.choice("type", (0, 1), required=True)
        allow, deny = read_bits(entry, "allow"), read_bits(entry, "deny")
        if target_id is None or kind is None:
            continue
        if kind == 0 and target_id not in guild.roles:
            entry.fail("id", "INVALID_ROLE", "Invalid role")
        found[target_id] = Overwrite(target_id, bool(kind), allow & ~deny, deny)
    return found


def read_bits(form: Form, key: str) -> Permission:
    """Permissions as a number; bits that nobody knows are passed over."""
    return Permission((form.integer(key, least=0) or 0) & int(ALL_PERMISSIONS))


def refuse_grants(before: Channel, after: Channel, held: Permission) -> None:
    """Refuse changed overwrites of permissions that the caller does not hold.

    Only administrators may say who manages roles in a channel.

    Raises:
        ApiError: 50013.
    """
    touched = Permission(0)
    for target_id in {**before.overwrites, **after.overwrites}:
        old, new = before.overwrites.get(target_id), after.overwrites.get(target_id)
        if old != new:
            touched |= Permission.MANAGE_ROLES if not held & Permission.MANAGE_ROLES else Permission(0)
            for one, other in ((old, new), (new, old)):
                touched |= _missing(one.allow if one else None, other.allow if other else None)
                touched |= _missing(one.deny if one else None, other.deny if other else None)
    admin = bool(held & Permission.ADMINISTRATOR)
    if touched and not admin and (touched & ~held or touched & Permission.MANAGE_ROLES):
        raise ApiError(403, 50013, "Missing Permissions")


def _missing(bits: Permission | None, others: Permission | None) -> Permission:
    return (bits or Permission(0)) & ~(others or Permission(0))
