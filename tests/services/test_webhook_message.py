"""What goes into one message to a webhook, and what has to wait for the next."""

from collections import deque

import pytest

from wisp_framework.services.webhook_message import Note, cut, each_text, take_message
from wisp_framework.utils.json_value import JsonValue


def bodies(*notes: Note) -> list[tuple[int, int, int]]:
    """How many notes, characters of content and embeds each message takes, until none is left."""
    waiting, found = deque(notes), []
    while waiting:
        taken, body = take_message(waiting)
        content, embeds = body["content"], body["embeds"]
        assert isinstance(content, str)
        assert isinstance(embeds, list)
        found.append((len(taken), len(content), len(embeds)))
    return found


def test_lines_share_a_message() -> None:
    """Lines are put below each other, and nobody is mentioned."""
    notes = [Note("a"), Note("b", {"title": "c"})]
    assert take_message(deque(notes)) == (
        notes,
        {"content": "a\nb", "embeds": [{"title": "c"}], "allowed_mentions": {"parse": []}},
    )


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([Note("x" * 1000), Note("y" * 999)], [(2, 2000, 0)]),
        ([Note("x" * 1000), Note("y" * 1000)], [(1, 1000, 0), (1, 1000, 0)]),
        ([Note("", {"title": "x"})] * 11, [(10, 0, 10), (1, 0, 1)]),
        ([*[Note("", {"title": "x"})] * 10, Note("line")], [(11, 4, 10)]),
        ([Note("", {"description": "x" * 3000})] * 3, [(2, 0, 2), (1, 0, 1)]),
        ([Note("", {"fields": [{"name": "n", "value": "x" * 5998}], "url": "u" * 50})], [(1, 0, 1)]),
        (
            [
                Note("", {"fields": [{"name": "n", "value": "x" * 5998}]}),
                Note("", {"footer": {"text": "xx"}}),
            ],
            [(1, 0, 1), (1, 0, 1)],
        ),
        ([Note("", {"description": "x" * 7000}), Note("y")], [(1, 0, 1), (1, 1, 0)]),
    ],
)
def test_keeps_to_the_limits(notes: list[Note], expected: list[tuple[int, int, int]]) -> None:
    """A message takes 2000 characters, ten embeds, and 6000 characters in them; the rest waits."""
    assert bodies(*notes) == expected


def test_cuts_what_is_too_long() -> None:
    """A text of 2000 characters stays; a longer one ends in an ellipsis."""
    assert cut("x" * 2000, 2000) == "x" * 2000
    assert cut("x" * 2001, 2000) == "x" * 1999 + "…"


def test_says_how_often() -> None:
    """A note that stands for several bears their number, also where it had to be cut."""
    assert Note("full", count=312).text == "full \u00d7312"
    assert Note("full").text == "full"
    told = Note("x" * 3000, count=312).text
    assert (len(told), told[-6:]) == (2000, "… \u00d7312")


def test_changes_every_text() -> None:
    """Texts are found wherever they are; keys and other values stay."""
    embed: JsonValue = {"title": "a", "fields": [{"name": "a", "inline": True}], "color": 1, "image": None}

    assert each_text(embed, str.upper) == {
        "title": "A",
        "fields": [{"name": "A", "inline": True}],
        "color": 1,
        "image": None,
    }
