"""Keeps the bot's log out of a dialogue, unless somebody asked for it."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

LEVEL = "LOG_LEVEL"
AUDIT = "audit"
CLIENT = "discord.client"
NO_VOICE = "voice will NOT be supported"


@contextmanager
def quiet() -> Iterator[None]:
    """Show warnings and worse only; with ``LOG_LEVEL`` in the environment everything stays as it is.

    Lines of the audit are written at any level, and discord.py warns of packages that only voice needs:
    here both would stand between what is said and what is answered.
    """
    if os.environ.get(LEVEL):
        yield
        return
    os.environ[LEVEL] = "WARNING"
    filters = {AUDIT: _from_warning_on, CLIENT: _not_about_voice}
    for name, wanted in filters.items():
        logging.getLogger(name).addFilter(wanted)
    try:
        yield
    finally:
        del os.environ[LEVEL]
        for name, wanted in filters.items():
            logging.getLogger(name).removeFilter(wanted)


def _from_warning_on(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _not_about_voice(record: logging.LogRecord) -> bool:
    return NO_VOICE not in str(record.msg)
