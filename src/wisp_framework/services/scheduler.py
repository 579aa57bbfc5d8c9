"""Jobs that come again and again, or once, later, in one process of the bot at a time."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final, Never, Protocol, TypeAlias, TypeVar, cast, overload

import msgspec
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import JobError, ScheduleError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.job_loop import DEFAULT_PACE, STOP_LIMIT_S, JobLoop, Pace
from wisp_framework.services.job_runs import wake_for
from wisp_framework.services.job_store import (
    ALL_GUILDS,
    NO_GUILDS,
    Job,
    JobQuery,
    JobStore,
    MemoryJobStore,
    Reach,
    Shards,
)
from wisp_framework.services.jobs import GuildJobRun, Handler, JobRun, declared_in, handler_of
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.schedules import At, Cron, Every, Schedule
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.ownership import current_owner

DRAIN_LIMIT_S: Final = 5.0
"""How long `SchedulerService.shutdown` waits for runs that are under way."""

GUILDS_EVERY_S: Final = 60.0
"""How often it is looked for guilds of which nobody told, at the most."""

MOST_NAME_CHARS: Final = 150
MOST_SHOWN: Final = 5

PayloadT = TypeVar("PayloadT")
When: TypeAlias = datetime | timedelta | Every | Cron
"""An instant, a time from now, or again and again."""


class ActiveGuilds(Protocol):
    """Knows where modules are on."""

    def guilds(self, module: str) -> Sequence[int]:
        """Ids of the guilds of this process in which the module of that name is on now."""

    def is_on(self, module: str, guild_id: int | None) -> bool:
        """Whether the module is on in a guild of this process; None asks for any guild at all."""

    def shards(self) -> Shards | None:
        """Which guilds are this process's; None while that is not known, and modules must wait."""


class SchedulerService(BaseService):
    """Runs jobs when they are due, each in one process of the bot at a time.

    What has to be run is kept in the store, and survives restarts; without one it is kept in this process
    and forgotten with it. A due time is run at least once: again if its process died, or its run failed.
    What a run raises is logged, counted and tried again, and stops nothing. The handlers that a module
    adds run in its name, where it is on, and go with it; what is scheduled for them waits in the store
    until it is back.

    Args:
        config: settings.
        store: where jobs rest; None keeps them in this process.
        active_guilds: where modules are on; None: everywhere, and there are no jobs of guilds.
        metrics: what runs, lateness and durations are counted in.
        clock: the time.
        pace: how fast.
    """

    shutdown_timeout_s: ClassVar[float] = DRAIN_LIMIT_S + STOP_LIMIT_S + 2.0

    def __init__(
        self,
        config: AppConfig,
        store: JobStore | None = None,
        active_guilds: ActiveGuilds | None = None,
        metrics: MetricsService | None = None,
        clock: Clock | None = None,
        pace: Pace = DEFAULT_PACE,
    ) -> None:
        super().__init__(config)
        self._active_guilds = active_guilds
        self._clock = clock or SystemClock()
        self._handlers: dict[str, Handler] = {}
        self._undo_keys: dict[str, int] = {}
        self._declared: dict[str, set[int | None]] = {}
        self._guilds_at_s = 0.0
        self._ended = False
        local = MemoryJobStore()
        self._store = store or local
        self._local = local
        self._loops = [
            JobLoop(
                each,
                reach=lambda each=each: self._reach(each),  # type: ignore[misc]
                handlers=self._handlers.get,
                declare=self._declare,
                switches=active_guilds,
                metrics=metrics,
                clock=self._clock,
                pace=pace,
            )
            for each in dict.fromkeys((self._store, local))
        ]
        if metrics is not None:
            metrics.on_read(lambda: self._tell(metrics))

    # --- handlers ---

    def add(self, handler: Callable[[Never], Awaitable[object]]) -> None:
        """Let this process run the jobs of a function or method under `every`, `cron`, `at` or `job`.

        Those in the body of a module or cog are added without a word. In a module it is named after the
        module and itself, ``reminders.remind``, else after itself.

        Raises:
            JobError: it is no job, its name is taken, the scheduler has stopped, or the module that adds it
                is unloaded.
        """
        owner = current_owner()
        made = handler_of(handler, owner)
        if made.name in self._handlers:
            raise JobError(made.name, "is there already; give one of the two another name=")
        if self._ended:
            raise JobError(made.name, "came after the scheduler was stopped")
        if made.per_guild and (self._active_guilds is None or owner is None):
            raise JobError(made.name, "runs per guild, and only a module of a bot has guilds; take a JobRun")
        if owner is not None:
            if owner.released:
                raise JobError(made.name, f"came from module {owner.name!r}, which is unloaded")
            self._undo_keys[made.name] = owner.record(lambda: self._take_back(made))
        self._handlers[made.name] = made
        self.look()

    def remove(self, handler: Callable[[Never], Awaitable[object]]) -> bool:
        """Begin no run of that handler in this process any more; one under way may end.

        Returns:
            Whether it had been added.
        """
        known = self._find(handler)
        if known is not None:
            self._forget(known)
        return known is not None

    def add_all(self, thing: object) -> None:
        """Add the methods of an object that are jobs.

        Raises:
            JobError: as `add`, of the first that cannot be.
        """
        for handler in declared_in(thing):
            self.add(handler)

    def remove_all(self, thing: object) -> None:
        """Remove the methods of an object that are jobs."""
        for handler in declared_in(thing):
            self.remove(handler)

    def names(self) -> tuple[str, ...]:
        """The handlers that this process has, in order of their adding."""
        return tuple(self._handlers)

    # --- jobs ---

    @overload
    async def schedule(
        self,
        handler: Callable[[JobRun[None]], Awaitable[object]],
        when: When,
        payload: None = None,
        *,
        guild_id: int | None = None,
        name: str | None = None,
        replace: bool = False,
    ) -> str: ...

    @overload
    async def schedule(
        self,
        handler: Callable[[JobRun[PayloadT]], Awaitable[object]],
        when: When,
        payload: PayloadT,
        *,
        guild_id: int | None = None,
        name: str | None = None,
        replace: bool = False,
    ) -> str: ...

    @overload
    async def schedule(
        self,
        handler: Callable[[GuildJobRun[None]], Awaitable[object]],
        when: When,
        payload: None = None,
        *,
        guild_id: int,
        name: str | None = None,
        replace: bool = False,
    ) -> str: ...

    @overload
    async def schedule(
        self,
        handler: Callable[[GuildJobRun[PayloadT]], Awaitable[object]],
        when: When,
        payload: PayloadT,
        *,
        guild_id: int,
        name: str | None = None,
        replace: bool = False,
    ) -> str: ...

    async def schedule(
        self,
        handler: Callable[[Never], Awaitable[object]],
        when: When,
        payload: object = None,
        *,
        guild_id: int | None = None,
        name: str | None = None,
        replace: bool = False,
    ) -> str:
        """Keep a job for a handler under `job`; it is stored when this returns.

        Args:
            handler: added before; in a module, its own method.
            when: an instant that has passed means now; a span counts from now; `Every` and `Cron` come
                again and again.
            payload: what the run is handed, of the type that the handler names.
            guild_id: whose job it is: it runs where that guild is served, while the module is on there.
            name: unique in the bot, to find the job by; one is made up unless given.
            replace: take the place of the job of that name.

        Returns:
            The name of the job, for `cancel` and `run_now`.

        Raises:
            JobError: the handler was not added or has its own schedule, or the name is taken.
            ScheduleError: the instant has no time zone, or the span is negative.
            JobPayloadError: the payload cannot be stored, is too large, or is not of that type.
            DatabaseError: it was not stored.
        """
        known = self._added(handler)
        if known.declaration.schedule is not None:
            raise JobError(known.name, "has a schedule in its code; use run_now, or a handler under @job")
        if known.per_guild and guild_id is None:
            raise JobError(known.name, "takes a GuildJobRun, so its jobs need a guild_id")
        name = f"{known.name}:{uuid.uuid4().hex}" if name is None else name
        if not name or len(name) > MOST_NAME_CHARS or not name.isprintable():
            raise JobError(name, f"needs a name of 1 to {MOST_NAME_CHARS} printable characters")
        made = self._job(name, known, self._schedule(known.name, when), guild_id, known.encode(payload))
        if not await self._store.create(made, replace=replace):
            raise JobError(name, "is there already; choose another name, or replace it")
        self.look()
        return name

    async def cancel(self, name: str) -> bool:
        """Let a job come no more; whether there was one. A run under way is cancelled within seconds.

        One that is declared in code comes back when a process starts that declares it.

        Raises:
            DatabaseError: it is still there.
        """
        return any([await each.cancel(name) for each in self._stores])

    async def run_now(self, name: str) -> bool:
        """Let a job come now, whatever its time; False if there is none, or it runs at this moment.

        Raises:
            DatabaseError: nothing has changed.
        """
        found = any([await each.hasten(name, self._clock.now()) for each in self._stores])
        self.look()
        return found

    async def jobs(self, query: JobQuery | None = None) -> list[Job]:
        """The jobs that are kept, in order of when they come; without a query the first hundred.

        Raises:
            DatabaseError: they cannot be read.
        """
        query = query or JobQuery()
        found = [job for each in self._stores for job in await each.find(query)]
        found.sort(key=lambda job: (job.wake_at is None, job.wake_at or job.due_at, job.name))
        return found[: query.limit]

    def look(self) -> None:
        """Look at once what is due, and where modules are on; whoever changes that calls this."""
        self._guilds_at_s = self._clock.monotonic()
        for loop in self._loops:
            loop.nudge()

    async def idle(self) -> None:
        """Return once no run is under way."""
        await asyncio.gather(*(loop.idle() for loop in self._loops))

    async def drain(self, grace_s: float) -> None:
        """Begin nothing any more, and let what runs end; what has not ended by then is left to `stop`."""
        limit = asyncio.ensure_future(self._clock.sleep(grace_s))
        drained = asyncio.ensure_future(self._drained())
        try:
            await asyncio.wait({limit, drained}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
            drained.cancel()

    async def _drained(self) -> None:
        await asyncio.gather(*(loop.pause() for loop in self._loops))
        await self.idle()

    # --- its life ---

    @override
    async def startup(self) -> None:
        """Begin to look for what is due."""
        self._ended = False
        self._mark_initialized()
        for loop in self._loops:
            loop.start()

    @override
    async def shutdown(self) -> None:
        """Begin nothing any more; wait up to five seconds for what runs, then let others run it again."""
        self._ended = True
        await self.drain(DRAIN_LIMIT_S)
        await asyncio.gather(*(loop.stop() for loop in self._loops))
        for known in list(self._handlers.values()):
            self._forget(known)

    @override
    async def check_health(self) -> Health:
        """Degraded while the store cannot be used, or the last run of some handler has failed."""
        health = await super().check_health()
        if health.state is not HealthState.OK:
            return health
        if not all(loop.alive for loop in self._loops):
            return Health(HealthState.DOWN, "no job is taken up any more; see the log, and restart the bot")
        problems = [loop.problem for loop in self._loops if loop.problem is not None]
        if problems:
            return Health(HealthState.DEGRADED, f"jobs wait, their store cannot be used: {problems[0]}")
        failing = sorted({name for loop in self._loops for name in loop.failing})
        if failing:
            more = f" and {len(failing) - MOST_SHOWN} more" if len(failing) > MOST_SHOWN else ""
            shown = ", ".join(failing[:MOST_SHOWN])
            return Health(HealthState.DEGRADED, f"the last run failed: {shown}{more}")
        return health

    # --- inside ---

    def _tell(self, metrics: MetricsService) -> None:
        metrics.gauge("jobs.running", sum(len(loop.runs) for loop in self._loops))
        metrics.gauge("jobs.registered", len(self._handlers))

    @property
    def _stores(self) -> Iterable[JobStore]:
        return [loop.store for loop in self._loops]

    def _find(self, handler: Callable[[Never], Awaitable[object]]) -> Handler | None:
        return next((known for known in self._handlers.values() if known.call == handler), None)

    def _added(self, handler: Callable[[Never], Awaitable[object]]) -> Handler:
        known = self._find(handler)
        if known is None:
            name, there = cast("type", handler).__qualname__, ", ".join(self._handlers) or "none"
            raise JobError(name, f"was not added here; there are: {there}")
        return known

    def _schedule(self, handler: str, when: When) -> Schedule:
        if isinstance(when, datetime):
            return At(when)
        if not isinstance(when, timedelta):
            return when
        if when < timedelta():
            raise ScheduleError(handler, f"cannot come {-when} ago; give a span of 0 or more")
        return At(self._clock.now() + when)

    def _job(
        self,
        name: str,
        handler: Handler,
        schedule: Schedule,
        guild_id: int | None = None,
        payload: str = "null",
    ) -> Job:
        due_at = schedule.first(self._clock.now())
        if due_at is None:
            raise ScheduleError(str(schedule), "never comes again")
        return Job(
            name=name,
            handler=handler.name,
            schedule=str(schedule),
            due_at=due_at,
            wake_at=wake_for(due_at, handler),
            guild_id=guild_id,
            payload=payload,
            # Not from 0: a name that is used again must not be taken for the job that had it before.
            epoch=random.getrandbits(40),
        )

    def _store_of(self, handler: Handler) -> JobStore:
        return self._local if handler.declaration.each_process else self._store

    def _reach(self, store: JobStore) -> Reach:
        shards = self._active_guilds.shards() if self._active_guilds is not None else ALL_GUILDS
        names = [
            known.name
            for known in self._handlers.values()
            if self._store_of(known) is store and (known.owner is None or shards is not None)
        ]
        return Reach(names, shards or NO_GUILDS)

    async def _declare(self, store: JobStore) -> None:
        """Store what handlers declare and is not known to be stored yet."""
        look_at_guilds = self._clock.monotonic() >= self._guilds_at_s
        for known in list(self._handlers.values()):
            schedule = known.declaration.schedule
            if schedule is None or self._store_of(known) is not store:
                continue
            stored = self._declared.setdefault(known.name, set())
            wanted = self._wanted(known, look_at_guilds)
            if known.per_guild and look_at_guilds:
                stored.intersection_update(wanted)  # one that left may be purged before it comes back
            new = [guild_id for guild_id in wanted if guild_id not in stored]
            if new:
                await store.declare([self._declared_job(known, schedule, guild_id) for guild_id in new])
                stored.update(new)
        if look_at_guilds and store is self._store:
            self._guilds_at_s = self._clock.monotonic() + GUILDS_EVERY_S

    def _wanted(self, handler: Handler, look_at_guilds: bool) -> Sequence[int | None]:
        if not handler.per_guild:
            return [None]
        if not look_at_guilds or self._active_guilds is None or handler.owner is None:
            return []
        return self._active_guilds.guilds(handler.owner.name)

    def _declared_job(self, handler: Handler, schedule: Schedule, guild_id: int | None) -> Job:
        name = handler.name if guild_id is None else f"{handler.name}@{guild_id}"
        made = self._job(name, handler, schedule, guild_id)
        over = isinstance(schedule, At) and made.due_at <= self._clock.now()
        return msgspec.structs.replace(made, declared=True, wake_at=None if over else made.wake_at)

    def _forget(self, handler: Handler) -> None:
        if self._handlers.get(handler.name) is handler:
            del self._handlers[handler.name]
            self._declared.pop(handler.name, None)
            key = self._undo_keys.pop(handler.name, None)
            if handler.owner is not None and key is not None:
                handler.owner.forget(key)

    async def _take_back(self, handler: Handler) -> None:
        """Undo an `add` at the unload of its module; unlike `remove` it ends the runs, too."""
        self._forget(handler)
        for loop in self._loops:
            await loop.give_up([run for run in loop.runs if run.handler is handler])
