"""``wisp audit``: another process reads from the database who did what."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from contracts.audit_sink import ADA, FULL, GRACE, LAB, TOWER, event
from support.database import file_config, migrated
from wisp_framework.cli import app
from wisp_framework.db.audit_sink import SqlAuditSink
from wisp_framework.exceptions import CommandLineError
from wisp_framework.services.audit_spool import AuditSpool


@pytest.fixture
def filled(folder: Path) -> None:
    """Three events in the database of that bot, an hour, a day and a month old."""
    now = datetime.now(UTC)

    async def fill() -> None:
        events = [
            msgspec.structs.replace(event(0, "policy.set"), at=now - timedelta(hours=1)),
            msgspec.structs.replace(event(1, "ping", guild_id=TOWER), at=now - timedelta(days=1)),
            msgspec.structs.replace(FULL, at=now - timedelta(days=31)),
        ]
        async with migrated(folder) as db:
            await SqlAuditSink(db).store(events)

    folder.mkdir()
    asyncio.run(fill())


def audit(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", *arguments])


def actions(result: Result) -> list[str]:
    """The actions that were listed, in order."""
    return [line.split()[2] for line in result.output.splitlines()]


@pytest.mark.usefixtures("filled")
def test_a_list_is_narrowed() -> None:
    """By age, guild, action, actor and reference; the newest first."""
    assert actions(audit()) == ["policy.set", "ping", "module.switched"]
    assert actions(audit("--since", "2h")) == ["policy.set"]
    assert actions(audit("--since", "2d")) == ["policy.set", "ping"]
    assert actions(audit("--since", "2020-01-31")) == ["policy.set", "ping", "module.switched"]
    assert actions(audit("--guild", str(TOWER))) == ["ping"]
    assert actions(audit("--action", "module")) == ["module.switched"]
    assert actions(audit("--actor", str(GRACE))) == ["module.switched"]
    assert actions(audit("--reference", "3f2a91bc")) == ["module.switched"]
    assert actions(audit("--limit", "1")) == ["policy.set"]


@pytest.mark.usefixtures("filled")
def test_a_line_tells_everything_and_stays_one() -> None:
    """Who, where, what, before and after, and why; what others typed begins no line of its own."""
    (line,) = audit("--action", "module").output.splitlines()

    assert f"by {GRACE}  guild {LAB}  module:polls  true -> false" in line
    assert r"because: too\nloud ✂  ref 3F2A91BC" in line


@pytest.mark.usefixtures("filled")
def test_programs_read_json() -> None:
    """One object a line, with everything."""
    told = json.loads(audit("--action", "module", "--json").output)

    assert (told["id"], told["actor_id"], told["guild_id"]) == (str(FULL.id), GRACE, LAB)
    assert (told["before"], told["after"], told["metadata"]) == (True, False, FULL.metadata)


@pytest.mark.usefixtures("filled")
def test_what_is_not_there_is_said_and_ends_with_1() -> None:
    """A program can tell found from not found."""
    result = audit("--action", "shop")

    assert result.exit_code == 1
    assert "Nothing that fits is kept." in result.output


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("since", ["yesterday", "7", "99999999d", "999999w", "-1d", ""])
def test_a_time_that_is_none_is_refused(since: str) -> None:
    """With those that can be written."""
    result = audit(f"--since={since}")

    assert isinstance(result.exception, CommandLineError)
    assert "write 30m, 12h, 7d or 2w" in str(result.exception)


@pytest.mark.usefixtures("filled")
def test_events_that_wait_are_told_of(folder: Path) -> None:
    """What the bot could not store yet is not in the list, and that is said."""

    async def wait() -> None:
        spool = AuditSpool(file_config(folder))
        await spool.append([event(), event(actor_id=ADA)])
        await spool.close()

    assert "wait" not in audit().output
    asyncio.run(wait())
    assert f"2 more wait in {folder / 'audit-spool.db'}" in audit().output


def test_looking_makes_no_file(folder: Path) -> None:
    """Where the bot has never run, that is said."""
    result = audit()

    assert isinstance(result.exception, CommandLineError)
    assert "the bot makes it when it starts" in str(result.exception)
    assert not folder.exists()


def test_a_bot_without_a_database_is_to_be_asked_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The remedy is named."""
    monkeypatch.setenv("DATABASE_URL", "memory://")
    result = audit()

    assert isinstance(result.exception, CommandLineError)
    assert "/audit" in str(result.exception)
