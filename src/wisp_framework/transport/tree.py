"""The command tree: every application command passes here, is owned, and travels the road."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

import discord
from discord import app_commands
from discord.abc import Snowflake
from discord.ext import commands
from discord.utils import MISSING
from typing_extensions import override

from wisp_framework.context import InvocationKind, current_decision
from wisp_framework.dispatch.answers import answer
from wisp_framework.dispatch.deferral import AutoDefer, declared
from wisp_framework.dispatch.road import Road, invocation_of
from wisp_framework.exceptions import CheckRefusedError, ModuleError
from wisp_framework.transport.replaced import Replaced
from wisp_framework.transport.response import Answering, WispResponse
from wisp_framework.utils.ownership import Owner, current_owner

_log = logging.getLogger(__name__)

Bot: TypeAlias = commands.AutoShardedBot
CommandData: TypeAlias = dict[str, Any]
Root: TypeAlias = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu

REMEMBERED = 4096
"""Names of commands whose module is gone; more than any bot has, so that the bound is only a bound."""

CHAT_INPUT = 1
REPLACEABLE = frozenset({"on_error", "interaction_check"})
SUBCOMMAND_TYPES = (1, 2)


_AUTOCOMPLETE, _COMMAND = InvocationKind.AUTOCOMPLETE, InvocationKind.COMMAND


def root_key(root: Root) -> tuple[str, int]:
    """What Discord knows a command by: its name and its type."""
    return root.name, root.type.value if isinstance(root, app_commands.ContextMenu) else CHAT_INPUT


def full_name(data: CommandData) -> str:
    """The name with its subcommands, as a member types it."""
    options = data.get("options")
    if not options:
        return str(data["name"])
    words = [str(data["name"])]
    while options and options[0].get("type") in SUBCOMMAND_TYPES:
        words.append(str(options[0]["name"]))
        options = options[0].get("options") or []
    return " ".join(words)


def leaf_of(root: Root, data: CommandData) -> Root | None:
    """The command itself that is called, below its groups; None where there is none of that name."""
    found: Root | None = root
    options = data.get("options")
    while isinstance(found, app_commands.Group):
        if not options:
            return None
        found = found.get_command(str(options[0]["name"]))
        options = options[0].get("options")
    return found


class WispTree(app_commands.CommandTree[Bot]):
    """discord.py's tree without its limits over all guilds, with owners, a gate and a planner for the lists.

    A command is registered once; which guild sees it is decided by the lists that are sent to Discord, and
    whether it may run is asked at each use.
    """

    def __init__(self, client: Bot, road: Road, answering: Answering) -> None:
        super().__init__(client)
        self._road = road
        self._answering = answering
        self._owners: WeakKeyDictionary[Root, Owner] = WeakKeyDictionary()
        self._gone: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._replaced = Replaced()
        self._records: WeakKeyDictionary[Root, int] = WeakKeyDictionary()
        self.changed: Callable[[int | None], None] = lambda _: None
        """Told which list to look at when somebody asks for a sync; set by whoever keeps the lists."""

    # --- registration ---

    @override
    def add_command(
        self,
        command: Root,
        /,
        *,
        guild: Snowflake | None = MISSING,
        guilds: Sequence[Snowflake] = MISSING,
        override: bool = False,
    ) -> None:
        root = command if isinstance(command, app_commands.ContextMenu) else command.root_parent or command
        owner = current_owner()
        if owner is not None:  # first: an owner that is gone refuses
            self._records[root] = owner.record(lambda: self.drop(root))
        places = [place for place in (guild, guilds) if place is not MISSING]
        if not places and root._guild_ids is None:  # noqa: SLF001 - discord.py's own mark
            self._add_everywhere(root, override=override)
        else:
            super().add_command(command, guild=guild, guilds=guilds, override=override)
        if owner is not None:
            self._owners[root] = owner
        self._gone.pop(root_key(root), None)

    def _add_everywhere(self, root: Root, *, override: bool) -> None:
        """Without discord.py's count over all guilds: what one guild may list is the planner's to check."""
        if isinstance(root, app_commands.ContextMenu):
            key = (root.name, None, root.type.value)
            if key in self._context_menus and not override:
                raise self._clash(self._context_menus[key])
            self._context_menus[key] = root
            return
        if root.name in self._global_commands and not override:
            raise self._clash(self._global_commands[root.name])
        self._global_commands[root.name] = root

    @override
    def remove_command(  # type: ignore[override]  # one body for the three overloads of the base
        self,
        command: str,
        /,
        *,
        guild: Snowflake | None = None,
        type: discord.AppCommandType = discord.AppCommandType.chat_input,
    ) -> Root | None:
        root = super().remove_command(command, guild=guild, type=type)
        owner = self._owners.get(root) if root is not None else None
        if root is not None and owner is not None:
            owner.forget(self._records.pop(root, 0))
        return root

    def _clash(self, found: Root) -> Exception:
        """What is raised for a name that is taken: it names the module that has it, if another one does."""
        taken_by, owner = self._owners.get(found), current_owner()
        if owner is None or taken_by is None or taken_by is owner:
            return app_commands.CommandAlreadyRegistered(found.name, None)
        reason = f"the command {found.name!r} is the module {taken_by.name!r}'s already. Rename one of them."
        return ModuleError(owner.name, reason)

    def drop(self, root: Root) -> None:
        """Take a command out wherever it stands; another one of the same name stays."""
        maps: list[dict[Any, Any]] = [
            self._global_commands,
            self._context_menus,
            *self._guild_commands.values(),
        ]
        for entries in maps:
            for key in [key for key, found in entries.items() if found is root]:
                del entries[key]
        owner = self._owners.pop(root, None)
        if owner is not None:
            self._gone[root_key(root)] = owner.name
            if len(self._gone) > REMEMBERED:
                self._gone.popitem(last=False)

    def roots(self) -> list[Root]:
        """All commands that are registered for every guild."""
        menus = [menu for (_, guild_id, _), menu in self._context_menus.items() if guild_id is None]
        return [*self._global_commands.values(), *menus]

    def roots_only_of(self, guild_id: int) -> list[Root]:
        """The commands that were registered for this guild by name."""
        menus = [menu for (_, where, _), menu in self._context_menus.items() if where == guild_id]
        return [*self._guild_commands.get(guild_id, {}).values(), *menus]

    def module_of(self, root: Root) -> str | None:
        """The module that registered a command; None for the bot's own."""
        owner = self._owners.get(root)
        return owner.name if owner is not None else None

    @override
    async def sync(self, *, guild: Snowflake | None = None) -> list[app_commands.AppCommand]:
        """Have the lists compared and sent where they differ; Wisp decides what belongs into which.

        Returns nothing: the lists are sent after this returns, one after the other.
        """
        self.changed(guild.id if guild is not None else None)
        return []

    @override
    def copy_global_to(self, *, guild: Snowflake) -> None:
        """Does nothing: what is listed globally and for a guild as well would show twice."""
        _log.info("tree.copy_global_to() has no effect: Wisp keeps the command lists in step by itself")

    @override
    def __setattr__(self, name: str, value: object) -> None:
        """Also ``@tree.error`` and the tree's check have owners, and what they replaced comes back."""
        owner = current_owner()
        if owner is not None and name in REPLACEABLE:
            owner.record(partial(self._take_out, name, value))
            self._replaced.add(name, value, vars(self).get(name))
        super().__setattr__(name, value)

    def _take_out(self, name: str, value: object) -> None:
        stood, former = self._replaced.take_out(name, value, vars(self).get(name))
        if stood and former is None:
            del vars(self)[name]
        elif stood:
            vars(self)[name] = former

    # --- invocation ---

    def _root_of(self, data: CommandData) -> Root | None:
        name, kind = data["name"], data.get("type", CHAT_INPUT)
        guild_id = int(data["guild_id"]) if data.get("guild_id") else None
        if kind != CHAT_INPUT:
            menus = self._context_menus
            return menus.get((name, guild_id, kind)) or menus.get((name, None, kind))
        own = self._guild_commands.get(guild_id, {}) if guild_id is not None else {}
        return own.get(name) or self._global_commands.get(name)

    @override
    def _from_interaction(self, interaction: discord.Interaction[Bot]) -> None:
        data = cast("CommandData", interaction.data)
        root = self._root_of(data)
        owner = self._owners.get(root) if root is not None else None
        gone = self._gone.get((data["name"], data.get("type", CHAT_INPUT))) if root is None else None
        asked = interaction.type is discord.InteractionType.autocomplete
        kind = _AUTOCOMPLETE if asked else _COMMAND
        module = owner.name if owner is not None else gone
        invocation = invocation_of(kind, full_name(data), module, interaction)
        response = self._answering.watch(interaction, invocation.name, lambda: self._declared(data))
        leaf = leaf_of(root, data) if root is not None else None
        self._road.start(interaction, invocation, owner, lambda: self._run(interaction, response, leaf))

    def _declared(self, data: CommandData) -> AutoDefer:
        try:
            command, _ = self._get_app_command_options(cast("Any", data))
        except app_commands.AppCommandError:
            return AutoDefer()
        return declared(command)

    async def _run(
        self, interaction: discord.Interaction[Bot], response: WispResponse, leaf: Root | None
    ) -> None:
        with response:
            waiting = self._road.admit(interaction, leaf)
            if waiting is not None:
                await waiting
            try:
                await self._call(interaction)
            except app_commands.AppCommandError as error:
                await self._dispatch_error(interaction, error)
            if interaction.command_failed and (decision := current_decision()) and decision.is_open:
                # The one refusal of which discord.py tells nobody; that check answers for itself.
                decision.refuse(CheckRefusedError.gate, "the check of the command tree said no")
        if response.is_left_empty:
            await response.fill()

    @override
    async def on_error(
        self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /
    ) -> None:
        command = interaction.command
        handled = isinstance(command, app_commands.Command) and command._has_any_error_handlers()  # noqa: SLF001
        handled = handled and interaction.response.is_done()
        sentence = self._road.answers.failure(error, handled=handled)
        if not handled:
            await answer(interaction, sentence)
