"""What the author of a job writes: handlers, when they run, and what they are handed."""

import inspect
import types
from base64 import b32encode
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Generic, Literal, Never, TypeAlias, cast, get_args, get_origin

import msgspec
from typing_extensions import TypedDict, TypeVar, Unpack

from wisp_framework.exceptions import JobError, JobPayloadError
from wisp_framework.services.job_store import Job
from wisp_framework.services.schedules import At, Cron, Every, Schedule
from wisp_framework.utils.ownership import Owner

MOST_NAME_CHARS: Final = 100
MOST_PAYLOAD_BYTES: Final = 16_384
MARK: Final = "__wisp_job__"

Missed: TypeAlias = Literal["once", "skip", "all"]
"""What becomes of due times at which nobody could run the job: all are made up for by one run, none is, or
each is."""

Overlap: TypeAlias = Literal["skip", "wait"]
"""What becomes of a due time that comes while the run before is still under way: it is passed over, or
comes as soon as that run has ended. No job ever runs twice at the same time."""

PayloadT_co = TypeVar("PayloadT_co", default=None, covariant=True)


@dataclass(frozen=True, slots=True)
class JobRun(Generic[PayloadT_co]):
    """One run of a job, as its handler sees it.

    Args:
        name: the job's.
        due: when it was due; aware, in UTC.
        attempt: 1 for the first run of this due time, more where an earlier one failed or its process died.
        key: the same for all runs of one due time, and for nothing else: what was done under it once need
            not be done again. 24 characters, so that it fits Discord's ``nonce`` too.
        payload: what the job carries; None for what is declared by `every`, `cron` and `at`.
    """

    name: str
    due: datetime
    attempt: int
    key: str
    payload: PayloadT_co


@dataclass(frozen=True, slots=True)
class GuildJobRun(JobRun[PayloadT_co]):
    """One run of a job of one guild.

    Args:
        guild_id: whose.
    """

    guild_id: int


class JobOptions(TypedDict, total=False):
    """What `every`, `cron`, `at` and `job` take by name."""

    name: str
    """That of the handler, unless it is that of the function; what rests in the store goes by it."""
    retries: int
    """How often a run that failed is tried again; 3 unless told otherwise."""
    retry_after_s: float
    """Seconds before the first of these, and twice as long before each further one, up to an hour; 10."""
    missed: Missed
    """``once``."""
    missed_after_s: float
    """From how many seconds on a due time counts as missed, for ``missed="skip"``; 60."""
    overlap: Overlap
    """``skip``."""
    jitter_s: float
    """Each run begins up to so many seconds late, by chance, so that not all begin at once; 0."""
    timeout_s: float
    """After how many seconds a run is cancelled, and has failed; 600."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a handler is run; see `JobOptions`."""

    name: str = ""
    retries: int = 3
    retry_after_s: float = 10.0
    missed: Missed = "once"
    missed_after_s: float = 60.0
    overlap: Overlap = "skip"
    jitter_s: float = 0.0
    timeout_s: float = 600.0

    def __post_init__(self) -> None:
        given = asdict(self)
        wrong = [(option, "0 or more") for option in _FROM_ZERO if not given[option] >= 0]
        wrong += [("timeout_s", "more than 0")] if not self.timeout_s > 0 else []
        wrong += [
            (option, f"one of {words}") for option, words in _WORDS.items() if given[option] not in words
        ]
        for option, wanted in wrong:
            raise JobError(self.name, f"has {option}={given[option]!r}; give {wanted}")


_FROM_ZERO: Final = ("retries", "retry_after_s", "missed_after_s", "jitter_s")
_WORDS: Final = {"missed": get_args(Missed), "overlap": get_args(Overlap)}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a decorator says of the function under it.

    Args:
        schedule: when it comes; None for what comes only when somebody schedules it.
        each_process: whether every process runs it for itself, and nothing of it is stored.
        manner: how it is run.
    """

    schedule: Schedule | None
    each_process: bool
    manner: Manner


_Declared: TypeAlias = (
    Callable[[Never, GuildJobRun[None]], Awaitable[object]] | Callable[[GuildJobRun[None]], Awaitable[object]]
)
_Scheduled: TypeAlias = Callable[[Never, Never], Awaitable[object]] | Callable[[Never], Awaitable[object]]
DeclaredT = TypeVar("DeclaredT", bound=_Declared)
ScheduledT = TypeVar("ScheduledT", bound=_Scheduled)


def every(
    *,
    days: float = 0,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    each_process: bool = False,
    **options: Unpack[JobOptions],
) -> Callable[[DeclaredT], DeclaredT]:
    """Run this again and again, the first time after one interval; the interval goes on over restarts.

    What it takes decides for whom: a `JobRun` once in the whole bot, a `GuildJobRun` once in each guild in
    which its module is on. The same holds for `cron`.

    Args:
        days: of the interval, which is the sum of the four.
        hours: see there.
        minutes: see there.
        seconds: see there.
        each_process: every process of the bot runs it, instead of one of them.
        options: see `JobOptions`.

    Raises:
        ScheduleError: the interval cannot be kept.
        JobError: an option makes no sense.
    """
    interval_s = days * 86_400 + hours * 3600 + minutes * 60 + seconds
    return _declare(Declaration(Every(interval_s), each_process, Manner(**options)))


def cron(
    line: str, timezone: str = "UTC", *, each_process: bool = False, **options: Unpack[JobOptions]
) -> Callable[[DeclaredT], DeclaredT]:
    """Run this by a line of cron: ``@cron("0 9 * * 1-5", "Europe/Berlin")``.

    Args:
        line: see `wisp_framework.services.schedules.Cron`, which also tells what happens when clocks change.
        timezone: on whose clocks.
        each_process: every process of the bot runs it, instead of one of them.
        options: see `JobOptions`.

    Raises:
        ScheduleError: the line cannot be read or never comes, or there is no such time zone.
        JobError: an option makes no sense.
    """
    return _declare(Declaration(Cron(line, timezone), each_process, Manner(**options)))


def at(instant: datetime, **options: Unpack[JobOptions]) -> Callable[[DeclaredT], DeclaredT]:
    """Run this once, at an instant; one that has passed before the bot first knew of the job is left out.

    Args:
        instant: with a time zone.
        options: see `JobOptions`.

    Raises:
        ScheduleError: the instant has no time zone.
        JobError: an option makes no sense.
    """
    return _declare(Declaration(At(instant), each_process=False, manner=Manner(**options)))


def job(**options: Unpack[JobOptions]) -> Callable[[ScheduledT], ScheduledT]:
    """Run this whenever somebody asked for with `wisp_framework.services.SchedulerService.schedule`.

    What it takes says what it carries, ``JobRun[Reminder]`` or ``GuildJobRun[Ban]``: a type that msgspec
    knows, such as a `msgspec.Struct` or a dataclass.

    Args:
        options: see `JobOptions`.

    Raises:
        JobError: an option makes no sense.
    """
    return _declare(Declaration(None, each_process=False, manner=Manner(**options)))


FunctionT = TypeVar("FunctionT")


def _declare(declaration: Declaration) -> Callable[[FunctionT], FunctionT]:
    def decorate(function: FunctionT) -> FunctionT:
        setattr(function, MARK, declaration)
        return function

    return decorate


def declared_in(thing: object) -> Iterator[Callable[[Never], Awaitable[object]]]:
    """The methods of an object that are jobs; those of a subclass replace its bases'."""
    names = {name: member for base in reversed(type(thing).__mro__) for name, member in vars(base).items()}
    for member in names.values():
        if isinstance(member, types.FunctionType) and MARK in vars(member):
            yield types.MethodType(member, thing)


@dataclass(frozen=True, eq=False, slots=True)
class Handler:
    """A function that runs jobs, with all that is known of it.

    Args:
        name: unique in the process.
        call: the function.
        declaration: what its decorator says.
        per_guild: whether it takes a `GuildJobRun`.
        payload: the type of what it carries.
        owner: the module whose it is; None for the framework and for code outside modules.
    """

    name: str
    call: Callable[[Never], Awaitable[object]]
    declaration: Declaration
    per_guild: bool
    payload: object
    owner: Owner | None

    @property
    def manner(self) -> Manner:
        """How it is run."""
        return self.declaration.manner

    def encode(self, payload: object) -> str:
        """The payload as it rests.

        Raises:
            JobPayloadError: it cannot be stored, is too large, or would not come back equal.
        """
        try:
            text = msgspec.json.encode(payload)
            same = self._decode(text) == payload
        except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
            raise JobPayloadError(self.name, f"carries {_typename(self.payload)}: {error}") from error
        if len(text) > MOST_PAYLOAD_BYTES:
            raise JobPayloadError(
                self.name,
                f"was given {len(text)} bytes to carry, at most {MOST_PAYLOAD_BYTES} are kept; "
                "store them elsewhere and carry their key",
            )
        if not same:
            raise JobPayloadError(self.name, "was given something that does not come back equal from JSON")
        return text.decode()

    def run_of(self, job: Job) -> JobRun[object]:
        """What the function is handed.

        Raises:
            JobPayloadError: what rests is not what the function takes; its code has changed since.
        """
        try:
            payload = self._decode(job.payload.encode())
        except msgspec.MsgspecError as error:
            raise JobPayloadError(
                job.name, f"carries what its handler does not take any more: {error}"
            ) from error
        key = key_of(job.name, job.due_at)
        if self.per_guild and job.guild_id is not None:
            return GuildJobRun(job.name, job.due_at, job.attempt, key, payload, job.guild_id)
        return JobRun(job.name, job.due_at, job.attempt, key, payload)

    def _decode(self, text: bytes) -> object:
        return msgspec.json.decode(text, type=cast("type[object]", self.payload))


def key_of(name: str, due: datetime) -> str:
    """The key of all runs of one due time of one job."""
    digest = blake2b(f"{name}\n{due.isoformat()}".encode(), digest_size=15).digest()
    return b32encode(digest).decode()


def handler_of(call: Callable[[Never], Awaitable[object]], owner: Owner | None) -> Handler:
    """What there is to know of a function or method that is a job.

    Raises:
        JobError: it is none, its name is none, or it takes something else than a run.
    """
    function = cast("types.FunctionType", call.__func__ if isinstance(call, types.MethodType) else call)
    declaration = vars(function).get(MARK)
    if not isinstance(declaration, Declaration):
        raise JobError(function.__qualname__, "is no job; put @every, @cron, @at or @job on it")
    own_name = declaration.manner.name or function.__name__
    name = f"{owner.name}.{own_name}" if owner is not None else own_name
    if len(name) > MOST_NAME_CHARS or not name.isprintable() or set(name) & set(" @"):
        raise JobError(name, f"needs a name of at most {MOST_NAME_CHARS} characters without spaces and @")
    kind, payload = _taken_by(name, call)
    if declaration.schedule is not None and payload is not types.NoneType:
        raise JobError(name, f"carries nothing, as nobody gives it a {_typename(payload)}; use @job")
    if declaration.each_process and kind is GuildJobRun:
        raise JobError(name, "runs in each process or per guild, not both; take a JobRun")
    return Handler(name, call, declaration, kind is GuildJobRun, payload, owner)


def _taken_by(name: str, call: Callable[[Never], Awaitable[object]]) -> tuple[type[JobRun[Any]], object]:
    """Which kind of run a function takes, and what that carries."""
    try:
        parameters = list(inspect.signature(call, eval_str=True).parameters.values())
    except (NameError, SyntaxError, TypeError) as error:
        raise JobError(
            name, f"has an annotation that cannot be read: {error}; import what it names"
        ) from error
    hint = parameters[0].annotation if len(parameters) == 1 else None
    kind = get_origin(hint) or hint
    if kind not in (JobRun, GuildJobRun):
        raise JobError(name, "has to take one argument, annotated JobRun or GuildJobRun")
    (payload,) = get_args(hint) or (types.NoneType,)
    return cast("type[JobRun[Any]]", kind), types.NoneType if payload is None else payload


def _typename(kind: object) -> str:
    return kind.__qualname__ if isinstance(kind, type) else str(kind)
