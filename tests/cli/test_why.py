"""``wisp why``: another process reads from the database what became of commands."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.decision_store import decision
from support.database import migrated
from wisp_framework.cli import app
from wisp_framework.db.decision_store import SqlDecisionStore
from wisp_framework.exceptions import CommandLineError


@pytest.fixture
def filled(folder: Path) -> None:
    """Three decisions in the database of that bot."""

    async def fill() -> None:
        refused = decision("BBBB2222", 1, name="mod ban", guild_id=9)
        refused.refuse("policy", "rule: deny mod ban for user 3")
        async with migrated(folder) as db:
            await SqlDecisionStore(db).store([decision("AAAA1111"), refused, decision("CCCC3333", 2)])

    folder.mkdir()
    asyncio.run(fill())


def why(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["why", *arguments])


@pytest.mark.usefixtures("filled")
def test_one_is_told_whole() -> None:
    """By its reference, in any writing: where, which gate, why, and when each part was over."""
    result = why("bbbb2222")

    assert result.exit_code == 0, result.output
    assert "mod ban  guild 9  user 3: refused by policy" in result.output
    assert "because: rule: deny mod ban for user 3" in result.output
    assert "10.0 ms  gates: passed" in result.output


@pytest.mark.usefixtures("filled")
def test_a_list_is_narrowed() -> None:
    """By guild, by command with those below it, by outcome; the newest first."""
    assert [line.split()[0] for line in why().output.splitlines()] == ["CCCC3333", "BBBB2222", "AAAA1111"]
    for arguments in (("--guild", "9"), ("--command", "mod"), ("--outcome", "refused")):
        assert [line.split()[0] for line in why(*arguments).output.splitlines()] == ["BBBB2222"]
    assert [line.split()[0] for line in why("--limit", "1").output.splitlines()] == ["CCCC3333"]


@pytest.mark.usefixtures("filled")
def test_programs_read_json() -> None:
    """One object a line, with everything."""
    told = json.loads(why("BBBB2222", "--json").output)

    assert (told["reference"], told["kind"], told["guild_id"]) == ("BBBB2222", "command", 9)
    assert (told["outcome"], told["gate"]) == ("refused", "policy")
    assert [step["name"] for step in told["steps"]] == ["gates", "end"]


@pytest.mark.usefixtures("filled")
def test_what_nobody_knows_is_said_and_ends_with_1() -> None:
    """A program can tell found from not found."""
    result = why("DDDD4444")

    assert result.exit_code == 1
    assert "Nothing that fits is known." in result.output


@pytest.mark.usefixtures("filled")
def test_an_outcome_that_there_is_not_is_refused() -> None:
    """With those there are."""
    result = why("--outcome", "exploded")

    assert isinstance(result.exception, CommandLineError)
    assert "ran, deferred, refused" in str(result.exception)


def test_looking_makes_no_file(folder: Path) -> None:
    """Where the bot has never run, that is said."""
    result = why()

    assert isinstance(result.exception, CommandLineError)
    assert "the bot makes it when it starts" in str(result.exception)
    assert not folder.exists()


def test_a_bot_without_a_database_is_to_be_asked_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The remedy is named."""
    monkeypatch.setenv("DATABASE_URL", "memory://")
    result = why()

    assert isinstance(result.exception, CommandLineError)
    assert "/why" in str(result.exception)
