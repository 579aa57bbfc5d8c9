"""Installs the libraries that the skipped examples need: ``install.py FOLDER``, one environment for each."""

import subprocess
import sys
import venv
from pathlib import Path

LIBRARIES = {
    "disnake": "disnake",
    "py_cord": "py-cord",
    "interactions_py": "discord-py-interactions",
    "arc": "hikari-arc",
}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    commands = [["npm", "install", "--prefix", str(folder), "discord.js"]]
    for name, package in LIBRARIES.items():
        venv.create(folder / name, with_pip=True)
        commands.append([str(folder / name / "bin" / "pip"), "install", "--quiet", package])
    for command in commands:
        subprocess.run(command, check=True)  # noqa: S603  # fixed words and a folder of the caller's choice
