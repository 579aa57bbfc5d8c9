"""setup_logging: where lines go, at which level, and that it can be undone."""

import io
import json
import logging
import sys
from datetime import datetime
from pathlib import Path

import pytest
from typing_extensions import override

from support.log_lines import TOKEN, Lines, SetUp
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ConfigError
from wisp_framework.logs import bind_request, get_logger, setup_logging


def test_all_libraries_look_alike(set_up: SetUp, lines: Lines) -> None:
    """Lines of the standard library's loggers have the same keys as Wisp's own, request id included."""
    set_up(log_format="json")

    with bind_request("r-1"):
        get_logger("wisp_framework.test").info("loaded", module="ping")
        logging.getLogger("discord.gateway").warning("Shard ID %s is %s", 4, "late")

    own, foreign = lines()
    assert own["event"] == "loaded"
    assert own["module"] == "ping"
    assert foreign["event"] == "Shard ID 4 is late"
    assert (foreign["level"], foreign["logger"]) == ("warning", "discord.gateway")
    assert own["request_id"] == foreign["request_id"] == "r-1"
    assert str(own["timestamp"]).endswith("+00:00")


def test_levels(set_up: SetUp, lines: Lines) -> None:
    """LOG_LEVEL holds for everyone, LOG_LEVEL_WISP_FRAMEWORK for Wisp's own loggers."""
    set_up(log_format="json", log_level="WARNING", log_level_wisp_framework="DEBUG")

    for name in ("discord", "mybot", "wisp_framework.services", "wisp_framework"):
        logging.getLogger(name).debug("quiet")
        get_logger(name).debug("quiet")
        logging.getLogger(name).warning("loud")

    assert [(line["logger"], line["event"]) for line in lines()] == [
        ("discord", "loud"),
        ("mybot", "loud"),
        *[("wisp_framework.services", word) for word in ("quiet", "quiet", "loud")],
        *[("wisp_framework", word) for word in ("quiet", "quiet", "loud")],
    ]


def test_twice_writes_once(set_up: SetUp, lines: Lines) -> None:
    """A second set-up replaces the first: no line is written twice."""
    set_up(log_format="json")
    set_up(log_format="json")

    logging.getLogger("x").info("once")

    assert len(lines()) == 1


def test_can_be_undone(set_up: SetUp) -> None:
    """After close the root logger has the handlers and levels from before."""
    root, own = logging.getLogger(), logging.getLogger("wisp_framework")
    console = logging.StreamHandler()
    root.addHandler(console)
    own.setLevel(logging.ERROR)
    before = (set(root.handlers), root.level, own.level)

    handle = set_up(log_level="DEBUG", log_level_wisp_framework="DEBUG")
    assert console not in root.handlers
    handle.close()
    handle.close()

    assert (set(root.handlers), root.level, own.level) == before
    root.removeHandler(console)
    own.setLevel(logging.NOTSET)


@pytest.mark.parametrize("first_closed", [0, 1])
def test_two_bots_in_one_process(set_up: SetUp, lines: Lines, tmp_path: Path, first_closed: int) -> None:
    """Set-ups may be closed in any order; the latest one left writes, the last puts everything back."""
    handlers = set(logging.getLogger().handlers)
    names = ("one", "two")
    handles = [set_up(log_format="json", log_file=tmp_path / f"{name}.log") for name in names]

    logging.getLogger("x").info("both open")
    handles[first_closed].close()
    logging.getLogger("x").info("one left")
    handles[1 - first_closed].close()
    logging.getLogger("x").warning("none left")

    events = {name: _events(tmp_path / f"{name}.log") for name in names}
    if first_closed == 0:
        assert events == {"one": [], "two": ["both open", "one left"]}
    else:
        assert events == {"one": ["one left"], "two": ["both open"]}
    assert [line["event"] for line in lines()] == ["both open", "one left"]
    assert set(logging.getLogger().handlers) == handlers


def _events(path: Path) -> list[object]:
    return [json.loads(line)["event"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_file_is_json_whatever_the_console_is(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """LOG_FILE gets one JSON object a line, in a folder that is made if need be."""
    path = tmp_path / "logs" / "wisp.log"
    set_up(log_file=path)

    logging.getLogger("x").info("für Ada\nnext")

    assert _events(path) == ["für Ada\nnext"]
    assert "info     für Ada\\nnext [x]" in capsys.readouterr().err


def test_the_console_tells_the_time_of_the_zone(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """TZ decides the time that people read; the file, and a console that writes JSON, stay in UTC."""
    path = tmp_path / "wisp.log"
    for log_format in ("console", "json"):
        set_up(timezone="Asia/Kathmandu", log_file=path, log_format=log_format)
        logging.getLogger("x").info("here")

    for_people, in_json = capsys.readouterr().err.splitlines()
    stamps = [json.loads(line)["timestamp"] for line in path.read_text(encoding="utf-8").splitlines()]
    told = for_people.split()[0]
    assert told.endswith("+05:45")
    assert datetime.fromisoformat(told) == datetime.fromisoformat(stamps[0])
    assert all(stamp.endswith("+00:00") for stamp in [*stamps, json.loads(in_json)["timestamp"]])


def test_the_file_is_turned_over(set_up: SetUp, tmp_path: Path) -> None:
    """At 10 MB the file is renamed and a new one begun; no line is lost or torn."""
    path = tmp_path / "wisp.log"
    path.write_bytes(b'{"event":"old"}\n' + b" " * (10 * 1024 * 1024) + b"\n")
    set_up(log_file=path, log_format="json", log_level="INFO")

    logging.getLogger("x").info("new")

    assert _events(path) == ["new"]
    assert (tmp_path / "wisp.log.1").read_bytes().startswith(b'{"event":"old"}')


def test_says_when_the_file_cannot_be_written(tmp_path: Path) -> None:
    """A log file in an impossible place stops the start, named with the remedy, and changes nothing."""
    (tmp_path / "file").write_text("")
    handlers = list(logging.getLogger().handlers)

    with pytest.raises(ConfigError, match=r"LOG_FILE is '.*wisp\.log': it cannot be written: .* Wanted: "):
        setup_logging(AppConfig(discord_token=TOKEN, log_file=tmp_path / "file" / "wisp.log"))

    assert logging.getLogger().handlers == handlers


def test_follows_standard_error(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines go to whatever standard error is at the moment, never to standard output."""
    set_up()
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)

    logging.getLogger("x").info("here")

    assert "here" in later.getvalue()


class _Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_only_on_a_terminal(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    """A terminal gets colours unless NO_COLOR is set; a file or pipe never does."""
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("NO_COLOR", no_color)
    set_up()

    logging.getLogger("x").info("here")

    assert ("\x1b[" in terminal.getvalue()) is coloured


def test_a_failed_write_tells_no_secret(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a line cannot be written its place is told, not the line: it was not redacted yet."""
    set_up()

    class Full(io.StringIO):
        @override
        def write(self, text: str) -> int:
            if "\n" in text and "could not" not in text:
                raise OSError("no space left")
            return super().write(text)

    full = Full()
    monkeypatch.setattr(sys, "stderr", full)

    logging.getLogger("x").info("secret %s", TOKEN)

    assert "test_setup.py" in full.getvalue()
    assert "could not be written: OSError" in full.getvalue()
    assert "canary" not in full.getvalue()


def test_works_without_standard_error(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without a console, as some services of Windows are, can log to a file alone."""
    monkeypatch.setattr(sys, "stderr", None)
    set_up()

    logging.getLogger("x").info("nowhere to go")


@pytest.mark.parametrize(("level", "count"), [("INFO", 1), ("DEBUG", 2)])
def test_noise_of_libraries_is_for_debug(set_up: SetUp, lines: Lines, level: str, count: int) -> None:
    """A bot without voice is not told at each start that it has none; at DEBUG nothing is held back."""
    set_up(log_format="json", log_level=level)

    logging.getLogger("discord.client").warning("PyNaCl is not installed, voice will NOT be supported")
    logging.getLogger("discord.client").warning("something else")

    assert len(lines()) == count
