"""``wisp check``: what would fail at start is said before it."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wisp_framework.cli import app

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMA.GhijKl.abcdefghijklmnopqrstuvwxyz0123456789AB"

BROKEN = """
from wisp_framework import BaseService, AppConfig, Module, create_app

class A(Module):
    name = "a"
    depends_on = ("b",)

class B(Module):
    name = "b"
    depends_on = ("a",)

class Needy(Module):
    name = "needy"
    required_services = ("weather",)

def app(config=None):
    return create_app(config, modules=[A, B, Needy])
"""

RAISING = """
from discord import app_commands
from wisp_framework import Module, create_app

class Broken(Module):
    name = "broken"
    default_enabled = False

    async def setup(self, bot, ctx):
        raise RuntimeError("no paint left")

class Painter(Module):
    name = "painter"

    async def setup(self, bot, ctx):
        bot.tree.add_command(app_commands.Command(name="paint", description="Paint", callback=paint))

class Plumber(Painter):
    name = "plumber"

async def paint(interaction):
    pass

def app(config=None):
    return create_app(config, modules=[Broken, Painter, Plumber])
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Check":
    """The command, in an empty folder with nothing but a token set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "WISP_MODULES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    return Check(monkeypatch)


class Check:
    """Runs ``wisp check`` with these settings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, **settings: str) -> Result:
        for name, value in settings.items():
            self._monkeypatch.setenv(name, value)
        return CliRunner().invoke(app, ["check", *arguments])


def test_a_bot_that_would_start_passes(run: Check, tmp_path: Path) -> None:
    """With a token alone everything is fine, and looking makes no file."""
    result = run()

    assert result.exit_code == 0, result.output
    assert "ok       modules: admin, policy, audit, why, ping, health, welcome" in result.output
    assert "will be made at the first start" in result.output
    assert list(tmp_path.iterdir()) == []


def test_settings_are_named_all_at_once(run: Check) -> None:
    """Each wrong setting has its line, and the status is not 0."""
    result = run(DB_POOL_SIZE="many", LOG_LEVEL="LOUD")

    assert result.exit_code == 1
    assert "DB_POOL_SIZE" in result.output
    assert "LOG_LEVEL" in result.output


def test_modules_that_cannot_load_are_errors(run: Check, tmp_path: Path) -> None:
    """A circle and a missing service are found without starting."""
    (tmp_path / "broken_bot.py").write_text(BROKEN)
    result = run("broken_bot:app")

    assert result.exit_code == 1
    assert "a -> b -> a" in result.output
    assert "needs the service weather" in result.output


def test_a_database_that_nobody_serves_is_named_without_its_password(run: Check) -> None:
    """The line says which database and what to do; a weak password is pointed out, none is printed."""
    result = run(DATABASE_URL="postgresql://bot:hunter2hunter2@127.0.0.1:9/bot")
    assert result.exit_code == 1
    assert "127.0.0.1" in result.output
    assert "hunter2" not in result.output

    weak = run(DATABASE_URL="postgresql://postgres:postgres@127.0.0.1:9/bot")
    assert "DATABASE_URL: its password is the user's name" in weak.output


def test_a_redis_that_nobody_serves_is_named_without_its_password(run: Check) -> None:
    """The line says where it should be and what to do, and fails only if the bot cannot start without it."""
    url = "redis://:a-long-enough-password@127.0.0.1:9/0"
    result = run(REDIS_URL=url)
    assert result.exit_code == 1
    assert "Redis at 127.0.0.1:9 cannot be used" in result.output
    assert "a-long-enough" not in result.output

    assert run(REDIS_URL=url, REDIS_REQUIRED="false").exit_code == 0


def test_a_redis_that_answers_is_named(run: Check, redis_url: str) -> None:
    """One that can be used is said to be well."""
    result = run(REDIS_URL=redis_url)
    assert result.exit_code == 0
    assert f"redis: 127.0.0.1:{redis_url.split(':')[2].split('/')[0]}" in result.output


def test_a_start_on_an_offline_discord_shows_whose_setup_raises_and_what_clashes(
    run: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules that are off by default are tried, too; no token is needed, and nothing stays in the folder."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    (tmp_path / "raising_bot.py").write_text(RAISING)
    result = run("--offline", "raising_bot:app", DISCORD_TOKEN="")

    assert result.exit_code == 1, result.output
    assert "module broken: setup() raised RuntimeError: no paint left" in result.output
    assert "module plumber: the command 'paint' is the module 'painter''s already" in result.output
    assert "set up: admin, policy, audit, why, ping, health, welcome, painter\n" in result.output


def test_a_good_bot_passes_on_an_offline_discord(run: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every module is set up, and no command is refused."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    result = run("--offline")

    assert result.exit_code == 0, result.output
    assert "ok       commands: Discord would take them all" in result.output
