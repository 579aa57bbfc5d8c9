"""Where log lines go, and how to put everything back as it was."""

import logging
import os
import sys
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import RLock
from typing import TextIO

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.config.redaction import SECRETS, secret_values
from wisp_framework.exceptions import ConfigError
from wisp_framework.logs.hooks import Hooks
from wisp_framework.logs.lines import ConsoleRenderer, LineFormatter, render_json

_FILE_BYTES = 10 * 1024 * 1024
_FILES_KEPT = 5
_OWN_LOGGER = "wisp_framework"


_NOISE = (
    ("alembic.runtime", "Context impl"),
    ("alembic.runtime", "Will assume"),
    ("discord.client", "PyNaCl is not installed"),
    ("discord.client", "davey is not installed"),
)
"""Lines of libraries, by logger and first words, that tell an operator nothing: they are for DEBUG."""


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    return not any(
        record.name.startswith(name) and str(record.msg).startswith(words) for name, words in _NOISE
    )


class _QuietMixin(logging.Handler):
    """Says that a line was lost, but not what stood in it: that was not redacted yet."""

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Report on standard error, by the place in the code."""
        kind = sys.exc_info()[0]
        reason = kind.__name__ if kind is not None else "an unknown error"
        place = f"{record.pathname}:{record.lineno}"
        if sys.stderr is not None and not sys.stderr.closed:
            sys.stderr.write(f"A log line of {place} could not be written: {reason}\n")


class _ConsoleHandler(_QuietMixin, logging.StreamHandler[TextIO]):
    """Writes to whatever is standard error at the moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of ``record``."""
        self.stream = sys.stderr
        super().emit(record)


class _FileHandler(_QuietMixin, RotatingFileHandler):
    """Writes to a file; at 10 MB it is renamed, and five old ones are kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Before:
    """How logging stood before the first set-up; ``handlers`` are those that were set aside."""

    handlers: tuple[logging.Handler, ...]
    level: int
    own_level: int


@dataclass(frozen=True, slots=True, eq=False)
class _Setup:
    """What one call of `setup_logging` asked for."""

    handlers: tuple[logging.Handler, ...]
    level: str
    own_level: str | None
    secrets: frozenset[str]

    def install(self) -> None:
        root = logging.getLogger()
        for handler in self.handlers:
            root.addHandler(handler)
        root.setLevel(self.level)
        logging.getLogger(_OWN_LOGGER).setLevel(self.own_level or logging.NOTSET)

    def uninstall(self) -> None:
        for handler in self.handlers:
            logging.getLogger().removeHandler(handler)
            handler.close()


class _Setups:
    """The set-ups of this process, oldest first; only the latest one writes."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._open: list[_Setup] = []
        self._before: _Before | None = None
        self._hooks = Hooks()

    def add(self, setup: _Setup) -> None:
        """Let ``setup`` write in place of the one before."""
        with self._lock:
            if self._open:
                self._open[-1].uninstall()
            else:
                self._before = _set_aside()
                self._hooks.install()
            SECRETS.hold(setup, setup.secrets)
            self._open.append(setup)
            setup.install()

    def remove(self, setup: _Setup) -> None:
        """Forget ``setup``; the latest that is left writes again, or what there was before the first."""
        with self._lock:
            if setup not in self._open:
                return
            self._open[-1].uninstall()
            self._open.remove(setup)
            SECRETS.release(setup)
            if self._open:
                self._open[-1].install()
            elif self._before is not None:
                self._hooks.uninstall()
                _put_back(self._before)
                self._before = None


_setups = _Setups()


class LoggingHandle:
    """One call of `setup_logging`, to be closed when the bot has stopped."""

    def __init__(self, setup: _Setup) -> None:
        self._setup = setup

    def close(self) -> None:
        """Undo the set-up; harmless if called again.

        Lines then go where the latest set-up that is not closed sends them, or where they
        went before the first. Its secrets are no longer hidden by value.
        """
        _setups.remove(self._setup)


def setup_logging(config: AppConfig) -> LoggingHandle:
    """Send the log lines of the whole process to standard error, and to ``config.log_file``.

    Lines of Wisp, of discord.py and of every other library look alike, carry the request id, and
    hold no secret. Lines for people tell the time of ``config.tzinfo``; those in JSON tell UTC.

    So do warnings, and exceptions that nobody caught, which Python would print, unless somebody else set
    a hook for them.

    Handlers that wrote to the console before are set aside until `LoggingHandle.close`; other
    handlers of the root logger (of a test runner, of an error reporter) stay, and get records as
    they are: what they send on is theirs to redact. Of several calls the latest one counts.

    Raises:
        ConfigError: the log file cannot be written.
    """
    setup = _Setup(
        handlers=tuple(_handlers(config)),
        level=config.log_level,
        own_level=config.log_level_wisp_framework,
        secrets=secret_values(config),
    )
    _setups.add(setup)
    return LoggingHandle(setup)


def _handlers(config: AppConfig) -> list[logging.Handler]:
    console = _ConsoleHandler()
    for_people = ConsoleRenderer(colours=_wants_colours(), timezone=config.tzinfo)
    console.setFormatter(LineFormatter(render_json if config.log_format == "json" else for_people))
    handlers: list[logging.Handler] = [console]
    if config.log_file is not None:
        _check_writable(config.log_file)
        file = _FileHandler(config.log_file)
        file.setFormatter(LineFormatter(render_json))
        handlers.append(file)
    if config.log_level != "DEBUG":
        for handler in handlers:
            handler.addFilter(_is_worth_a_line)
    return handlers


def _check_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        wanted = "Wanted: a file in a folder that this user may write to."
        problem = f"LOG_FILE is '{path}': it cannot be written: {error.strerror}. {wanted}"
        raise ConfigError([problem]) from error


def _wants_colours() -> bool:
    """A terminal gets colours unless its user said no (https://no-color.org)."""
    return sys.stderr is not None and sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def _set_aside() -> _Before:
    root = logging.getLogger()
    on_console = tuple(handler for handler in root.handlers if _writes_to_console(handler))
    before = _Before(on_console, root.level, logging.getLogger(_OWN_LOGGER).level)
    for handler in on_console:
        root.removeHandler(handler)
    return before


def _writes_to_console(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.StreamHandler) and handler.stream in {
        sys.stdout,
        sys.stderr,
        sys.__stdout__,
        sys.__stderr__,
    }


def _put_back(before: _Before) -> None:
    root = logging.getLogger()
    for handler in before.handlers:
        root.addHandler(handler)
    root.setLevel(before.level)
    logging.getLogger(_OWN_LOGGER).setLevel(before.own_level)
