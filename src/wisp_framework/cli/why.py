"""``wisp why``: what became of commands, read from the bot's database."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from wisp_framework.cli.database import opened_database
from wisp_framework.exceptions import CommandLineError

if TYPE_CHECKING:  # they bring SQLAlchemy, which only the command itself should load
    from wisp_framework.db.decision_store import SqlDecisionStore
    from wisp_framework.services.decisions import Decision, DecisionQuery

NOT_FOUND = 1
MOST_LISTED = 1000


def why(
    reference: Annotated[
        str | None, typer.Argument(metavar="[REF]", help="What the member was shown; none: list.")
    ] = None,
    guild: Annotated[int | None, typer.Option(help="List only those of this guild's id.")] = None,
    command: Annotated[
        str | None, typer.Option(help="List only those of this command; of a group, all below it.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="List only those that: ran, deferred, refused, failed, given up.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="How many to list, the newest.")] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each, a line each.")
    ] = False,
) -> None:
    """Say why a command ran, was refused or failed.

    The bot stores what became of each command within seconds and keeps it for seven days. The exit status
    is 1 if nothing that fits is known.
    """
    from wisp_framework.services.decisions import DecisionQuery, Outcome

    if outcome is not None and outcome not in set(Outcome):
        raise CommandLineError(f"There is no outcome {outcome!r}. Take one of: {', '.join(Outcome)}.")
    query = DecisionQuery(guild, command, Outcome(outcome) if outcome is not None else None, limit)
    decisions = asyncio.run(_find(reference, query))
    for decision in decisions:
        for line in _lines(decision, whole=reference is not None, as_json=as_json):
            typer.echo(line)
    if not decisions:
        typer.echo("Nothing that fits is known.", err=True)
        raise typer.Exit(NOT_FOUND)


async def _find(reference: str | None, query: "DecisionQuery") -> "Sequence[Decision]":
    async with opened_database("The decisions", "so only itself can tell: ask it with /why.") as db:
        from wisp_framework.db.decision_store import SqlDecisionStore

        return await _ask(SqlDecisionStore(db), reference, query)


async def _ask(
    store: "SqlDecisionStore", reference: str | None, query: "DecisionQuery"
) -> "Sequence[Decision]":
    from wisp_framework.services.decisions import as_reference

    if reference is None:
        return await store.recent(query)
    found = await store.find(as_reference(reference))
    return [found] if found is not None else []


def _lines(decision: "Decision", *, whole: bool, as_json: bool) -> list[str]:
    from wisp_framework.ui.decision import headline, story

    if not as_json:
        return story(decision) if whole else [headline(decision)]
    import msgspec

    told = {
        "at": decision.at,
        **msgspec.structs.asdict(decision.invocation),
        "outcome": decision.outcome,
        "gate": decision.gate,
        "detail": decision.detail,
        "steps": [step._asdict() for step in decision.steps()],
    }
    return [msgspec.json.encode(told).decode()]
