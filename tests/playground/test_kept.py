"""A dialogue that was played becomes a test that plays it again."""

from pathlib import Path

import pytest

from support.demo import run_test
from wisp_framework.playground.kept import Played, PlayedStep, as_test
from wisp_sim import Sim, World


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


def test_names_what_is_acted_on_where_the_newest_would_be_another() -> None:
    """A message that is acted on when it is not the newest is kept under a name and handed in."""
    old, new = said("Tea"), said("Chess") | {"id": "3"}
    played = Played(
        [
            step("Ada", "slash", name="meet", messages=[old]),
            step("Ada", "click", values=["I'm in"], on="2"),
            step("Ada", "slash", name="meet", messages=[new]),
            step("Grace", "click", values=["I'm in"], on="2"),
            step("Grace", "react", values=["⭐"], on="2"),
            step("Ada", "say", values=["I come"], on="3"),
            step("Ada", "vote", values=["Never"], on="3"),
            PlayedStep("", "advance", values=[900]),
        ]
    )

    text = as_test(played, Sim(World.demo()).describe(), "examples.demo:app")

    assert text.count("message_1 = seen.messages[0]") == text.count("message_2 = seen.messages[0]") == 1
    assert 'await ada.click("I\'m in", message=message_1)' in text
    assert 'await grace.click("I\'m in", message=message_1)' in text
    assert "await grace.react(message_1, '⭐')" in text
    assert "await ada.say('I come', reply_to=message_2)" in text
    assert "await ada.vote('Never', message=message_2)" in text
    assert "await sim.advance(seconds=900)" in text


def test_passes_as_played_and_fails_when_the_answer_is_another(text: str, tmp_path: Path) -> None:
    """The bot answers as it did; had it said something else, the test would be red."""
    good, bad = tmp_path / "test_dialogue.py", tmp_path / "test_changed.py"
    good.write_text(text, "utf-8")
    bad.write_text(text.replace("is now off", "is now on"), "utf-8")

    done = run_test(good, bad)

    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "FAILED test_changed.py" in done.stdout
