"""ExtensionModule: code that was written for plain discord.py, switched per guild like a module's own."""

import importlib.util
import inspect
from collections.abc import Collection
from typing import Literal

from discord.ext import commands
from typing_extensions import override

from wisp_framework.config.redaction import words_of
from wisp_framework.context import BotContext
from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module


class ExtensionModule(Module):
    """A discord.py extension or cog as a module; its code is not changed.

    Args:
        source: what ``bot.load_extension`` takes, ``mybot.cogs.music``; or a Cog class, which is made with
            the bot if it takes something.
        name: what members type after ``/modules``; the last word of the path, or the name of the cog, unless
            given.
        description: one line for ``/modules list``; of a cog its own unless given.
        default_enabled: whether it is on in a guild that never said otherwise.
        visibility: as `Module.visibility`.
        depends_on: as `Module.depends_on`.

    Raises:
        ModuleError: there is no extension of that path.
    """

    def __init__(
        self,
        source: str | type[commands.Cog],
        *,
        name: str = "",
        description: str = "",
        default_enabled: bool = True,
        visibility: Literal["guild", "global"] = "guild",
        depends_on: Collection[str] = (),
    ) -> None:
        if isinstance(source, str):
            _refuse_if_missing(source)
            self.name = name or source.rpartition(".")[2]
            self.description = description
        else:
            self.name = name or source.__cog_name__
            self.description = description or source.__cog_description__.partition("\n")[0]
        self.source = source
        self.default_enabled = default_enabled
        self.visibility = visibility
        self.depends_on = depends_on

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        if not isinstance(self.source, str):
            takes = inspect.signature(self.source).parameters
            await bot.add_cog(self.source(bot) if takes else self.source())
            return
        try:
            await bot.load_extension(self.source)
        except commands.NoEntryPointError as error:
            reason = f"{self.source} has no function setup(bot), so it is no extension. Name one that is."
            raise ModuleError(self.name, reason) from error
        except commands.ExtensionAlreadyLoaded as error:
            reason = f"{self.source} is loaded already, by the bot itself or by another module. Load it once."
            raise ModuleError(self.name, reason) from error
        except commands.ExtensionFailed as failure:
            raise self._failed(failure.original) from failure.original

    def _failed(self, error: Exception) -> ModuleError:
        if isinstance(error, ModuleError):
            return ModuleError(self.name, error.reason)
        return ModuleError(self.name, f"{self.source} raised {words_of(error)}")


def _refuse_if_missing(path: str) -> None:
    try:
        found = importlib.util.find_spec(path) if path and not path.startswith(".") else None
    except Exception as error:  # its package is imported to look, and that is foreign code
        raise ModuleError(path, f"is no extension: {words_of(error)}") from error
    if found is None:
        reason = "is no extension: there is nothing of that path. Name it as for bot.load_extension()."
        raise ModuleError(path or "''", reason)
