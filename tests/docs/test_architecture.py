"""The maps of the house are those that the machine holds the imports to."""

import re
import tomllib

from support.pages import ROOT
from wisp_framework import AppConfig, create_app

PAGE = (ROOT / "docs/architecture.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GnobodY." + "n" * 38


def floors() -> list[set[str]]:
    """The rooms of each floor, highest first, as the contract says."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one["layers"] for one in contracts if one["name"] == "floors of the framework")
    return [set(re.findall(r"\w+", layer)) for layer in layers]


def test_the_page_has_every_floor() -> None:
    """The table of the architecture has the floors of the contract, in its order."""
    table = PAGE[PAGE.index("| Floor, highest first") :].partition("\n\n")[0]
    rows = [row.partition("|")[2].partition("|")[0] for row in table.splitlines()[2:]]

    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == floors()


def test_the_map_of_the_front_page_has_every_floor() -> None:
    """So has the map of the front page, one line for each."""
    lines = README[README.index("src/wisp_framework/") : README.index("src/wisp_sim/")].splitlines()[1:]
    rooms = [re.split(r"\s{3,}", line.strip())[0] for line in lines]

    assert [set(re.findall(r"(\w+)(?:\.py|/)", names)) for names in rooms] == floors()


def test_the_pages_name_every_module_that_is_built_in() -> None:
    """Both maps name the modules that every bot has."""
    app = create_app(AppConfig(discord_token=TOKEN, database_url="memory://"))
    app.register_modules()
    built_in = set(app.modules.list_modules())

    (row,) = re.findall(r"the built-in modules: (.*) \|", PAGE)
    (line,) = re.findall(r"built in: (.*)", README)
    assert set(re.findall(r"\w+", row)) == set(re.findall(r"\w+", line)) == built_in
    fixed = {name for name in built_in if app.modules.is_fixed(name)}
    (sentence,) = re.findall(r"([^.\n]*) cannot be switched off\.", PAGE)
    assert set(re.findall(r"`(\w+)`", sentence)) == fixed
