"""The language of a dialogue."""

import pytest

from wisp_framework.cli.line import (
    Click,
    Deed,
    Go,
    Join,
    Line,
    Menu,
    React,
    Say,
    Select,
    Slash,
    Submit,
    Turn,
    read_line,
)
from wisp_framework.exceptions import LineError


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("/ping", Slash("ping", {})),
        ("/modules disable module:ping", Slash("modules disable", {"module": "ping"})),
        ('/say text:"so: this" loud:true', Slash("say", {"text": "so: this", "loud": "true"})),
        ("/say text:hello there world", Slash("say", {"text": "hello there world"})),
        ("/say text:see https://example.org/x", Slash("say", {"text": "see https://example.org/x"})),
        ("complete /roll sides:6 dice:2d", Slash("roll", {"sides": "6", "dice": "2d"}, focused="dice")),
        ("complete /roll dice:", Slash("roll", {"dice": ""}, focused="dice")),
        ("menu Show avatar @Grace", Menu("Show avatar", "Grace")),
        ("menu Report", Menu("Report", None)),
        ("click Open the form", Click("Open the form")),
        ('click "Open the form"', Click("Open the form")),
        ("select Favourite colour=dark red,blue", Select("Favourite colour", ("dark red", "blue"))),
        ('select Who="Lovelace, Ada"', Select("Who", ("Lovelace, Ada",))),
        ("submit", Submit({})),
        ("submit Reason=far too loud", Submit({"Reason": "far too loud"})),
        ('submit Your name=Ada "Why this?"="x=1"', Submit({"Your name": "Ada", "Why this?": "x=1"})),
        ("say click me", Say("click me")),
        ('he said "no"', Say('he said "no"')),
        ("join", Join()),
        ("join us tomorrow", Say("join us tomorrow")),
        ("react \N{THUMBS UP SIGN}", React("\N{THUMBS UP SIGN}")),
        ("go #lobby", Go("#lobby")),
        ("go Hopper's Harbour", Go("Hopper's Harbour")),
    ],
)
def test_reads_what_is_to_be_done(line: str, deed: Deed) -> None:
    """Each form of a line means one deed; anything else is said as it stands."""
    assert read_line(line).deed == deed


def test_a_name_in_front_is_the_speaker() -> None:
    """``@name`` says who does it, and is no part of what is done."""
    assert read_line("@Grace /ping") == Line("/ping", Slash("ping", {}), "Grace")
    assert read_line('@"Grace Hopper" join') == Line("join", Join(), "Grace Hopper")


def test_a_name_alone_changes_the_speaker() -> None:
    """``@name`` with nothing behind it does nothing else."""
    assert read_line("@Grace") == Line("", Turn(), "Grace")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "is empty"),
        ("@ hello", "names nobody"),
        ("/", "names no command"),
        ("/roll dice:1 dice:2", "gives the option 'dice' twice"),
        ("complete /roll", "needs a command and an option"),
        ("click", "needs the label"),
        ("select Colour", "needs a menu and a value"),
        ("submit nonsense", "needs FIELD=VALUE"),
        ("react", "needs an emoji"),
        ("go", "needs a #channel"),
        ("say", "needs a text"),
        ("menu", "needs the name"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line: str, reason: str) -> None:
    """A line that lacks something is refused with what it lacks."""
    with pytest.raises(LineError, match=reason):
        read_line(line)
