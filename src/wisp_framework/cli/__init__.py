"""The command line: ``wisp``, one file per command."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from wisp_framework.cli.audit import audit
from wisp_framework.cli.check import check
from wisp_framework.cli.data import app as data
from wisp_framework.cli.dev import dev
from wisp_framework.cli.health import health
from wisp_framework.cli.jobs import app as jobs
from wisp_framework.cli.migrate import app as migrate
from wisp_framework.cli.modules import modules
from wisp_framework.cli.run import run
from wisp_framework.cli.sim import sim
from wisp_framework.cli.sync import app as sync
from wisp_framework.cli.try_ import HELP as TRY_HELP
from wisp_framework.cli.try_ import try_
from wisp_framework.cli.why import why
from wisp_framework.exceptions import WispError

__all__ = ["app", "main"]

CANNOT_RUN = 2

app = typer.Typer(
    name="wisp",
    help="Discord bots in modules that each guild switches live, with an offline Discord to run them on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run)
app.command("dev")(dev)
app.command("try", help=TRY_HELP)(try_)
app.command("sim")(sim)
app.command("check")(check)
app.command("modules")(modules)
app.add_typer(sync, name="sync")
app.add_typer(migrate, name="migrate")
app.add_typer(data, name="data")
app.add_typer(jobs, name="jobs")
app.command("why")(why)
app.command("health")(health)
app.command("audit")(audit)


def _print_version(wanted: bool) -> None:
    if wanted:
        from wisp_framework.version import __version__

        typer.echo(f"wisp {__version__}")
        raise typer.Exit


@app.callback()
def wisp(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Options that stand before a command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Args:
        arguments: what follows ``wisp``; those of the process unless given.

    Raises:
        SystemExit: always; 2 with the reason on standard error where nothing could run.
    """
    try:
        app(args=arguments, prog_name="wisp")
    except WispError as error:
        from wisp_framework.config.credentials import hide_shapes

        sys.stderr.write(f"{hide_shapes(str(error))}\n")
        raise SystemExit(CANNOT_RUN) from error
