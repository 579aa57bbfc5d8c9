"""``wisp sync``: what the command lists at Discord should be, and how they become that."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from wisp_framework.exceptions import PlanRefusedError

if TYPE_CHECKING:  # they bring discord.py, which only the command itself should load
    from wisp_framework.registry.difference import FieldChange, ListDifference
    from wisp_framework.registry.sync_plan import SyncPlan, SyncPlanner

FAILED = 1
MOST_SHOWN_CHARS = 40
HEADINGS = ("LIST", "", "COMMAND", "WHAT")

app = typer.Typer(
    help="Plan, apply and clean the command lists at Discord.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Target: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="[PKG.MOD:APP]", help="A WispApp, or what makes one; app if not named."),
]
Guilds: TypeAlias = Annotated[
    list[int] | None,
    typer.Option("--guild", help="Only the list of this guild's id; may be given again. None: all lists."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@app.command("plan")
def plan(target: Target = None, guild: Guilds = None, as_json: AsJson = False) -> None:
    """Say what would be sent, field by field, with the number of requests and the time they take.

    Nothing is sent. Services start and modules are set up, because only they know their commands; the
    gateway is not joined. The exit status is 1 if Discord would refuse the plan, or no list could be read.
    """
    prepared = asyncio.run(_act(target, guild))
    _show(prepared, as_json=as_json)
    if prepared.failed:
        raise typer.Exit(FAILED)


@app.command("apply")
def apply(target: Target = None, guild: Guilds = None, as_json: AsJson = False) -> None:
    """Do what `wisp sync plan` says, or nothing of it if Discord would refuse any part.

    A bot sends its lists by itself; this is for doing it beforehand, or without starting it. The exit
    status is 1 if the plan is refused, a list could not be sent, or none could be read.
    """
    prepared = asyncio.run(_act(target, guild, "apply"))
    _show(prepared, as_json=as_json)
    if prepared.failed:
        raise typer.Exit(FAILED)


@app.command("clean")
def clean(target: Target = None, guild: Guilds = None, as_json: AsJson = False) -> None:
    """Delete commands that should not be listed: of modules that are gone or off, or listed twice.

    Everything else stays as it is. Nothing is deleted while a module of the bot cannot be loaded, for its
    commands would look like stale ones. The exit status is 1 then, or if a list could not be sent or none
    could be read.
    """
    prepared = asyncio.run(_act(target, guild, "clean"))
    _show(prepared, as_json=as_json)
    if prepared.failed:
        raise typer.Exit(FAILED)


# --- doing it ---


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A plan, what became of it, and the names of the guilds."""

    plan: "SyncPlan"
    out: Sequence[str]
    failures: Sequence[str]
    guilds: Mapping[int, str]
    only_removals: bool

    @property
    def lists(self) -> "Sequence[ListDifference]":
        """The lists that are spoken of."""
        return self.plan.cleaning if self.only_removals else self.plan.lists

    @property
    def problems(self) -> Sequence[str]:
        """Why nothing is sent."""
        return self.out if self.only_removals else self.plan.problems

    @property
    def failed(self) -> bool:
        """Whether it is refused, a list could not be sent, or none could be read."""
        return bool(self.problems or self.failures or not self.plan.lists)


async def _act(target: str | None, guilds: Sequence[int] | None, act: str = "plan") -> _Prepared:
    async with _planner(target) as (planner, names, out):
        scopes: list[int | None] = [*guilds] if guilds else [None, *names]
        made = await planner.plan(scopes, out)
        failures: list[str] = []
        if act == "clean" and not out:
            failures = await planner.clean(made)
        elif act == "apply":
            try:
                failures = await planner.apply(made)
            except PlanRefusedError:
                failures = []  # the plan says why, and is shown
        return _Prepared(made, out, failures, names, only_removals=act == "clean")


@asynccontextmanager
async def _planner(target: str | None) -> "AsyncIterator[tuple[SyncPlanner, dict[int, str], list[str]]]":
    """A bot that is logged in and set up, but not connected; with its guilds and the modules that are out."""
    from wisp_framework.app.target import load_app
    from wisp_framework.registry.sync_plan import SyncPlanner
    from wisp_framework.services.list_memory import ListStore

    bot = load_app(target)
    bot.road.gate.close()  # nothing of the modules runs but their setup
    try:
        await bot.lifecycle.startup(connect=False)
        names = {guild.id: guild.name async for guild in bot.bot.fetch_guilds(limit=None)}
        out = [
            f"module {name} {error.reason}; its commands would be deleted"
            for name, error in bot.modules.failures.items()
        ]
        yield SyncPlanner(bot.lists, bot.services.get(ListStore), bot.clock), names, out
    finally:
        await bot.close()


# --- showing it ---


def _show(prepared: _Prepared, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_json(prepared), ensure_ascii=False))
        return
    rows = [row for found in prepared.lists for row in _rows(found, prepared)]
    for line in _table(rows):
        typer.echo(line)
    told = [("refused", problem) for problem in prepared.problems]
    told += [("unread", problem) for problem in prepared.plan.unread]
    told += [("failed", problem) for problem in prepared.failures]
    for kind, text in told:
        typer.echo(f"{kind:<8} {text}")
    typer.echo(_summary(prepared))


def _summary(prepared: _Prepared) -> str:
    in_step = sum(not found.differs for found in prepared.plan.lists)
    lists = len(prepared.plan.lists)
    requests = len(prepared.lists) if prepared.only_removals else prepared.plan.requests
    time_s = requests * prepared.plan.request_s
    return f"{in_step} of {lists} lists in step; {requests} requests, about {time_s:.1f} s"


def _table(rows: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    if not rows:
        return
    shown = [HEADINGS, *rows]
    widths = [max(len(row[column]) for row in shown) for column in range(len(HEADINGS))]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _rows(found: "ListDifference", prepared: _Prepared) -> Iterator[tuple[str, str, str, str]]:
    place = _place(found.guild_id, prepared.guilds)
    for removal in found.removals:
        yield place, "-", str(removal.key), removal.why
    if prepared.only_removals:
        return
    for key in found.creates:
        yield place, "+", str(key), "new"
    for update in found.updates:
        for change in update.fields:
            yield place, "~", str(update.key), _change(change)


def _change(change: "FieldChange") -> str:
    before, after = (_short(json.dumps(value, ensure_ascii=False)) for value in (change.before, change.after))
    return f"{change.path}: {before} -> {after}"


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN_CHARS else f"{text[: MOST_SHOWN_CHARS - 3]}..."


def _place(guild_id: int | None, guilds: Mapping[int, str]) -> str:
    if guild_id is None:
        return "global"
    name = "".join(char if char.isprintable() else "\ufffd" for char in guilds.get(guild_id, ""))
    return f"{guild_id} {_short(name)}".rstrip()


def _json(prepared: _Prepared) -> dict[str, object]:
    return {
        "lists": [
            {
                "guild_id": str(found.guild_id) if found.guild_id is not None else None,
                "guild": prepared.guilds.get(found.guild_id) if found.guild_id is not None else None,
                "creates": [key._asdict() for key in found.creates],
                "updates": [
                    update.key._asdict()
                    | {
                        "fields": [
                            {"path": c.path, "before": c.before, "after": c.after} for c in update.fields
                        ]
                    }
                    for update in found.updates
                ],
                "removals": [removal.key._asdict() | {"why": removal.why} for removal in found.removals],
                "kept": [key._asdict() for key in found.kept],
                "requests": found.requests,
            }
            for found in prepared.lists
        ],
        "refused": [*prepared.problems],
        "unread": [*prepared.plan.unread],
        "failed": [*prepared.failures],
        "requests": prepared.plan.requests,
        "seconds": round(prepared.plan.seconds, 3),
    }
