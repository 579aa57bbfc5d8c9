"""``wisp health``: asks a bot on this machine how it is; made for the health check of a container."""

import http.client
from typing import TYPE_CHECKING, Annotated

import typer

from wisp_framework.exceptions import CommandLineError

if TYPE_CHECKING:  # it brings pydantic, which only the command itself should load
    from wisp_framework.config import AppConfig

NOT_WELL = 1
MOST_BYTES = 1_000_000


def health(
    live: Annotated[bool, typer.Option("--live", help="Ask only whether it is alive.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer, as JSON.")] = False,
    timeout_s: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds to wait.")] = 5.0,
) -> None:
    """Ask a bot that runs on this machine how it is.

    Reads OPS_PORT, OPS_HOST and OPS_TOKEN as the bot does. The exit status is 0 if the bot takes commands,
    degraded or not, and 1 if it does not or nobody answers.
    """
    from wisp_framework.config import load_config

    config = load_config()
    if not config.ops_port:
        raise CommandLineError(
            "Set OPS_PORT to the port at which the bot answers operators, for example 9091."
        )
    try:
        status, body = _ask(config, config.ops_port, "/livez" if live else "/healthz", timeout_s)
    except (OSError, http.client.HTTPException) as error:
        typer.echo(
            f"down: nobody answers at port {config.ops_port}: {type(error).__name__}: {error}", err=True
        )
        raise typer.Exit(NOT_WELL) from error
    if as_json or live or not body.startswith(b"{"):
        typer.echo(body.decode(errors="replace").rstrip())
    else:
        _print(body)
    if status != http.client.OK:
        raise typer.Exit(NOT_WELL)


def _ask(config: "AppConfig", port: int, path: str, timeout_s: float) -> tuple[int, bytes]:
    every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what the bot listens on, not we
    connection = http.client.HTTPConnection(
        every.get(config.ops_host, config.ops_host), port, timeout=timeout_s
    )
    token = config.ops_token
    try:
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES)
    finally:
        connection.close()


def _print(body: bytes) -> None:
    import msgspec

    from wisp_framework.ops.report import Report
    from wisp_framework.services.base import HealthState

    try:
        report = msgspec.json.decode(body, type=Report)
    except msgspec.DecodeError as error:
        raise CommandLineError(f"What answers at that port is no Wisp bot: {error}") from error
    cut_off = [shard.id for shard in report.shards if not shard.connected]
    typer.echo(f"{report.state}{'' if report.ready else ', not ready'}")
    for name, one in report.services.items():
        if one.state is not HealthState.OK:
            typer.echo(f"  {name}: {one.state}{f': {one.detail}' if one.detail else ''}")
    for number in cut_off:
        typer.echo(f"  shard {number}: not connected")
