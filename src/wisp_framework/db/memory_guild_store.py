"""Guild data for a bot that was told to keep nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime

from wisp_framework.db.guild_data import Change, StoredConfig
from wisp_framework.db.guild_values import with_custom
from wisp_framework.db.known_values import StoredValue


class MemoryGuildStore:
    """A `wisp_framework.db.guild_data.GuildStore` that is gone with the process."""

    def __init__(self) -> None:
        self._values: dict[tuple[int, str], dict[str, StoredValue]] = {}
        self._configs: dict[int, StoredConfig] = {}

    async def load(self, guild_id: int, module: str, key: str) -> StoredValue | None:
        """What rests under a key; None if nothing does."""
        return self._values.get((guild_id, module), {}).get(key)

    async def load_all(self, guild_id: int, module: str) -> Mapping[str, StoredValue]:
        """All of one module in one guild, by key."""
        return dict(self._values.get((guild_id, module), {}))

    async def load_many(self, guild_ids: Collection[int], module: str, key: str) -> Mapping[int, StoredValue]:
        """What rests under one key in each of many guilds, by guild."""
        found = {guild_id: self._values.get((guild_id, module), {}).get(key) for guild_id in guild_ids}
        return {guild_id: value for guild_id, value in found.items() if value is not None}

    async def save(self, guild_id: int, module: str, key: str, value: StoredValue) -> None:
        """Put a value under a key, whatever was there."""
        self._values.setdefault((guild_id, module), {})[key] = value

    async def change(self, guild_id: int, module: str, key: str, change: Change) -> StoredValue | None:
        """Put there what ``change`` makes of what is there; returns that."""
        after = change(self._values.get((guild_id, module), {}).get(key))
        if after is None:
            await self.remove(guild_id, module, key)
        else:
            await self.save(guild_id, module, key, after)
        return after

    async def remove(self, guild_id: int, module: str, key: str) -> StoredValue | None:
        """Take a key away; what was there."""
        return self._values.get((guild_id, module), {}).pop(key, None)

    async def sweep(self, now: datetime) -> int:
        """Remove the values whose time was up then; how many."""
        removed = 0
        for values in self._values.values():
            for key in [key for key, value in values.items() if value.expires_at and value.expires_at <= now]:
                del values[key]
                removed += 1
        return removed

    async def load_config(self, guild_id: int) -> StoredConfig | None:
        """The guild's settings; None if it never set one."""
        return self._configs.get(guild_id)

    async def save_welcome_channel(self, guild_id: int, channel_id: int | None) -> None:
        """Set the welcome channel, and leave the other settings as they are."""
        self._configs[guild_id] = StoredConfig(channel_id, self._config(guild_id).custom)

    async def save_custom(self, guild_id: int, name: str, text: str | None) -> None:
        """Set one custom setting, or drop it with None, and leave the others as they are."""
        config = self._config(guild_id)
        custom = with_custom(guild_id, config.custom, name, text)
        self._configs[guild_id] = StoredConfig(config.welcome_channel_id, custom)

    def _config(self, guild_id: int) -> StoredConfig:
        return self._configs.get(guild_id, StoredConfig())
