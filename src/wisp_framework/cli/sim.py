"""``wisp sim``: the offline Discord alone, for any bot in any language."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from wisp_framework.exceptions import CommandLineError

HIGHEST_PORT = 65_535
GRACE_S = 5.0


def sim(
    port: Annotated[
        int, typer.Option(min=0, max=HIGHEST_PORT, help="Where to listen; 0 takes a free port.")
    ] = 0,
    world: Annotated[
        Path | None, typer.Option(help="A world file: JSON, or YAML with the [sim] extra.")
    ] = None,
) -> None:
    """Serve an offline Discord until it is told to stop.

    Once it listens it prints one line of JSON: where its API and gateway are, and the ids and tokens of its
    bots, users and guilds.
    """
    asyncio.run(_serve(port, world))


async def _serve(port: int, path: Path | None) -> None:
    from wisp_framework.lifecycle import stop_signals
    from wisp_sim import Sim, SimError, World

    try:
        world = World.from_file(path) if path else World.demo()
        server = Sim(world, port=port)
        await server.start()
    except SimError as error:
        raise CommandLineError(str(error)) from error
    stopped = asyncio.Event()
    try:
        with stop_signals(stopped.set, lambda: None, GRACE_S):
            sys.stdout.write(f"{json.dumps(server.describe())}\n")
            sys.stdout.flush()
            await stopped.wait()
    finally:
        await server.close()
