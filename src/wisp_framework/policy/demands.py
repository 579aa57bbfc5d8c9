"""What a handler demands of whoever calls it, as its decorators wrote it down."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, cast

from discord import app_commands
from discord.ext import commands

TargetT = TypeVar("TargetT")

MARK = "__wisp_demands__"
NOT_ON_A_GROUP = "put the requirement on the commands of the group {!r}, not on the group"


class Per(StrEnum):
    """Whose uses are counted together."""

    USER = "user"
    """One person, wherever they are."""
    MEMBER = "member"
    """One person in one guild."""
    CHANNEL = "channel"
    GUILD = "guild"
    """All members of a guild; in direct messages the one person there."""


@dataclass(frozen=True, slots=True)
class Cooldown:
    """At most ``uses`` uses in any ``per_s`` seconds."""

    uses: int
    per_s: float
    by: Per


@dataclass(frozen=True, slots=True)
class Concurrency:
    """At most ``limit`` uses that run at the same time."""

    limit: int
    by: Per


@dataclass(frozen=True, slots=True)
class Demands:
    """All that the gates ask of one handler.

    Args:
        guild_only: it refuses in direct messages.
        owner_only: it refuses all but the owners of the bot.
        permissions: what the member needs in the channel, as Discord's bits.
        bot_permissions: what the bot needs there.
        cooldowns: how often.
        concurrencies: how many at once.
    """

    guild_only: bool = False
    owner_only: bool = False
    permissions: int = 0
    bot_permissions: int = 0
    cooldowns: tuple[Cooldown, ...] = ()
    concurrencies: tuple[Concurrency, ...] = ()

    def joined(self, other: "Demands") -> "Demands":
        """Both together: everything that either of them demands."""
        return Demands(
            self.guild_only or other.guild_only,
            self.owner_only or other.owner_only,
            self.permissions | other.permissions,
            self.bot_permissions | other.bot_permissions,
            (*self.cooldowns, *other.cooldowns),
            (*self.concurrencies, *other.concurrencies),
        )

    def without_limits(self) -> "Demands":
        """The same without what counts uses."""
        return replace(self, cooldowns=(), concurrencies=())


NOTHING = Demands()


def demands_of(handler: object) -> Demands:
    """What the decorators on a command, an item's callback or a form's ``on_submit`` demand."""
    # discord.py wraps the callbacks that its decorators find; the function stays within reach.
    inner = getattr(handler, "callback", handler)
    return cast("Demands", getattr(inner, MARK, NOTHING))


def demanding(demands: Demands) -> Callable[[TargetT], TargetT]:
    """A decorator that adds ``demands`` to a handler; it may stand above or below discord.py's own.

    Raises:
        TypeError: when the code is read: it stands on a group, for whose commands discord.py would not ask.
    """

    def decorate(target: TargetT) -> TargetT:
        if isinstance(target, app_commands.Group | commands.Group):
            raise TypeError(NOT_ON_A_GROUP.format(target.name))
        function = cast("Any", target)
        if isinstance(target, app_commands.Command | app_commands.ContextMenu | commands.Command):
            function = target.callback
        setattr(function, MARK, demands_of(function).joined(demands))
        return target

    return decorate


def refuse_requirements_on_group(command: object) -> None:
    """Refuse a requirement where it would not hold for what lies below: on a group.

    Raises:
        TypeError: the command is a prefix or hybrid group with a requirement on its own callback.
    """
    if isinstance(command, commands.Group) and demands_of(command) is not NOTHING:
        raise TypeError(NOT_ON_A_GROUP.format(command.name))
