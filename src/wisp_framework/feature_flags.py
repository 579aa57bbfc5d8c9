"""Which module is on in which guild: a snapshot in memory over a durable store."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from wisp_framework.exceptions import SwitchError
from wisp_framework.services.guild_changes import GuildChange, GuildChangeService


class FlagStore(Protocol):
    """Where the switches of the guilds rest."""

    async def load(self) -> Sequence[tuple[int, str, bool]]:
        """Every stored switch: guild, module, on or off.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def load_guild(self, guild_id: int) -> Mapping[str, bool]:
        """What one guild has stored, by module.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def save(self, guild_id: int, switches: Mapping[str, bool]) -> GuildChange:
        """Store switches of one guild, all or none; they are durable when this returns.

        Returns:
            The guild's new version.

        Raises:
            DatabaseError: none was stored.
        """


class MemoryFlagStore:
    """Switches for a bot that was told to keep nothing; they are gone with the process."""

    def __init__(self) -> None:
        self._guilds: dict[int, dict[str, bool]] = {}
        self._saves = 0

    async def load(self) -> Sequence[tuple[int, str, bool]]:
        """Every stored switch: guild, module, on or off."""
        return [(guild_id, *switch) for guild_id, own in self._guilds.items() for switch in own.items()]

    async def load_guild(self, guild_id: int) -> Mapping[str, bool]:
        """What one guild has stored, by module."""
        return dict(self._guilds.get(guild_id, {}))

    async def save(self, guild_id: int, switches: Mapping[str, bool]) -> GuildChange:
        """Keep switches for the life of this object."""
        self._guilds.setdefault(guild_id, {}).update(switches)
        self._saves += 1
        return GuildChange(guild_id, self._saves)


class _Switch:
    """One module as the gate sees it: what holds where no guild said otherwise, and who did."""

    __slots__ = ("can_disable", "default", "overrides")

    def __init__(self, default: bool, can_disable: bool, overrides: dict[int, bool]) -> None:
        self.default = default or not can_disable
        self.can_disable = can_disable
        # Shared with the snapshot, except where nothing can override: there an old row must not count.
        self.overrides = overrides if can_disable else {}


class FeatureFlags:
    """The switch of every module in every guild.

    Answers come from memory alone: only what a guild has set is kept, the default holds
    elsewhere. Until `load` has worked once nobody knows what the guilds have set, so only
    modules that cannot be switched off are on.

    Args:
        store: where switches rest; it is never asked by `is_enabled`.
        changes: tells the other processes what was set here.
    """

    def __init__(self, store: FlagStore, changes: GuildChangeService | None = None) -> None:
        self._store = store
        self._changes = changes
        self._snapshot: dict[str, dict[int, bool]] = {}
        self._declared: dict[str, tuple[bool, bool]] = {}
        self._switches: dict[str, _Switch] = {}
        self._loaded = False
        self._writing = asyncio.Lock()
        self._writes: set[asyncio.Task[dict[str, bool]]] = set()

    @property
    def loaded(self) -> bool:
        """Whether the stored switches have been read since the start."""
        return self._loaded

    def declare(self, module: str, *, default: bool, can_disable: bool = True) -> None:
        """Make a module known; declaring it again replaces what was said before.

        Args:
            module: its name.
            default: whether it is on in guilds that never switched it.
            can_disable: False keeps it on everywhere, whatever is stored.
        """
        self._declared[module] = (default, can_disable)
        self._refresh(module)

    def forget(self, module: str) -> None:
        """Make a module unknown: it is off everywhere, but what guilds set for it is kept."""
        self._declared.pop(module, None)
        self._switches.pop(module, None)

    async def load(self) -> None:
        """Replace the snapshot by what is stored.

        Raises:
            DatabaseError: the store cannot be read; the snapshot stays as it was.
        """
        async with self._writing:
            await self._replace_snapshot()

    def is_enabled(self, guild_id: int | None, module: str) -> bool:
        """Whether a module is on in a guild; an unknown module is off.

        Args:
            guild_id: None asks whether it may be on in any guild at all.
            module: its name.
        """
        try:
            switch = self._switches[module]
        except KeyError:
            return False
        if guild_id is None:
            return switch.default or any(switch.overrides.values())
        # Asked for every event: a look that mostly finds nothing costs less than a call of get().
        return switch.overrides[guild_id] if guild_id in switch.overrides else switch.default  # noqa: SIM401

    async def reload(self, guild_id: int) -> dict[str, bool]:
        """Read what one guild has stored, because another process changed it.

        Returns:
            The modules whose switch is another one now, with how it stands.

        Raises:
            DatabaseError: it cannot be read; the snapshot stays as it was.
        """
        async with self._writing:
            if not self._loaded:
                return {}
            stored = await self._store.load_guild(guild_id)
            before = {module: self.is_enabled(guild_id, module) for module in self._declared}
            for guilds in self._snapshot.values():
                guilds.pop(guild_id, None)
            self._apply(guild_id, stored)
            now = {module: self.is_enabled(guild_id, module) for module in before}
            return {module: enabled for module, enabled in now.items() if enabled != before[module]}

    async def set_enabled(self, guild_id: int, switches: Mapping[str, bool]) -> dict[str, bool]:
        """Switch modules in one guild, all or none: stored first, then in force here.

        Once begun it is carried through even when the caller is cancelled, so that store
        and snapshot cannot part.

        Returns:
            How they stood before.

        Raises:
            SwitchError: there is no such module, or it cannot be switched off.
            DatabaseError: it was not stored; nothing has changed.
        """
        for module, enabled in switches.items():
            self._check_switch(module, enabled)
        write = asyncio.create_task(self._store_and_apply(guild_id, dict(switches)))
        self._writes.add(write)
        write.add_done_callback(self._written)
        return await asyncio.shield(write)

    def forget_guild(self, guild_id: int) -> None:
        """Drop what a guild has set, after its data was purged."""
        for guilds in self._snapshot.values():
            guilds.pop(guild_id, None)

    def guilds_on(self, module: str, guild_ids: Iterable[int]) -> list[int]:
        """Those of ``guild_ids`` in which the module is on, in the order given."""
        return [guild_id for guild_id in guild_ids if self.is_enabled(guild_id, module)]

    def any_on(self, module: str, guild_ids: Iterable[int]) -> bool:
        """Whether the module is on in at least one of ``guild_ids``."""
        return any(self.is_enabled(guild_id, module) for guild_id in guild_ids)

    def overrides(self, guild_id: int) -> dict[str, bool]:
        """What this guild has set, by module; also for modules that are not there now."""
        return {module: guilds[guild_id] for module, guilds in self._snapshot.items() if guild_id in guilds}

    def _check_switch(self, module: str, enabled: bool) -> None:
        if module not in self._declared:
            raise SwitchError(module, f"There is no module `{module}`.")
        _, can_disable = self._declared[module]
        if not enabled and not can_disable:
            raise SwitchError(module, f"The module `{module}` cannot be switched off.")

    async def _store_and_apply(self, guild_id: int, switches: Mapping[str, bool]) -> dict[str, bool]:
        async with self._writing:
            if not self._loaded:
                await self._replace_snapshot()
            before = {module: self.is_enabled(guild_id, module) for module in switches}
            change = await self._store.save(guild_id, switches)
            self._apply(guild_id, switches)
        if self._changes is not None:
            await self._changes.announce(change)
        return before

    def _apply(self, guild_id: int, switches: Mapping[str, bool]) -> None:
        for module, enabled in switches.items():
            self._snapshot.setdefault(module, {})[guild_id] = enabled
            self._refresh(module)

    async def _replace_snapshot(self) -> None:
        snapshot: defaultdict[str, dict[int, bool]] = defaultdict(dict)
        for guild_id, module, enabled in await self._store.load():
            snapshot[module][guild_id] = enabled
        self._snapshot = dict(snapshot)
        self._loaded = True
        for module in self._declared:
            self._refresh(module)

    def _written(self, write: asyncio.Task[dict[str, bool]]) -> None:
        self._writes.discard(write)
        if not write.cancelled():
            # A caller that was cancelled never asks; reading it here keeps the loop from complaining.
            write.exception()

    def _refresh(self, module: str) -> None:
        declared = self._declared.get(module)
        if declared is None:
            return
        default, can_disable = declared
        if self._loaded or not can_disable:
            self._switches[module] = _Switch(default, can_disable, self._snapshot.setdefault(module, {}))
