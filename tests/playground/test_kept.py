"""A dialogue that was played becomes a test that plays it again."""

import ast
import re
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


def kept(*steps: PlayedStep, references: tuple[str, ...] = ()) -> str:
    """These steps as a test."""
    return as_test(Played(list(steps)), Sim(World.demo()).describe(), "examples.demo:app", references)


def test_presses_the_button_that_was_pressed() -> None:
    """Of buttons and menus with one label, the test uses the one that was used, and says so where it must."""
    buttons = [{"type": 2, "label": "Show", "custom_id": f"show:{number}"} for number in (1, 2)]
    menu = {"type": 5, "placeholder": "Who", "custom_id": "who"}
    rows = [{"type": 1, "components": parts} for parts in (buttons[:1], buttons[1:], [menu])]
    text = kept(
        step("Ada", "slash", name="notes", messages=[said("Two") | {"components": rows}]),
        step("Ada", "click", values=["Show"], on="2", control="show:1"),
        step("Ada", "click", values=["Show"], on="2", control="show:2"),
        step("Ada", "select", values=["Who", "Grace"], on="2", control="who"),
    )

    assert "await ada.click('Show')\n" in text
    assert "await ada.click('Show', nth=2)" in text
    assert "await ada.select('Who', 'Grace')\n" in text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2026-11-28 08:37:11  switched", "2027-01-02 23:59:00  switched"),
        ("at 2026-11-28T08:37:11.25+00:00", "at 2026-11-28T09:00:00.125+00:00"),
        ("ref SWDPRJWR", "ref 7BCDEFGH"),
        ("ref 7BCDEFGH", "ref SWDPRJWR"),
        ("       3.1 ms  gate: ok", "     112.0 ms  gate: ok"),
    ],
)
def test_what_is_another_at_each_run_is_known_by_its_form(first: str, second: str) -> None:
    """Instants, references and durations may be others; the words around them may not."""
    text = kept(step("Ada", "slash", name="x", messages=[said(first)]), references=("SWDPRJWR",))

    (pattern,) = re.findall(r"re\.fullmatch\((.+), seen\.text\)", text)
    assert re.fullmatch(ast.literal_eval(pattern), second)
    assert not re.fullmatch(ast.literal_eval(pattern), second + "!")


def test_a_word_of_eight_letters_is_no_reference() -> None:
    """Only what was a reference is one."""
    text = kept(step("Ada", "slash", name="x", messages=[said("NEWSPAPR")]), references=("SWDPRJWR",))

    assert "seen.text == 'NEWSPAPR'" in text


def test_says_what_is_left_out() -> None:
    """What a test cannot do stands in it as a comment, at its place, and nothing else is lost by it."""
    text = kept(
        step("Ada", "slash", name="keep", files=["plan.txt"], messages=[said("Kept") | {"id": "5"}]),
        step("Grace", "react", values=["⭐"], on="4"),
        step("Grace", "say", values=["Gladly"], on="4"),
        step("Grace", "context_menu", name="Quote", on="3"),
        step("Ada", "say", values=[""]),
    )

    assert (
        "# Left out: 'plan.txt', to be given here as wisp_sim.people.File.\n    seen = await ada.slash"
        in text
    )
    assert "# Left out: Grace puts a reaction under a message that no step here brings: ⭐." in text
    assert "# Left out: it answers a message that no step here brings.\n    await grace.say('Gladly')" in text
    assert "# Left out: Grace uses 'Quote' on a message that no step here brings." in text
    assert "# Left out: Ada sends a file without words." in text
    assert ".react(" not in text
    assert ".context_menu(" not in text


def test_acts_on_what_a_member_has_just_said() -> None:
    """A reaction or a reply to the newest message is kept, and one to what the bot said before is, too."""
    text = kept(
        step("Ada", "slash", name="ping", messages=[said("Pong") | {"id": "5"}]),
        step("Ada", "say", values=["Tea?"]),
        step("Grace", "react", values=["⭐"], on="6"),
        step("Grace", "react", values=["🍵"], on="5"),
        step("Grace", "say", values=["Gladly"], on="6"),
    )

    assert "await grace.react(None, '⭐')" in text
    assert "await grace.react(message_1, '🍵')" in text
    assert "await grace.say('Gladly', reply_to=(await grace.history())[-1])" in text
    assert "Left out" not in text


def test_passes_as_played_and_fails_when_the_answer_is_another(text: str, tmp_path: Path) -> None:
    """The bot answers as it did; had it said something else, the test would be red."""
    good, bad = tmp_path / "test_dialogue.py", tmp_path / "test_changed.py"
    good.write_text(text, "utf-8")
    bad.write_text(text.replace("is now off", "is now on"), "utf-8")

    done = run_test(good, bad)

    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "FAILED test_changed.py" in done.stdout
