"""The switch of each guild: what it takes along, who is told, and in which order."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from wisp_framework.exceptions import DatabaseError, DependentSwitchError, ModuleError, SwitchError
from wisp_framework.feature_flags import FeatureFlags
from wisp_framework.module import Module
from wisp_framework.services.audit import AuditAction, AuditService

_log = logging.getLogger(__name__)


class SwitchedModules(Protocol):
    """What the switchboard needs of the registry."""

    def get_module(self, name: str) -> Module:
        """The module of that name; `SwitchError` if there is none."""

    def list_modules(self) -> list[str]:
        """Names, in order of registration."""

    def check(self) -> tuple[str, ...]:
        """Names in order of loading, without those that cannot be loaded."""

    async def load(self, name: str) -> None:
        """Set one module up, unless it is; `ModuleError` if that fails."""

    async def tell(self, name: str, guild_id: int, *, enabled: bool) -> None:
        """Run a loaded module's hook for a guild; never raises."""

    def look_at_list(self, guild_id: int) -> None:
        """Have the guild's visible commands brought in step."""

    def reconcile_soon(self) -> None:
        """Load what is wanted, unload what no guild wants any more."""


class Switchboard:
    """Switches modules on and off in guilds, one change of a guild at a time."""

    def __init__(self, flags: FeatureFlags, modules: SwitchedModules, audit: AuditService) -> None:
        self._flags = flags
        self._modules = modules
        self._audit = audit
        self._busy: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def switch(
        self, guild_id: int, name: str, *, enabled: bool, actor_id: int, with_others: bool
    ) -> bool:
        """As `wisp_framework.registry.ModuleRegistry.switch`."""
        async with self._busy[guild_id]:
            if not self._flags.loaded:
                raise DatabaseError("the switches could not be read yet, so none is changed")
            before = self._flags.is_enabled(guild_id, name)
            others = self.others(guild_id, name, enabled=enabled)
            if before == enabled:
                return before
            if others and not with_others:
                raise DependentSwitchError(name, others, enabled=enabled)
            await self._change(guild_id, name, dict.fromkeys((*others, name), enabled), actor_id)
            return before

    def others(self, guild_id: int, name: str, *, enabled: bool) -> tuple[str, ...]:
        """The modules that have to be switched along, in the order in which that has to happen.

        On: those that it needs, near and far, and that are off. Off: those that need it and are on.

        Raises:
            SwitchError: it, or one of them, cannot be switched so.
        """
        self._modules.get_module(name)
        found = self._needed(name) if enabled else self._needing(name)
        others = tuple(other for other in found if self._flags.is_enabled(guild_id, other) != enabled)
        for candidate in (name, *others):
            self._check(candidate, asked=name, enabled=enabled)
        return others

    def _check(self, name: str, *, asked: str, enabled: bool) -> None:
        needs = "" if name == asked else f" `{asked}` {'needs it' if enabled else 'is needed by it'}."
        if enabled and name not in self._modules.check():
            raise SwitchError(
                asked, f"The module `{name}` is out of order; the bot's owner can see why in its log.{needs}"
            )
        if not enabled and not self._modules.get_module(name).can_disable:
            raise SwitchError(asked, f"The module `{name}` cannot be switched off.{needs}")

    def _needed(self, name: str) -> list[str]:
        """What a module needs, near and far, in order of loading; without what is not registered."""
        known = set(self._modules.list_modules())
        found: set[str] = set()
        waiting = [name]
        while waiting:
            fresh = known.intersection(self._modules.get_module(waiting.pop()).depends_on) - found
            found |= fresh
            waiting.extend(fresh)
        return [other for other in self._in_order() if other in found and other != name]

    def _needing(self, name: str) -> list[str]:
        """What needs a module, near and far, those that need most first."""
        return [other for other in reversed(self._in_order()) if name in self._needed(other)]

    def _in_order(self) -> list[str]:
        loadable = self._modules.check()
        return [*loadable, *(name for name in self._modules.list_modules() if name not in loadable)]

    async def _change(self, guild_id: int, name: str, switches: Mapping[str, bool], actor_id: int) -> None:
        enabled = switches[name]
        if enabled:
            await self._load(switches)
        before = {module: self._flags.is_enabled(guild_id, module) for module in switches}
        await self._audit.record(
            AuditAction.MODULE_SWITCHED,
            actor_id=actor_id,
            guild_id=guild_id,
            target=name,
            before=before,
            after=dict(switches),
        )
        try:
            await self._flags.set_enabled(guild_id, switches)
        except DatabaseError:
            self._modules.reconcile_soon()  # what was loaded for this switch goes again
            self._audit.log_action(
                AuditAction.MODULE_NOT_SWITCHED, actor_id=actor_id, guild_id=guild_id, target=name
            )
            raise
        if enabled:  # it may have been unloaded meanwhile, when no other guild wanted it
            await self._load(switches)
        await self._follow_up(guild_id, switches)

    async def _load(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                await self._modules.load(name)
            except ModuleError as error:
                _log.exception("module %s could not be loaded for a guild that wants it", name)
                raise SwitchError(name, f"The module `{name}` cannot be loaded right now.") from error

    async def _follow_up(self, guild_id: int, switches: Mapping[str, bool]) -> None:
        self._modules.look_at_list(guild_id)
        for name, enabled in switches.items():
            await self._modules.tell(name, guild_id, enabled=enabled)
        if not all(switches.values()):
            self._modules.reconcile_soon()

    async def take_over(self, guild_id: int) -> None:
        """Follow what another process has stored for a guild.

        Raises:
            DatabaseError: it cannot be read.
        """
        async with self._busy[guild_id]:
            changed = await self._flags.reload(guild_id)
            for name in [name for name, enabled in changed.items() if enabled]:
                try:
                    await self._load([name])
                except SwitchError:
                    del changed[name]  # logged; the others are followed all the same
            if changed:
                await self._follow_up(guild_id, changed)
