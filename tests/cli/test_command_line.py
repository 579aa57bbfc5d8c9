"""``wisp`` itself."""

import subprocess
import sys
from collections.abc import Callable
from typing import Protocol

import pytest

from wisp_framework.version import __version__

MAIN = "from wisp_framework.cli import main; main()"
LIGHT = """
import sys
from wisp_framework.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
heavy = {"discord", "aiohttp", "sqlalchemy", "pydantic", "wisp_sim"} & set(sys.modules)
sys.stderr.write(" ".join(sorted(heavy)))
"""

ALONE = """
import sys
extras = ["sqlalchemy", "alembic", "asyncpg", "redis", "zstandard", "yaml", "time_machine"]
extras += ["aiodns", "uvloop", "opentelemetry.sdk", "opentelemetry.exporter", "sentry_sdk"]
sys.modules.update(dict.fromkeys(extras))
from wisp_framework.cli import main
main(["try", "/ping"])
"""


class Ran(Protocol):
    status: int
    out: str
    err: str


Wisp = Callable[..., Ran]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python of its own."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def test_tells_its_version(wisp: Wisp) -> None:
    """``--version`` prints the version and nothing else."""
    ran = wisp("--version")

    assert (ran.status, ran.out) == (0, f"wisp {__version__}\n")


def test_help_names_the_commands(wisp: Wisp) -> None:
    """``--help`` lists every command with what it does."""
    ran = wisp("--help")

    assert ran.status == 0
    for command in ("run", "dev", "try", "sim"):
        assert f"  {command} " in ran.out


def test_help_of_try_shows_the_language_of_lines(wisp: Wisp) -> None:
    """``wisp try --help`` shows each form of a line, line by line."""
    ran = wisp("try", "--help")

    assert "  click LABEL                 press a button, by its label or custom id\n" in ran.out


def test_an_unknown_command_is_refused(wisp: Wisp) -> None:
    """A command that does not exist is a mistake in use."""
    ran = wisp("rum")

    assert ran.status == 2
    assert "No such command 'rum'" in ran.err


def test_wrong_settings_are_told_whole(wisp: Wisp) -> None:
    """``wisp run`` without a token prints the configuration's problems and ends with 2."""
    ran = wisp("run")

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("Configuration: ")
    assert "DISCORD_TOKEN" in ran.err


def test_a_target_that_is_not_there_is_told(wisp: Wisp) -> None:
    """``wisp run`` of nothing names what was looked for."""
    ran = wisp("run", "nowhere:app")

    assert ran.status == 2
    assert ran.err.startswith("Cannot load 'nowhere:app': there is no module 'nowhere'")


@pytest.mark.parametrize("command", [["-m", "wisp_framework"], ["-c", MAIN]])
def test_is_a_program_of_its_own(command: list[str]) -> None:
    """``python -m wisp_framework`` and the installed ``wisp`` are the same."""
    ran = python(*command, "--version")

    assert (ran.returncode, ran.stdout) == (0, f"wisp {__version__}\n"), ran.stderr


def test_help_loads_nothing_heavy() -> None:
    """The help of the program needs neither Discord's library nor a database nor the offline Discord."""
    ran = python("-c", LIGHT)

    assert ran.stderr == ""


def test_needs_no_extra() -> None:
    """Installed without any extra, a bot runs on the offline Discord and answers."""
    ran = python("-c", ALONE)

    assert "Ada #general> /ping\n  Wisp: Pong!" in ran.stdout, ran.stderr
