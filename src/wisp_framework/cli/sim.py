"""``wisp sim``: the offline Discord alone, for any bot in any language."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wisp_framework.exceptions import CommandLineError

if TYPE_CHECKING:
    from wisp_sim import Sim

HIGHEST_PORT = 65_535
GRACE_S = 5.0


def sim(
    port: Annotated[
        int, typer.Option(min=0, max=HIGHEST_PORT, help="Where to listen; 0 takes a free port.")
    ] = 0,
    world: Annotated[
        Path | None, typer.Option(help="A world file: JSON, or YAML with the [sim] extra.")
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(help="Go on from this file if it is there, and keep everything in it at the end."),
    ] = None,
    control_port: Annotated[
        int | None,
        typer.Option(min=0, max=HIGHEST_PORT, help="Serve the control API on this port, too; 0: any free."),
    ] = None,
    routes: Annotated[
        bool, typer.Option("--routes", help="List what is served and what is not yet, and stop.")
    ] = False,
) -> None:
    """Serve an offline Discord until it is told to stop.

    Once it listens it prints one line of JSON: where its API and gateway are, and the ids and tokens of its
    bots, users and guilds.
    """
    if routes:
        _list_routes()
    else:
        asyncio.run(_serve(port, world, snapshot, control_port))


def _list_routes() -> None:
    """What is served, for whom, and what is answered 501."""
    from wisp_sim.rest.app import ROUTES
    from wisp_sim.rest.unserved import UNSERVED

    rows = [(route.path, route.method, route.access.value) for route in ROUTES]
    rows += [(path, method, "not served yet: 501") for method, path in UNSERVED]
    for path, method, note in sorted(rows):
        sys.stdout.write(f"{method:<7}{path}  ({note})\n")


def _opened(world: Path | None, snapshot: Path | None, port: int, control_port: int | None) -> "Sim":
    from wisp_sim import Sim, World

    if snapshot is not None and snapshot.exists():
        return Sim.load(snapshot, port=port, control_port=control_port)
    return Sim(World.from_file(world) if world else World.demo(), port=port, control_port=control_port)


async def _serve(port: int, world: Path | None, snapshot: Path | None, control_port: int | None) -> None:
    from wisp_framework.lifecycle import stop_signals
    from wisp_sim import SimError

    try:
        server = _opened(world, snapshot, port, control_port)
        await server.start()
    except SimError as error:
        raise CommandLineError(str(error)) from error
    stopped = asyncio.Event()
    try:
        with stop_signals(stopped.set, lambda: None, GRACE_S):
            told = server.describe() | ({} if control_port is None else {"control": server.control_url})
            sys.stdout.write(f"{json.dumps(told)}\n")
            sys.stdout.flush()
            await stopped.wait()
    finally:
        await server.close()
    if snapshot is not None:
        _keep(server, snapshot)


def _keep(server: "Sim", snapshot: Path) -> None:
    from wisp_sim import SimError

    try:
        server.save(snapshot)
    except SimError as error:
        raise CommandLineError(str(error)) from error
