"""All tables of the offline Discord, and the refusals for what is not in them."""

from dataclasses import dataclass, field
from datetime import datetime

from wisp_sim.clock import Clock, Timer
from wisp_sim.model.account import Application, User
from wisp_sim.model.command import Command, CommandPermission
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, CustomEmoji, Guild, Member, Role
from wisp_sim.model.interaction import Interaction, Modal
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.message import Attachment, Message, UploadedFile
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.model.presence import Presence
from wisp_sim.model.sighting import Onlookers
from wisp_sim.model.snowflake import Snowflakes
from wisp_sim.model.token import make_token
from wisp_sim.model.webhook import Webhook
from wisp_sim.rules.permissions import channel_permissions, guild_permissions
from wisp_sim.state.bus import Audience, Bus

# What both sides may do in a direct message.
_DM_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.ADD_REACTIONS
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.MENTION_EVERYONE
    | Permission.PIN_MESSAGES
)


@dataclass(slots=True)
class Store:
    """Everything that exists, by id.

    Lookups named ``need_*`` raise Discord's refusal for a thing that is not there.
    """

    clock: Clock
    ids: Snowflakes
    bus: Bus = field(default_factory=Bus)
    onlookers: Onlookers = field(default_factory=Onlookers)
    base_url: str = ""
    users: dict[int, User] = field(default_factory=dict)
    applications: dict[int, Application] = field(default_factory=dict)
    tokens: dict[str, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    ephemeral: dict[int, Message] = field(default_factory=dict)
    commands: dict[int, Command] = field(default_factory=dict)
    command_permissions: dict[tuple[int, int], list[CommandPermission]] = field(default_factory=dict)
    user_installs: dict[int, list[int]] = field(default_factory=dict)
    interactions: dict[int, Interaction] = field(default_factory=dict)
    interaction_tokens: dict[str, Interaction] = field(default_factory=dict)
    dm_ids: dict[tuple[int, int], int] = field(default_factory=dict)
    timers: dict[int, Timer] = field(default_factory=dict)
    files: dict[int, Attachment] = field(default_factory=dict)
    uploaded: dict[str, UploadedFile] = field(default_factory=dict)
    command_creations: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    presences: dict[int, Presence] = field(default_factory=dict)
    modals: dict[int, Modal] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    last_sent: dict[tuple[int, int], datetime] = field(default_factory=dict)
    application_emojis: dict[int, dict[int, CustomEmoji]] = field(default_factory=dict)

    def add_user(self, user: User) -> None:
        """Let this account exist and log in."""
        self.users[user.id] = user
        self.tokens[user.token] = user

    def renew_token(self, user: User) -> None:
        """Let the old token of this account be nobody's."""
        del self.tokens[user.token]
        user.token = make_token(user.id)
        self.tokens[user.token] = user

    def add_channel(self, channel: Channel) -> None:
        """Let this channel exist, in its guild if it has one."""
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        if channel.guild_id is not None:
            guild = self.guilds[channel.guild_id]
            kept = guild.channels if channel.thread is None else guild.threads
            kept[channel.id] = channel

    def remove_channel(self, channel: Channel) -> None:
        """Let this channel of a guild be gone, with its messages; its threads are other channels."""
        guild = self.guilds[channel.guild_id or 0]
        kept = guild.channels if channel.thread is None else guild.threads
        kept.pop(channel.id, None)
        self.channels.pop(channel.id, None)
        self.messages.pop(channel.id, None)

    def add_file(self, filename: str, data: bytes, kind: str | None) -> Attachment:
        """Keep a file that came with a request."""
        file = Attachment(self.ids.make(), filename, data, kind)
        self.files[file.id] = file
        return file

    def need_user(self, user_id: int) -> User:
        """The user with this id."""
        user = self.users.get(user_id)
        if user is None:
            raise ApiError(404, 10013, "Unknown User")
        return user

    def need_guild(self, guild_id: int, viewer_id: int) -> Guild:
        """The guild with this id, for one of its members."""
        guild = self.guilds.get(guild_id)
        if guild is None:
            raise ApiError(404, 10004, "Unknown Guild")
        if viewer_id not in guild.members:
            raise ApiError(403, 50001, "Missing Access")
        return guild

    def need_member(self, guild: Guild, user_id: int) -> Member:
        """The member of this guild with this id."""
        member = guild.members.get(user_id)
        if member is None:
            self.need_user(user_id)
            raise ApiError(404, 10007, "Unknown Member")
        return member

    def need_role(self, guild: Guild, role_id: int) -> Role:
        """The role of this guild with this id."""
        role = guild.roles.get(role_id)
        if role is None:
            raise ApiError(404, 10011, "Unknown Role")
        return role

    def need_channel(self, channel_id: int, viewer_id: int, needed: Permission = NO_PERMISSIONS) -> Channel:
        """The channel with this id, for someone who sees it and may do what is ``needed``."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise ApiError(404, 10003, "Unknown Channel")
        held = self.permissions_in(channel, viewer_id)
        if not held & Permission.VIEW_CHANNEL:
            raise ApiError(403, 50001, "Missing Access")
        if needed & ~held:
            raise ApiError(403, 50013, "Missing Permissions")
        return channel

    def need_message(self, channel: Channel, message_id: int) -> Message:
        """The message of this channel with this id; an ephemeral one is not in its channel."""
        message = self.messages[channel.id].get(message_id)
        if message is None:
            raise ApiError(404, 10008, "Unknown Message")
        return message

    def permissions_in(self, channel: Channel, user_id: int) -> Permission:
        """What this user may do in this channel; nothing for a stranger."""
        if channel.guild_id is None:
            return _DM_PERMISSIONS if user_id in channel.recipients else NO_PERMISSIONS
        guild = self.guilds[channel.guild_id]
        member = guild.members.get(user_id)
        if member is None:
            return NO_PERMISSIONS
        return channel_permissions(guild, channel, member, self.clock.now())

    def need_permissions(self, guild: Guild, user_id: int, needed: Permission) -> Member:
        """The member with this id, who may do what is ``needed`` in the guild."""
        member = guild.members.get(user_id)
        if member is None:
            raise ApiError(403, 50001, "Missing Access")
        if needed & ~guild_permissions(guild, member, self.clock.now()):
            raise ApiError(403, 50013, "Missing Permissions")
        return member

    def dm_between(self, one_id: int, other_id: int) -> Channel:
        """The direct messages of these two, opened if they had none."""
        pair = (min(one_id, other_id), max(one_id, other_id))
        if pair not in self.dm_ids:
            channel = Channel(self.ids.make(), ChannelType.DM, recipients=pair)
            self.add_channel(channel)
            self.dm_ids[pair] = channel.id
        return self.channels[self.dm_ids[pair]]

    def watchers(self, channel: Channel) -> Audience:
        """Those who see this channel."""
        return lambda user_id: bool(self.permissions_in(channel, user_id) & Permission.VIEW_CHANNEL)


def members_of(guild: Guild) -> Audience:
    """Those who are in this guild now."""
    return lambda user_id: user_id in guild.members
