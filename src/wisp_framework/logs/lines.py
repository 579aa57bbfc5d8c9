"""From a log record to a line: for people on a console, or as one JSON object."""

import json
import logging
import math
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

import msgspec
import structlog
from typing_extensions import override

from wisp_framework.config.redaction import redact
from wisp_framework.logs.bound import FIELDS

Line = dict[str, object]
Renderer = Callable[[Line], str]

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", FIELDS}
_OWN_KEYS = ("timestamp", "level", "logger", "event", "exception", "stack")
_ONE_WORD = re.compile("[^ =\"']+")
_DEEPEST = 6
_TOO_DEEP = "..."


class LineFormatter(logging.Formatter):
    """Makes a line of a record, whoever logged it, with the request id and without secrets."""

    def __init__(self, render: Renderer) -> None:
        super().__init__()
        self._render = render

    @override
    def format(self, record: logging.LogRecord) -> str:
        """The line for ``record``, without a line break at its end."""
        return self._render(line_of(record))


def line_of(record: logging.LogRecord) -> Line:
    """What a record says, as values that JSON knows, with every secret hidden."""
    line: Line = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": redact(_message(record)),
    }
    given = vars(record)
    fields: Mapping[str, object] = given.get(FIELDS, {})
    extras = {key: value for key, value in given.items() if key not in _STANDARD}
    for key, value in {**structlog.contextvars.get_contextvars(), **extras, **fields}.items():
        name = redact(str(key))
        line[f"{name}_" if name in _OWN_KEYS else name] = _plain(value)
    if record.exc_info and record.exc_info[1] is not None:
        line["exception"] = redact("".join(traceback.format_exception(record.exc_info[1])).rstrip())
    elif record.exc_text:
        line["exception"] = redact(record.exc_text)
    if record.stack_info:
        line["stack"] = redact(record.stack_info)
    return line


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - any argument's own __str__ may fail, and the line still counts
        return f"{record.msg!s} (arguments do not fit: {_shown(record.args)})"


def _plain(value: object, depth: int = 0) -> object:
    """``value`` as text, numbers, lists and dictionaries; a secret in it is hidden."""
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        if depth >= _DEEPEST:
            return _TOO_DEEP
        return {redact(str(key)): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _TOO_DEEP if depth >= _DEEPEST else [_plain(item, depth + 1) for item in value]
    return redact(_shown(value))


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - foreign code; a broken repr must not lose the line
        return f"<{type(value).__name__} that cannot be shown>"


def render_json(line: Line) -> str:
    """One JSON object, on one line."""
    try:
        return msgspec.json.encode(line).decode()
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(line)


class ConsoleRenderer:
    """Lines for people: local time, level, message, fields, logger; a traceback is indented below.

    What others typed cannot pretend to be a line of its own: line breaks and control
    characters in it are escaped.
    """

    _LEVELS: ClassVar[Mapping[str, str]] = {
        "debug": "36",
        "info": "32",
        "warning": "33",
        "error": "31",
        "critical": "1;31",
    }

    def __init__(self, *, colours: bool, timezone: tzinfo = UTC) -> None:
        self._colours = colours
        self._timezone = timezone

    def __call__(self, line: Line) -> str:
        """``line`` as text."""
        level = str(line["level"])
        words = [
            self._paint(self._local(str(line["timestamp"])), "2"),
            self._paint(f"{level:<8}", self._LEVELS.get(level, "0")),
            one_line(str(line["event"])),
        ]
        words += [f"{one_line(key)}={_quoted(value)}" for key, value in line.items() if key not in _OWN_KEYS]
        words.append(self._paint(f"[{one_line(str(line['logger']))}]", "2"))
        below = [_indented(str(line[key])) for key in ("stack", "exception") if key in line]
        return "\n".join([" ".join(words), *below])

    def _local(self, timestamp: str) -> str:
        return datetime.fromisoformat(timestamp).astimezone(self._timezone).isoformat(timespec="milliseconds")

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text


def one_line(text: str) -> str:
    """``text`` with line breaks and everything else that does not print written as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _quoted(value: object) -> str:
    if not isinstance(value, str):
        return one_line(str(value))
    return one_line(value if _ONE_WORD.fullmatch(value) else f'"{value}"')


def _indented(text: str) -> str:
    return "\n".join(_each_line(text.split("\n")))


def _each_line(lines: Iterable[str]) -> Iterable[str]:
    return (f"    {one_line(line)}" for line in lines)
