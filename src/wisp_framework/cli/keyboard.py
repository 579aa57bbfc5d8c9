"""Lines from standard input, without holding up the event loop."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK_BYTES = 4096


class Keyboard:
    """Reads one line at a time in a thread that nobody has to wait for at the end.

    Without a terminal it reads the file descriptor itself: a thread that is stuck in Python's own reader
    would hold a lock that the interpreter needs when it ends.
    """

    def __init__(self) -> None:
        self.is_terminal = sys.stdin is not None and sys.stdin.isatty()
        self._rest = b""
        if self.is_terminal:
            _edit_lines()

    async def line(self, prompt: str) -> str | None:
        """The next line, or None at the end of the input; ``prompt`` is shown on a terminal only."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()

        def deliver(line: str | None) -> None:
            if not answer.done():
                answer.set_result(line)

        def read() -> None:
            line = _ask(prompt) if self.is_terminal else self._next_line()
            # The loop is gone when the program ended while nobody had typed anything.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(deliver, line)

        threading.Thread(target=read, name="wisp-keyboard", daemon=True).start()
        return await answer

    def _next_line(self) -> str | None:
        while b"\n" not in self._rest:
            chunk = _read_chunk()
            if not chunk:
                line, self._rest = self._rest, b""
                return line.decode(errors="replace") if line else None
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace").rstrip("\r")


def _read_chunk() -> bytes:
    try:
        return os.read(sys.stdin.fileno(), CHUNK_BYTES) if sys.stdin is not None else b""
    except (OSError, ValueError):
        return b""


def _ask(prompt: str) -> str | None:
    try:
        return input(prompt)
    except (EOFError, KeyboardInterrupt):
        return None


@contextmanager
def terminal_restored() -> Iterator[None]:
    """Leave the terminal as it was, even if the program ends while somebody is typing."""
    try:
        import termios
    except ImportError:
        yield
        return
    try:
        before = termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError, ValueError, AttributeError):
        yield
        return
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)


def _edit_lines() -> None:
    """Have arrow keys and history where the platform offers them."""
    try:
        import readline
    except ImportError:
        return
    readline.set_auto_history(True)
