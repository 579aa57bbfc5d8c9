"""The environment that tasks run in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import environment, interpreter
from tools.environment import (
    Environment,
    SetupError,
    last_words,
    make_ready,
    make_venv,
    read_stamp,
    same_python,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for an environment, which WISP_VENV names."""
    place = tmp_path / "venv"
    monkeypatch.setenv("WISP_VENV", str(place))
    return place


def no_uv() -> Path:
    """Fails, for runs that must not install anything."""
    raise SetupError("no uv here")


def stamp(folder: Path, level: environment.Level) -> None:
    """Make a folder look like an environment that is ready for a level."""
    python = Environment(folder).python
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    said = {"level": level, "digest": environment.wanted_digest(level)}
    (folder / environment.STAMP).write_text(json.dumps(said), "utf-8")


def test_a_ready_environment_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed or even asked when the environment holds what is wanted."""
    monkeypatch.setattr(environment, "ensure_uv", no_uv)
    stamp(folder, "dev")

    assert make_ready("dev").folder == folder


def test_a_development_environment_serves_the_demo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running the demo does not take the development tools away."""
    monkeypatch.setattr(environment, "ensure_uv", no_uv)
    stamp(folder, "dev")

    assert make_ready("demo").folder == folder


@pytest.mark.parametrize("had", ["demo", ""])
def test_what_is_missing_is_installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, had: environment.Level
) -> None:
    """An environment without the tools, or none at all, is set up when they are asked for."""
    monkeypatch.setattr(environment, "ensure_uv", no_uv)
    if had:
        stamp(folder, had)

    with pytest.raises(SetupError, match="no uv here"):
        make_ready("dev")


def test_a_broken_stamp_counts_as_none(tmp_path: Path) -> None:
    """A half-written or foreign stamp never makes an environment pass for ready."""
    assert read_stamp(tmp_path) == ("", "")
    for text in ("", "{", "[]", '{"level": "dev"}'):
        (tmp_path / environment.STAMP).write_text(text, "utf-8")
        assert read_stamp(tmp_path) == ("", "")


def test_a_folder_with_other_things_is_not_emptied(tmp_path: Path) -> None:
    """WISP_VENV that names somebody's folder is refused, and the folder keeps what it has."""
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")

    with pytest.raises(SetupError, match="no virtual environment"):
        make_venv(Path("uv"), tmp_path)

    assert (tmp_path / "thesis.txt").exists()


def test_an_environment_of_another_python_does_not_fit() -> None:
    """The Python of an environment is read from its own description."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert same_python(f"home = /usr/bin\nversion_info = {ours}.4\n")
    assert same_python(f"version_info={ours}.4.final.0\n")
    assert not same_python("version_info = 3.1.4\n")
    assert not same_python("home = /usr/bin\n")


def test_a_failed_step_is_one_line() -> None:
    """A step that fails is told in one line: what to do, then the tool's last words."""
    with pytest.raises(SetupError) as failed:
        environment.run_quietly(
            [sys.executable, "-c", "import sys; sys.exit('a\\nno route to host\\n')"], "check the network"
        )

    assert str(failed.value) == "check the network (no route to host)"


def test_last_words() -> None:
    """The last line that says something, or that nothing was said."""
    assert last_words(["a", " b ", "", "  "]) == "b"
    assert last_words([]) == "it said nothing"


def test_programs_lie_where_the_system_puts_them() -> None:
    """Windows has its own place for the programs of an environment."""
    assert Environment(Path("v"), windows=False).program("uv") == Path("v/bin/uv")
    assert Environment(Path("v"), windows=True).program("uv") == Path("v/Scripts/uv.exe")


def test_foreign_variables_do_not_reach_the_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PYTHONPATH or an active environment of the user does not leak into ours."""
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "UV_PYTHON"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("LANG", "C.UTF-8")

    variables = environment.clean_variables()

    assert variables["LANG"] == "C.UTF-8"
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "UV_PYTHON"} & set(variables)


def test_compiled_code_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a machine forbids it, hundreds of processes would each compile everything anew."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    assert "PYTHONDONTWRITEBYTECODE" not in environment.clean_variables()


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 10, 13), False), ((3, 11, 0), True), ((3, 13, 9), True), ((3, 14, 0), False), ((2, 7), False)],
)
def test_supported_pythons(version: tuple[int, ...], fits: bool) -> None:
    """3.11 to 3.13 fit; for the others one line says what is needed and what this is."""
    assert interpreter.fits(version) is fits
    assert f"this is {version[0]}.{version[1]};" in interpreter.missing(version)
    assert "\n" not in interpreter.missing(version)


def test_an_unknown_task_is_named_with_those_there_are() -> None:
    """A mistyped task says what there is, and fails."""
    done = subprocess.run(
        [sys.executable, "-m", "tools", "tset"],
        cwd=environment.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("wisp: there is no task 'tset'; the tasks are demo, test, soak, check")
