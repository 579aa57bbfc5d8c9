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
    for name, package in LIBRARIES.items():
        venv.create(folder / name, with_pip=True)
        subprocess.run([str(folder / name / "bin" / "pip"), "install", "--quiet", package], check=True)
    subprocess.run(["npm", "install", "--prefix", str(folder), "discord.js"], check=True)
