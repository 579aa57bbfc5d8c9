"""What modules replace: each replacement can be taken out, whatever the order."""

from collections.abc import Callable

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.offline import offline
from wisp_framework import BotContext, Module


class MadeModule(Module):
    """Does what it was made for."""

    def __init__(self, name: str, register: Callable[[commands.AutoShardedBot], None]) -> None:
        self.name = name
        self._register = register

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self._register(bot)


class FirstHelp(commands.MinimalHelpCommand):
    """The help of one module."""


class SecondHelp(commands.MinimalHelpCommand):
    """The help of the other."""


async def test_event_handlers_go_in_any_order() -> None:
    """Once both modules with an `on_message` are gone, the bot's own is back, and neither of theirs runs."""
    ran: list[str] = []

    def handler(name: str) -> MadeModule:
        def register(bot: commands.AutoShardedBot) -> None:
            @bot.event
            async def on_message(message: discord.Message) -> None:
                ran.append(name)

        return MadeModule(name, register)

    async with offline(handler("first"), handler("second")) as here:
        await here.app.modules.unload("first")
        await here.app.modules.unload("second")
        ada = await here.person("Ada")
        seen = await ada.say("!ping")

    assert ran == []
    assert "Pong" in seen.text


async def test_error_handlers_of_the_tree_go_in_any_order() -> None:
    """The last module's error handler stays until that module goes, and then nothing of it is left."""

    def handler(name: str) -> MadeModule:
        def register(bot: commands.AutoShardedBot) -> None:
            @bot.tree.error
            async def on_error(
                interaction: discord.Interaction[commands.AutoShardedBot], error: app_commands.AppCommandError
            ) -> None:
                """Do nothing."""

        return MadeModule(name, register)

    async with offline(handler("first"), handler("second")) as here:
        replaced = vars(here.app.bot.tree)
        await here.app.modules.unload("first")
        assert "on_error" in replaced
        await here.app.modules.unload("second")
        assert "on_error" not in replaced


async def test_help_commands_go_in_any_order() -> None:
    """The last module's help stays until that module goes, and then the bot's own is back."""

    def helper(name: str, kind: type[commands.HelpCommand]) -> MadeModule:
        def register(bot: commands.AutoShardedBot) -> None:
            bot.help_command = kind()

        return MadeModule(name, register)

    async with offline(helper("first", FirstHelp), helper("second", SecondHelp)) as here:
        await here.app.modules.unload("first")
        assert isinstance(here.app.bot.help_command, SecondHelp)
        await here.app.modules.unload("second")
        assert isinstance(here.app.bot.help_command, commands.DefaultHelpCommand)
