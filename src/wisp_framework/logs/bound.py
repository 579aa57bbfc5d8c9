"""Loggers that take fields, and the request id that all lines of one request share."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict, WrappedLogger
from typing_extensions import override

FIELDS = "wisp_fields"
"""The attribute of a log record that carries the fields of a `get_logger` call."""

_RECORD_ARGUMENTS = ("exc_info", "stack_info", "stacklevel")
_OWN_FRAMES = 3


class _Logger(structlog.stdlib.BoundLogger):
    """Leaves at once if nobody listens to the level: such a call costs about a microsecond.

    The arguments of a message may be anything, though structlog declares them as text.
    """

    @override
    def debug(self, event: str | None = None, *args: object, **kw: object) -> None:
        if self._logger.isEnabledFor(logging.DEBUG):
            self._proxy_to_logger("debug", event, *args, **kw)  # type: ignore[arg-type]

    @override
    def info(self, event: str | None = None, *args: object, **kw: object) -> None:
        if self._logger.isEnabledFor(logging.INFO):
            self._proxy_to_logger("info", event, *args, **kw)  # type: ignore[arg-type]


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose calls take fields: ``log.info("loaded", module="ping", took_s=0.2)``.

    Its lines go where the standard library's logger ``name`` sends them, whether or not
    `setup_logging` was called.
    """
    lazy = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _to_record,
        ],
        wrapper_class=_Logger,
    )
    bound: structlog.stdlib.BoundLogger = lazy.bind()
    return bound


def _to_record(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> tuple[tuple[object, ...], EventDict]:
    """Make the arguments of a standard logger's call; the fields ride along in one attribute."""
    message = event.pop("event", None)
    arguments: EventDict = {key: event.pop(key) for key in _RECORD_ARGUMENTS if key in event}
    arguments["stacklevel"] = arguments.get("stacklevel", 1) + _OWN_FRAMES
    arguments["extra"] = {FIELDS: event}
    return (str(message),), arguments


@contextmanager
def bind_request(request_id: str, **fields: object) -> Iterator[None]:
    """Put ``request_id`` and ``fields`` into every line logged inside, also by other libraries.

    Tasks started inside carry them on; on leaving, what was bound before is back.
    """
    with structlog.contextvars.bound_contextvars(request_id=request_id, **fields):
        yield
