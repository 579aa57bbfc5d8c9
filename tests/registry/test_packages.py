"""Modules that installed packages bring: named by a word, and kept out where the package is broken."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.offline import offline
from support.packages import POLLS, install
from wisp_framework.exceptions import PackageError
from wisp_framework.registry.packages import load_packaged, packaged_modules

EXTENSION = """
from discord.ext import commands

@commands.command()
async def plain(ctx):
    await ctx.send("plain")

async def setup(bot):
    bot.add_command(plain)
"""
BROKEN = {
    "import": (
        "raise OSError('no disk')",
        "polls = wisp_polls:PollsModule",
        "cannot be imported: OSError: no disk",
    ),
    "attribute": ("x = 1", "polls = wisp_polls:PollsModule", "cannot be imported: AttributeError"),
    "no module": ("PollsModule = 3", "polls = wisp_polls:PollsModule", "is a int, and no Module class"),
    "nothing": ("x = 1", "polls = wisp_polls", "defines no module"),
    "other name": (POLLS, "votes = wisp_polls:PollsModule", "calls itself 'polls'"),
    "no name": (
        "from wisp_framework import Module\nclass PollsModule(Module): pass",
        "polls = wisp_polls:PollsModule",
        "calls itself None",
    ),
    "arguments": (
        "from wisp_framework import Module\nclass PollsModule(Module):\n    def __init__(self, shop): pass",
        "polls = wisp_polls:PollsModule",
        "cannot be made without arguments",
    ),
}


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """What a test imported is not there for the next."""
    yield
    sys.modules.pop("wisp_polls", None)


async def test_a_package_brings_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by its word it works, with the version of its package; unnamed it is not imported."""
    install(tmp_path, monkeypatch, wisp_polls=POLLS)
    assert packaged_modules()["polls"].package == "wisp-polls"
    assert "wisp_polls" not in sys.modules
    async with offline(modules=("polls",)) as here:
        assert here.app.modules.manifests.get("polls").version == "1.2.0"
        assert (await (await here.person("Ada")).slash("poll")).text == "Yes or no?"


async def test_a_package_may_bring_an_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without a Module, made for plain discord.py, is a module by the name of its entry point."""
    install(tmp_path, monkeypatch, point="polls = wisp_polls", wisp_polls=EXTENSION)
    async with offline(modules=("polls",)) as here:
        ada = await here.person("Ada")
        assert (await ada.say("!plain")).text == "plain"
        await here.switch("polls", enabled=False)
        assert "off" in (await ada.say("!plain")).text


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_package_that_is_not_what_it_says_stays_out(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why is said in a sentence that names the package; the bot starts without it."""
    source, point, reason = BROKEN[kind]
    install(tmp_path, monkeypatch, point=point, wisp_polls=source)
    name = point.partition(" ")[0]
    async with offline(modules=(name,)) as here:
        assert reason in here.app.modules.failures[name].reason
        assert "of the package wisp-polls" in here.app.modules.failures[name].reason
        assert name not in here.app.modules.list_modules()
        assert f"out: {name}" in (await here.app.modules.check_health()).detail
        assert (await (await here.person("Ada")).slash("ping")).text.startswith("Pong!")


def test_two_packages_with_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of them is meant is not guessed; both are named."""
    for package in ("wisp-polls", "other-polls"):
        folder = tmp_path / package
        folder.mkdir()
        install(folder, monkeypatch, package=package, wisp_polls=POLLS)

    with pytest.raises(PackageError, match="brings one of that name, too") as refused:
        load_packaged("polls")

    assert "wisp-polls" in str(refused.value)
    assert "other-polls" in str(refused.value)


def test_a_name_that_nobody_brings_is_refused() -> None:
    """The sentence says that no package has it."""
    with pytest.raises(PackageError, match="no installed package brings"):
        load_packaged("nothing-of-that-name")
