"""Lines of the bot's log on their way to the webhook."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import structlog
from typing_extensions import override

Take = Callable[[str, object], None]
"""Takes a line, and what makes two lines the same."""

_OWN = __name__.rpartition(".")[0] + ".webhook"


class WebhookHandler(logging.Handler):
    """Hands each line of a level and above to ``take``, in the thread of ``loop``.

    Lines about the webhook itself stay out, or each failure would be a message more.
    """

    def __init__(self, level: str, loop: asyncio.AbstractEventLoop, take: Take) -> None:
        super().__init__(level)
        self._loop = loop
        self._take = take

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line on; never raises, never waits."""
        if record.name.startswith(_OWN):
            return
        try:
            line = _line(record)
        except Exception:  # noqa: BLE001 - any argument's own __str__ may fail, and the line still counts
            line = f"`{record.levelname}` {record.name}: {record.msg!s}"
        sameness = (record.name, record.levelno, str(record.msg))
        if _is_running(self._loop):
            self._take(line, sameness)
            return
        with suppress(RuntimeError):  # the loop is closed: the bot has ended
            self._loop.call_soon_threadsafe(self._take, line, sameness)


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _line(record: logging.LogRecord) -> str:
    """Level, logger, message, the error if there is one, and the request."""
    words = [f"`{record.levelname}` {record.name}: {record.getMessage()}"]
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        words.append(f"({type(error).__name__}: {error})")
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        words.append(f"ref {request_id}")
    return " ".join(words)
