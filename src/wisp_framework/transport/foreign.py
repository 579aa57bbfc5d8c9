"""What modules' code does to the bot that discord.py keeps no account of."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from discord.ext import commands, tasks

from wisp_framework.exceptions import ModuleError
from wisp_framework.utils.ownership import Owner

AnyCommand: TypeAlias = commands.Command[Any, ..., Any]
"""A prefix command, hybrid ones included."""


def cancel_loops(cog: commands.Cog) -> None:
    """Stop the loops of a cog that goes, which a listener or command started and ``cog_unload`` forgot."""
    for loop in vars(cog).values():
        if isinstance(loop, tasks.Loop):
            loop.cancel()


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
