"""get_logger and bind_request: fields, levels, and ids that stay with their request."""

import asyncio
import logging
from contextlib import suppress

import pytest
from typing_extensions import override

from support.log_lines import Lines, SetUp
from wisp_framework.logs import bind_request, get_logger

LOGGER = "wisp_framework.test"


def test_fields_of_any_name(set_up: SetUp, lines: Lines) -> None:
    """A field may be called what a log record or a line calls something of its own; nothing is lost."""
    set_up(log_format="json")

    names = ("module", "name", "args", "msg", "level", "logger", "timestamp", "exception")
    get_logger(LOGGER).info("hello", **{name: f"my {name}" for name in names})

    (line,) = lines()
    assert [line[name] for name in names[:4]] == [f"my {name}" for name in names[:4]]
    assert [line[f"{name}_"] for name in names[4:]] == [f"my {name}" for name in names[4:]]
    assert (line["level"], line["logger"]) == ("info", LOGGER)


def test_bound_fields_and_arguments(set_up: SetUp, lines: Lines) -> None:
    """Fields can be bound once; %-arguments work as with the standard library."""
    set_up(log_format="json")

    get_logger(LOGGER).bind(module="ping").warning("took %.1f s", 1.25, guild_id=5)

    (line,) = lines()
    assert (line["event"], line["module"], line["guild_id"]) == ("took 1.2 s", "ping", 5)


def test_exceptions(set_up: SetUp, lines: Lines) -> None:
    """`exception` adds the traceback."""
    set_up(log_format="json")

    try:
        int("gone")
    except ValueError:
        get_logger(LOGGER).exception("failed")

    (line,) = lines()
    assert str(line["exception"]).endswith("invalid literal for int() with base 10: 'gone'")


def test_records_name_the_caller(set_up: SetUp, caplog: pytest.LogCaptureFixture) -> None:
    """Other handlers see a plain message, and the file in which the call stands."""
    set_up(log_level="DEBUG")

    log = get_logger(LOGGER)
    log.info("one")
    log.debug("two")
    log.error("three")

    assert [record.getMessage() for record in caplog.records] == ["one", "two", "three"]
    assert {record.filename for record in caplog.records} == {"test_bound.py"}


def test_nothing_is_done_for_a_level_that_nobody_hears(set_up: SetUp, lines: Lines) -> None:
    """A call below the level does not even look at its arguments."""
    set_up(log_format="json", log_level="WARNING")

    class Loud:
        @override
        def __str__(self) -> str:
            raise AssertionError("looked at")

    get_logger(LOGGER).debug("%s", Loud(), field=Loud())
    get_logger(LOGGER).info("%s", Loud(), field=Loud())

    assert lines() == []


async def test_ids_stay_with_their_request(set_up: SetUp, lines: Lines) -> None:
    """Requests that run at the same time, and tasks that they start, each keep their own id."""
    set_up(log_format="json")

    async def step(name: str) -> None:
        await asyncio.sleep(0)
        logging.getLogger("x").info(name)

    async def request(name: str) -> None:
        with bind_request(name, user=f"u-{name}"):
            await step(name)
            await asyncio.create_task(step(name))
        logging.getLogger("x").info("outside")

    await asyncio.gather(*(request(name) for name in "abc"))

    for line in lines():
        if line["event"] == "outside":
            assert "request_id" not in line
        else:
            assert (line["request_id"], line["user"]) == (line["event"], f"u-{line['event']}")


def test_what_was_bound_before_comes_back(set_up: SetUp, lines: Lines) -> None:
    """An inner request hides the outer one only while it lasts, also if it fails."""
    set_up(log_format="json")

    with bind_request("outer", user="ada"):
        with suppress(ValueError), bind_request("inner"):
            logging.getLogger("x").info("1")
            int("fails")
        logging.getLogger("x").info("2")

    assert [(line["request_id"], line["user"]) for line in lines()] == [("inner", "ada"), ("outer", "ada")]
