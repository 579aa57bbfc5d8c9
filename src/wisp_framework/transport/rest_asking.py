"""Which calls belong to one request: discord.py sends a request again without saying so."""

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from wisp_framework.utils.clock import Clock


@dataclass(slots=True)
class Asking:
    """A request that a task makes.

    Attributes:
        method: as in ``POST``.
        url: where to.
        route: its path with names for ids and tokens.
        asked_s: when the task began to wait for the next call.
        calls: how many were made.
    """

    method: str
    url: str
    route: str
    asked_s: float
    calls: int = 0


class Askings:
    """What each task is asking for: a task makes one request at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_task: WeakKeyDictionary[asyncio.Task[object], Asking] = WeakKeyDictionary()

    def begin(self, method: str, url: str, route: str) -> Asking:
        """The current task begins a request, and waits for its turn."""
        asking = Asking(method, url, route, self._clock.monotonic())
        task = asyncio.current_task()
        if task is not None:
            self._of_task[task] = asking
        return asking

    def find(self, method: str, url: str) -> Asking | None:
        """The request that a call of the current task belongs to."""
        task = asyncio.current_task()
        asking = self._of_task.get(task) if task is not None else None
        same = asking is not None and asking.method == method and asking.url == url
        return asking if same else None

    def end(self) -> None:
        """The request of the current task is over, whatever it asks for next."""
        task = asyncio.current_task()
        if task is not None:
            self._of_task.pop(task, None)
