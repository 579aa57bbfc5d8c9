"""Guilds, and what is in them."""

from dataclasses import dataclass, field
from datetime import datetime

from wisp_sim.model.audit_log import AuditEntry
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.permission import Permission
from wisp_sim.model.voice import VoiceState


@dataclass(slots=True)
class Role:
    """A set of permissions with a place in the order; the one of everyone has its guild's id."""

    id: int
    name: str
    permissions: Permission
    position: int = 0
    bot_id: int | None = None
    color: int = 0
    hoist: bool = False
    mentionable: bool = False


@dataclass(slots=True)
class Overwrite:
    """What a role or a member may do differently in one channel."""

    id: int
    is_member: bool
    allow: Permission
    deny: Permission


@dataclass(slots=True)
class ForumTag:
    """A tag that a forum offers to its posts; ``moderated`` ones only for those who manage threads."""

    id: int
    name: str
    moderated: bool = False
    emoji_id: int | None = None
    emoji_name: str | None = None


@dataclass(slots=True)
class ThreadState:
    """What a thread has beside a channel's fields; ``members`` by when they joined it.

    ``active_at`` is when something last kept the thread from being archived by itself.
    """

    owner_id: int
    created_at: datetime
    archived_at: datetime
    active_at: datetime
    archived: bool = False
    locked: bool = False
    auto_archive_duration_minutes: int = 1440
    invitable: bool = True
    members: dict[int, datetime] = field(default_factory=dict)
    message_count: int = 0
    total_message_sent: int = 0
    applied_tags: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Channel:
    """A place for messages: in a guild, or between ``recipients``; a thread of one has ``thread``."""

    id: int
    type: ChannelType
    name: str | None = None
    guild_id: int | None = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    parent_id: int | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipients: tuple[int, ...] = ()
    last_message_id: int | None = None
    thread: ThreadState | None = None
    flags: int = 0
    slowmode_s: int = 0
    bitrate: int = 64000
    user_limit: int = 0
    rtc_region: str | None = None
    video_quality_mode: int = 1
    default_auto_archive_minutes: int | None = None
    default_thread_slowmode_s: int = 0
    available_tags: list[ForumTag] = field(default_factory=list)
    default_reaction_emoji_id: int | None = None
    default_reaction_emoji_name: str | None = None
    default_sort_order: int | None = None
    default_forum_layout: int = 0


@dataclass(slots=True)
class Member:
    """A user in a guild."""

    user_id: int
    guild_id: int
    joined_at: datetime
    role_ids: list[int] = field(default_factory=list)
    nick: str | None = None
    timed_out_until: datetime | None = None
    deaf: bool = False
    mute: bool = False
    flags: int = 0


@dataclass(slots=True)
class Ban:
    """Why a user may not be in a guild."""

    user_id: int
    reason: str | None = None


@dataclass(slots=True)
class Invite:
    """A way into a guild; a life or a number of uses of 0 means without end."""

    code: str
    guild_id: int
    channel_id: int
    inviter_id: int
    created_at: datetime
    max_age_s: int = 86_400
    max_uses: int = 0
    temporary: bool = False
    uses: int = 0


@dataclass(slots=True)
class CustomEmoji:
    """An emoji with a picture, of a guild or an application; ``role_ids`` are those that may use it."""

    id: int
    name: str
    creator_id: int
    media_type: str
    data: bytes
    animated: bool = False
    role_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class GuildSettings:
    """What those who manage a guild set for it.

    ``system_channel_chosen`` tells whether somebody said where system messages go; until then they go to
    the first text channel.
    """

    description: str | None = None
    features: list[str] = field(default_factory=list)
    verification_level: int = 0
    default_message_notifications: int = 0
    explicit_content_filter: int = 0
    preferred_locale: str = "en-US"
    afk_channel_id: int | None = None
    afk_timeout_s: int = 300
    system_channel_id: int | None = None
    system_channel_chosen: bool = False
    system_channel_flags: int = 0
    rules_channel_id: int | None = None
    public_updates_channel_id: int | None = None
    safety_alerts_channel_id: int | None = None
    premium_progress_bar_enabled: bool = False


@dataclass(slots=True)
class Guild:
    """A server; members, roles and channels by their ids."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    settings: GuildSettings = field(default_factory=GuildSettings)
    audit_log: list[AuditEntry] = field(default_factory=list)
    bans: dict[int, Ban] = field(default_factory=dict)
    invites: dict[str, Invite] = field(default_factory=dict)
    emojis: dict[int, CustomEmoji] = field(default_factory=dict)
    voice_states: dict[int, VoiceState] = field(default_factory=dict)
    unavailable: bool = False

    @property
    def everyone(self) -> Role:
        """The role that all members have."""
        return self.roles[self.id]
