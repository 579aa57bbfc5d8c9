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
        int, typer.Option(min=0, max=65_535, help="Of the offline Discord; 0 takes that of before, if free.")
    ] = 0,
    world: Annotated[Path | None, typer.Option(help="A world file instead of the one to play in.")] = None,
    data_dir: Annotated[
        Path, typer.Option(help="Where the bot keeps its data, and the offline Discord its world.")
    ] = DATA_DIR,
    page_port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Of the page; 0 takes that of before, if free.")
    ] = 0,
    terminal: Annotated[bool, typer.Option("--terminal", help="Talk to it here, too.")] = False,
) -> None:
    """Run a bot on an offline Discord and talk to it, in a page or in the terminal.

    No token and no network are needed. It prints the page's address and serves until it is told to stop;
    lines that come in through a pipe are acted out.
    """
    from wisp_framework.cli.serving import Wanted, serve

    at_a_terminal = sys.stdin is not None and sys.stdin.isatty()
    with quiet() if terminal and at_a_terminal else nullcontext():
        asyncio.run(serve(Wanted(target, port, page_port, world, data_dir, terminal)))
