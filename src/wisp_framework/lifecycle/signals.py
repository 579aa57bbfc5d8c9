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

    A thread ends the process, whatever the loop does, ``grace_s`` seconds after the first
    and 1 s after the second signal. Outside the main thread it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    timers: list[threading.Timer] = []

    def limit(seconds: float) -> None:
        # Handlers may hold the loop, or the interpreter's last lines may hang: a thread has the last word.
        timer = threading.Timer(seconds, os._exit, (EXIT_GIVEN_UP,))
        timer.daemon = True
        timer.start()
        timers.append(timer)

    def handle(_signal: int, _frame: FrameType | None) -> None:
        limit(HURRIED_S if timers else grace_s)
        loop.call_soon_threadsafe(hurry if len(timers) > 1 else stop)

    former = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        for timer in timers:
            timer.cancel()
