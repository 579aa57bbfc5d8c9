"""The benchmarks run and report; how fast anything is, no test says."""

import json
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from sqlalchemy import create_engine, text

from benchmarks.load import Measured, Task
from benchmarks.ping import PLAIN, WISP, WISP_DB, compete, summary, table
from benchmarks.processes import ROOT, BenchmarkError, load_server, run_bot
from benchmarks.statements import Statements

TASK = Task("http://127.0.0.1:1", commands=10, warm_up=0)


def measured(cpu_us: float, *, server_cpu_us: float = 10.0, answer: str = "Pong!") -> Measured:
    return Measured(server_cpu_us=server_cpu_us, wall_us=100.0, intents=1, answer=answer, cpu_us=cpu_us)


def run(benchmark: str, *options: str) -> dict[str, object]:
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", "--json", *options]
    done = subprocess.run(  # noqa: S603 - this interpreter, and a module of ours
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def test_ping_reports_every_contestant() -> None:
    """A few dozen commands are answered by plain discord.py and by Wisp with and without a database."""
    report = run("ping", "--rounds", "1", "--commands", "40", "--warm-up", "10", "--db")

    assert report["commands"] == 40
    assert isinstance(report["rows"], list)
    assert [row["name"] for row in report["rows"]] == [PLAIN, WISP, WISP_DB]
    assert all(row["cpu_us"] > 0 for row in report["rows"])


def test_gate_needs_no_database() -> None:
    """On the way from an interaction to its handler not one SQL statement is executed."""
    report = run("gate", "--calls", "50", "--repeats", "1")

    assert report["statements"] == 0
    assert isinstance(report["pieces"], dict)
    assert {"gates", "record"} <= set(report["pieces"])


def test_events_are_compared() -> None:
    """An event that nobody hears, one that is off and one that is on are each held against discord.py."""
    report = run("events", "--calls", "100", "--repeats", "1")

    assert isinstance(report["rows"], list)
    assert len(report["rows"]) == 3
    assert all(row["plain_us"] > 0 and row["wisp_us"] > 0 for row in report["rows"])


def test_switches_are_read_and_weighed() -> None:
    """The snapshot of many switches has a size, and a rate beside that of bare sqlite3."""
    report = run("switches", "--guilds", "1000", "--repeats", "1")

    assert report["rows"] == pytest.approx(1000, rel=0.2)
    assert isinstance(report["snapshot_mb"], float)
    assert report["ratio"]


def test_audit_and_spool_are_measured() -> None:
    """A command's metrics and audit have a price, and the spool a rate beside that of bare sqlite3."""
    report = run("audit", "--calls", "100", "--rows", "200", "--repeats", "1")

    assert report["together_us"]
    assert report["ratio"]


def test_statements_are_counted_while_entered() -> None:
    """A statement on any engine of the process counts, one after the block does not."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        with Statements() as statements:
            connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT 2"))
    engine.dispose()

    assert statements.count == 1


def test_ratios_are_those_of_one_round() -> None:
    """A round in which the whole machine was slow changes the times and leaves the ratio alone."""
    report = summary(
        {
            PLAIN: [measured(100.0), measured(300.0), measured(100.0)],
            WISP: [measured(150.0), measured(330.0), measured(110.0)],
        },
        TASK,
    )

    assert report.rows[1].ratio == pytest.approx(1.1)
    assert report.rows[1].highest_ratio == pytest.approx(1.5)
    assert report.rows[1].highest_us == 330.0


def test_turns_go_back_and_forth() -> None:
    """Who ran first in one round runs last in the next."""
    order: list[str] = []

    def contestant(name: str) -> Measured:
        order.append(name)
        return measured(1.0)

    compete({PLAIN: lambda _: contestant(PLAIN), WISP: lambda _: contestant(WISP)}, TASK, 2)

    assert order == [PLAIN, WISP, WISP, PLAIN]


def test_bots_that_do_different_things_are_not_compared() -> None:
    """A bot that answers something else than the other makes the run fail."""
    with pytest.raises(BenchmarkError, match="did not do the same"):
        compete({PLAIN: lambda _: measured(1.0), WISP: lambda _: measured(1.0, answer="")}, TASK, 1)


def test_a_bot_that_fails_tells_why() -> None:
    """The last words of a bot that ended early are in the error."""
    with pytest.raises(BenchmarkError, match="ClientConnectorError"):
        run_bot("plain_bot", TASK)


def test_a_busy_server_is_said() -> None:
    """Where the load server used most of its core, the table says that it means little."""
    busy, idle = measured(1.0, server_cpu_us=90.0), measured(1.0)

    assert "too busy" in table(summary({PLAIN: [idle, busy]}, TASK))
    assert "too busy" not in table(summary({PLAIN: [idle]}, TASK))


def test_the_load_server_ends_with_the_block() -> None:
    """Each server has an address of its own, and nobody answers there afterwards."""
    with load_server() as one, load_server() as other:
        assert one != other
    address = urlsplit(one)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(address.hostname), address.port or 0)).close()
