"""The command lists at Discord, read and written over one bot's HTTP client."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

import discord
from discord.ext import commands
from discord.http import HTTPClient

from wisp_framework.registry import ModuleRegistry, Payload
from wisp_framework.registry.limits import fitting
from wisp_framework.registry.sync import SyncRefusedError
from wisp_framework.services.base import Health, HealthState
from wisp_framework.transport.tree import Root, WispTree

_log = logging.getLogger(__name__)

NO_USE_IN_TRYING_AGAIN = frozenset({400, 403, 404})


class HttpCommandLists:
    """`CommandLists` for a bot: global modules and its own commands in the global list, the others per guild.

    Args:
        bot: whose HTTP client and application are used.
        tree: where commands are registered.
        modules: says which module is visible where.
    """

    def __init__(self, bot: commands.AutoShardedBot, tree: WispTree, modules: ModuleRegistry) -> None:
        self._bot = bot
        self._tree = tree
        self._modules = modules
        self._complaints: dict[int | None, list[str]] = {}
        self._said: set[str] = set()

    def wanted(self, guild_id: int | None) -> list[Payload]:
        """The payloads that the list should hold now."""
        roots = [root for root in self._tree.roots() if self._belongs(root, guild_id)]
        if guild_id is not None:
            named = self._tree.roots_only_of(guild_id)
            roots += [root for root in named if self._is_on(self._tree.module_of(root), guild_id)]
        entries = [(self._tree.module_of(root), cast("Payload", root.to_dict(self._tree))) for root in roots]
        taken, self._complaints[guild_id] = fitting(entries)
        for complaint in self._complaints[guild_id]:
            if complaint not in self._said:
                self._said.add(complaint)
                _log.error("%s", complaint)
        return taken

    async def check_health(self) -> Health:
        """Degraded while a command is listed nowhere that should be."""
        found = sorted({text for complaints in self._complaints.values() for text in complaints})
        return Health(HealthState.DEGRADED, "; ".join(found)) if found else Health(HealthState.OK)

    def _is_on(self, module: str | None, guild_id: int) -> bool:
        return module is None or self._modules.is_enabled(guild_id, module)

    def _belongs(self, root: Root, guild_id: int | None) -> bool:
        module = self._tree.module_of(root)
        is_global = module is None or self._modules.get_module(module).visibility == "global"
        if guild_id is None:
            return is_global
        return not is_global and module is not None and self._modules.is_enabled(guild_id, module)

    async def fetch(self, guild_id: int | None) -> list[Payload]:
        """The payloads that it holds."""
        if guild_id is None:
            return await self._ask(lambda http, app: http.get_global_commands(app))
        return await self._ask(lambda http, app: http.get_guild_commands(app, guild_id))

    async def put(self, guild_id: int | None, commands: Sequence[Payload]) -> None:
        """Replace it.

        Raises:
            SyncRefusedError: Discord does not take this list.
        """
        payload: list[Any] = list(commands)
        if guild_id is None:
            await self._ask(lambda http, app: http.bulk_upsert_global_commands(app, payload))
        else:
            await self._ask(lambda http, app: http.bulk_upsert_guild_commands(app, guild_id, payload))

    async def _ask(self, call: Callable[[HTTPClient, int], Any]) -> list[Payload]:
        application_id = self._bot.application_id
        if application_id is None:
            raise SyncRefusedError("the application's id is not known before login")
        try:
            return cast("list[Payload]", await call(self._bot.http, application_id))
        except discord.HTTPException as error:
            if error.status not in NO_USE_IN_TRYING_AGAIN:
                raise
            hint = " Invite the bot with the applications.commands scope." if error.status != 400 else ""
            raise SyncRefusedError(f"{error}.{hint}") from error
