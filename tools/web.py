"""The page of the playground: built from its sources, and checked to be what they build to."""

import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.environment import ROOT, digest

SOURCES = ROOT / "playground"
BUILT = ROOT / "src" / "wisp_framework" / "playground" / "web"
STAMP = SOURCES / "node_modules" / ".wisp-ready"


class WebError(Exception):
    """The page cannot be built; the message is one line with the remedy."""


def npm() -> str | None:
    """Where npm is; None on a machine without Node."""
    return shutil.which("npm")


def run(command: Sequence[str | Path], failure: str) -> None:
    """Run a step among the sources, quietly.

    Raises:
        WebError: it failed; ``failure`` and the last thing that it said are one line.
    """
    done = subprocess.run(list(map(str, command)), cwd=SOURCES, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
        raise WebError(f"{failure} ({words[-1]})")


def install(npm_path: str) -> None:
    """Bring the packages to what the lock names, unless they are.

    Raises:
        WebError: they cannot be had.
    """
    locked = digest((SOURCES / "package-lock.json").read_text("utf-8"))
    if STAMP.exists() and STAMP.read_text("utf-8") == locked:
        return
    run(
        [npm_path, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        "the page's packages could not be installed; check the network and npm's registry settings",
    )
    STAMP.write_text(locked, "utf-8")


def build(npm_path: str, target: Path) -> None:
    """Check the types of the sources, and build them into ``target``.

    Raises:
        WebError: something is wrong with them.
    """
    install(npm_path)
    programs = SOURCES / "node_modules" / ".bin"
    suffix = ".cmd" if os.name == "nt" else ""
    run([programs / f"tsc{suffix}", "--noEmit"], "the page's sources have a wrong type")
    run(
        [programs / f"vite{suffix}", "build", "--outDir", target, "--emptyOutDir"],
        "the page could not be built",
    )


def differences(one: Path, other: Path) -> Iterator[str]:
    """Names of files that are not the same in both folders."""
    names = {
        path.relative_to(folder) for folder in (one, other) for path in folder.rglob("*") if path.is_file()
    }
    for name in sorted(names):
        first, second = one / name, other / name
        if not (first.exists() and second.exists() and filecmp.cmp(first, second, shallow=False)):
            yield name.as_posix()


def check() -> int:
    """Whether what is committed is what the sources build to; returns the exit status."""
    npm_path = npm()
    if npm_path is None:
        print("not checked: Node is not on this machine")
        return 0
    try:
        with TemporaryDirectory() as folder:
            build(npm_path, Path(folder))
            found = list(differences(Path(folder), BUILT))
    except WebError as error:
        print(error)
        return 1
    print(
        "\n".join(f"{name} is not what the sources build to; run: make page" for name in found) or "as built"
    )
    return 1 if found else 0


def main(arguments: Sequence[str]) -> int:
    """Build the page, or check it; returns the exit status."""
    if "--check" in arguments:
        return check()
    npm_path = npm()
    if npm_path is None:
        print("wisp: Node is not on this machine; install Node 20.19 or later, with npm", file=sys.stderr)
        return 2
    try:
        build(npm_path, BUILT)
    except WebError as error:
        print(f"wisp: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
