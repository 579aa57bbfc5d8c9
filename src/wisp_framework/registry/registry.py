"""ModuleRegistry: which modules there are, which are loaded, and the switch of each guild."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Protocol

import discord
from discord.ext import commands

from wisp_framework.context import BotContext
from wisp_framework.exceptions import ModuleError, SwitchError, UnknownServiceError
from wisp_framework.feature_flags import FeatureFlags
from wisp_framework.module import Module
from wisp_framework.registry.discovery import discover
from wisp_framework.registry.loader import run_hook, set_up, tear_down
from wisp_framework.registry.manifest import Manifests
from wisp_framework.registry.order import plan
from wisp_framework.registry.switching import Switchboard
from wisp_framework.registry.sync import Need
from wisp_framework.registry.tables import bring_up_tables
from wisp_framework.services.audit import AuditService
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.container import ServiceContainer
from wisp_framework.utils.clock import Clock
from wisp_framework.utils.ownership import Owner

_log = logging.getLogger(__name__)

MOST_NAME_CHARS = 80
"""A module's name stands in choices and in the ids of buttons, which Discord limits to 100 characters."""

DRAIN_S = 10.0
"""How long handlers of a module that is unloaded may go on."""


class ModuleHost(Protocol):
    """What the registry needs of the bot that its modules run in."""

    def guild_ids(self) -> Sequence[int]:
        """The guilds that the bot is in, unavailable ones included."""

    def release(self, owner: Owner) -> None:
        """Stop the views of a module that is unloaded."""

    async def drain(self, module: str, grace_s: float) -> None:
        """Wait for what runs in the name of a module, then give it up."""

    def lists_changed(self, guild_id: int | None, need: Need = Need.SWITCHED) -> None:
        """The commands that this guild, or None: everybody, should see may be others now."""


@dataclass(frozen=True, slots=True)
class ModuleStatus:
    """How one module stands in one guild."""

    name: str
    description: str
    enabled: bool
    can_disable: bool
    problem: str | None


class ModuleRegistry:
    """The modules of one bot.

    Args:
        flags: which module is on in which guild.
        services: where modules' required services are looked for.
    """

    def __init__(self, flags: FeatureFlags, services: ServiceContainer) -> None:
        self.manifests = Manifests()
        self._flags = flags
        self._services = services
        self._modules: dict[str, Module] = {}
        self._owners: dict[str, Owner] = {}
        self._problems: Mapping[str, ModuleError] = {}
        self._failures: dict[str, ModuleError] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._setting_up = asyncio.Lock()
        self._running: tuple[commands.AutoShardedBot, BotContext, ModuleHost] | None = None
        self._reconciling: set[asyncio.Task[None]] = set()
        self._switchboard = Switchboard(flags, self, services.get(AuditService))
        self._closed = False

    # --- which there are ---

    def register(self, module: Module | type[Module], *, replaceable: Collection[str] = ()) -> str:
        """Make a module known, and return its name; it is loaded later, in order of dependencies.

        Args:
            module: an instance, or a class that is called without arguments.
            replaceable: names of registered modules whose place it may take.

        Raises:
            ModuleError: the name is missing or taken.
        """
        instance = module() if isinstance(module, type) else module
        if not isinstance(instance, Module):
            raise ModuleError(repr(module), "is no Module. Hand in a subclass of Module or an instance.")
        # The base class only declares the name, so that a class attribute and a property both fit.
        name = getattr(instance, "name", None)
        if not isinstance(name, str) or not name:
            raise ModuleError(type(instance).__name__, 'has no name. Give the class one: name = "my_module".')
        if len(name) > MOST_NAME_CHARS or not name.isprintable():
            raise ModuleError(
                name[:100], f"is no name: it has to be printable, {MOST_NAME_CHARS} characters at most."
            )
        if name in self._modules and name not in replaceable:
            other = type(self._modules[name])
            raise ModuleError(
                name,
                f"is registered twice: {other.__module__}.{other.__qualname__} and "
                f"{type(instance).__module__}.{type(instance).__qualname__}. Rename one.",
            )
        self._modules[name] = instance
        self.manifests.read(instance)
        self._flags.declare(name, default=instance.default_enabled, can_disable=instance.can_disable)
        return name

    def keep_out(self, error: ModuleError) -> None:
        """Have a module that could not even be registered named among the `failures`."""
        self._failures[error.module] = error

    def discover(self, package: str) -> list[str]:
        """Register every `Module` class that a package defines; returns their names.

        What cannot be imported or made stays out, named among the `failures`.

        Raises:
            ModuleError: there is no such package, or a name is taken.
        """
        found = discover(package)
        for error in found.broken:
            self.keep_out(error)
        return [self.register(module) for module in found.modules]

    def list_modules(self) -> list[str]:
        """Names, in order of registration."""
        return list(self._modules)

    def get_module(self, name: str) -> Module:
        """The module of that name.

        Raises:
            SwitchError: there is none; the message names those there are.
        """
        try:
            return self._modules[name]
        except KeyError:
            known = ", ".join(f"`{known}`" for known in self._modules) or "none"
            raise SwitchError(name, f"There is no module `{name[:100]}`. There are: {known}.") from None

    @property
    def failures(self) -> Mapping[str, ModuleError]:
        """Modules that stay out, and why."""
        return {**self._problems, **self._failures}

    def is_loaded(self, name: str) -> bool:
        """Whether the module is set up in this process."""
        return name in self._owners

    def holdings(self, name: str) -> int:
        """How many registrations a loaded module has that can be undone; 0 for others."""
        owner = self._owners.get(name)
        return owner.holdings if owner is not None else 0

    def is_enabled(self, guild_id: int | None, name: str) -> bool:
        """Whether the module is on there; None: on anywhere."""
        return self._flags.is_enabled(guild_id, name)

    def is_fixed(self, name: str) -> bool:
        """Whether the module cannot be switched off, nor denied by a rule: a guild must not lose it."""
        return name in self._modules and not self._modules[name].can_disable

    def statuses(self, guild_id: int) -> list[ModuleStatus]:
        """How each module stands in a guild."""
        failures = self.failures
        return [
            ModuleStatus(
                name=name,
                description=module.description,
                enabled=self._flags.is_enabled(guild_id, name),
                can_disable=module.can_disable,
                problem=failures[name].reason if name in failures else None,
            )
            for name, module in self._modules.items()
        ]

    async def check_health(self) -> Health:
        """Degraded while a module is out."""
        failures = self.failures
        if not failures:
            return Health(HealthState.OK, f"{len(self._owners)} loaded")
        return Health(HealthState.DEGRADED, "out: " + ", ".join(sorted(failures)))

    # --- loading ---

    def check(self) -> tuple[str, ...]:
        """The order of loading; what cannot be loaded is put into `failures`, each with its remedy."""
        own = {name: error for name in self._modules if (error := self._own_problem(name)) is not None}
        planned = plan(self._modules, own)
        self._problems = planned.problems
        return planned.order

    def _own_problem(self, name: str) -> ModuleError | None:
        return self.manifests.problem(name) or self._missing_service(name) or self._default_without(name)

    def _default_without(self, name: str) -> ModuleError | None:
        if not self._modules[name].default_enabled:
            return None
        for needed in self._modules[name].depends_on:
            if needed in self._modules and not self._modules[needed].default_enabled:
                return ModuleError(
                    name,
                    f"is on by default, but {needed!r}, which it needs, is not: give both one default.",
                )
        return None

    def _missing_service(self, name: str) -> ModuleError | None:
        for key in self._modules[name].required_services:
            label = key if isinstance(key, str) else key.__name__
            try:
                service = self._services.get(key)
            except UnknownServiceError:
                return ModuleError(
                    name, f"needs the service {label}. Register it: create_app(services=[...])."
                )
            if any(self._services.get(failed) is service for failed in self._services.failed):
                return ModuleError(name, f"needs the service {label}, which did not start.")
        return None

    async def load_enabled_modules(
        self, bot: commands.AutoShardedBot, ctx: BotContext, host: ModuleHost
    ) -> None:
        """Set up, in order, every module that some guild wants; what fails stays out and is logged."""
        self._running = (bot, ctx, host)
        self.check()
        for name, error in self.failures.items():
            _log.error("module %s stays out: %s", name, error.reason, exc_info=error.__cause__)
        await self.reconcile()

    async def reconcile(self) -> None:
        """Load what a guild wants and is not loaded; unload what no guild wants any more."""
        if self._running is None:
            return
        order = self.check()
        wanted = self._wanted(order)
        for name in order:
            if self._closed:
                return
            if name in wanted and name not in self._owners and name not in self._failures:
                await self._try_load(name)
        for name in reversed(order):
            if name not in wanted and name in self._owners:
                await self._unload(name, unless_wanted=True)

    def _wanted(self, order: Iterable[str]) -> set[str]:
        guild_ids = self._parts()[2].guild_ids()
        wanted: set[str] = set()
        for name in reversed(tuple(order)):
            if name in wanted or self._is_wanted(name, guild_ids):
                wanted |= {name, *self._modules[name].depends_on}
        return wanted

    def _is_wanted(self, name: str, guild_ids: Sequence[int]) -> bool:
        if self._modules[name].visibility == "global":
            # Listed for everybody, so it must be there to refuse.
            return self._flags.loaded or self._flags.is_enabled(None, name)
        # Before READY, and in a bot without guilds, a module is wanted if some guild may want it.
        return self._flags.any_on(name, guild_ids) if guild_ids else self._flags.is_enabled(None, name)

    async def _try_load(self, name: str) -> None:
        try:
            for needed in self._modules[name].depends_on:
                self._refuse_if_failed(name, needed)
            await self.load(name)
        except ModuleError as error:
            _log.error("module %s stays out: %s", name, error.reason, exc_info=error.__cause__)
            self._failures[name] = error

    def _refuse_if_failed(self, name: str, needed: str) -> None:
        if needed in self._failures:
            raise ModuleError(name, f"depends on {needed!r}, which cannot be loaded")

    async def load(self, name: str) -> None:
        """Set one module up, unless it is; what it depends on comes first.

        Raises:
            ModuleError: it cannot be loaded; nothing of it stays.
        """
        module = self.get_module(name)
        bot, ctx, host = self._parts()
        if name not in self.check():
            raise self._problems[name]
        for needed in module.depends_on:
            if needed not in self._owners:
                await self.load(needed)
        async with self._locks[name]:
            if name in self._owners:
                return
            owner = Owner(name)
            try:
                async with self._setting_up:
                    await bring_up_tables(self._services, name, self.manifests.get(name).migrations)
                    await set_up(module, owner, bot, ctx, self._services.get(Clock))
            except BaseException:
                host.release(owner)
                raise
            self._owners[name] = owner
            self._failures.pop(name, None)
        self._announce(name)

    async def unload(self, name: str) -> None:
        """Let its handlers finish, tear it down, take back what it registered; who needs it goes first."""
        for other in reversed(tuple(self._owners)):
            if name in self._modules[other].depends_on:
                await self.unload(other)
        await self._unload(name, unless_wanted=False)

    async def _unload(self, name: str, *, unless_wanted: bool) -> None:
        module = self.get_module(name)
        bot, ctx, host = self._parts()
        async with self._locks[name]:
            # A guild may have switched it on again while this waited for its turn.
            if unless_wanted and name in self._wanted(self.check()):
                return
            owner = self._owners.pop(name, None)
            if owner is None:
                return
            await host.drain(name, DRAIN_S)
            host.release(owner)
            await tear_down(module, owner, bot, ctx, self._services.get(Clock))
            host.release(owner)
        self._announce(name)

    def _announce(self, name: str) -> None:
        """Have the lists looked at in which the module's commands stand, and no others."""
        host = self._parts()[2]
        if self._modules[name].visibility == "global":
            host.lists_changed(None, Need.CHANGED)
            return
        for guild_id in self._flags.guilds_on(name, host.guild_ids()):
            host.lists_changed(guild_id, Need.CHANGED)

    async def unload_all(self) -> None:
        """Unload every module, dependants first."""
        self._closed = True
        await self.settled()
        for name in reversed(tuple(self._owners)):
            await self.unload(name)

    def _parts(self) -> tuple[commands.AutoShardedBot, BotContext, ModuleHost]:
        if self._running is None:
            raise ModuleError("registry", "nothing can be loaded before the bot starts")
        return self._running

    # --- the switch ---

    async def switch(
        self, guild_id: int, name: str, *, enabled: bool, actor_id: int, with_others: bool = False
    ) -> bool:
        """Switch a module on or off in one guild; returns what it was.

        The gate follows at once, the visible list and the set-up or tear-down right after. The change is
        audited first: what cannot be recorded is not done.

        Args:
            guild_id: the guild.
            name: the module.
            enabled: on or off.
            actor_id: the user who asked for it.
            with_others: also switch what it needs on, or what needs it off; all or none.

        Raises:
            DependentSwitchError: others would have to be switched along.
            SwitchError: it cannot be switched so; the reason is fit for the member.
            DatabaseError: it could not be stored; nothing was changed.
        """
        self._parts()
        return await self._switchboard.switch(
            guild_id, name, enabled=enabled, actor_id=actor_id, with_others=with_others
        )

    def others(self, guild_id: int, name: str, *, enabled: bool) -> tuple[str, ...]:
        """The modules that would be switched along, in order: off and needed by it, or on and in need of it.

        Raises:
            SwitchError: it, or one of them, cannot be switched so.
        """
        return self._switchboard.others(guild_id, name, enabled=enabled)

    async def take_over(self, guild_id: int) -> None:
        """Follow what another process has stored for a guild: gate, set-up, hooks and visible list.

        Raises:
            DatabaseError: it cannot be read.
        """
        await self._switchboard.take_over(guild_id)

    async def guild_came(self, guild_id: int) -> None:
        """The bot came into a guild: load what is on there, and tell those modules."""
        await self.reconcile()
        for name in self.list_modules():
            if self.is_enabled(guild_id, name):
                await self.tell(name, guild_id, enabled=True)

    async def guild_went(self, guild: discord.Guild) -> None:
        """The bot was removed from a guild: tell the modules that were on, unload what nobody wants now."""
        for name in self.list_modules():
            if self.is_enabled(guild.id, name):
                await self._tell(name, guild, enabled=False)
        await self.reconcile()

    async def tell(self, name: str, guild_id: int, *, enabled: bool) -> None:
        """Run a loaded module's hook for a guild that this process serves; what it raises is logged."""
        guild = self._parts()[0].get_guild(guild_id)
        if guild is not None:
            await self._tell(name, guild, enabled=enabled)

    async def _tell(self, name: str, guild: discord.Guild, *, enabled: bool) -> None:
        owner, module = self._owners.get(name), self._modules[name]
        if owner is None:
            return
        hook = module.guild_enabled if enabled else module.guild_disabled
        await run_hook(hook(guild, self._parts()[1]), owner, self._services.get(Clock))

    def look_at_list(self, guild_id: int) -> None:
        """Have the guild's visible commands brought in step."""
        self._parts()[2].lists_changed(guild_id)

    def reconcile_soon(self) -> None:
        """`reconcile` in a task of its own, in the name of nobody; `settled` waits for it."""
        self.soon(self.reconcile())

    def soon(self, work: Coroutine[object, object, None]) -> None:
        """Run ``work`` in a task of its own, in the name of nobody; `settled` waits for it."""
        if self._closed:
            work.close()
            return
        task = asyncio.create_task(work, context=Context())
        self._reconciling.add(task)
        task.add_done_callback(self._reconciling.discard)

    async def settled(self) -> None:
        """Return once every load and unload that a switch has started is done."""
        while self._reconciling:
            await asyncio.wait(set(self._reconciling))
