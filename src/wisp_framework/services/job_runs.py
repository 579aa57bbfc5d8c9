"""One run of a job: whether it may run now, how it ended, and what that makes of the job."""

import logging
import random
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Never, Protocol, cast

import msgspec
import structlog

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import JobError
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.services.job_store import Job
from wisp_framework.services.jobs import Handler, key_of
from wisp_framework.services.schedules import At, Schedule, read_schedule
from wisp_framework.utils.clock import Clock
from wisp_framework.utils.ownership import enter_owner

OFF_PAUSE_S: Final = 300.0
"""After how many seconds a job that comes once is looked at again, where its module was off."""

DEATHS_BORNE: Final = 10
"""How many processes may die over one due time, beyond the retries, before it is given up."""

MOST_PAUSE_S: Final = 3600.0
_MAX_ERROR_LENGTH = 200

_log = logging.getLogger(__name__)


class RunOutcome(StrEnum):
    """What became of a due time that was taken up."""

    RAN = "ran"
    """The handler came to its end."""
    RETRIED = "retried"
    """It raised, and is tried again."""
    FAILED = "failed"
    """It raised, and nothing is tried any more."""
    MISSED = "missed"
    """It was too late, and the handler wants no late runs."""
    OFF = "off"
    """The module is off there: nothing was run."""
    GIVEN_UP = "given up"
    """The process stopped or the module went in the middle; it is run again."""
    LOST = "lost"
    """Somebody else has taken it, or it was cancelled, in the middle."""


class Switches(Protocol):
    """Knows where a module is on."""

    def is_on(self, module: str, guild_id: int | None) -> bool:
        """Whether the module of that name is on in a guild; None asks for any guild at all."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, and how its job is to rest from now on; without ``job`` it is over and goes."""

    outcome: RunOutcome
    job: Job | None


async def run_job(job: Job, handler: Handler, switches: Switches | None, clock: Clock) -> Ended:
    """Run a job that was taken up, if it may run now; what the handler raises is logged and counts."""
    started = clock.now()
    owner, manner = handler.owner, handler.manner
    if owner is not None and switches is not None and not switches.is_on(owner.name, job.guild_id):
        return _is_off(job, handler, started)
    late = started - job.due_at > timedelta(seconds=manner.missed_after_s + manner.jitter_s)
    if manner.missed == "skip" and late and job.attempt == 1:
        return Ended(RunOutcome.MISSED, _next(job, handler, started, started))
    if job.attempt > manner.retries + 1 + DEATHS_BORNE:
        # Its processes died, each time: whatever it does to them, it shall not do to all.
        return _failed(job, handler, started, clock.now(), f"no run of {job.attempt - 1} came to its end")
    try:
        run = handler.run_of(job)
        context = Context()
        context.run(enter_owner, owner)
        context.run(structlog.contextvars.bind_contextvars, request_id=run.key)
        await within(clock, manner.timeout_s, _call(handler, run), context=context)
    except DeadlineExceededError:
        return _failed(job, handler, started, clock.now(), f"it did not end within {manner.timeout_s:g} s")
    except Exception as error:  # noqa: BLE001 - foreign code; one job must not stop the others
        told = (job.name, job.attempt, job.due_at, key_of(job.name, job.due_at))
        _log.exception("job %s failed, run %d of what was due at %s (request_id %s)", *told)
        return _failed(job, handler, started, clock.now(), words_of(error))
    return Ended(RunOutcome.RAN, _next(job, handler, started, clock.now()))


def given_up(job: Job, now: datetime) -> Ended:
    """The job as if it had not been taken up: it may be taken up again at once."""
    rest = job.let_go(wake_at=now, attempt=job.attempt - 1, error=job.last_error)
    return Ended(RunOutcome.GIVEN_UP, rest)


def wake_for(due_at: datetime, handler: Handler) -> datetime:
    """When a job that is due then may be taken up."""
    jitter_s = handler.manner.jitter_s
    return due_at + timedelta(seconds=random.uniform(0, jitter_s)) if jitter_s else due_at


async def _call(handler: Handler, run: object) -> None:
    await handler.call(cast("Never", run))


def _is_off(job: Job, handler: Handler, now: datetime) -> Ended:
    if isinstance(schedule_of(job, handler), At):
        wake_at = now + timedelta(seconds=OFF_PAUSE_S)
        return Ended(RunOutcome.OFF, job.let_go(wake_at=wake_at, attempt=job.attempt - 1, error=None))
    return Ended(RunOutcome.OFF, _next(job, handler, now, now))


def _failed(job: Job, handler: Handler, started: datetime, now: datetime, reason: str) -> Ended:
    error = reason[:_MAX_ERROR_LENGTH]
    manner = handler.manner
    if job.attempt <= manner.retries:
        pause_s = min(MOST_PAUSE_S, manner.retry_after_s * 2.0 ** (job.attempt - 1))
        wake_at = now + timedelta(seconds=pause_s * random.uniform(1.0, 1.1))
        return Ended(RunOutcome.RETRIED, job.let_go(wake_at=wake_at, attempt=job.attempt, error=error))
    _log.error("job %s is given up for %s: %s", job.name, job.due_at, error)
    rest = _next(job, handler, started, now, error)
    return Ended(RunOutcome.FAILED, rest or job.let_go(wake_at=None, attempt=0, error=error))


def _next(
    job: Job, handler: Handler, started: datetime, now: datetime, error: str | None = None
) -> Job | None:
    """The job, waiting for its next due time; None if it has none and need not be remembered."""
    schedule = schedule_of(job, handler)
    due_at = next_due(schedule, handler, job.due_at, started, now)
    if due_at is not None:
        rest = job.let_go(due_at=due_at, wake_at=wake_for(due_at, handler), attempt=0, error=error)
        return msgspec.structs.replace(rest, schedule=str(schedule))
    # What stands in code would be declared anew: that it is over has to be remembered.
    return job.let_go(wake_at=None, attempt=0, error=error) if job.declared and error is None else None


def next_due(
    schedule: Schedule, handler: Handler, due_at: datetime, started: datetime, now: datetime
) -> datetime | None:
    """The due time after one that was run from ``started`` until ``now``; None if there is none."""
    answered = due_at if handler.manner.missed == "all" else max(due_at, started)
    found = schedule.following(due_at, answered)
    if handler.manner.overlap == "skip" and found is not None and started < found <= now:
        return schedule.following(due_at, now)
    return found


def schedule_of(job: Job, handler: Handler) -> Schedule:
    """When the job comes: as its code says now, or as whoever scheduled it said."""
    declared = handler.declaration.schedule
    if declared is not None:
        return declared
    try:
        return read_schedule(job.schedule)
    except JobError:
        _log.exception("job %s has no schedule that can be read; it runs once more", job.name)
        return At(job.due_at)
