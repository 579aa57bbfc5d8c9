"""Decorators that say who may call a handler, and what the bot needs for it.

They work on slash commands, context menus, prefix and hybrid commands, on the callbacks of buttons and
menus and on a form's ``on_submit``. The gates ask them before the handler, and before the author's own
checks; what they refuse no error handler of a module sees: the member gets the sentence, the operator
the record.
"""

import difflib
from collections.abc import Callable, Mapping
from typing import TypeVar

import discord

from wisp_framework.policy.demands import Demands, demanding

TargetT = TypeVar("TargetT")


def require_guild() -> Callable[[TargetT], TargetT]:
    """Refuse in direct messages, with `GuildOnlyError`."""
    return demanding(Demands(guild_only=True))


def require_permissions(**permissions: bool) -> Callable[[TargetT], TargetT]:
    """Refuse members who lack one of the permissions in this channel, with `MissingPermissionsError`.

    Asked of what Discord sent with the invocation, not of the command's default permissions, which the
    moderators of a guild may change. In direct messages it refuses with `GuildOnlyError`.

    Args:
        permissions: Discord's names, such as ``manage_guild=True``.

    Raises:
        TypeError: when the code is read: no such permission.
    """
    return demanding(Demands(guild_only=True, permissions=_bits(permissions)))


def require_bot_permissions(**permissions: bool) -> Callable[[TargetT], TargetT]:
    """Refuse where the bot itself lacks one of the permissions, with `BotPermissionsError`.

    Args:
        permissions: Discord's names, such as ``ban_members=True``.

    Raises:
        TypeError: when the code is read: no such permission.
    """
    return demanding(Demands(guild_only=True, bot_permissions=_bits(permissions)))


def require_owner() -> Callable[[TargetT], TargetT]:
    """Refuse all but the bot's owners (``DISCORD_OWNER_IDS``, else the application's): `OwnerOnlyError`."""
    return demanding(Demands(owner_only=True))


def missing_permissions(needed: int, granted: discord.Permissions) -> list[str]:
    """Discord's names of what is needed and not granted; administrators lack nothing."""
    lacking = needed & ~granted.value
    if not lacking or granted.administrator:
        return []
    return [name for name, is_lacking in discord.Permissions(lacking) if is_lacking]


def _bits(permissions: Mapping[str, bool]) -> int:
    for name in permissions:
        if name not in discord.Permissions.VALID_FLAGS:
            near = difflib.get_close_matches(name, discord.Permissions.VALID_FLAGS, n=1)
            raise TypeError(f"no permission {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return discord.Permissions(**permissions).value
