"""``wisp sim``: the offline Discord alone, as a program."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DEADLINE_S = 30


@contextmanager
def sim(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The program, ended at the end."""
    command = [sys.executable, "-m", "wisp_framework", "sim", *arguments]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def ask(api: str, token: str) -> dict[str, str]:
    """Who Discord says that a bot is."""
    address = urlsplit(api)
    connection = http.client.HTTPConnection(address.netloc, timeout=DEADLINE_S)
    connection.request("GET", f"{address.path}/users/@me", headers={"Authorization": f"Bot {token}"})
    me: dict[str, str] = json.load(connection.getresponse())
    connection.close()
    return me


def test_says_where_it_listens_and_serves_until_it_is_stopped() -> None:
    """One line of JSON once it listens; a bot can log in with what it says; SIGTERM ends it well."""
    with sim() as process:
        described = json.loads(first_line(process))
        me = ask(described["api"], described["bots"][0]["token"])
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=DEADLINE_S)

    assert me["id"] == described["bots"][0]["id"]
    assert described["gateway"].startswith("ws://127.0.0.1:")
    assert {"name", "id", "channels"} <= set(described["guilds"][0])
    assert (process.returncode, out, err) == (0, "", "")


def test_listens_where_it_is_told_with_the_world_it_is_given(tmp_path: Path) -> None:
    """``--port`` and ``--world`` are honoured; ids that are given are kept."""
    world = tmp_path / "world.json"
    world.write_text(
        json.dumps({"bots": [{"name": "Robbie", "id": "1100000000000000007"}], "users": [{"name": "Susan"}]}),
        encoding="utf-8",
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with sim("--port", str(port), "--world", str(world)) as process:
        described = json.loads(first_line(process))

    assert described["api"] == f"http://127.0.0.1:{port}/api/v10"
    assert described["bots"][0]["id"] == "1100000000000000007"


def test_a_port_in_use_is_one_line() -> None:
    """A port that somebody else has is named, with exit status 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with sim("--port", str(port)) as process:
            out, err = process.communicate(timeout=DEADLINE_S)

    assert (process.returncode, out) == (2, "")
    assert str(port) in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON"),
        ('{"bots": [{"nam": "Robbie"}]}', "did you mean 'name'?"),
    ],
)
def test_a_world_that_is_none_is_one_line(tmp_path: Path, content: str | None, problem: str) -> None:
    """A missing file, broken JSON and a typo are told with the remedy, with exit status 2."""
    world = tmp_path / "world.json"
    if content is not None:
        world.write_text(content, encoding="utf-8")
    with sim("--world", str(world)) as process:
        out, err = process.communicate(timeout=DEADLINE_S)

    assert (process.returncode, out) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


def test_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """With --snapshot everything is kept at the end, and there again at the next start."""
    file, known = tmp_path / "kept.json", []
    for _ in range(2):
        with sim("--snapshot", str(file)) as process:
            known.append(json.loads(first_line(process)))
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE_S) == 0

    assert file.exists()
    assert [start["bots"] for start in known] == [known[0]["bots"]] * 2
    assert [start["guilds"] for start in known] == [known[0]["guilds"]] * 2


def test_a_broken_snapshot_stays_as_it_is(tmp_path: Path) -> None:
    """What cannot be read is named, and not overwritten."""
    file = tmp_path / "kept.json"
    file.write_text("{")
    with sim("--snapshot", str(file)) as process:
        out, err = process.communicate(timeout=DEADLINE_S)

    assert (process.returncode, out, file.read_text()) == (2, "", "{")
    assert "kept.json" in err


def test_lists_its_routes() -> None:
    """--routes names what is served and for whom, and what is answered 501."""
    with sim("--routes") as process:
        out, _ = process.communicate(timeout=DEADLINE_S)

    lines = out.splitlines()
    assert "GET    /users/@me  (bots and users)" in lines
    assert "GET    /guilds/{guild_id}/templates  (not served yet: 501)" in lines
    assert process.returncode == 0


def test_serves_the_control_api_where_it_is_told() -> None:
    """``--control-port`` says where it is, and it is there."""
    with sim("--control-port", "0") as process:
        address = urlsplit(json.loads(first_line(process))["control"])
        connection = http.client.HTTPConnection(address.netloc, timeout=DEADLINE_S)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        body = json.load(answer)
        connection.close()

    assert (answer.status, body) == (200, {"status": "ok"})
