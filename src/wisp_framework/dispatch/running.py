"""What is running now, so that a stop or an unload can wait for it and tell who waits."""

import asyncio
from collections.abc import Coroutine
from typing import Protocol

import msgspec

from wisp_framework.context import Invocation
from wisp_framework.exceptions import ModuleDisabledError, RefusedError, ShuttingDownError
from wisp_framework.services.deadline import CANCEL_GRACE_S
from wisp_framework.utils.clock import Clock


class Responder(Protocol):
    """Tells the member who waits for an answer that none will come."""

    async def give_up(self, sentence: str) -> None:
        """Say so, once; never raises."""


class Run(msgspec.Struct, eq=False):
    """One handler that runs, in the name of a module or of the bot itself.

    Args:
        module: in whose name.
        invocation: what it answers.
        responder: tells whoever waits for it that it was given up.
    """

    module: str | None
    invocation: Invocation | None = None
    responder: Responder | None = None


class Running:
    """All handlers of one bot that have begun and not ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs: dict[Run, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: list[asyncio.Future[None]] = []
        self._left_alone: asyncio.Task[object] | None = None

    def __len__(self) -> int:
        return len(self._runs)

    def start(self, run: Run, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run ``work`` as a task of its own, and remember it until it calls `ended`, as its last act."""
        loop = self._loop
        if loop is None:  # asked once: on Python 3.11 each look is a system call
            loop = self._loop = asyncio.get_running_loop()
        task = self._runs[run] = loop.create_task(work)
        return task

    def of_task(self, task: asyncio.Task[object] | None) -> Run | None:
        """The handler that runs in this very task, if one does."""
        return next((run for run, found in tuple(self._runs.items()) if found is task), None)

    def track(self, run: Run, task: asyncio.Task[None]) -> None:
        """Remember a task that runs already, until it ends."""
        self._runs[run] = task
        task.add_done_callback(lambda _: self.ended(run))

    def ended(self, run: Run) -> None:
        """It is over; to say so twice does no harm."""
        self._runs.pop(run, None)
        if self._changed:
            self._wake()

    def _wake(self) -> None:
        for waiter in self._changed:
            if not waiter.done():
                waiter.set_result(None)
        self._changed.clear()

    def _of(self, module: str | None, but: asyncio.Task[object] | None) -> dict[Run, asyncio.Task[None]]:
        """What runs in the name of a module, or all; not the task that asks, which cannot wait for itself."""
        # A task that was cancelled before its first step is done and could not tell.
        self._runs = {run: task for run, task in self._runs.items() if not task.done()}
        return {
            run: task
            for run, task in self._runs.items()
            if task not in (but, self._left_alone) and (module is None or run.module == module)
        }

    async def idle(self, module: str | None = None) -> None:
        """Return once nothing runs any more; ``module``: nothing of that module."""
        await self._idle(module, asyncio.current_task())

    async def _idle(self, module: str | None, but: asyncio.Task[object] | None) -> None:
        while self._of(module, but):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._changed.append(waiter)
            await waiter

    def leave_alone(self, task: asyncio.Task[object] | None) -> None:
        """Neither wait for this task nor give it up: it is the handler that asked the bot to stop."""
        self._left_alone = task

    async def drain(self, grace_s: float, module: str | None = None) -> list[Run]:
        """Wait for what runs, then give the rest up: the member is told, the task is cancelled.

        Args:
            grace_s: the most seconds to wait.
            module: only what runs in the name of this module; None for everything.

        Returns:
            What was given up.
        """
        me = asyncio.current_task()
        waiting = asyncio.ensure_future(self._idle(module, me))
        deadline = asyncio.ensure_future(self._clock.sleep(grace_s))
        try:
            await asyncio.wait({waiting, deadline}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            deadline.cancel()
        left = self._of(module, me)
        refusal = ShuttingDownError() if module is None else ModuleDisabledError(module, None)
        await asyncio.gather(*(self._give_up(run, task, refusal) for run, task in left.items()))
        if left:  # a finally of theirs may still run, and must not find its module torn down
            await asyncio.wait(left.values(), timeout=CANCEL_GRACE_S)
        return list(left)

    async def _give_up(self, run: Run, task: asyncio.Task[None], refusal: RefusedError) -> None:
        self.track(run, task)  # cancelled before it began, it never tells its end
        task.cancel()
        if run.responder is not None:
            await run.responder.give_up(refusal.user_message)
