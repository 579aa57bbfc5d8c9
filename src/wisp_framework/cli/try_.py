"""``wisp try``: a dialogue with a bot, line by line, without a terminal, a token or a network."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from wisp_framework.cli.line import GRAMMAR, read_line
from wisp_framework.cli.quiet import quiet

PATIENCE_S = 10.0

HELP = f"""Talk to a bot on an offline Discord, line by line, and print what the speaker sees.

\b
{GRAMMAR}

Ada speaks first; she owns the first guild. The bot is the one that --app names, else the runner bot with its
built-in modules. Nothing is kept, and no real Discord or database is touched.

The exit status is 1 if something could not be done, was refused by Discord, or got no answer. A message, a
reaction and somebody joining need none, but a message that begins with the bot's command prefix does. What
the bot says is an answer, a refusal too. It is 2 if nothing could be tried at all.
"""


def try_(
    lines: Annotated[list[str], typer.Argument(metavar="LINE...", help="What the members do, in order.")],
    app: Annotated[
        str | None, typer.Option(help="The bot: pkg.mod:app, a WispApp or what makes one.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    world: Annotated[Path | None, typer.Option(help="A world file instead of the one to play in.")] = None,
    patience: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = PATIENCE_S,
) -> None:
    """Act out a dialogue and exit with 1 if a line got no answer."""
    from wisp_framework.cli.script import perform

    script = [read_line(line) for line in lines]
    with quiet(), tempfile.TemporaryDirectory(prefix="wisp-try-", ignore_cleanup_errors=True) as folder:
        went_well = asyncio.run(perform(script, app, world, Path(folder), patience, as_json=json))
    if not went_well:
        raise typer.Exit(1)
