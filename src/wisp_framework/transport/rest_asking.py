"""Which calls belong to one request: discord.py sends a request again without saying so."""

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from wisp_framework.utils.clock import Clock

TRIES = 5
"""As many as discord.py makes of one request."""
PATIENCE_S = 30.0
"""After that long a request is not sent again for want of an answer."""


@dataclass(slots=True)
class Asking:
    """A request that a task makes.

    Attributes:
        method: as in ``POST``.
        url: where to.
        route: its path with names for ids and tokens.
        repeatable: sending it twice does what sending it once does.
        began_s: when it was first asked for.
        asked_s: when the task began to wait for the next call.
        calls: how many were made.
        maybe_done: whether one of them may have been carried out without an answer.
    """

    method: str
    url: str
    route: str
    repeatable: bool
    began_s: float
    asked_s: float
    calls: int = 0
    maybe_done: bool = False

    def may_go_on(self, now_s: float) -> bool:
        """Whether another call may follow."""
        return self.calls < TRIES and now_s - self.began_s < PATIENCE_S


class Askings:
    """What each task is asking for: a task makes one request at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_task: WeakKeyDictionary[asyncio.Task[object], Asking] = WeakKeyDictionary()

    def begin(self, method: str, url: str, route: str, *, repeatable: bool) -> Asking:
        """The current task begins a request, and waits for its turn."""
        now_s = self._clock.monotonic()
        asking = Asking(method, url, route, repeatable, now_s, now_s)
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
