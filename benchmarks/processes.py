"""The processes of a benchmark: one load server, and bots that come and go."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from benchmarks.load import Measured, Task

ROOT = Path(__file__).resolve().parent.parent
BOT_TIMEOUT_S = 180.0
SERVER_END_S = 10.0


class BenchmarkError(Exception):
    """A run that says nothing: a bot failed, or two bots did not do the same."""


@contextmanager
def load_server() -> Iterator[str]:
    """Run the load server for the length of the block; yields its address.

    Raises:
        BenchmarkError: it did not start.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load_server"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        if server.stdout is None or server.stdin is None:
            raise BenchmarkError("the load server has no pipes")
        line = server.stdout.readline()
        if not line:
            raise BenchmarkError(f"the load server ended with status {server.wait(SERVER_END_S)}")
        yield json.loads(line)["url"]
        server.stdin.close()
        server.wait(SERVER_END_S)


def run_bot(name: str, task: Task, *arguments: str) -> Measured:
    """Run one bot in a fresh process, and return what it measured.

    Args:
        name: the module of `benchmarks` that is the bot.
        task: what it is to do.
        arguments: what else it takes on its command line.

    Raises:
        BenchmarkError: it failed; its last words are in the message.
    """
    command = [sys.executable, "-m", f"benchmarks.{name}", task.url, str(task.commands), str(task.warm_up)]
    # A file, as a pipe that nobody reads would fill up and block the bot.
    with TemporaryFile() as said:
        done = subprocess.run(  # noqa: S603 - this interpreter, and a module of ours
            [*command, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            timeout=BOT_TIMEOUT_S,
            check=False,
        )
        if done.returncode == 0:
            return msgspec.json.decode(done.stdout.splitlines()[-1], type=Measured)
        said.seek(0)
        last_words = said.read().decode(errors="replace")[-2000:]
    raise BenchmarkError(f"{name} ended with status {done.returncode}:\n{last_words}")
