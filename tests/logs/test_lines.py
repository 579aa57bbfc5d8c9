"""Lines: JSON that always parses, and console lines that nobody can forge."""

import json
import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from support.log_lines import TOKEN
from wisp_framework.config import AppConfig
from wisp_framework.logs.bound import FIELDS
from wisp_framework.logs.lines import ConsoleRenderer, line_of, one_line, render_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.frozensets(st.text())
    ),
    max_leaves=8,
)
FIELD_VALUES = st.dictionaries(st.text(max_size=5), VALUES, max_size=2)


def record(message: object, *args: object, fields: dict[str, object] | None = None) -> logging.LogRecord:
    """A record as a logger makes it."""
    made = logging.LogRecord("x", logging.INFO, __file__, 1, message, args, None)
    setattr(made, FIELDS, fields or {})
    return made


@settings(max_examples=50)
@given(st.text(st.characters()), FIELD_VALUES)
def test_json_always_parses(message: str, fields: dict[str, object]) -> None:
    """Whatever is logged comes out as one JSON object on one line, with every field in it."""
    text = render_json(line_of(record(message.replace("%", "%%"), fields=fields)))

    assert "\n" not in text
    assert len(json.loads(text)) == 4 + len(fields)


@settings(max_examples=50)
@given(st.text(st.characters()), FIELD_VALUES)
def test_console_lines_cannot_be_forged(message: str, fields: dict[str, object]) -> None:
    """Whatever is logged stays on one line, and holds nothing that moves a cursor or turns the text."""
    text = ConsoleRenderer(colours=False)(line_of(record(message.replace("%", "%%"), fields=fields)))

    assert text.isprintable()


def test_what_a_field_says_cannot_look_like_another_field() -> None:
    """A text with spaces or equals signs is put in quotes."""
    text = ConsoleRenderer(colours=False)(
        line_of(record("hi", fields={"who": "ada level=error", "none": ""}))
    )

    assert 'who="ada level=error" none=""' in text


def test_tracebacks_are_indented() -> None:
    """A traceback stands below its line, indented, so that a message in it cannot begin a line."""
    made = record("failed")
    error = ValueError("bad\n2026-01-01 info forged\x1b[2J")
    made.exc_info = (ValueError, error, None)

    first, *below = ConsoleRenderer(colours=False)(line_of(made)).split("\n")

    assert first.endswith("failed [x]")
    assert all(line.startswith("    ") for line in below)
    assert all(line.isprintable() for line in below)
    assert "    2026-01-01 info forged\\x1b[2J" in below


@pytest.mark.parametrize("value", ["half a pair \ud800", 1 << 200, -(1 << 200)])
def test_json_holds_what_few_can_write(value: object) -> None:
    """Lone surrogates and whole numbers of any size come back as they were."""
    assert json.loads(render_json(line_of(record("x", fields={"value": value}))))["value"] == value


class Broken:
    """Cannot be shown."""

    @override
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("message", "args", "event"),
    [
        ("%s", (), "%s"),
        ("%d", ("x",), "%d (arguments do not fit: ('x',))"),
        ("%s %s", (1,), "%s %s (arguments do not fit: (1,))"),
        ("%s", (Broken(),), "%s (arguments do not fit: <tuple that cannot be shown>)"),
        (ValueError("as a message"), (), "as a message"),
    ],
)
def test_no_line_is_lost_for_its_arguments(message: object, args: tuple[object, ...], event: str) -> None:
    """A call with the wrong arguments still makes a line that says so."""
    assert line_of(record(message, *args))["event"] == event


def test_values_that_cannot_be_shown_or_never_end() -> None:
    """Broken and self-containing values do not stop the line."""
    endless: list[object] = []
    endless.append(endless)

    circle: dict[str, object] = {}
    circle["again"] = circle

    fields = {"broken": Broken(), "endless": endless, "circle": circle, "nan": float("nan")}
    line = line_of(record("x", fields=fields))

    assert line["broken"] == "<Broken that cannot be shown>"
    assert "..." in str(line["endless"])
    assert "..." in str(line["circle"])
    assert line["nan"] == "nan"


def test_ordinary_text_is_left_alone() -> None:
    """Letters and signs of any language stay as they are."""
    assert one_line("Grüße, 世界! 🎉") == "Grüße, 世界! 🎉"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-07-01T12:00:00.250+00:00"),
        ("Europe/Berlin", "2026-07-01T14:00:00.250+02:00"),
        ("America/St_Johns", "2026-07-01T09:30:00.250-02:30"),
    ],
)
def test_people_read_local_time_and_machines_utc(zone: str, shown: str) -> None:
    """A console line tells the time of its zone with the offset; the same line in JSON tells UTC."""
    made = record("hi")
    made.created = datetime(2026, 7, 1, 12, 0, 0, 250_000, UTC).timestamp()

    text = ConsoleRenderer(colours=False, timezone=AppConfig(discord_token=TOKEN, timezone=zone).tzinfo)(
        line_of(made)
    )

    assert text.startswith(f"{shown} info ")
    assert json.loads(render_json(line_of(made)))["timestamp"] == "2026-07-01T12:00:00.250+00:00"


def test_the_offset_is_that_of_the_moment() -> None:
    """Winter and summer time follow the calendar of the zone, not of the moment of the set-up."""
    render = ConsoleRenderer(colours=False, timezone=ZoneInfo("Europe/Berlin"))
    made = record("hi")

    for month, offset in ((1, "+01:00"), (7, "+02:00")):
        made.created = datetime(2026, month, 1, tzinfo=UTC).timestamp()
        assert f"{offset} info " in render(line_of(made))
