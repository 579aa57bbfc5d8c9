"""``wisp audit``: who did what, read from the bot's database."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from wisp_framework.cli.database import opened_database
from wisp_framework.exceptions import CommandLineError, SpoolError

if TYPE_CHECKING:  # they bring SQLAlchemy, which only the command itself should load
    from wisp_framework.config import AppConfig
    from wisp_framework.services.audit_event import AuditEvent, AuditQuery

NOT_FOUND = 1
MOST_LISTED = 10_000
_AGO = re.compile(r"(?P<count>\d{1,6})(?P<unit>[smhdw])")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def audit(
    since: Annotated[
        str | None, typer.Option(help="Only what was done since: 30m, 12h, 7d, 2w, or 2030-01-31T08:00.")
    ] = None,
    guild: Annotated[int | None, typer.Option(help="Only in the guild of this id.")] = None,
    action: Annotated[
        str | None, typer.Option(help="Only this, and all below it: policy finds policy.set.")
    ] = None,
    actor: Annotated[int | None, typer.Option(help="Only by the user of this id.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="Only of this invocation: what the member was shown.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="How many to list, the newest.")] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each, a line each.")
    ] = False,
) -> None:
    """List who did what, the newest first.

    Times without a zone are in UTC. The exit status is 1 if nothing that fits is kept.
    """
    from wisp_framework.services.audit_event import AuditQuery
    from wisp_framework.services.decisions import as_reference

    query = AuditQuery(
        guild_id=guild,
        actor_id=actor,
        action=action,
        reference=as_reference(reference) if reference is not None else None,
        since=_instant(since, datetime.now(UTC)) if since is not None else None,
        limit=limit,
    )
    events = asyncio.run(_find(query))
    for event in events:
        typer.echo(_line(event, as_json=as_json))
    if not events:
        typer.echo("Nothing that fits is kept.", err=True)
        raise typer.Exit(NOT_FOUND)


def _instant(text: str, now: datetime) -> datetime:
    """The instant that ``--since`` means."""
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        if ago is not None:
            return now - timedelta(seconds=int(ago["count"]) * _UNITS_S[ago["unit"]])
        instant = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise CommandLineError(
            f"--since {text!r} is no time: write 30m, 12h, 7d or 2w, or a date as 2030-01-31 or"
            " 2030-01-31T08:00"
        ) from None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


async def _find(query: "AuditQuery") -> "Sequence[AuditEvent]":
    async with opened_database("The audit", "so only itself can tell: ask it with /audit.") as db:
        from wisp_framework.db.audit_sink import SqlAuditSink

        events = await SqlAuditSink(db).query(query)
    await _tell_of_spool(db.config)
    return events


async def _tell_of_spool(config: "AppConfig") -> None:
    """Say so where events wait for the bot to store them."""
    from wisp_framework.services.audit_spool import AuditSpool

    spool = AuditSpool(config)
    try:
        count = await spool.count()
    except SpoolError as error:
        typer.echo(str(error), err=True)
        return
    finally:
        await spool.close()
    if count:
        typer.echo(f"{count} more wait in {spool.file}: the bot stores them when it can.", err=True)


def _line(event: "AuditEvent", *, as_json: bool) -> str:
    from wisp_framework.ui.audit import audit_line

    if not as_json:
        return audit_line(event, with_guild=True)
    import msgspec

    return msgspec.json.encode(event).decode()
