"""Which guild's switches or rules were changed, here or in another process of the same bot."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.seal import Seal
from wisp_framework.utils.clock import Clock, SystemClock

_log = logging.getLogger(__name__)

REPAIR_S = 15.0
"""How long a change of which the news was lost may go unnoticed."""


_Counted = Annotated[int, msgspec.Meta(gt=0, lt=2**62)]


@dataclass(frozen=True, slots=True)
class GuildChange:
    """One guild at one of its versions; each change of what is stored for it makes the next one."""

    guild_id: int
    version: int


class _News(msgspec.Struct, frozen=True):
    """A change, as it travels."""

    guild: _Counted
    version: _Counted


_decode_news = msgspec.json.Decoder(_News).decode


class ChangeBus(Protocol):
    """Carries messages between the processes of a bot; it may lose some, and repeat some."""

    def listen(self, heard: Callable[[bytes], None], joined: Callable[[], None]) -> None:
        """Call ``heard`` with each message, also one's own, and ``joined`` when hearing begins anew."""

    async def tell(self, message: bytes) -> None:
        """Tell all processes; what cannot be told raises, and is found by them within `REPAIR_S`."""


class VersionStore(Protocol):
    """Where the versions of guilds rest, each raised together with what it stands for."""

    async def newest(self) -> datetime | None:
        """When the latest change was made; None before the first.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def changed_since(self, instant: datetime | None) -> Sequence[tuple[GuildChange, datetime]]:
        """The guilds that were changed at that instant or later, or ever, with when.

        Also those that were changed shortly before: who commits late is not overlooked.

        Raises:
            DatabaseError: the store cannot be read.
        """


Reload = Callable[[int], Awaitable[None]]


class GuildChangeService(BaseService):
    """Keeps what this process holds in memory of its guilds in step with what is stored.

    News travel over the bus, if there is one; every `REPAIR_S` seconds the versions are compared, so
    that lost news cost time and never the truth. Without a store of versions there is one process only.
    """

    required = False

    def __init__(
        self,
        config: AppConfig,
        versions: VersionStore | None = None,
        bus: ChangeBus | None = None,
        clock: Clock | None = None,
        metrics: MetricsService | None = None,
    ) -> None:
        super().__init__(config)
        self._versions = versions
        self._bus = bus
        self._seal = Seal(config.discord_token.get_secret_value())
        self._clock = clock or SystemClock()
        self._metrics = metrics
        self._joined = asyncio.Event()
        self._known: dict[int, int] = {}
        self._reloads: list[Reload] = []
        self._seen_until: datetime | None = None
        self._problem: str | None = None
        self._repairing: asyncio.Task[None] | None = None
        self._hearing: set[asyncio.Task[None]] = set()
        self._waiting: list[asyncio.Future[None]] = []

    def follow(self, reload: Reload) -> None:
        """Have ``reload`` called with the id of each guild that was changed elsewhere, in order of calls."""
        self._reloads.append(reload)

    async def announce(self, change: GuildChange) -> None:
        """Tell of a change that this process has stored and taken over; never raises."""
        if self._versions is not None:
            if self._known.get(change.guild_id) == change.version - 1 or change.version == 1:
                self._known[change.guild_id] = change.version
            else:  # somebody else's change may lie between, of which nothing was heard yet
                self._hear(change)
        if self._bus is not None and self._versions is not None:
            try:
                await self._bus.tell(
                    self._seal.wrap(msgspec.json.encode(_News(change.guild_id, change.version)))
                )
            except Exception as error:  # noqa: BLE001 - it is stored; the others find it by its version
                _log.warning("other processes were not told of a change: %s", error)

    @override
    async def startup(self) -> None:
        """Begin to listen and to compare versions."""
        if self._bus is not None:
            self._bus.listen(self._receive, self._joined.set)
        if self._versions is not None:
            self._repairing = asyncio.create_task(self._repair(self._versions), name="guild versions")
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Stop both."""
        tasks = {*self._hearing, *([self._repairing] if self._repairing is not None else [])}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @override
    async def check_health(self) -> Health:
        """Degraded while versions cannot be read: changes made elsewhere may go unnoticed."""
        if self._problem is not None:
            return Health(HealthState.DEGRADED, self._problem)
        return await super().check_health()

    async def settled(self) -> None:
        """Return once every change that was heard of has been taken over, or could not be."""
        while self._hearing:
            await asyncio.wait(set(self._hearing))

    async def compared(self) -> None:
        """Return once the versions have been compared another time; never where there is no store."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        await waiter

    def _receive(self, message: bytes) -> None:
        outcome = self._read(message)
        if self._metrics is not None:
            self._metrics.increment("changes.messages", outcome=outcome)

    def _read(self, message: bytes) -> str:
        body = self._seal.unwrap(message)
        if body is None:  # a made-up version would make the true ones look old
            return "foreign"
        try:
            news = _decode_news(body)
        except (msgspec.DecodeError, UnicodeDecodeError):  # of a version that nobody knows yet
            return "malformed"
        self._hear(GuildChange(news.guild, news.version))
        return "heard"

    def _hear(self, change: GuildChange) -> None:
        if self._known.get(change.guild_id, 0) >= change.version:
            return
        task = asyncio.create_task(self._take_over(change), name="guild change", context=Context())
        self._hearing.add(task)
        task.add_done_callback(self._hearing.discard)

    async def _take_over(self, change: GuildChange) -> None:
        if self._known.get(change.guild_id, 0) >= change.version:
            return
        try:
            for reload in self._reloads:
                await reload(change.guild_id)
        except DatabaseError as error:
            _log.warning("a change of guild %d cannot be read yet: %s", change.guild_id, error)
            return  # still unknown, so that the next comparison tries again
        self._known[change.guild_id] = max(change.version, self._known.get(change.guild_id, 0))

    async def _repair(self, versions: VersionStore) -> None:
        begun = False
        while True:
            self._joined.clear()
            try:
                if not begun:
                    self._seen_until = await versions.newest()
                    begun = True
                await self._compare(versions)
                self._problem = None
            except DatabaseError as error:
                self._problem = f"changes made by other processes go unnoticed: {error}"
            for waiter in self._waiting:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiting.clear()
            # Whatever was told before hearing began has been missed.
            with suppress(DeadlineExceededError):
                await within(self._clock, REPAIR_S, self._has_joined())

    async def _has_joined(self) -> None:
        await self._joined.wait()

    async def _compare(self, versions: VersionStore) -> None:
        changed = await versions.changed_since(self._seen_until)
        for change, _ in changed:
            await self._take_over(change)
        if changed:
            self._seen_until = max(at for _, at in changed)
        # Guilds that were not changed lately are not looked at again, so nothing need be known of them.
        recent = {change.guild_id for change, _ in changed}
        self._known = {guild_id: v for guild_id, v in self._known.items() if guild_id in recent}
