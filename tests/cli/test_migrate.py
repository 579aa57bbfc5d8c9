"""``wisp migrate``: versions of tables are told, applied, taken back and begun."""

import json
from pathlib import Path

import pytest

from cli.conftest import Wisp

BOT = '''
from wisp_framework import Module, create_app

class Shop(Module):
    """Keeps wares."""

    name = "shop"
    migrations = "changes"

def app(config=None):
    return create_app(config, modules=[Shop])
'''


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bot with a module that will have tables; no token, and a database in the folder."""
    name = f"bot_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(BOT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_from_the_first_file_to_the_last_step_back(wisp: Wisp, bot: str, tmp_path: Path) -> None:
    """A migration is begun, told of as pending, applied once, and taken back, without any token."""
    made = wisp("migrate", "new", "shop", "Wares of a guild", bot)
    assert made.status == 0, made.err
    file = Path(made.out.strip())
    assert file == tmp_path / "changes" / "shop_001.py"
    assert '"""Wares of a guild"""' in file.read_text()
    file.write_text(file.read_text().replace("CHANGE_ME", "shop_wares"))

    early = wisp("migrate", "status", bot)
    assert (early.status, early.out) == (2, "")
    assert "the bot makes it when it starts" in early.err

    first = wisp("migrate", "up", bot)
    assert first.status == 0, first.out + first.err
    assert "applied core_001: " in first.out
    assert "shop: shop_001\n    applied shop_001: Wares of a guild\n" in first.out
    assert "applied" not in wisp("migrate", "up", bot).out
    assert wisp("migrate", "status", bot).status == 0

    assert wisp("migrate", "down", "shop", bot).out == (
        "shop: no tables yet\n    pending shop_001: Wares of a guild\n"
    )
    behind = wisp("migrate", "status", bot, "--json")
    assert behind.status == 1
    shop = [json.loads(line) for line in behind.out.splitlines()][-1]
    assert (shop["name"], shop["pending"]) == ("shop", ["shop_001: Wares of a guild"])


def test_the_next_file_follows_the_last(wisp: Wisp, bot: str, tmp_path: Path) -> None:
    """Each new migration names the one before it."""
    for title in ("One", 'Two "quoted" \\ slashed\nand long'):
        assert wisp("migrate", "new", "shop", title, bot).status == 0
    second = (tmp_path / "changes" / "shop_002.py").read_text()
    assert "down_revision = 'shop_001'" in second
    compile(second, "shop_002.py", "exec")


def test_a_module_whose_folder_is_missing_is_named(wisp: Wisp, bot: str) -> None:
    """What stays out is told with the remedy, and the rest is applied."""
    done = wisp("migrate", "up", bot)
    assert done.status == 1
    assert "core: core_0" in done.out
    assert "shop: no tables yet\n    refused migrations: there is no folder" in done.out
    assert "wisp migrate new shop" in done.out


def test_who_has_no_migrations_is_told_so(wisp: Wisp, bot: str) -> None:
    """Unknown names, and modules that keep no tables, are refused with what there is."""
    assert "There is no module 'nobody'" in wisp("migrate", "new", "nobody", "x", bot).err
    assert 'migrations = "migrations"' in wisp("migrate", "new", "ping", "x", bot).err
    assert "There are: core." in wisp("migrate", "down", "ping", bot).err


def test_a_bot_without_a_database_has_nothing_to_migrate(
    wisp: Wisp, bot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``memory://`` each of them says so."""
    monkeypatch.setenv("DATABASE_URL", "memory://")
    assert "has no database" in wisp("migrate", "status", bot).err


def test_tables_of_a_module_that_is_gone_are_told(wisp: Wisp, bot: str, tmp_path: Path) -> None:
    """A module's files may go: its version is still told, and the rest is applied as before."""
    file = Path(wisp("migrate", "new", "shop", "Wares", bot).out.strip())
    assert wisp("migrate", "up", bot).status == 0
    file.unlink()
    (tmp_path / f"{bot}_less.py").write_text("from wisp_framework import create_app as app\n")

    without = wisp("migrate", "status", f"{bot}_less")
    assert without.status == 0, without.out
    assert without.out.splitlines()[-1] == "shop: shop_001"
    lost = wisp("migrate", "status", bot)
    assert lost.status == 1
    assert "a newer module 'shop' has used it" in lost.out
