"""The virtual environment that every task runs in, made from hashed requirements and kept in step."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["demo", "dev"]
Command = Sequence[str | Path]

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
STAMP = ".wisp-ready"


class SetupError(Exception):
    """Something that set-up needs is missing; the message is one line with the remedy."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment, ready to run.

    Attributes:
        folder: where it is.
        windows: whether its programs lie where Windows puts them.
    """

    folder: Path
    windows: bool = os.name == "nt"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.program("python")

    def program(self, name: str) -> Path:
        """The path of one of its programs, whether or not it is there."""
        if self.windows:
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name


def clean_variables() -> dict[str, str]:
    """This process's variables without those that would point a Python or uv at another environment.

    Compiled code is kept, whatever this machine's habit: the tests start some hundred processes, and
    each would compile all that it imports anew.
    """
    foreign = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "UV_PYTHON", "UV_SYSTEM_PYTHON"}
    left_out = {*foreign, "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    kept.setdefault("UV_HTTP_TIMEOUT", "120")
    return kept


def dependency_tables(pyproject: str) -> Mapping[str, object]:
    """The parts of a pyproject.toml that decide what is installed."""
    tables = tomllib.loads(pyproject)
    project = tables.get("project", {})
    wanted = ("requires-python", "dependencies", "optional-dependencies")
    return {
        "project": {name: project.get(name) for name in wanted},
        "dependency-groups": tables.get("dependency-groups"),
        "build-system": tables.get("build-system"),
    }


def digest(*parts: str) -> str:
    """A short fingerprint of texts, different when any of them or their split differs."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def tables_digest(pyproject: str) -> str:
    """The fingerprint of the dependency tables, the same however the file is laid out."""
    return digest(json.dumps(dependency_tables(pyproject), sort_keys=True))


def wanted_digest(level: Level) -> str:
    """The fingerprint of everything that decides what an environment of this level holds."""
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    entry_points = json.dumps(tomllib.loads(pyproject)["project"].get("scripts"), sort_keys=True)
    locked = (REQUIREMENTS / f"{level}.txt").read_text("utf-8")
    interpreter = ".".join(map(str, sys.version_info[:2]))
    return digest(tables_digest(pyproject), entry_points, locked, interpreter, str(ROOT))


def read_stamp(folder: Path) -> tuple[str, str]:
    """The level and fingerprint that an environment was last made ready for; empty when it never was."""
    try:
        stamp = json.loads((folder / STAMP).read_text("utf-8"))
        return str(stamp["level"]), str(stamp["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""


def run_quietly(command: Command, failure: str) -> None:
    """Run a set-up step without output.

    Raises:
        SetupError: the step failed; ``failure`` and the last thing that it said are one line.
    """
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, cwd=ROOT, env=clean_variables()
    )
    if done.returncode:
        raise SetupError(f"{failure} ({last_words(done.stderr.splitlines() or done.stdout.splitlines())})")


def last_words(lines: Iterable[str]) -> str:
    """The last line of output that says something."""
    said = [line.strip() for line in lines if line.strip()]
    return said[-1] if said else "it said nothing"


def pinned_uv() -> str:
    """The version of uv that requirements/boot.txt names."""
    for line in (REQUIREMENTS / "boot.txt").read_text("utf-8").splitlines():
        if line.startswith("uv=="):
            return line.removeprefix("uv==").split()[0]
    raise SetupError("requirements/boot.txt names no uv version; take the file from the repository again")


def require_venv() -> None:
    """Check that this Python can make virtual environments.

    Raises:
        SetupError: a part of the standard library is not installed.
    """
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"python3.{sys.version_info.minor}"
        raise SetupError(
            f"{version} lacks its venv module; install it (Debian, Ubuntu: apt install {version}-venv)"
        )


def ensure_uv() -> Path:
    """The pinned uv, installed into .boot by this Python's own pip if it is not there.

    Raises:
        SetupError: this Python has no venv module, or the package index cannot be reached.
    """
    boot = Environment(ROOT / ".boot")
    uv = boot.program("uv")
    if uv.exists():
        said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout.split()
        if said[1:2] == [pinned_uv()]:
            return uv
    require_venv()
    report("installing uv")
    run_quietly(
        [sys.executable, "-m", "venv", "--clear", boot.folder],
        f"{boot.folder} could not be made; see that the disk has room and the folder may be written",
    )
    pip: Command = [boot.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run_quietly(
        [*pip, "--only-binary=:all:", "--require-hashes", "-r", REQUIREMENTS / "boot.txt"],
        "uv could not be installed; check the network connection and pip's index settings",
    )
    return uv


def report(step: str) -> None:
    """Tell whoever waits what set-up is doing."""
    print(f"wisp: set-up: {step}", file=sys.stderr, flush=True)


def venv_folder() -> Path:
    """Where the environment is: ``WISP_VENV``, or ``.venv`` in the checkout."""
    return ROOT / os.environ.get("WISP_VENV", ".venv")


def same_python(pyvenv: str) -> bool:
    """Whether a pyvenv.cfg with this text belongs to the Python version that runs here."""
    wanted = f"version_info={sys.version_info.major}.{sys.version_info.minor}."
    return any(line.replace(" ", "").startswith(wanted) for line in pyvenv.splitlines())


def make_venv(uv: Path, folder: Path) -> None:
    """Make an empty environment for this Python, or keep one that is there and fits.

    Raises:
        SetupError: the folder holds something else, or cannot be made.
    """
    config = folder / "pyvenv.cfg"
    if config.exists():
        if same_python(config.read_text("utf-8")):
            return
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise SetupError(f"{folder} is no virtual environment; empty it, or set WISP_VENV to another folder")
    run_quietly([uv, "venv", "--quiet", "--python", sys.executable, folder], f"{folder} could not be made")


def install(uv: Path, environment: Environment, level: Level) -> None:
    """Bring an environment to exactly what a level's requirement file names, and the project itself.

    Raises:
        SetupError: the packages cannot be had.
    """
    target: Command = ["--quiet", "--python", environment.python]
    run_quietly(
        [uv, "pip", "sync", *target, "--require-hashes", REQUIREMENTS / f"{level}.txt"],
        "packages could not be installed; check the network (uv reads UV_DEFAULT_INDEX, not pip.conf)",
    )
    # The build backend is part of uv itself, so this step asks no index.
    run_quietly(
        [uv, "pip", "install", *target, "--no-deps", "--editable", ROOT],
        "the project itself could not be installed",
    )


def make_ready(level: Level) -> Environment:
    """The environment with everything that ``level`` needs; costs nothing when it is there already.

    An environment that already holds the development tools stays one when only the demo is asked for.

    Raises:
        SetupError: something is missing; the message says what and the remedy.
    """
    environment = Environment(venv_folder())
    had, stamped = read_stamp(environment.folder)
    if had == "dev":
        level = "dev"
    wanted = wanted_digest(level)
    if had == level and stamped == wanted and environment.python.exists():
        return environment
    uv = ensure_uv()
    (environment.folder / STAMP).unlink(missing_ok=True)
    make_venv(uv, environment.folder)
    report(f"installing what requirements/{level}.txt names")
    install(uv, environment, level)
    (environment.folder / STAMP).write_text(json.dumps({"level": level, "digest": wanted}), "utf-8")
    return environment
