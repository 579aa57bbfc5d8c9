"""The tasks of the project; each does its own set-up and needs only Python and a package index."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from tempfile import TemporaryDirectory

from tools import checks, locks
from tools import picture as drawing
from tools.environment import ROOT, Environment, SetupError, clean_variables, make_ready

DEMO_APP = "examples.demo:app"
Task = Callable[[Sequence[str]], int]


def hand_over(environment: Environment, program: str, arguments: Sequence[str], **variables: str) -> int:
    """Become a program of the environment, so that signals and the terminal are its own."""
    path = str(environment.program(program))
    command, variables = [path, *arguments], clean_variables() | variables
    sys.stdout.flush()
    os.chdir(ROOT)
    if os.name != "nt":
        os.execve(path, command, variables)  # noqa: S606
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends us by ending
    return subprocess.run(command, env=variables, check=False).returncode


def run(environment: Environment, program: str, *arguments: str, **variables: str) -> int:
    """Run a program of the environment and wait for it."""
    command = [str(environment.program(program)), *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean_variables() | variables, check=False).returncode


def demo(arguments: Sequence[str]) -> int:
    """Run the example bot on the offline Discord; no account and no token needed."""
    return hand_over(make_ready("demo"), "wisp", ["dev", DEMO_APP, *arguments], PYTHONPATH=str(ROOT))


def test(arguments: Sequence[str]) -> int:
    """Run all tests once, on this Python; with arguments, what pytest makes of them."""
    environment = make_ready("dev")
    if arguments:
        return hand_over(environment, "python", ["-m", "pytest", "-q", *arguments])
    with TemporaryDirectory() as records:
        # One process for each core; what looks back on all of them comes after.
        split = ["-n", str(os.cpu_count() or 1), "--dist", "loadfile", "-m", "not last"]
        each = run(environment, "python", "-m", "pytest", "-q", *split, WISP_RECORDS=records)
        last = run(environment, "python", "-m", "pytest", "-q", "-m", "last", WISP_RECORDS=records)
    return each or last


def soak(arguments: Sequence[str]) -> int:
    """Run the randomised and fault tests with ten times the rounds; WISP_SEED=N repeats a run."""
    environment = make_ready("dev")
    seed = os.environ.get("WISP_SEED") or str(random.SystemRandom().randrange(2**32))
    print(f"soak: WISP_SEED={seed}", flush=True)
    pytest = ["-m", "pytest", "-q", f"--hypothesis-seed={seed}", *arguments]
    return hand_over(environment, "python", pytest, WISP_SOAK="1", WISP_SEED=seed)


def check(arguments: Sequence[str]) -> int:
    """Run every check besides the tests: types, lint, format, floors, docs; or only those named."""
    return checks.run_all(make_ready("dev"), arguments)


def format_code(arguments: Sequence[str]) -> int:
    """Put code and generated parts of the docs into the wanted shape."""
    environment = make_ready("dev")
    return (
        run(environment, "ruff", "check", "--quiet", "--fix-only", *arguments)
        or run(environment, "ruff", "format", *arguments)
        or run(environment, "python", "-m", "tools.docs", "--write")
    )


def docs(arguments: Sequence[str]) -> int:
    """Build the documentation into site/."""
    return hand_over(make_ready("dev"), "python", ["-m", "tools.docs", *arguments])


def picture(_arguments: Sequence[str]) -> int:
    """Draw the pictures of the README and of the playground anew, from a real bot."""
    environment = make_ready("dev")
    drawing.TARGET.write_text(drawing.draw(environment), "utf-8")
    return run(environment, "python", "-m", "tools.screens")


def page(_arguments: Sequence[str]) -> int:
    """Build the playground's page from its sources; needs Node."""
    return run(make_ready("dev"), "python", "-m", "tools.web")


def lock(arguments: Sequence[str]) -> int:
    """Write requirements/*.txt from pyproject.toml; with --upgrade, take the newest versions."""
    locks.lock(upgrade="--upgrade" in arguments)
    return 0


def show_help(_arguments: Sequence[str]) -> int:
    """Show this list."""
    for name, task in TASKS.items():
        print(f"make {name:<8} {(task.__doc__ or '').strip()}")
    print("\nArguments: make test ARGS='-k cache'. Without make: python -m tools test -k cache.")
    return 0


TASKS: Mapping[str, Task] = {
    "demo": demo,
    "test": test,
    "soak": soak,
    "check": check,
    "format": format_code,
    "docs": docs,
    "picture": picture,
    "page": page,
    "lock": lock,
    "help": show_help,
}


def main(arguments: Sequence[str]) -> int:
    """Run the task named first with the remaining arguments; returns the exit status."""
    name = arguments[0] if arguments else "help"
    task = TASKS.get(name)
    if task is None:
        print(f"wisp: there is no task {name!r}; the tasks are {', '.join(TASKS)}", file=sys.stderr)
        return 2
    try:
        return task(arguments[1:])
    except SetupError as error:
        print(f"wisp: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
