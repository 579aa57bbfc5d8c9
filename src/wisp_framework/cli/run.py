"""``wisp run``: a bot on Discord, until it is told to stop."""

from typing import Annotated

import typer


def run(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[PKG.MOD:APP]", help="A WispApp, or what makes one; app if not named."),
    ] = None,
) -> None:
    """Run a bot: the one that is named, else one with the modules that WISP_MODULES names.

    Settings come from the environment and .env files; DISCORD_TOKEN is required.
    """
    from wisp_framework.app.target import load_app

    load_app(target).run()
