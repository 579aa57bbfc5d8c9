"""``wisp jobs``: another process looks at the jobs of a bot, and changes them."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.job_store import at, job
from support.database import migrated
from wisp_framework.cli import app
from wisp_framework.db.job_store import SqlJobStore
from wisp_framework.exceptions import CommandLineError
from wisp_framework.services.job_store import Job, JobQuery, Reach


@pytest.fixture
def filled(folder: Path) -> None:
    """Three jobs in the database of that bot: one waits, one failed, one runs."""

    async def fill() -> None:
        async with migrated(folder) as db:
            store = SqlJobStore(db)
            await store.create(job("stars.leader@9", 60, guild_id=9, handler="stars.leader"))
            await store.create(job("tea", 1, wake_at=None, last_error="Boom", payload='"secret"'))
            await store.create(job("coffee"))
            await store.claim(Reach(["tick"]), at(0), at(1), "host:1", 1)

    folder.mkdir()
    asyncio.run(fill())


def jobs(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["jobs", *arguments])


def stored(folder: Path) -> dict[str, Job]:
    async def read() -> dict[str, Job]:
        async with migrated(folder) as db:
            return {found.name: found for found in await SqlJobStore(db).find(JobQuery())}

    return asyncio.run(read())


@pytest.mark.usefixtures("filled")
def test_lists_what_is_asked_for() -> None:
    """In order of when they come, with how they stand; what they carry is private."""
    lines = jobs("list").output.splitlines()
    assert [line.split()[3] for line in lines] == ["coffee", "stars.leader@9", "tea"]
    assert "running" in lines[0]
    assert "at host:1" in lines[0]
    assert "failed    tea  (every 60.0 s)  try 0  Boom" in lines[2]
    assert "secret" not in jobs("list").output + jobs("list", "--json").output
    for arguments in (("--guild", "9"), ("--handler", "stars.leader"), ("--state", "waiting")):
        assert [line.split()[3] for line in jobs("list", *arguments).output.splitlines()] == [
            "stars.leader@9"
        ]
    assert len(jobs("list", "--limit", "2").output.splitlines()) == 2


@pytest.mark.usefixtures("filled")
def test_programs_read_json() -> None:
    """One object a line."""
    told = json.loads(jobs("list", "--guild", "9", "--json").output)

    assert (told["name"], told["state"], told["guild_id"]) == ("stars.leader@9", "waiting", 9)
    assert told["due_at"] == "2026-01-01T13:00:00Z"


@pytest.mark.usefixtures("filled")
def test_a_job_can_be_run_and_taken_away(folder: Path) -> None:
    """What runs cannot be run; what failed can, and begins anew."""
    assert "tea comes now." in jobs("run", "tea").output
    assert "coffee is gone." in jobs("cancel", "coffee").output

    found = stored(folder)
    assert sorted(found) == ["stars.leader@9", "tea"]
    assert (found["tea"].due_at, found["tea"].last_error) == (at(1), None)
    assert found["tea"].wake_at is not None
    for arguments in (("run", "coffee"), ("cancel", "coffee"), ("list", "--state", "done")):
        assert jobs(*arguments).exit_code == 1


@pytest.mark.usefixtures("filled")
def test_states_have_names() -> None:
    """Another word is refused with those that there are."""
    with pytest.raises(CommandLineError, match="Take one of: waiting, running"):
        raise_from(jobs("list", "--state", "lazy"))


def test_without_a_database_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that has not run yet, and one that keeps nothing, each get a sentence."""
    with pytest.raises(CommandLineError, match="the bot makes it when it starts"):
        raise_from(jobs("list"))
    assert not folder.exists()
    monkeypatch.setenv("DATABASE_URL", "memory://")
    with pytest.raises(CommandLineError, match="in its memory alone"):
        raise_from(jobs("list"))


def raise_from(result: Result) -> None:
    assert result.exception is not None
    raise result.exception
