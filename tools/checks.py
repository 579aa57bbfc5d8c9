"""Everything that a change has to pass besides its tests: a line per tool, all of its words on failure."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tools.environment import ROOT, Environment, clean_variables, last_words


@dataclass(frozen=True)
class Check:
    """One tool and how it is called."""

    name: str
    program: str
    arguments: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """How one check went."""

    check: Check
    passed: bool
    output: str
    took_s: float

    def line(self) -> str:
        """The check in one line."""
        verdict = "ok    " if self.passed else "FAILED"
        return f"{verdict} {self.check.name:<13} {self.took_s:5.1f} s  {last_words(self.output.splitlines())}"


CHECKS = (
    Check("types", "mypy"),
    Check("format", "ruff", ("format", "--check")),
    Check("lint", "ruff", ("check",)),
    Check("floors", "lint-imports", ("--no-logo",)),
    Check("house", "python", ("-m", "tools.house")),
    Check("requirements", "python", ("-m", "tools.locks")),
    Check("author-types", "pyright"),
    Check("docs", "python", ("-m", "tools.docs", "--check")),
    Check("page", "python", ("-m", "tools.web", "--check")),
)


def run_one(environment: Environment, check: Check) -> Outcome:
    """Run one check and wait for it."""
    began_s = time.monotonic()
    done = subprocess.run(
        [environment.program(check.program), *check.arguments],
        cwd=ROOT, env=clean_variables() | {"PATH": search_path(environment), "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    return Outcome(check, done.returncode == 0, done.stdout.strip(), time.monotonic() - began_s)


def search_path(environment: Environment) -> str:
    """A PATH on which the environment's programs come first, as pyright looks for its Python there."""
    return os.pathsep.join([str(environment.python.parent), os.environ.get("PATH", "")])


def run_all(environment: Environment, names: Sequence[str] = ()) -> int:
    """Run the named checks, or all, two at a time; 1 if any fails, 2 if a name is unknown."""
    known = {check.name: check for check in CHECKS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"check: there is no {', '.join(unknown)}; the checks are {', '.join(known)}", file=sys.stderr)
        return 2
    wanted = [known[name] for name in names] or list(CHECKS)
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(lambda check: run_one(environment, check), wanted):
            print(outcome.line(), flush=True)
            if not outcome.passed:
                failed.append(outcome)
    for outcome in failed:
        print(f"\n--- {outcome.check.name} ---\n{outcome.output}")
    print(
        f"\ncheck: {len(failed)} of {len(wanted)} failed" if failed else f"\ncheck: all {len(wanted)} passed"
    )
    return 1 if failed else 0
