"""``wisp dev``: the bot, the offline Discord and somebody at the keyboard, as a program."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)
DEADLINE_S = 140
"""So long only where many programs share the machine: it takes a few seconds."""


@contextmanager
def dev(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The program with pipes instead of a terminal, ended at the end."""
    command = [sys.executable, "-m", "wisp_framework", "dev", *arguments]
    settings = {
        name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "WISP_"))
    }
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=settings | {"LOG_LEVEL": "WARNING"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], words: str) -> str:
    """The first line of output that has these words."""
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"{words!r} never came")


def test_acts_out_what_comes_through_a_pipe(tmp_path: Path) -> None:
    """Lines from a pipe are acted out and printed as a dialogue; ``quit`` ends it well."""
    with dev(tmp_path) as process:
        out, err = process.communicate('/ping\nhelp\nnonsense "\n\n/pong\nquit\n', timeout=DEADLINE_S)

    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "Wisp is ready" in out
    assert "The offline Discord is at http://127.0.0.1:" in out
    assert "Ada #general> /ping\n  Wisp: Pong!" in out
    assert "/modules enable module:" in out
    assert "! There is no command '/pong' in Lovelace's Lab. Did you mean '/ping'?" in out


def test_serves_without_anybody_until_it_is_stopped(tmp_path: Path) -> None:
    """The end of the input is no end of the bot; SIGTERM is, and it ends well."""
    with dev(tmp_path) as process:
        assert process.stdin is not None
        process.stdin.close()
        until(process, "Wisp is ready")
        until(process, "The offline Discord is at ")
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=DEADLINE_S)

    assert status == 0


def test_remembers_what_was_set(tmp_path: Path) -> None:
    """The guilds have the same ids every time, so what was switched off stays off."""
    with dev(tmp_path) as process:
        process.communicate("/modules disable module:ping\nquit\n", timeout=DEADLINE_S)
    with dev(tmp_path) as process:
        out, _ = process.communicate("/ping\nquit\n", timeout=DEADLINE_S)

    assert "The module `ping` is switched off here." in out
    assert (tmp_path / ".wisp").is_dir()


def ports(folder: Path, *arguments: str) -> tuple[int, int]:
    """Where the page and the offline Discord of one run are."""
    with dev(folder, *arguments) as process:
        assert process.stdin is not None
        process.stdin.close()
        page = until(process, "Open http").partition("/?token")[0]
        discord = until(process, "The offline Discord is at ").partition("/api/")[0]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=DEADLINE_S)
    return int(page.rpartition(":")[2]), int(discord.rpartition(":")[2])


def free_port() -> int:
    """A port that nobody has, and that no connection of another test is given meanwhile."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 50):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    pytest.fail("no port is free")


def test_is_found_where_it_was(tmp_path: Path) -> None:
    """Both ports are taken again, so that open tabs find back; another where one is taken, or asked for."""
    page, discord, other = free_port(), free_port(), free_port()

    assert ports(tmp_path, "--page-port", str(page), "--port", str(discord)) == (page, discord)
    assert ports(tmp_path) == (page, discord)
    with socket.create_server(("127.0.0.1", discord)):
        wanted, moved = ports(tmp_path, "--page-port", str(other))
    assert wanted == other
    assert moved != discord


def test_tells_of_the_page_where_no_terminal_is_read(tmp_path: Path) -> None:
    """Who cannot type here is told where to go instead."""
    with dev(tmp_path) as process:
        out, _ = process.communicate("quit\n", timeout=DEADLINE_S)

    assert "to talk to the bot." in out
    assert "Try /ping" not in out


def test_a_bot_that_cannot_be_loaded_is_one_line(tmp_path: Path) -> None:
    """What is wrong with the target is told on standard error, with exit status 2."""
    with dev(tmp_path, "nowhere:app") as process:
        out, err = process.communicate(timeout=DEADLINE_S)

    assert (process.returncode, out) == (2, "")
    assert err.startswith("Cannot load 'nowhere:app': there is no module 'nowhere'")
