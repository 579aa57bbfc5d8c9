"""Signals: the first asks the bot to stop, the second ends it; neither depends on a free event loop."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

HURRIED_S = 1.0
EXIT_GIVEN_UP = 70


@contextmanager
def stop_signals(stop: Callable[[], None], hurry: Callable[[], None], grace_s: float) -> Iterator[None]:
    """Call ``stop`` at the first SIGTERM or SIGINT and ``hurry`` at the second, from the running loop.

    A signal ends the process for good: whatever the loop and its tasks do, a thread sees to it ``grace_s``
    seconds after the first and 1 s after the second signal. Outside the main thread nothing is installed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    arrived = 0

    def handle(_signal: int, _frame: FrameType | None) -> None:
        # Counted first: the second signal may be handled in the middle of the first.
        nonlocal arrived
        arrived += 1
        again = arrived > 1
        # Handlers may hold the loop, or the interpreter's last lines may hang: a thread has the last word.
        limit_s = HURRIED_S if again else grace_s
        watchdog = threading.Timer(limit_s, _end, (limit_s,))
        watchdog.daemon = True
        watchdog.start()
        loop.call_soon_threadsafe(hurry if again else stop)

    former = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        # The watchdogs stay: a task that takes no cancelling can hold up the very end of the loop too.
        for number, handler in former.items():
            signal.signal(number, handler)


def _end(limit_s: float) -> None:
    """End the process without its help; only the bare system calls can be relied on here."""
    os.write(
        2, f"wisp: not stopped {limit_s:g} s after the signal; something holds the process. Ended.\n".encode()
    )
    os._exit(EXIT_GIVEN_UP)
