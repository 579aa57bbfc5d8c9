"""A dialogue that was played becomes a test that plays it again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wisp_framework.playground.kept import Played, PlayedStep, as_test
from wisp_sim import Sim, World

ROOT = Path(__file__).parents[2]


def said(content: str, *, flags: int = 0) -> dict[str, object]:
    """A message of the bot, as the gateway brings it."""
    author = {"id": "1", "username": "Wisp", "bot": True}
    return {"id": "2", "channel_id": "3", "content": content, "flags": flags, "author": author}


def step(who: str, act: str, **details: object) -> PlayedStep:
    """Something that somebody did in the demo's first channel."""
    return PlayedStep(who, act, guild="Lovelace's Lab", channel="general", **details)  # type: ignore[arg-type]


DIALOGUE = Played(
    [
        step("Ada", "slash", name="ping", messages=[said("Pong! 3 ms")]),
        step(
            "Ada",
            "slash",
            name="modules disable",
            options={"module": "ping"},
            messages=[said("`ping` is now off in this server.", flags=64)],
        ),
        step("Grace", "say", values=["hello"]),
    ]
)


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run the text as a test file of its own."""
    file = folder / "test_dialogue.py"
    file.write_text(text, "utf-8")
    settings = {
        name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "WISP_"))
    }
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "-p", "no:valkey", "-p", "no:cacheprovider", str(file)],
        cwd=folder,
        env=settings | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def text() -> str:
    """The dialogue as a test."""
    return as_test(DIALOGUE, Sim(World.demo()).describe(), "examples.demo:app")


def test_reads_like_a_test(text: str) -> None:
    """People have names, what varies is a pattern, what is private is asserted, and no token is in it."""
    assert "ada = sim.person('Ada', guild=\"Lovelace's Lab\", channel='general')" in text
    assert "seen = await ada.slash('ping')" in text
    assert r"assert re.fullmatch('Pong!\\ [\\d.]+\\ ms', seen.text)" in text
    assert "seen = await ada.slash('modules disable', module='ping')" in text
    assert "assert seen.message.ephemeral" in text
    assert "await grace.say('hello')" in text
    assert "token" not in text


def test_passes_as_played_and_fails_when_the_answer_is_another(text: str, tmp_path: Path) -> None:
    """The bot answers as it did; had it said something else, the test would be red."""
    good = run(tmp_path, text)
    assert "1 passed" in good.stdout, good.stdout + good.stderr

    bad = run(tmp_path, text.replace("is now off", "is now on"))
    assert "1 failed" in bad.stdout
