"""Guilds that removed the bot: their data is purged after a grace time, and never because of an outage."""

import logging
from collections.abc import Awaitable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import discord

from wisp_framework.bot import WispBot
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.exceptions import AuditError, DatabaseError, UnknownServiceError
from wisp_framework.feature_flags import FeatureFlags
from wisp_framework.policy import RuleBook
from wisp_framework.services.audit import AuditAction, AuditService
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.jobs import JobRun, every
from wisp_framework.services.scheduler import SchedulerService
from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 3600.0


class DepartureStore(Protocol):
    """Where departures rest, beside the data that goes with them.

    Every method raises `wisp_framework.exceptions.DatabaseError` if the store cannot do it; nothing was
    changed then.
    """

    async def guilds(self) -> Collection[int]:
        """The guilds of which anything is stored and no departure is noted."""

    async def departed(self) -> Collection[int]:
        """The guilds whose departure is noted."""

    async def note(self, guild_ids: Collection[int], left_at: datetime) -> None:
        """Note that they removed the bot; one that is noted keeps its earlier time."""

    async def forget(self, guild_ids: Collection[int]) -> None:
        """The bot is there after all, or again."""

    async def due(self, left_before: datetime) -> Sequence[int]:
        """The guilds that left before that instant."""

    async def purge(self, guild_id: int) -> None:
        """Delete everything that is stored for a guild, and the note of its departure; all or nothing."""


class Departures:
    """Notes which guilds are gone, and purges what is stored for them once the grace time is over.

    A guild counts as gone when Discord says that the bot was removed, or when a session begins in which it
    is not named; one that is unavailable is named. Before anything is deleted Discord is asked once more.

    Args:
        bot: whose guilds they are.
        services: the store, the audit and the time.
        flags: forget what a purged guild had switched.
        rules: forget what it had ruled.
        purge_after_days: the grace time; None keeps everything.
    """

    def __init__(
        self,
        bot: WispBot,
        services: ServiceContainer,
        flags: FeatureFlags,
        rules: RuleBook,
        purge_after_days: float | None,
    ) -> None:
        self._bot = bot
        self._services = services
        self._flags = flags
        self._rules = rules
        self._grace = timedelta(days=purge_after_days) if purge_after_days is not None else None
        try:
            self._store: DepartureStore | None = services.get(DepartureStore)
        except UnknownServiceError:  # nothing is kept that could be purged
            self._store = None

    def start(self) -> None:
        """Look now and then, from an hour after the start on."""
        if self._store is not None:
            self._services.get(SchedulerService).add(self.look_again)

    async def left(self, guild_id: int) -> None:
        """Note that Discord said the bot was removed."""
        if self._store is not None:
            await self._try(self._store.note([guild_id], self._now()))

    async def came(self, guild_id: int) -> None:
        """The bot is in the guild; whatever was noted before is void."""
        if self._store is not None:
            await self._try(self._store.forget([guild_id]))

    @every(seconds=LOOK_EVERY_S, name="guild_departures", each_process=True)
    async def look_again(self, _: JobRun) -> None:
        """`look`, as a job: each process is told of its own guilds alone."""
        await self.look()

    async def look(self) -> None:
        """Compare what is stored with the guilds that Discord names, then purge what is due.

        Raises:
            DatabaseError: the store cannot be read or written; what was not done is done another time.
        """
        if self._store is None or not self._bot.is_ready():
            return
        present = {guild.id for guild in self._bot.guilds}
        gone = [g for g in await self._store.guilds() if g not in present and self._is_ours(g)]
        await self._store.note(gone, self._now())
        await self._store.forget([g for g in await self._store.departed() if g in present])
        if self._grace is None:
            return
        for guild_id in await self._store.due(self._now() - self._grace):
            if self._is_ours(guild_id):
                await self._purge(self._store, guild_id)

    async def _purge(self, store: DepartureStore, guild_id: int) -> None:
        if await self._is_there(guild_id):
            await store.forget([guild_id])
            return
        try:
            audit = self._services.get(AuditService)
            await audit.record(AuditAction.GUILD_PURGED, actor_id=None, guild_id=guild_id)
        except AuditError as error:
            _log.warning("the data of guild %d is kept, its purge cannot be recorded: %s", guild_id, error)
            return
        await store.purge(guild_id)
        self._services.get(GuildDataService).forget_guild(guild_id)
        self._flags.forget_guild(guild_id)
        self._rules.forget_guild(guild_id)
        _log.info("the data of guild %d was purged: it removed the bot long enough ago", guild_id)

    async def _is_there(self, guild_id: int) -> bool:
        """Whether the bot is in the guild; also yes where Discord gives no clear answer."""
        try:
            await self._bot.fetch_guild(guild_id, with_counts=False)
        except (discord.NotFound, discord.Forbidden):
            return False
        except (discord.HTTPException, OSError) as error:
            _log.warning("guild %d is not purged, Discord cannot be asked about it: %s", guild_id, error)
        return True

    def _is_ours(self, guild_id: int) -> bool:
        """Whether this process runs the guild's shard: of the others it is not told.

        Source: https://docs.discord.com/developers/events/gateway#sharding
        """
        shards = self._bot.shard_count or 1
        return (guild_id >> 22) % shards in (self._bot.shard_ids or range(shards))

    def _now(self) -> datetime:
        return self._services.get(Clock).now()

    async def _try(self, work: Awaitable[None]) -> None:
        try:
            await work
        except DatabaseError as error:
            _log.warning("a departure or return is not noted yet: %s", error)
