"""``wisp jobs``: what waits, runs and has failed, read and changed in the bot's database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from wisp_framework.cli.database import opened_database
from wisp_framework.exceptions import CommandLineError

if TYPE_CHECKING:  # they bring msgspec and SQLAlchemy, which only the commands themselves should load
    from wisp_framework.db.job_store import SqlJobStore
    from wisp_framework.services.job_store import Job

NOT_FOUND = 1
MOST_LISTED = 10_000

ResultT = TypeVar("ResultT")
Name = Annotated[str, typer.Argument(metavar="NAME", help="As wisp jobs list tells it.")]

app = typer.Typer(help="List the jobs of a bot, let one come now, or take one away.", no_args_is_help=True)


@app.command("list")
def list_jobs(
    handler: Annotated[str | None, typer.Option(help="Only those that this handler runs.")] = None,
    guild: Annotated[int | None, typer.Option(help="Only those of this guild's id.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only those that are: waiting, running, retrying, failed, done.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="How many, the next ones.")] = 100,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each, a line each.")
    ] = False,
) -> None:
    """List jobs, those first that come first.

    What they carry is not printed, for it may be somebody's message. The exit status is 1 if there is none
    that fits.
    """
    from wisp_framework.services.job_store import JobQuery, JobState

    if state is not None and state not in set(JobState):
        raise CommandLineError(f"There is no state {state!r}. Take one of: {', '.join(JobState)}.")
    query = JobQuery(handler, guild, JobState(state) if state is not None else None, limit)
    found: Sequence[Job] = asyncio.run(_with_store(lambda store: store.find(query)))
    for job in found:
        typer.echo(_json(job) if as_json else _line(job))
    if not found:
        _say_none("Nothing that fits is known.")


@app.command("run")
def run(name: Name) -> None:
    """Let a job come now, whatever its time; a process that runs takes it up within seconds.

    A job that failed comes with the key of the due time at which it did. The exit status is 1 if there is
    no job of that name, or it runs at this moment.
    """
    from wisp_framework.utils.clock import SystemClock

    if not asyncio.run(_with_store(lambda store: store.hasten(name, SystemClock().now()))):
        _say_none(f"There is no job {name!r} that does not run already.")
    typer.echo(f"{name} comes now.")


@app.command("cancel")
def cancel(name: Name) -> None:
    """Take a job away; a run under way is cancelled within seconds.

    A job that stands in the code of the bot comes back at its next start. The exit status is 1 if there is
    no job of that name.
    """
    if not asyncio.run(_with_store(lambda store: store.cancel(name))):
        _say_none(f"There is no job {name!r}.")
    typer.echo(f"{name} is gone.")


async def _with_store(ask: "Callable[[SqlJobStore], Awaitable[ResultT]]") -> ResultT:
    async with opened_database("The jobs", "so its jobs are in its memory alone.") as db:
        from wisp_framework.db.job_store import SqlJobStore

        return await ask(SqlJobStore(db))


def _say_none(text: str) -> None:
    typer.echo(text, err=True)
    raise typer.Exit(NOT_FOUND)


def _line(job: "Job") -> str:
    told = [f"{job.due_at:%Y-%m-%d %H:%M:%S}Z  {job.state:8}  {job.name}  ({job.schedule})"]
    if job.holder is not None:
        told.append(f"at {job.holder}")
    if job.attempt > 1 or job.last_error is not None:
        told.append(f"try {job.attempt}")
    if job.last_error is not None:
        told.append(job.last_error)
    return "  ".join(told)


def _json(job: "Job") -> str:
    import msgspec

    told = {"state": job.state.value, **msgspec.structs.asdict(job)}
    del told["payload"]
    return msgspec.json.encode(told).decode()
