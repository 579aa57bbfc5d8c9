"""``wisp data``: moves what a bot keeps."""

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from wisp_framework.exceptions import CommandLineError

if TYPE_CHECKING:  # they bring SQLAlchemy, which only the command itself should load
    from wisp_framework.config import AppConfig
    from wisp_framework.db.copying import CopiedTable

app = typer.Typer(help="Move what a bot keeps.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def data() -> None:
    """Move what a bot keeps."""


@app.command("copy")
def copy(
    source: Annotated[str, typer.Option("--from", help="The database that is read.", metavar="URL")],
    to: Annotated[str, typer.Option("--to", help="The database that is filled.", metavar="URL")],
    target: Annotated[
        str | None,
        typer.Argument(metavar="[PKG.MOD:APP]", help="The bot whose modules keep tables; app if not named."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each table, a line each.")
    ] = False,
) -> None:
    """Copy all tables into an empty database, from SQLite to PostgreSQL or back.

    Stop the bot before, and set DATABASE_URL after. All is copied, or nothing: each table is counted and
    summed on both sides before it is kept. No token is needed.
    """
    for table in asyncio.run(_copy(target, source, to)):
        if as_json:
            typer.echo(json.dumps(asdict(table)))
        else:
            typer.echo(f"{table.name}: {table.rows} rows, checksum {table.checksum}")


async def _copy(target: str | None, source: str, to: str) -> "list[CopiedTable]":
    from wisp_framework.cli.migrate import load, trees
    from wisp_framework.db.copying import copy_database
    from wisp_framework.services.engine import open_engine

    bot = load(target)
    reading, there = open_engine(_config(source, "--from"), patient=True)
    writing, here = open_engine(_config(to, "--to"), patient=True)
    try:
        if there.file is not None and not there.file.exists():
            raise CommandLineError(f"--from: there is no {there.name}.")
        with there.reaching(), here.reaching():
            here.make_room()
            return await copy_database(reading, writing, list(trees(bot)))
    finally:
        await reading.dispose()
        await writing.dispose()


def _config(url: str, option: str) -> "AppConfig":
    from wisp_framework.app.target import some_token
    from wisp_framework.config import load_config

    if url == "memory://":
        raise CommandLineError(f"{option}: memory:// keeps nothing. Name a database.")
    with some_token():
        return load_config(database_url=url)
