"""The checks: one line each, and everything that the failing ones say."""

import sys
from pathlib import Path

import pytest

from tools import checks
from tools.checks import CHECKS, Check, run_all
from tools.environment import Environment

HERE = Environment(Path(sys.prefix))


def python(name: str, code: str) -> Check:
    """A check that runs a line of Python."""
    return Check(name, "python", ("-c", code))


def test_passing_checks_take_a_line_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check that passes says its last words and nothing else."""
    monkeypatch.setattr(checks, "CHECKS", (python("one", "print('noise'); print('12 files fine')"),))

    assert run_all(HERE) == 0

    said = capsys.readouterr().out
    assert said.startswith("ok     one ")
    assert "12 files fine" in said
    assert "noise" not in said
    assert said.endswith("check: all 1 passed\n")


def test_failing_checks_say_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One failure fails the run, is shown whole, and does not keep the others from running."""
    failing = python("bad", "import sys; print('line 1'); print('line 2', file=sys.stderr); sys.exit(3)")
    monkeypatch.setattr(checks, "CHECKS", (failing, python("good", "print('fine')")))

    assert run_all(HERE) == 1

    said = capsys.readouterr().out
    assert "FAILED bad" in said
    assert "ok     good" in said
    assert "--- bad ---\nline 1\nline 2\n" in said
    assert said.endswith("check: 1 of 2 failed\n")


def test_checks_can_be_chosen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the named checks run."""
    monkeypatch.setattr(checks, "CHECKS", (python("a", "print('ran a')"), python("b", "print('ran b')")))

    assert run_all(HERE, ["b"]) == 0

    said = capsys.readouterr().out
    assert "ran b" in said
    assert "ran a" not in said


def test_a_check_that_does_not_exist_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped name fails and names those there are."""
    assert run_all(HERE, ["typse"]) == 2
    assert "types" in capsys.readouterr().err


def test_every_check_has_a_name_of_its_own() -> None:
    """Names choose checks, so no two share one."""
    assert len({check.name for check in CHECKS}) == len(CHECKS)
