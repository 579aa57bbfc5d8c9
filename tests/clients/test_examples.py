"""The scripts that the documentation shows, one for each library: login, command, button, modal."""

import os
import sys
from pathlib import Path

import pytest

from support.children import child
from support.pages import ROOT
from wisp_sim import Sim
from wisp_sim.people import Person

SCRIPTS = ROOT / "examples" / "clients"
FOLDER = "WISP_TEST_CLIENTS"
OTHERS = ("disnake", "py_cord", "interactions_py", "arc")


def python_of(library: str) -> str:
    """The Python that has a library which does not go together with those of the tests."""
    folder = os.environ.get(FOLDER)
    if not folder:
        pytest.skip(f"needs a library of its own; set {FOLDER}, see tests/clients/README.md")
    return str(Path(folder, library, "bin", "python"))


async def hold(command: list[str], sim: Sim, ada: Person) -> None:
    """Ada runs the command, presses the button, fills in the form, and is greeted."""
    async with child(command, sim) as bot:

        async def offers_hello() -> bool:
            return bool(bot.session_id) and "/hello" in [known.name for known in await ada.commands()]

        await bot.until(offers_hello)
        assert (await ada.slash("hello")).text == "Shall we?"
        form = (await ada.click("Start")).form
        assert form is not None
        assert form.title == "Who are you?"
        assert (await ada.submit(Name="Countess")).text == "Hello Countess!"


@pytest.mark.parametrize("library", ["discord_py", "hikari"])
async def test_libraries_of_the_tests(library: str, sim: Sim, ada: Person) -> None:
    """discord.py and hikari, which are installed with the tests."""
    await hold([sys.executable, str(SCRIPTS / f"with_{library}.py")], sim, ada)


@pytest.mark.parametrize("library", OTHERS)
async def test_other_libraries(library: str, sim: Sim, ada: Person) -> None:
    """disnake, py-cord, interactions.py and arc, each with an environment of its own."""
    await hold([python_of(library), str(SCRIPTS / f"with_{library}.py")], sim, ada)


async def test_discord_js(sim: Sim, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.js, on Node."""
    folder = os.environ.get(FOLDER)
    if not folder:
        pytest.skip(f"needs Node and discord.js; set {FOLDER}, see tests/clients/README.md")
    monkeypatch.setenv("NODE_PATH", str(Path(folder, "node_modules")))
    await hold(["node", str(SCRIPTS / "with_discord_js.js")], sim, ada)
