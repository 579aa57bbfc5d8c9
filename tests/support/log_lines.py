"""What tests of log lines share."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wisp_framework.logs import LoggingHandle

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.canary-canary-canary-canary-canary"
"""A token of the right shape that no text holds by chance."""

SetUp = Callable[..., LoggingHandle]
"""Sets logging up for a configuration with the settings that are given."""

Lines = Callable[[], list[dict[str, object]]]
"""The JSON lines on standard error since the last call."""


@contextmanager
def no_other_handlers() -> Iterator[None]:
    """Switch off the test runner's own handlers, which refuse calls with wrong arguments."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
