"""The command lists at Discord, read and written over one bot's HTTP client."""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, cast

import discord
from discord.ext import commands
from discord.http import HTTPClient, Route

from wisp_framework.exceptions import CommandsRefusedError, CreatesSpentError, SyncRefusedError
from wisp_framework.registry import ModuleRegistry, Payload
from wisp_framework.registry.lists import WantedList
from wisp_framework.registry.payloads import CommandKey, fingerprint, key_of
from wisp_framework.transport.tree import Root, WispTree, root_key

NO_USE_IN_TRYING_AGAIN = frozenset({400, 401, 403, 404})
CREATES_SPENT = 30034
"""Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json"""


REFUSED_COMMAND = re.compile(r"^In (\d+)\.(.+)$", re.MULTILINE)
"""A line of discord.py's account of a refused list: the place of the command, then what is wrong where."""


class HttpCommandLists:
    """`CommandLists` for a bot: global modules and its own commands in the global list, the others per guild.

    Args:
        bot: whose HTTP client and application are used.
        tree: where commands are registered.
        modules: says which module is visible where.
        can_vanish: whether it may be an offline Discord, whose lists end with it.
    """

    def __init__(
        self, bot: commands.AutoShardedBot, tree: WispTree, modules: ModuleRegistry, *, can_vanish: bool
    ) -> None:
        self._bot = bot
        self._tree = tree
        self._modules = modules
        self._can_vanish = can_vanish
        self._refused: dict[str, str] = {}
        self._built: dict[tuple[bool, tuple[Root, ...]], WantedList] = {}

    @property
    def application_id(self) -> int:
        """Whose lists they are.

        Raises:
            SyncRefusedError: before login nobody knows.
        """
        if self._bot.application_id is None:
            raise SyncRefusedError("the application's id is not known before login")
        return self._bot.application_id

    @property
    def can_vanish(self) -> bool:
        """Whether it may be an offline Discord, whose lists end with it."""
        return self._can_vanish

    def refresh(self) -> None:
        """Work out anew what should be listed."""
        self._built.clear()

    def offered(self) -> Collection[CommandKey]:
        """Every command that is registered for all guilds, wherever it is listed."""
        return {_key(root) for root in self._tree.roots()}

    async def wanted(self, guild_id: int | None) -> WantedList:
        """What the list should hold now; the same object for guilds that should see the same."""
        roots = [root for root in self._tree.roots() if self._belongs(root, guild_id)]
        if guild_id is not None:
            named = self._tree.roots_only_of(guild_id)
            roots += [root for root in named if self._is_on(self._tree.module_of(root), guild_id)]
        key = (guild_id is None, tuple(roots))
        found = self._built.get(key)
        if found is None:
            entries = [(self._tree.module_of(root), await self._payload(root, guild_id)) for root in roots]
            found = self._built[key] = WantedList.of(entries, guild_id, self._refused)
        return found

    async def _payload(self, root: Root, guild_id: int | None) -> Payload:
        translator = self._tree.translator
        if translator is not None:
            payload = cast("Payload", await root.get_translated_payload(self._tree, translator))
        else:
            payload = cast("Payload", root.to_dict(self._tree))
        if guild_id is None and payload.get("integration_types") is None:
            payload["integration_types"] = [*self._installs()] or None
        return payload

    def _installs(self) -> list[int]:
        """Where the application can be installed, which Discord takes for a command that does not say.

        Source: https://docs.discord.com/developers/interactions/application-commands#installation-context
        """
        about = self._bot.application
        configured = (about.guild_integration_config, about.user_integration_config) if about else ()
        return [number for number, where in enumerate(configured) if where is not None]

    def _is_on(self, module: str | None, guild_id: int) -> bool:
        return module is None or self._modules.is_enabled(guild_id, module)

    def _belongs(self, root: Root, guild_id: int | None) -> bool:
        module = self._tree.module_of(root)
        is_global = module is None or self._modules.get_module(module).visibility == "global"
        if guild_id is None:
            return is_global
        return not is_global and module is not None and self._modules.is_enabled(guild_id, module)

    async def fetch(self, guild_id: int | None) -> list[Payload]:
        """What Discord has, in all languages: without asking for them it shows none.

        Raises:
            SyncRefusedError: Discord does not show it.
        """
        place = "/applications/{application_id}" + ("" if guild_id is None else "/guilds/{guild_id}")
        ids: dict[str, Any] = {"application_id": self.application_id, "guild_id": guild_id}
        route = Route("GET", f"{place}/commands", **ids)
        asked = {"with_localizations": "true"}
        return await self._ask(guild_id, lambda http: http.request(route, params=asked))

    async def put(self, guild_id: int | None, commands: Sequence[Payload]) -> None:
        """Replace it.

        Raises:
            CreatesSpentError: Discord takes no new command today.
            CommandsRefusedError: Discord does not take these commands, which are wanted no more.
            SyncRefusedError: Discord does not take this list.
        """
        payload: list[Any] = list(commands)
        app = self.application_id
        try:
            if guild_id is None:
                await self._ask(None, lambda http: http.bulk_upsert_global_commands(app, payload))
            else:
                await self._ask(
                    guild_id, lambda http: http.bulk_upsert_guild_commands(app, guild_id, payload)
                )
        except SyncRefusedError as error:
            self._learn(guild_id, commands, str(error))
            raise

    def _learn(self, guild_id: int | None, commands: Sequence[Payload], said: str) -> None:
        """Leave out what Discord does not take, as far as it says which; once for each command.

        Raises:
            CommandsRefusedError: some are left out from now on.
        """
        found: dict[str, str] = {}
        for place, reason in REFUSED_COMMAND.findall(said):
            command = commands[int(place)] if int(place) < len(commands) else None
            mark = fingerprint([command], guild_id) if command is not None else ""
            if command is not None and self._refused.setdefault(mark, reason) is reason:
                found[str(key_of(command))] = reason
        if found:
            self._built.clear()
            raise CommandsRefusedError(found)

    async def _ask(self, guild_id: int | None, call: Callable[[HTTPClient], Awaitable[Any]]) -> list[Payload]:
        try:
            return cast("list[Payload]", await call(self._bot.http))
        except discord.HTTPException as error:
            if error.code == CREATES_SPENT:
                raise CreatesSpentError(guild_id, 0) from error
            if error.status not in NO_USE_IN_TRYING_AGAIN:
                raise
            hint = " Invite the bot with the applications.commands scope." if error.status == 403 else ""
            raise SyncRefusedError(f"{error}.{hint}") from error


def _key(root: Root) -> CommandKey:
    name, kind = root_key(root)
    return CommandKey(kind, name)
