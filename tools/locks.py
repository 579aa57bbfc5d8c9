"""The hashed requirement files: how they are made, and whether they still fit pyproject.toml."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.environment import REQUIREMENTS, ROOT, SetupError, clean_variables, ensure_uv, tables_digest

MARK = "# fits the dependency tables "
OLDEST_PYTHON = "3.11"


def locked_digest(text: str) -> str:
    """The fingerprint of the dependency tables that a requirement file was made from, or empty."""
    first = text.partition("\n")[0]
    return first.removeprefix(MARK).strip() if first.startswith(MARK) else ""


def problems(pyproject: str, locks: dict[str, str]) -> list[str]:
    """What is wrong with the requirement files, one sentence each.

    Args:
        pyproject: the text of pyproject.toml.
        locks: the text of each requirement file by its name.
    """
    found = []
    wanted = tables_digest(pyproject)
    for name, text in locks.items():
        if locked_digest(text) != wanted:
            found.append(f"requirements/{name} is out of step with pyproject.toml; run: make lock")
        if "://" in text or "-index" in text:
            found.append(f"requirements/{name} names where packages come from; that belongs to each machine")
    return found


def check() -> int:
    """Print what is wrong with the requirement files of this checkout; 1 if anything is."""
    locks = {name: (REQUIREMENTS / name).read_text("utf-8") for name in ("demo.txt", "dev.txt")}
    found = problems((ROOT / "pyproject.toml").read_text("utf-8"), locks)
    print("\n".join(found) or "requirement files fit pyproject.toml")
    return 1 if found else 0


def compiled(uv: Path, arguments: Sequence[str | Path], text: str | None = None) -> str:
    """What uv resolves, with hashes, for every platform and supported Python.

    Raises:
        SetupError: uv could not resolve it.
    """
    command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"]
    done = subprocess.run(
        [*map(str, command), "--python-version", OLDEST_PYTHON, *map(str, arguments)],
        input=text, capture_output=True, text=True, check=False, cwd=ROOT, env=clean_variables(),
    )  # fmt: skip
    if done.returncode:
        raise SetupError(f"the requirements could not be resolved:\n{done.stderr.strip()}")
    return done.stdout


def lock(*, upgrade: bool) -> None:
    """Write the requirement files anew.

    Args:
        upgrade: take the newest versions that pyproject.toml allows, instead of keeping what is pinned.

    Raises:
        SetupError: uv is missing, or could not resolve them.
    """
    uv = ensure_uv()
    mark = MARK + tables_digest((ROOT / "pyproject.toml").read_text("utf-8")) + "\n"
    extras = ["--extra", "all"]
    # Relative, as uv writes the paths into its comments. The output files also hold the pins that it keeps.
    dev, demo = Path("requirements/dev.txt"), Path("requirements/demo.txt")
    keep = ["--upgrade"] if upgrade else []
    compiled(uv, ["pyproject.toml", *extras, "--group", "dev", *keep, "--output-file", dev])
    compiled(uv, ["pyproject.toml", *extras, "--constraint", dev, "--output-file", demo])
    for path in (dev, demo):
        (ROOT / path).write_text(mark + (ROOT / path).read_text("utf-8"), "utf-8")
    if upgrade:
        (REQUIREMENTS / "boot.txt").write_text(compiled(uv, ["-"], "uv<1"), "utf-8")


if __name__ == "__main__":
    sys.exit(check())
