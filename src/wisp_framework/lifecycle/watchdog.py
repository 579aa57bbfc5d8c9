"""A thread that notices when the event loop stands still, says where, and answers what would be too late."""

import asyncio
import logging
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from typing_extensions import override

from wisp_framework.dispatch.running import Running
from wisp_framework.services.metrics import MetricsService

_log = logging.getLogger(__name__)

BEAT_S = 0.25
STALL_S = 1.0
"""How long the loop may stand still before it is reported; a heartbeat of the gateway takes 41 s to miss."""
OF_NOBODY = ("asyncio", "discord", "aiohttp", "wisp_framework", "logging")
"""Packages through which a handler blocks; the handler itself is looked for above them."""
STDLIB = Path(sysconfig.get_paths()["stdlib"])


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code that runs."""

    module: str
    function: str
    line: int

    @override
    def __str__(self) -> str:
        return f"{self.module}.{self.function}, line {self.line}"


class LoopWatchdog:
    """Watches the event loop in which it is started.

    Args:
        running: whose handlers run.
        metrics: counts the stalls, and times how late the loop runs what is due.
        rescue: called from the thread, again and again, as long as the loop stands still.
    """

    def __init__(self, running: Running, metrics: MetricsService, rescue: Callable[[], None]) -> None:
        self._running = running
        self._metrics = metrics
        self._rescue = rescue
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._loop_thread = 0

    def start(self) -> None:
        """Begin to watch the running loop."""
        self._loop_thread = threading.get_ident()
        self._beat(asyncio.get_running_loop())
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._watch, args=(loop,), name="wisp-watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; harmless when it does not run."""
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is not None:
            self._thread.join()

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        # The counter that nobody moves: a test that jumps in time is no stall.
        now_s = time.perf_counter()
        if self._beat_s:
            self._metrics.timing("loop.lag", max(0.0, now_s - self._beat_s - BEAT_S))
        self._beat_s = now_s
        self._timer = loop.call_later(BEAT_S, self._beat, loop)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        place: Place | None = None
        began_s = 0.0
        ended = False
        while not ended:
            ended = self._ended.wait(BEAT_S)
            beat_s = self._beat_s
            still_s = time.perf_counter() - beat_s
            if place is not None and beat_s != began_s:
                _log.warning("the event loop goes on after %.1f s in %s", beat_s - began_s, place)
                place = None
            if still_s < STALL_S or ended:
                continue
            if place is None:
                place, began_s = self._report(loop, still_s), beat_s
            self._rescue()

    def _report(self, loop: asyncio.AbstractEventLoop, still_s: float) -> Place:
        place = where(sys._current_frames().get(self._loop_thread))  # noqa: SLF001 - the documented way
        run = self._running.of_task(asyncio.current_task(loop))
        self._metrics.increment("loop.stalled")
        _log.warning(
            "the event loop has stood still for %.1f s in %s%s; move what blocks into asyncio.to_thread()",
            still_s,
            place,
            f" (module {run.module}, {run.invocation.name if run.invocation else 'an event'})" if run else "",
        )
        return place


def where(frame: FrameType | None) -> Place:
    """The innermost line of a stack that is somebody's own code, else the innermost of all."""
    stack = list(_outwards(frame))
    if not stack:
        return Place("?", "?", 0)
    found = next((frame for frame in stack if _is_somebodys(frame)), stack[0])
    return Place(str(found.f_globals.get("__name__", "?")), found.f_code.co_qualname, found.f_lineno)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_somebodys(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    file = Path(frame.f_code.co_filename)
    in_stdlib = STDLIB in file.parents and "site-packages" not in file.parts
    return package not in OF_NOBODY and not in_stdlib and file.suffix == ".py"
