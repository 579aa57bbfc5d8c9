"""What the author of a job writes: what is taken, what is refused, and what comes back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from typing_extensions import override

from wisp_framework.exceptions import JobError, JobPayloadError
from wisp_framework.services import GuildJobRun, Job, JobRun, at, cron, every, job
from wisp_framework.services.jobs import MOST_PAYLOAD_BYTES, declared_in, handler_of, key_of
from wisp_framework.services.schedules import At, Cron, Every
from wisp_framework.utils.ownership import Owner

DUE = datetime(2026, 1, 1, tzinfo=UTC)


class Reminder(msgspec.Struct):
    text: str
    at: datetime | None = None


@dataclass
class Ban:
    user_id: int
    reasons: list[str]


class Jobs:
    """One of every kind."""

    @every(hours=1, minutes=30)
    async def tick(self, run: JobRun) -> None: ...

    @cron("0 9 * * *", "Europe/Berlin", jitter_s=60)
    async def morning(self, run: GuildJobRun) -> None: ...

    @at(DUE, name="new_year")
    async def celebrate(self, run: "JobRun") -> None: ...

    @job(retries=7)
    async def remind(self, run: JobRun[Reminder]) -> None: ...

    @job()
    async def unban(self, run: GuildJobRun[Ban]) -> None: ...

    async def other(self, run: JobRun) -> None: ...


class MoreJobs(Jobs):
    """Replaces one, takes one back."""

    @every(hours=2)
    @override
    async def tick(self, run: JobRun) -> None: ...

    @override
    async def remind(self, run: JobRun[Reminder]) -> None: ...


def test_finds_what_is_declared() -> None:
    """Each method under a decorator, with its schedule, its kind of run and what it carries."""
    found = {handler.name: handler for handler in map(_handler, declared_in(Jobs()))}

    assert {name: handler.declaration.schedule for name, handler in found.items()} == {
        "tick": Every(5400),
        "morning": Cron("0 9 * * *", "Europe/Berlin"),
        "new_year": At(DUE),
        "remind": None,
        "unban": None,
    }
    assert {name for name, handler in found.items() if handler.per_guild} == {"morning", "unban"}
    assert found["remind"].payload is Reminder
    assert (found["remind"].manner.retries, found["morning"].manner.jitter_s) == (7, 60)


def test_a_subclass_replaces_what_it_overrides() -> None:
    """A method that is overridden without a decorator is no job any more."""
    found = {handler.name: handler for handler in map(_handler, declared_in(MoreJobs()))}

    assert "remind" not in found
    assert found["tick"].declaration.schedule == Every(7200)


def test_is_named_after_its_module() -> None:
    """Two modules may have a job of the same name."""
    assert handler_of(Jobs().tick, Owner("stars")).name == "stars.tick"


@pytest.mark.parametrize("payload", [Reminder("tea"), Reminder("é\x00", DUE)])
def test_what_is_carried_comes_back_equal(payload: Reminder) -> None:
    """With its type."""
    handler = _handler(Jobs().remind)
    run = handler.run_of(Job("a", "remind", "x", DUE, DUE, payload=handler.encode(payload), attempt=2))
    assert (run.payload, run.attempt, run.due, run.key) == (payload, 2, DUE, key_of("a", DUE))


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (Reminder("x" * MOST_PAYLOAD_BYTES), "at most 16384 are kept"),
        (Reminder("\ud800"), "carries Reminder"),
        (Ban(1, []), "carries Reminder"),
        (object(), "carries Reminder"),
        (None, "carries Reminder"),
        (Reminder(5), "carries Reminder"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_carried_is_refused(payload: object, says: str) -> None:
    """Too large, broken, of another type, or no value at all: the error names the job and the type."""
    with pytest.raises(JobPayloadError, match=says):
        _handler(Jobs().remind).encode(payload)


def test_what_comes_back_changed_is_refused() -> None:
    """A value that JSON would turn into another one is not kept."""

    @job()
    async def weigh(run: JobRun[float | None]) -> None: ...

    with pytest.raises(JobPayloadError, match="does not come back equal"):
        _handler(weigh).encode(float("nan"))


def test_a_key_tells_due_times_apart_and_fits_a_nonce() -> None:
    """The same for the same due time of the same job, another for any other."""
    keys = {key_of(name, DUE.replace(hour=hour)) for name in ("a", "b") for hour in range(24)}
    assert len(keys) == 48
    assert {len(key) for key in keys} == {24}
    assert key_of("a", DUE) == key_of("a", DUE)


async def _nothing(run: JobRun) -> None: ...


async def _two(run: JobRun, more: int) -> None: ...


async def _untyped(run) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001


async def _other(run: int) -> None: ...


async def _unknown(run: "JobRun[Gone]") -> None: ...  # type: ignore[name-defined]  # noqa: F821


async def _carries(run: JobRun[Reminder]) -> None: ...


async def _guild(run: GuildJobRun) -> None: ...


@pytest.mark.parametrize(
    ("decorate", "function", "says"),
    [
        (lambda f: f, _nothing, "is no job; put @every"),
        (job(), _two, "has to take one argument"),
        (job(), _untyped, "has to take one argument"),
        (job(), _other, "has to take one argument"),
        (job(), _unknown, "annotation that cannot be read: name 'Gone' is not defined"),
        (every(hours=1), _carries, "carries nothing, as nobody gives it a Reminder"),
        (every(hours=1, each_process=True), _guild, "in each process or per guild"),
        (job(name="has space"), _nothing, "needs a name"),
        (job(name="a@b"), _nothing, "needs a name"),
        (job(name="x" * 101), _nothing, "needs a name"),
    ],
)
def test_functions_that_are_no_jobs_are_refused(
    decorate: Callable[[Any], Callable[..., Awaitable[object]]],
    function: Callable[..., Awaitable[object]],
    says: str,
) -> None:
    """When they are added, with what to write instead."""
    vars(function).clear()
    with pytest.raises(JobError, match=says):
        handler_of(decorate(function), None)


@pytest.mark.parametrize(
    "options",
    [
        {"retries": -1},
        {"retry_after_s": -0.1},
        {"jitter_s": float("nan")},
        {"missed_after_s": -5},
        {"timeout_s": 0},
        {"missed": "never"},
        {"overlap": "maybe"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: Any) -> None:
    """Where they are written, naming option and value."""
    with pytest.raises(JobError, match=next(iter(options))):
        every(hours=1, **options)


def _handler(call: Callable[..., Awaitable[object]]) -> Any:
    return handler_of(call, None)
