"""Installed packages that bring modules, made in a folder of their own."""

from pathlib import Path

import pytest

POLLS = """
from discord import app_commands
from wisp_framework import Module

class PollsModule(Module):
    name = "polls"
    description = "Votes"
    intents = {"members": "who left stays in the count"}
    bot_permissions = ("manage_messages",)
    stored_per_user = ("their votes",)

    @app_commands.command()
    async def poll(self, interaction):
        '''Ask everybody.'''
        await interaction.response.send_message("Yes or no?")
"""


def install(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    package: str = "wisp-polls",
    version: str = "1.2.0",
    point: str = "polls = wisp_polls:PollsModule",
    **sources: str,
) -> None:
    """Lay a package out as pip does, and let it be found; ``sources`` are its files, by their names."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    info = folder / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[wisp.modules]\n{point}\n")
    monkeypatch.syspath_prepend(str(folder))
