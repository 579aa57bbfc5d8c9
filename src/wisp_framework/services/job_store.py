"""Where jobs rest: what is known of each, the port, and the store of a bot that keeps nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    """It is due later, or nobody has taken it up yet."""
    RUNNING = "running"
    """A process holds it."""
    RETRYING = "retrying"
    """Its last run failed, and it is tried again."""
    FAILED = "failed"
    """It was given up; it rests for a week, and can be run again."""
    DONE = "done"
    """It came once, and is over."""


class Job(msgspec.Struct, frozen=True):
    """One job, as it rests.

    Args:
        name: unique in the bot.
        handler: the name of what runs it.
        schedule: when it comes, in the words of `wisp_framework.services.schedules`.
        due_at: aware UTC; the due time that is waited for, or that is being run.
        wake_at: aware UTC; when somebody may take it up: the due time, that of the next attempt, or the end
            of the holder's lease. None: never.
        guild_id: whose it is; None for the whole bot.
        payload: JSON.
        declared: whether it stands in code, and not only here.
        holder: the process that has it; None if nobody has.
        epoch: how often it was taken up; whoever has an older number has lost it.
        attempt: how many runs of this due time were begun.
        last_error: what the last run raised; None if it ended well.
    """

    name: str
    handler: str
    schedule: str
    due_at: datetime
    wake_at: datetime | None
    guild_id: int | None = None
    payload: str = "null"
    declared: bool = False
    holder: str | None = None
    epoch: int = 0
    attempt: int = 0
    last_error: str | None = None

    @property
    def state(self) -> JobState:
        """How it stands."""
        if self.holder is not None:
            return JobState.RUNNING
        if self.wake_at is None:
            return JobState.FAILED if self.last_error is not None else JobState.DONE
        return JobState.RETRYING if self.attempt else JobState.WAITING

    def let_go(
        self, *, due_at: datetime | None = None, wake_at: datetime | None, attempt: int, error: str | None
    ) -> "Job":
        """The same job in nobody's hands, as it is to rest from now on."""
        return msgspec.structs.replace(
            self,
            due_at=due_at or self.due_at,
            wake_at=wake_at,
            attempt=attempt,
            last_error=error,
            holder=None,
        )


@dataclass(frozen=True, slots=True)
class Shards:
    """Which guilds are a process's own.

    Args:
        count: how many shards the bot has.
        ids: those of this process.
    """

    count: int
    ids: frozenset[int]

    def have(self, guild_id: int) -> bool:
        """Whether a guild is on one of them.

        Source: https://docs.discord.com/developers/events/gateway#sharding
        """
        return (guild_id >> 22) % self.count in self.ids


ALL_GUILDS = Shards(1, frozenset({0}))
NO_GUILDS = Shards(1, frozenset())


@dataclass(frozen=True, slots=True)
class Reach:
    """Which jobs a process can run.

    Args:
        handlers: names of the handlers that it has.
        shards: the guilds whose jobs it takes.
    """

    handlers: Sequence[str]
    shards: Shards = ALL_GUILDS

    def covers(self, job: Job) -> bool:
        """Whether it can run that one."""
        return job.handler in self.handlers and (job.guild_id is None or self.shards.have(job.guild_id))


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs are wanted; what is None does not matter.

    Args:
        handler: run by this one.
        guild_id: of this guild.
        state: that stand so.
        limit: at most so many, those first that come first.
    """

    handler: str | None = None
    guild_id: int | None = None
    state: JobState | None = None
    limit: int = 100

    def fits(self, job: Job) -> bool:
        """Whether a job is among those that are wanted."""
        return (
            self.handler in (None, job.handler)
            and self.guild_id in (None, job.guild_id)
            and self.state in (None, job.state)
        )


class JobStore(Protocol):
    """Keeps jobs, and gives each to one process at a time.

    Every method raises `wisp_framework.exceptions.DatabaseError` if the store cannot do it; nothing was
    changed then.
    """

    @property
    def shared(self) -> bool:
        """Whether other processes use it, so that it changes by itself."""

    async def declare(self, jobs: Sequence[Job]) -> None:
        """Keep those that are new; one that is there, and in nobody's hands, takes on a changed schedule."""

    async def create(self, job: Job, *, replace: bool = False) -> bool:
        """Keep it; False, and nothing done, where one of its name is there and must not be replaced."""

    async def next_wake(self, reach: Reach) -> datetime | None:
        """When the first of those may be taken up; None if none ever."""

    async def claim(
        self, reach: Reach, now: datetime, until: datetime, holder: str, limit: int
    ) -> Sequence[Job]:
        """Take up what may be taken up now, each as it rests from then on: nobody else gets it.

        A job whose holder's lease is over is taken from it.

        Args:
            reach: which ones.
            now: what may be taken up since then or earlier is.
            until: when the lease ends.
            holder: who takes them.
            limit: at most so many, those first that waited longest.
        """

    async def renew(self, holder: str, until: datetime) -> Mapping[str, int]:
        """Lengthen the lease of all that ``holder`` has; their names and epochs."""

    async def put_back(self, job: Job) -> bool:
        """Let it rest as told; False, and nothing done, if its epoch has passed: somebody else has it."""

    async def finish(self, job: Job) -> bool:
        """Keep it no longer; False, and nothing done, if its epoch has passed."""

    async def find(self, query: JobQuery) -> Sequence[Job]:
        """Those that fit, in order of when they come; what never comes again last."""

    async def hasten(self, name: str, now: datetime) -> bool:
        """Let it come now, with a due time of its own; what failed comes again with the due time it had.

        False if there is none of that name, or somebody has it.
        """

    async def cancel(self, name: str) -> bool:
        """Keep it no longer, whoever has it; whether there was one."""

    async def prune(self, before: datetime) -> int:
        """Remove what failed and was due before that instant; how many that were."""


class MemoryJobStore:
    """A `JobStore` that one process has for itself, and that is gone with it."""

    shared = False

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    async def declare(self, jobs: Sequence[Job]) -> None:
        """Keep those that are new; one that is there, and in nobody's hands, takes on a changed schedule."""
        for job in jobs:
            known = self._jobs.get(job.name)
            if known is None or (known.schedule != job.schedule and known.holder is None):
                self._jobs[job.name] = msgspec.structs.replace(job, epoch=known.epoch) if known else job

    async def create(self, job: Job, *, replace: bool = False) -> bool:
        """Keep it; False, and nothing done, where one of its name is there and must not be replaced."""
        known = self._jobs.get(job.name)
        if known is not None and not replace:
            return False
        self._jobs[job.name] = msgspec.structs.replace(job, epoch=known.epoch + 1) if known else job
        return True

    async def next_wake(self, reach: Reach) -> datetime | None:
        """When the first of those may be taken up; None if none ever."""
        wakes = (job.wake_at for job in self._jobs.values() if job.wake_at and reach.covers(job))
        return min(wakes, default=None)

    async def claim(
        self, reach: Reach, now: datetime, until: datetime, holder: str, limit: int
    ) -> Sequence[Job]:
        """Take up what may be taken up now: nobody else gets it."""
        ripe = [(job.wake_at, job) for job in self._jobs.values() if job.wake_at and reach.covers(job)]
        taken = sorted((wake, job.name) for wake, job in ripe if wake <= now)[:limit]
        claimed = [_claimed(self._jobs[name], until, holder) for _, name in taken]
        self._jobs.update({job.name: job for job in claimed})
        return claimed

    async def renew(self, holder: str, until: datetime) -> Mapping[str, int]:
        """Lengthen the lease of all that ``holder`` has; their names and epochs."""
        held = [job for job in self._jobs.values() if job.holder == holder]
        for job in held:
            self._jobs[job.name] = msgspec.structs.replace(job, wake_at=until)
        return {job.name: job.epoch for job in held}

    async def put_back(self, job: Job) -> bool:
        """Let it rest as told; False, and nothing done, if its epoch has passed."""
        if not self._is_current(job):
            return False
        self._jobs[job.name] = job
        return True

    async def finish(self, job: Job) -> bool:
        """Keep it no longer; False, and nothing done, if its epoch has passed."""
        if not self._is_current(job):
            return False
        del self._jobs[job.name]
        return True

    async def find(self, query: JobQuery) -> Sequence[Job]:
        """Those that fit, in order of when they come; what never comes again last."""
        fitting = [job for job in self._jobs.values() if query.fits(job)]
        fitting.sort(key=lambda job: (job.wake_at is None, job.wake_at or job.due_at, job.name))
        return fitting[: query.limit]

    async def hasten(self, name: str, now: datetime) -> bool:
        """Let it come now; False if there is none of that name, or somebody has it."""
        job = self._jobs.get(name)
        if job is None or job.holder is not None:
            return False
        due_at = job.due_at if job.state is JobState.FAILED else now
        self._jobs[name] = job.let_go(due_at=due_at, wake_at=now, attempt=0, error=None)
        return True

    async def cancel(self, name: str) -> bool:
        """Keep it no longer, whoever has it; whether there was one."""
        return self._jobs.pop(name, None) is not None

    async def prune(self, before: datetime) -> int:
        """Remove what failed and was due before that instant; how many that were."""
        old = [job for job in self._jobs.values() if job.state is JobState.FAILED and job.due_at < before]
        for job in old:
            del self._jobs[job.name]
        return len(old)

    def _is_current(self, job: Job) -> bool:
        known = self._jobs.get(job.name)
        return known is not None and known.epoch == job.epoch


def _claimed(job: Job, until: datetime, holder: str) -> Job:
    return msgspec.structs.replace(
        job, wake_at=until, holder=holder, epoch=job.epoch + 1, attempt=job.attempt + 1
    )
