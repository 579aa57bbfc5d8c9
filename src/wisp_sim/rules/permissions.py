"""Who may do what where.

Source: https://docs.discord.com/developers/topics/permissions#permission-overwrites
"""

from datetime import datetime

from wisp_sim.model.guild import Channel, Guild, Member, Role, ThreadState
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.permission import ALL_PERMISSIONS, Permission

# What remains to a member in a time-out.
_TIMED_OUT = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY

_WRITING = (
    Permission.MENTION_EVERYONE
    | Permission.SEND_TTS_MESSAGES
    | Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
)
_SPOKEN = (ChannelType.VOICE, ChannelType.STAGE)
# Who may not connect may do nothing else there, and not change the channel: clients count on it.
_SPEAKING = (
    Permission.SPEAK
    | Permission.STREAM
    | Permission.USE_VAD
    | Permission.PRIORITY_SPEAKER
    | Permission.MUTE_MEMBERS
    | Permission.DEAFEN_MEMBERS
    | Permission.MOVE_MEMBERS
    | Permission.USE_SOUNDBOARD
    | Permission.USE_EXTERNAL_SOUNDS
    | Permission.USE_EMBEDDED_ACTIVITIES
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_ROLES
)


def guild_permissions(guild: Guild, member: Member, now: datetime) -> Permission:
    """What this member may do in the guild, before any channel says otherwise."""
    if member.user_id == guild.owner_id:
        return ALL_PERMISSIONS
    total = guild.everyone.permissions
    for role_id in member.role_ids:
        total |= guild.roles[role_id].permissions
    if total & Permission.ADMINISTRATOR:
        return ALL_PERMISSIONS
    return total & _TIMED_OUT if _timed_out(member, now) else total


def channel_permissions(guild: Guild, channel: Channel, member: Member, now: datetime) -> Permission:
    """What this member may do in one channel or thread of the guild.

    A thread has its parent's permissions; there the right to send in threads stands for the right to send.
    Source: https://docs.discord.com/developers/topics/permissions#permissions-for-threads
    """
    if channel.thread is not None:
        return _thread_permissions(guild, channel, channel.thread, member, now)
    total = guild_permissions(guild, member, now)
    if total == ALL_PERMISSIONS:
        return total
    total = _with_overwrites(guild, channel, member, total)
    if not total & Permission.VIEW_CHANNEL:
        return Permission(0)
    if not total & Permission.SEND_MESSAGES:
        total &= ~_WRITING
    if channel.type in _SPOKEN and not total & Permission.CONNECT:
        total &= ~_SPEAKING
    return total & _TIMED_OUT if _timed_out(member, now) else total


def _thread_permissions(
    guild: Guild, channel: Channel, thread: ThreadState, member: Member, now: datetime
) -> Permission:
    parent = guild.channels.get(channel.parent_id or 0)
    total = guild_permissions(guild, member, now)
    if parent is None or total == ALL_PERMISSIONS:
        return total
    total = _with_overwrites(guild, parent, member, total)
    if _timed_out(member, now):
        total &= _TIMED_OUT
    hidden = channel.type is ChannelType.PRIVATE_THREAD and member.user_id not in thread.members
    if not total & Permission.VIEW_CHANNEL or (hidden and not total & Permission.MANAGE_THREADS):
        return Permission(0)
    total &= ~Permission.SEND_MESSAGES
    if total & Permission.SEND_MESSAGES_IN_THREADS:
        total |= Permission.SEND_MESSAGES
    else:
        total &= ~_WRITING
    return total


def _with_overwrites(guild: Guild, channel: Channel, member: Member, total: Permission) -> Permission:
    everyone = channel.overwrites.get(guild.id)
    if everyone is not None:
        total = (total & ~everyone.deny) | everyone.allow
    allow = deny = Permission(0)
    for role_id in member.role_ids:
        overwrite = channel.overwrites.get(role_id)
        if overwrite is not None:
            allow |= overwrite.allow
            deny |= overwrite.deny
    total = (total & ~deny) | allow
    own = channel.overwrites.get(member.user_id)
    return total if own is None else (total & ~own.deny) | own.allow


def top_position(guild: Guild, member: Member) -> int:
    """The place of the member's highest role; everyone's is 0."""
    return max((guild.roles[role_id].position for role_id in member.role_ids), default=0)


def outranks(guild: Guild, actor: Member, target: Member) -> bool:
    """Whether one may act on the other: the owner on all, others on those with a lower top role.

    Source: https://docs.discord.com/developers/topics/permissions#permission-hierarchy
    """
    if target.user_id == guild.owner_id:
        return False
    return actor.user_id == guild.owner_id or top_position(guild, target) < top_position(guild, actor)


def commands_role(guild: Guild, actor: Member, role: Role) -> bool:
    """Whether the role stands below the actor; the owner is above all."""
    return actor.user_id == guild.owner_id or role.position < top_position(guild, actor)


def _timed_out(member: Member, now: datetime) -> bool:
    return member.timed_out_until is not None and member.timed_out_until > now
