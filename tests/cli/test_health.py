"""``wisp health``: asks a running bot, and ends with a status that a container understands."""

import asyncio
import json
import socket

import pytest
from typer.testing import CliRunner, Result
from typing_extensions import override

from support.log_lines import TOKEN
from support.offline import offline
from wisp_framework import BaseService, WispApp
from wisp_framework.cli import app
from wisp_framework.exceptions import CommandLineError
from wisp_framework.services.base import Health, HealthState

OPS_TOKEN = "correct-horse-battery-staple"


class KettleService(BaseService):
    """A part that is as it is told to be."""

    health = Health(HealthState.OK)

    @override
    async def check_health(self) -> Health:
        return self.health


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot's token, and no door."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    for name in ("OPS_PORT", "OPS_HOST", "OPS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


async def health(of: WispApp, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run the command with the settings of a bot that runs."""
    monkeypatch.setenv("OPS_PORT", str(of.ops.port))
    return await asyncio.to_thread(CliRunner().invoke, app, ["health", *arguments])


async def test_a_bot_that_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and ends with 0."""
    async with offline(ops_port=0) as here:
        result = await health(here.app, monkeypatch)
        alive = await health(here.app, monkeypatch, "--live")

    assert (result.exit_code, result.output) == (0, "ok\n")
    assert (alive.exit_code, alive.output) == (0, "alive\n")


async def test_a_bot_that_is_degraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what is not well, and ends with 0: restarting it would not help."""
    async with offline(services=[KettleService], ops_port=0) as here:
        here.app.services.get(KettleService).health = Health(HealthState.DEGRADED, "lukewarm")
        result = await health(here.app, monkeypatch)

    assert (result.exit_code, result.output) == (0, "degraded\n  kettle: degraded: lukewarm\n")


async def test_a_bot_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with 1, and the whole answer can be had as JSON."""
    async with offline(services=[KettleService], ops_port=0) as here:
        here.app.services.get(KettleService).health = Health(HealthState.DOWN, "cold")
        result = await health(here.app, monkeypatch)
        told = await health(here.app, monkeypatch, "--json")
        alive = await health(here.app, monkeypatch, "--live")

    assert (result.exit_code, result.output) == (1, "down, not ready\n  kettle: down: cold\n")
    assert json.loads(told.output)["services"]["kettle"] == {"state": "down", "detail": "cold"}
    assert (told.exit_code, alive.exit_code) == (1, 0)


async def test_sends_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """With OPS_TOKEN it is let in; without, it says what is missing and ends with 1."""
    async with offline(ops_port=0, ops_host="0.0.0.0", ops_token=OPS_TOKEN) as here:  # noqa: S104 - for a moment
        monkeypatch.setenv("OPS_HOST", "0.0.0.0")  # noqa: S104 - the same
        refused = await health(here.app, monkeypatch)
        monkeypatch.setenv("OPS_TOKEN", OPS_TOKEN)
        result = await health(here.app, monkeypatch)

    assert (refused.exit_code, result.exit_code) == (1, 0)
    assert "Send the bot's OPS_TOKEN" in refused.output
    assert OPS_TOKEN not in refused.output + result.output


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so and ends with 1."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OPS_PORT", str(bound.getsockname()[1]))
        result = CliRunner().invoke(app, ["health"])

    assert result.exit_code == 1
    assert "nobody answers at port" in result.output


def test_needs_a_port() -> None:
    """Without OPS_PORT there is nobody to ask, and the sentence says what to set."""
    result = CliRunner().invoke(app, ["health"])

    assert isinstance(result.exception, CommandLineError)
    assert "Set OPS_PORT" in str(result.exception)
