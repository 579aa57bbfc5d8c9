"""Find a Python that Wisp supports. This file must parse on every Python 3, however old."""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)


def fits(version: tuple) -> bool:  # type: ignore[type-arg]
    """Whether a ``(major, minor, …)`` version is one that Wisp supports."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def find_other() -> str:
    """The path of a fitting Python that is on the PATH and starts, newest first, or an empty string."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        path = shutil.which("python3." + str(minor))
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return path
    return ""


def missing(version: tuple) -> str:  # type: ignore[type-arg]
    """The one line that tells someone with another Python what to do."""
    return (
        "wisp: Python 3.11, 3.12 or 3.13 is needed and this is {}.{}; "
        "install one of them (python.org, or your package manager) and run again, "
        "on make with PYTHON=/path/to/python3.13".format(*version[:2])
    )


def ensure() -> None:
    """Return on a fitting Python; hand over to another one if there is one, otherwise exit saying so."""
    if fits(sys.version_info):
        return
    other = find_other()
    if not other:
        sys.exit(missing(sys.version_info))
    command = [other, "-m", "tools", *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(other, command)  # noqa: S606
