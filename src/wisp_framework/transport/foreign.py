"""What modules' code does to the bot that discord.py keeps no account of."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from discord.ext import commands, tasks

from wisp_framework.exceptions import ModuleError
from wisp_framework.utils.ownership import Owner

AnyCommand: TypeAlias = commands.Command[Any, ..., Any]
"""A prefix command, hybrid ones included."""


async def take_back_cog(bot: commands.AutoShardedBot, cog: commands.Cog) -> None:
    """Remove a cog, stop the loops that its ``cog_unload`` forgot, and have its class keep nothing of it."""
    if bot.get_cog(cog.qualified_name) is cog:
        await bot.remove_cog(cog.qualified_name)
    _free_from_its_class(cog)
    for loop in vars(cog).values():
        if isinstance(loop, tasks.Loop):
            loop.cancel()


def _free_from_its_class(cog: commands.Cog) -> None:
    # In discord.py the command that a hybrid group falls back on belongs to the class, and leads to the group
    # of the last cog that was made, and so to its bot, as long as the class is there.
    for kind in type(cog).__mro__:
        for group in vars(kind).values():
            if (
                not isinstance(group, commands.HybridGroup)
                or not group.fallback
                or not group.with_app_command
            ):
                continue
            fallback = group.app_command.get_command(str(group.fallback))
            if isinstance(fallback, commands.hybrid.HybridAppCommand):
                fallback.wrapped = group


def is_new_attribute(bot: object, name: str) -> bool:
    """Whether an attribute of the bot is nothing of discord.py's or ours, and not there yet."""
    if name.startswith("_") or name in vars(bot):
        return False
    return not any(name in vars(base) for base in type(bot).__mro__)


def refuse_clash(
    command: AnyCommand,
    owner: Owner,
    known: Mapping[str, AnyCommand],
    owners: Mapping[AnyCommand, Owner],
) -> None:
    """Refuse a prefix command whose name is taken, as discord.py does, but naming the module that has it.

    Raises:
        ModuleError: its name or one of its aliases is another module's.
    """
    for name in (command.name, *command.aliases):
        found = known.get(name)
        taken_by = owners.get(found) if found is not None else None
        if taken_by is not None and taken_by is not owner:
            text = f"the command {name!r} is the module {taken_by.name!r}'s already. Rename one of them."
            raise ModuleError(owner.name, text)
