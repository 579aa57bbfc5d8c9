"""Modules that are found by name: what is broken stays out, and what is not there is named."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.offline import offline
from wisp_framework.exceptions import ModuleError
from wisp_framework.registry.discovery import discover, named

GOOD = """
from discord import app_commands
from wisp_framework import Module

class GoodModule(Module):
    name = "good"

    @app_commands.command()
    async def good(self, interaction):
        '''Answer.'''
        await interaction.response.send_message("good")
"""
UNMADE = """
from wisp_framework import Module

class UnmadeModule(Module):
    name = "unmade"

    def __init__(self, shop):
        self.shop = shop
"""
FILES = {
    "__init__.py": "",
    "good.py": GOOD,
    "raises.py": "raise OSError('no disk')",
    "misspelt.py": "def",
    "needs.py": "import a_package_that_is_not_there",
    "unmade.py": UNMADE,
    "below/__init__.py": "raise ValueError('not today')",
}
BROKEN = {
    "garden.below": "cannot be imported: ValueError: not today",
    "garden.misspelt": "cannot be imported: SyntaxError",
    "garden.needs": "cannot be imported: ModuleNotFoundError: No module named 'a_package_that_is_not_there'",
    "garden.raises": "cannot be imported: OSError: no disk",
    "garden.unmade:UnmadeModule": "cannot be made without arguments: TypeError",
}


@pytest.fixture
def _garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package with one good module among broken ones."""
    for name, source in FILES.items():
        file = tmp_path / "garden" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "garden"]:
        del sys.modules[name]


@pytest.mark.usefixtures("_garden")
def test_finds_what_is_good_and_says_what_is_broken() -> None:
    """Each file that raises, and each module that cannot be made, is named with the reason."""
    found = discover("garden")

    assert [type(module).__name__ for module in found.modules] == ["GoodModule"]
    assert sorted(error.module for error in found.broken) == sorted(BROKEN)
    assert all(error.reason.startswith(BROKEN[error.module]) for error in found.broken)


@pytest.mark.usefixtures("_garden")
async def test_a_bot_starts_without_its_broken_modules() -> None:
    """They are named in health, whichever way they were asked for, and the others run."""
    targets = ("garden.good", "garden.raises", "garden.misspelt:AnyModule", "garden.unmade:UnmadeModule")
    async with offline(modules=targets) as here:
        assert (await (await here.person("Ada")).slash("good")).text == "good"
        wanted = {"garden.raises", "garden.misspelt", "garden.unmade:UnmadeModule"}
        assert set(here.app.modules.failures) == wanted
        detail = (await here.app.modules.check_health()).detail
        assert all(name in detail for name in wanted)


@pytest.mark.parametrize("target", ["garden.nothing", "nothing.at.all", "nothing:Module"])
@pytest.mark.usefixtures("_garden")
def test_a_name_that_leads_nowhere_is_refused(target: str) -> None:
    """A typo in a setting is no broken module: it stops the start."""
    with pytest.raises(ModuleError, match="cannot be imported: ModuleNotFoundError"):
        named(target)


@pytest.mark.usefixtures("_garden")
def test_a_package_without_modules_is_refused() -> None:
    """What is named and defines none is named."""
    with pytest.raises(ModuleError, match="defines no Module class"):
        named("json")
