"""What stands in the body of a module's class, and is registered without a `Module.setup`."""

import inspect
from collections.abc import Iterator
from typing import TypeVar

import discord
from discord.ext import commands

from wisp_framework.module import Module
from wisp_framework.services.jobs import declared_in

KindT = TypeVar("KindT")


async def register_declared(module: Module, bot: commands.AutoShardedBot) -> None:
    """Register a module's methods that are commands, listeners or jobs, and the views in its class.

    A view is registered if it is made without arguments and goes on working after a restart: it has no
    timeout, and ids of its own on everything that can be used. Others are for the author to send.
    """
    if _is_used_as_cog(module):
        module.__cog_name__ = module.name  # unique in a bot, and what the help lists the commands under
        if bot.get_cog(module.name) is not module:
            await bot.add_cog(module)
    for kind in (discord.ui.View, discord.ui.LayoutView):
        for view_class in _inside(module, kind):
            if _is_made_without_arguments(view_class) and (view := view_class()).is_persistent():
                bot.add_view(view)
    for item in _inside(module, discord.ui.DynamicItem):
        bot.add_dynamic_items(item)


def _is_used_as_cog(module: Module) -> bool:
    group = module.app_command  # of a module that is a GroupCog as well
    has_commands = bool(group or module.get_commands() or module.get_app_commands())
    return has_commands or bool(module.get_listeners()) or any(True for _ in declared_in(module))


def _inside(module: Module, kind: type[KindT]) -> Iterator[type[KindT]]:
    """The classes of a kind that stand in the module's class; those of a subclass replace its bases'."""
    names = {name: member for base in reversed(type(module).__mro__) for name, member in vars(base).items()}
    for member in names.values():
        if inspect.isclass(member) and issubclass(member, kind):
            yield member


def _is_made_without_arguments(kind: type[object]) -> bool:
    needed = [
        parameter
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return not needed
