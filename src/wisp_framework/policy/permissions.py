"""Decorators that say who may call a handler.

They work on slash commands, context menus, prefix and hybrid commands, on the callbacks of buttons and
menus and on a form's ``on_submit``. Each refuses by raising one of `RefusedError`'s kinds, which no error
handler of a module sees: the member gets the sentence, the operator the record.
"""

import difflib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import discord
from discord import app_commands
from discord.ext import commands

from wisp_framework.exceptions import GuildOnlyError, MissingPermissionsError, OwnerOnlyError, RefusedError

TargetT = TypeVar("TargetT")

MARK = "__wisp_requires__"
NOT_ON_A_GROUP = "put the requirement on the commands of the group {!r}, not on the group"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as a requirement needs to know."""

    guild_id: int | None
    permissions: discord.Permissions
    is_owner: Callable[[], Awaitable[bool]]


Requirement = Callable[[Caller], Awaitable[None]]


def require_guild() -> Callable[[TargetT], TargetT]:
    """Refuse in direct messages, with `GuildOnlyError`."""

    async def requirement(caller: Caller) -> None:
        if caller.guild_id is None:
            raise GuildOnlyError

    return _decorator(requirement)


def require_permissions(**permissions: bool) -> Callable[[TargetT], TargetT]:
    """Refuse members who lack one of the permissions in this channel, with `MissingPermissionsError`.

    Asked of what Discord sent with the invocation, not of the command's default permissions, which the
    moderators of a guild may change. In direct messages it refuses with `GuildOnlyError`.

    Args:
        permissions: Discord's names, such as ``manage_guild=True``.

    Raises:
        TypeError: when the code is read: no such permission.
    """
    for name in permissions:
        if name not in discord.Permissions.VALID_FLAGS:
            near = difflib.get_close_matches(name, discord.Permissions.VALID_FLAGS, n=1)
            raise TypeError(f"no permission {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    wanted = discord.Permissions(**permissions)

    async def requirement(caller: Caller) -> None:
        if caller.guild_id is None:
            raise GuildOnlyError
        if caller.permissions.administrator:
            return
        missing = [name for name, needed in wanted if needed and not _has(caller.permissions, name)]
        if missing:
            raise MissingPermissionsError(missing)

    return _decorator(requirement)


def require_owner() -> Callable[[TargetT], TargetT]:
    """Refuse all but the bot's owners (``DISCORD_OWNER_IDS``, else the application's): `OwnerOnlyError`."""

    async def requirement(caller: Caller) -> None:
        if not await caller.is_owner():
            raise OwnerOnlyError

    return _decorator(requirement)


async def check_requirements(handler: object, interaction: discord.Interaction) -> None:
    """Ask what the decorators on a component's or form's handler demand.

    Raises:
        RefusedError: the first demand that is not met.
    """
    for requirement in _marks(handler):
        await requirement(_caller_of_interaction(interaction))


def refuse_requirements_on_group(command: object) -> None:
    """Refuse a requirement where discord.py would not ask it: on a group, for the commands below it.

    Raises:
        TypeError: the command is a prefix or hybrid group with a requirement on its own callback.
    """
    if isinstance(command, commands.Group) and _marks(command):
        raise TypeError(NOT_ON_A_GROUP.format(command.name))


def _has(permissions: discord.Permissions, name: str) -> bool:
    return bool(getattr(permissions, name))


def _marks(handler: object) -> list[Requirement]:
    # discord.py wraps the callbacks that its item decorators find; the function stays within reach.
    inner = getattr(handler, "callback", handler)
    return cast("list[Requirement]", getattr(inner, MARK, []))


def _caller_of_interaction(interaction: discord.Interaction) -> Caller:
    bot = cast("commands.AutoShardedBot", interaction.client)
    return Caller(interaction.guild_id, interaction.permissions, lambda: bot.is_owner(interaction.user))


def _caller_of_context(ctx: commands.Context[commands.AutoShardedBot]) -> Caller:
    guild_id = ctx.guild.id if ctx.guild is not None else None
    return Caller(guild_id, ctx.permissions, lambda: ctx.bot.is_owner(ctx.author))


def _is_only_tried(ctx: commands.Context[commands.AutoShardedBot]) -> bool:
    """Whether the help asks what it may list: it catches discord.py's errors alone."""
    if ctx.interaction is not None or ctx.command is None:
        return False
    called = [*ctx.invoked_parents, ctx.invoked_with][0]
    return ctx.bot.all_commands.get(called or "") is not (ctx.command.root_parent or ctx.command)


def _decorator(requirement: Requirement) -> Callable[[TargetT], TargetT]:
    async def check_interaction(interaction: discord.Interaction) -> bool:
        await requirement(_caller_of_interaction(interaction))
        return True

    async def check_context(ctx: commands.Context[commands.AutoShardedBot]) -> bool:
        try:
            await requirement(_caller_of_context(ctx))
        except RefusedError:
            if _is_only_tried(ctx):
                return False
            raise
        return True

    def decorate(target: TargetT) -> TargetT:
        if isinstance(target, app_commands.Group | commands.Group):
            raise TypeError(NOT_ON_A_GROUP.format(target.name))
        function = cast("Any", target)
        if isinstance(target, app_commands.Command | app_commands.ContextMenu):
            target.add_check(check_interaction)
            function = target.callback
        elif isinstance(target, commands.Command):
            target.add_check(check_context)
            function = target.callback
        else:
            app_commands.check(check_interaction)(function)
            commands.check(check_context)(function)
        setattr(function, MARK, [*_marks(function), requirement])
        return target

    return decorate
