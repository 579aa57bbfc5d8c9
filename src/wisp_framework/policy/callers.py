"""Who calls, and from where: what the gates ask of an interaction, of a message, or of a member by name."""

from collections.abc import Iterable
from typing import Generic, Protocol, TypeAlias, TypeVar, cast

import discord
import msgspec
from discord.ext import commands

BotT = TypeVar("BotT", bound=commands.Bot | commands.AutoShardedBot, covariant=True)
Place: TypeAlias = discord.abc.GuildChannel | discord.Thread


class Caller(Protocol):
    """Answers what a gate needs to know, and looks it up only when asked."""

    @property
    def snowflake(self) -> int | None:
        """The id of the interaction or message, in which its time is written; None where nobody called."""

    def permissions(self) -> discord.Permissions:
        """What the member may do in the channel."""

    def bot_permissions(self) -> discord.Permissions:
        """What the bot may do there."""

    def role_ids(self) -> Iterable[int]:
        """The roles of the member; none in direct messages."""

    def channel_ids(self) -> tuple[int, ...]:
        """The channel, and before it the thread in it."""

    async def is_owner(self) -> bool:
        """Whether this is an owner of the bot."""


class InteractionCaller(msgspec.Struct):
    """Whoever used a command, component or form."""

    _interaction: discord.Interaction

    @property
    def snowflake(self) -> int | None:
        """The id of the interaction."""
        return self._interaction.id

    def permissions(self) -> discord.Permissions:
        """As Discord sent them with the interaction."""
        return self._interaction.permissions

    def bot_permissions(self) -> discord.Permissions:
        """As Discord sent them with the interaction."""
        return self._interaction.app_permissions

    def role_ids(self) -> Iterable[int]:
        """As Discord sent them, also where the guild itself is not known."""
        return _role_ids(self._interaction.user)

    def channel_ids(self) -> tuple[int, ...]:
        """The channel, and before it the thread in it."""
        return _channel_ids(self._interaction.channel, self._interaction.channel_id)

    async def is_owner(self) -> bool:
        """Whether this is an owner of the bot."""
        bot = cast("commands.AutoShardedBot", self._interaction.client)
        return await bot.is_owner(self._interaction.user)


class ContextCaller(Generic[BotT]):
    """Whoever wrote a prefix command."""

    __slots__ = ("_ctx",)

    def __init__(self, ctx: commands.Context[BotT]) -> None:
        self._ctx = ctx

    @property
    def snowflake(self) -> int | None:
        """The id of the message."""
        return self._ctx.message.id

    def permissions(self) -> discord.Permissions:
        """As discord.py computes them from what it knows of the guild."""
        return self._ctx.permissions

    def bot_permissions(self) -> discord.Permissions:
        """As discord.py computes them from what it knows of the guild."""
        return self._ctx.bot_permissions

    def role_ids(self) -> Iterable[int]:
        """As Discord sent them with the message."""
        return _role_ids(self._ctx.author)

    def channel_ids(self) -> tuple[int, ...]:
        """The channel, and before it the thread in it."""
        return _channel_ids(self._ctx.channel, self._ctx.channel.id)

    async def is_owner(self) -> bool:
        """Whether this is an owner of the bot."""
        return await self._ctx.bot.is_owner(self._ctx.author)


class MemberCaller:
    """A member who has not called anything: what would the gates say?"""

    __slots__ = ("_bot", "_member", "_place")

    def __init__(self, bot: commands.AutoShardedBot, member: discord.Member, place: Place) -> None:
        self._bot = bot
        self._member = member
        self._place = place

    @property
    def snowflake(self) -> int | None:
        """None: nobody called."""
        return None

    def permissions(self) -> discord.Permissions:
        """As discord.py computes them from what it knows of the guild."""
        return self._place.permissions_for(self._member)

    def bot_permissions(self) -> discord.Permissions:
        """As discord.py computes them from what it knows of the guild."""
        return self._place.permissions_for(self._member.guild.me)

    def role_ids(self) -> Iterable[int]:
        """As they are known now."""
        return _role_ids(self._member)

    def channel_ids(self) -> tuple[int, ...]:
        """The channel, and before it the thread in it."""
        return _channel_ids(self._place, self._place.id)

    async def is_owner(self) -> bool:
        """Whether this is an owner of the bot."""
        return await self._bot.is_owner(self._member)


def _role_ids(user: discord.User | discord.Member) -> Iterable[int]:
    # Not `roles`: that leaves out what the cache of the guild does not know, and a rule may name it.
    return user._roles if isinstance(user, discord.Member) else ()  # noqa: SLF001


def _channel_ids(channel: object, channel_id: int | None) -> tuple[int, ...]:
    if isinstance(channel, discord.Thread):
        return (channel.id, channel.parent_id)
    return (channel_id,) if channel_id is not None else ()
