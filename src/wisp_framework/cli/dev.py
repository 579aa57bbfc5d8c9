"""``wisp dev``: an offline Discord and a bot on it, with you in the middle."""

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from wisp_framework.cli.quiet import quiet

DATA_DIR = Path(".wisp")


def dev(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[PKG.MOD:APP]", help="A WispApp, or what makes one; app if not named."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Of the offline Discord; 0 takes a free one.")
    ] = 0,
    world: Annotated[Path | None, typer.Option(help="A world file instead of the one to play in.")] = None,
    data_dir: Annotated[Path, typer.Option(help="Where the bot keeps its data.")] = DATA_DIR,
) -> None:
    """Run a bot on an offline Discord and talk to it.

    No token and no network are needed. Without a terminal it serves until it is told to stop, and lines
    that come in through a pipe are acted out.
    """
    from wisp_framework.cli.session import serve

    at_a_terminal = sys.stdin is not None and sys.stdin.isatty()
    with quiet() if at_a_terminal else nullcontext():
        asyncio.run(serve(target, port, world, data_dir))
