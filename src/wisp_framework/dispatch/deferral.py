"""Three seconds: who has answered, and who needs an answer deferred for them.

Discord waits three seconds for the first answer to an interaction. Source:
https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol, TypeVar, cast

import msgspec

from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)

TargetT = TypeVar("TargetT")

DEFER_AFTER_S = 2.0
LEAST_WAIT_S = 0.05
"""Deadlines that are closer together than this are kept together, so that many cost few wake-ups."""
MARK = "__wisp_auto_defer__"
REMEMBERED = 10_000


class AutoDefer(msgspec.Struct, frozen=True):
    """What a handler declares: whether Wisp may defer for it, and whether its answer is private."""

    enabled: bool = True
    ephemeral: bool | None = None


def auto_defer(*, enabled: bool = True, ephemeral: bool | None = None) -> Callable[[TargetT], TargetT]:
    """Say what becomes of a handler that has not answered after two seconds.

    Works on slash commands, context menus, the callbacks of components and a form's ``on_submit``.

    Args:
        enabled: False leaves the deadline to the handler; right for one that opens a form.
        ephemeral: whether "thinking…" is seen by the member alone; what it later becomes must agree. Without
            it Wisp goes by the handler's last answer, and begins with a private one.
    """

    def decorate(target: TargetT) -> TargetT:
        setattr(cast("Any", getattr(target, "callback", target)), MARK, AutoDefer(enabled, ephemeral))
        return target

    return decorate


def declared(handler: object) -> AutoDefer:
    """What `auto_defer` says of a command, component or function; the default where it says nothing."""
    # discord.py wraps the callbacks that its decorators find; the function stays within reach.
    return cast("AutoDefer", getattr(getattr(handler, "callback", handler), MARK, AutoDefer()))


class Habits:
    """Whether the last answer of each handler was private."""

    def __init__(self) -> None:
        self._private: dict[str, bool] = {}

    def is_private(self, name: str) -> bool:
        """Whether the next answer of that handler had better be: yes, as long as nothing else is known."""
        return self._private.get(name, True)

    def learn(self, name: str, *, private: bool) -> None:
        """Take note of an answer."""
        if len(self._private) < REMEMBERED or name in self._private:
            self._private[name] = private


class OpenAnswer(Protocol):
    """An interaction that may still wait for its first answer."""

    @property
    def is_open(self) -> bool:
        """Whether nothing was answered or deferred so far."""

    async def defer_for_handler(self) -> None:
        """Defer unless the handler was faster; raises what Discord says."""

    def rescue(self) -> None:
        """The same from another thread, while the event loop stands still; never raises."""


class Deadlines:
    """Defers what nobody has answered `DEFER_AFTER_S` after it came."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: deque[tuple[float, OpenAnswer]] = deque()
        self._wake = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._deferring: set[asyncio.Task[None]] = set()

    def watch(self, answer: OpenAnswer, came_s: float) -> None:
        """Keep the deadline of one interaction that came at that monotonic time."""
        self._open.append((came_s + DEFER_AFTER_S, answer))
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._keep(), name="wisp-deadlines", context=Context())
        self._wake.set()

    def rescue(self) -> None:
        """Defer from another thread what is due, because the event loop stands still."""
        now_s = self._clock.monotonic()
        try:
            due = [answer for due_s, answer in self._open if due_s <= now_s and answer.is_open]
        except RuntimeError:  # it changed meanwhile, so the event loop goes on and does it itself
            return
        for answer in due:
            answer.rescue()

    def stop(self) -> None:
        """Keep no deadline any more."""
        for task in (self._watcher, *self._deferring):
            if task is not None:
                task.cancel()
        self._watcher = None
        self._open.clear()

    async def _keep(self) -> None:
        while True:
            now_s = self._clock.monotonic()
            while self._open and (self._open[0][0] <= now_s or not self._open[0][1].is_open):
                _, answer = self._open.popleft()
                if answer.is_open:
                    self._defer(answer)
            if self._open:
                await self._clock.sleep(max(self._open[0][0] - now_s, LEAST_WAIT_S))
            else:
                self._wake.clear()
                await self._wake.wait()

    def _defer(self, answer: OpenAnswer) -> None:
        task = asyncio.create_task(_defer(answer))
        self._deferring.add(task)
        task.add_done_callback(self._deferring.discard)


async def _defer(answer: OpenAnswer) -> None:
    try:
        await answer.defer_for_handler()
    except Exception as error:  # noqa: BLE001 - the handler may still answer, and says so if it cannot
        _log.warning("an answer could not be deferred: %s: %s", type(error).__name__, error)
