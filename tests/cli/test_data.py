"""``wisp data copy``: a bot moves to a server and back."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.conftest import Wisp

BOT = """
from wisp_framework import create_app

def app(config=None):
    return create_app(config)
"""
GUILD = 81384788765712384
AT = "2026-01-02 03:04:05.000678"
VALUE = '{"price":2.5,"name":"Grüße 👋"}'
INSERT = """INSERT INTO guild_data (guild_id, module_name, key, value, expires_at, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?)"""
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bot without modules of its own."""
    name = f"bot_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(BOT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


@pytest.fixture
def file(tmp_path: Path, wisp: Wisp, bot: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a bot has kept for a guild."""
    file = tmp_path / "kept.db"
    monkeypatch.setenv("DATABASE_URL", url(file))
    assert wisp("migrate", "up", bot).status == 0
    with closing(sqlite3.connect(file)) as connection, connection:
        values = [(GUILD, "shop", f"key{number}", VALUE, None, AT, AT) for number in range(200)]
        connection.executemany(INSERT, values)
        connection.execute("INSERT INTO module_states VALUES (?, 'polls', 0, ?, ?)", (GUILD, AT, AT))
    return file


def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def rows(file: Path) -> dict[str, list[object]]:
    """All that stands in a SQLite file, by table."""
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute(TABLES)]
        found = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608
        return {name: sorted(rows, key=repr) for name, rows in found.items()}


def test_a_bot_moves_to_a_server_and_back(
    wisp: Wisp, bot: str, file: Path, tmp_path: Path, postgres_url: str
) -> None:
    """What comes back from the server is what left the file, table by table, and is not copied twice."""
    back = tmp_path / "back.db"
    there = wisp("data", "copy", "--from", url(file), "--to", postgres_url, "--json", bot)
    assert there.status == 0, there.err
    told = {table["name"]: table for table in map(json.loads, there.out.splitlines())}
    assert (told["guild_data"]["rows"], told["module_states"]["rows"]) == (200, 1)

    again = wisp("data", "copy", "--from", postgres_url, "--to", url(back), "--json", bot)
    assert again.status == 0, again.err
    assert {table["name"]: table for table in map(json.loads, again.out.splitlines())} == told
    assert rows(back) == rows(file)

    twice = wisp("data", "copy", "--from", url(file), "--to", postgres_url, bot)
    assert (twice.status != 0, twice.out) == (True, "")
    assert "the target is not empty: its table" in twice.err


def test_a_file_that_is_not_there_is_named(wisp: Wisp, bot: str, tmp_path: Path) -> None:
    """A slip in the path makes no empty file and copies nothing."""
    slip, to = url(tmp_path / "slip.db"), url(tmp_path / "to.db")
    refused = wisp("data", "copy", "--from", slip, "--to", to, bot)
    assert (refused.status != 0, refused.out) == (True, "")
    assert "--from: there is no SQLite file" in refused.err
    assert not list(tmp_path.glob("*.db"))
