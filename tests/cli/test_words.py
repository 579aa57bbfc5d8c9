"""Words of a line."""

import pytest

from wisp_framework.cli.words import first_word, split_words, whole
from wisp_framework.exceptions import LineError


def texts(line: str) -> list[str]:
    """The words alone."""
    return [word.text for word in split_words(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("modules  disable module:ping", ["modules", "disable", "module:ping"]),
        ('say text:"two words" done', ["say", "text:two words", "done"]),
        ('"a b" c', ["a b", "c"]),
        (r'text:"a \"b\" c"', ['text:a "b" c']),
        ("it's 5\" wide", ["it's", '5"', "wide"]),
        ("   ", []),
    ],
)
def test_splits_at_spaces_outside_quotes(line: str, expected: list[str]) -> None:
    """Spaces separate words; double quotes, where a word or value begins, hold one together."""
    assert texts(line) == expected


def test_a_quoted_separator_does_not_separate() -> None:
    """A separator inside quotes is part of the text."""
    cut = whole('"a=b"=c').split("=")

    assert cut is not None
    assert (cut[0].text, cut[1].text) == ("a=b", "c")


def test_the_rest_of_a_line_keeps_its_spaces_and_quotes() -> None:
    """Behind the first word the line stays as it was written."""
    word, rest = first_word('@"Grace Hopper" say  "hi"')

    assert (word.text, rest) == ("@Grace Hopper", 'say  "hi"')


def test_an_open_quote_is_named() -> None:
    """A quote that is never closed is refused, with the text behind it."""
    with pytest.raises(LineError, match=r"opens a quote before 'so on'"):
        split_words('text:"so on')
