"""What the tests of the command line share: a clean environment, and `wisp` in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from wisp_framework.cli import main
from wisp_framework.cli.offline import NOT_HERE

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMA.GhijKl.abcdefghijklmnopqrstuvwxyz0123456789AB"
TOUCHED = (
    "DISCORD_TOKEN",
    "DISCORD_API_URL",
    "DISCORD_REQUESTS_PER_S",
    "DISCORD_INTENTS_MEMBERS",
    "DISCORD_INTENTS_MESSAGE_CONTENT",
    "DATA_DIR",
    *NOT_HERE,
    "LOG_LEVEL",
    "WISP_MODULES",
    "COMMAND_PREFIX",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one run."""

    status: int
    out: str
    err: str


Wisp = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working directory, and no setting from outside; what a command sets is taken back."""
    monkeypatch.chdir(tmp_path)
    for name in TOUCHED:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is not there yet, in which a bot keeps its data."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def wisp(capsys: pytest.CaptureFixture[str]) -> Wisp:
    """Runs ``wisp`` in this process."""

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    return run
