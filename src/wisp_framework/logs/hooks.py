"""What Python prints past every log: warnings, and exceptions that nobody caught."""

import logging
import sys
import threading
import warnings
from types import TracebackType

_log = logging.getLogger("wisp_framework.uncaught")


class Hooks:
    """Sends to the log, where secrets are hidden, what Python would print.

    A hook that somebody else set, such as a test runner or an error reporter, stays.
    """

    def __init__(self) -> None:
        self._warns = False

    def install(self) -> None:
        """Begin."""
        if sys.excepthook is sys.__excepthook__:
            sys.excepthook = _uncaught
        if threading.excepthook is threading.__excepthook__:
            threading.excepthook = _uncaught_in_thread
        if sys.unraisablehook is sys.__unraisablehook__:
            sys.unraisablehook = _unraisable
        if warnings.showwarning.__module__ == "warnings":
            logging.captureWarnings(capture=True)
            self._warns = True

    def uninstall(self) -> None:
        """Put back what was there."""
        if sys.excepthook is _uncaught:
            sys.excepthook = sys.__excepthook__
        if threading.excepthook is _uncaught_in_thread:
            threading.excepthook = threading.__excepthook__
        if sys.unraisablehook is _unraisable:
            sys.unraisablehook = sys.__unraisablehook__
        if self._warns:
            logging.captureWarnings(capture=False)
            self._warns = False


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log.critical("the program ends with an exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(about: threading.ExceptHookArgs) -> None:
    if about.exc_value is None or issubclass(about.exc_type, SystemExit):
        return
    name = about.thread.name if about.thread is not None else "unknown"
    failed = (about.exc_type, about.exc_value, about.exc_traceback)
    _log.error("thread %s ended with an exception", name, exc_info=failed)


def _unraisable(about: "sys.UnraisableHookArgs") -> None:
    if about.exc_value is None:
        return
    failed = (about.exc_type, about.exc_value, about.exc_traceback)
    _log.error("%s %r", about.err_msg or "exception ignored in", about.object, exc_info=failed)
