"""What Python prints past every log: in a process of its own, whose hooks nobody else has set."""

import subprocess
import sys

from support.log_lines import TOKEN

SCRIPT = """
import gc, sys, threading, warnings
from wisp_framework.config import AppConfig
from wisp_framework.logs import setup_logging

token = sys.argv[1]
handle = setup_logging(AppConfig(discord_token=token, log_format="json"))


class Broken:
    def __del__(self):
        raise ValueError(f"deleted with {token}")


def end():
    raise ValueError(f"thread with {token}")


warnings.warn(f"warned of {token}")
thread = threading.Thread(target=end)
thread.start()
thread.join()
Broken()
gc.collect()
if sys.argv[2] == "undone":
    handle.close()
    assert sys.excepthook is sys.__excepthook__
    assert threading.excepthook is threading.__excepthook__
    assert sys.unraisablehook is sys.__unraisablehook__
    assert warnings.showwarning.__module__ == "warnings"
    sys.exit(0)
raise RuntimeError(f"ended with {token}")
"""


def said(how: str) -> subprocess.CompletedProcess[str]:
    """What such a process says."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", SCRIPT, TOKEN, how], capture_output=True, text=True, check=False
    )


def test_nothing_is_printed_past_the_log() -> None:
    """Warnings and uncaught exceptions, of threads and destructors too, are lines without secrets."""
    process = said("ended")
    lines = process.stderr.splitlines()

    assert process.returncode == 1
    assert TOKEN not in process.stderr + process.stdout
    assert all(line.startswith("{") for line in lines)
    for words in ("warned of", "thread with", "deleted with", "ended with"):
        assert any(words in line for line in lines)


def test_the_hooks_are_put_back() -> None:
    """After close Python prints as before."""
    assert said("undone").returncode == 0
