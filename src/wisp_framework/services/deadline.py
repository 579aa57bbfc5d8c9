"""Time limits kept by a clock that is handed in, so that tests can move it."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import TypeVar

from wisp_framework.utils.clock import Clock

T = TypeVar("T")

CANCEL_GRACE_S = 1.0
"""How long cancelled work may take to give up before it is left to itself."""


class DeadlineExceededError(Exception):
    """Work took longer than its limit and was cancelled."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        super().__init__(f"not done within {limit_s:g} s")


class WorkCancelledError(Exception):
    """Work was cancelled by itself, as is code that awaits a task it has cancelled: a failure."""

    def __init__(self) -> None:
        super().__init__("it raised CancelledError; catch that where a cancelled task is awaited")


async def within(
    clock: Clock, limit_s: float, work: Coroutine[object, object, T], *, context: Context | None = None
) -> T:
    """Return what ``work`` returns, or cancel it after ``limit_s`` seconds of ``clock``.

    Work that ignores its cancellation is left behind after a grace of one second:
    who waits here is never held for good.

    Raises:
        DeadlineExceededError: the limit passed first.
    """
    task = asyncio.create_task(work, context=context)
    alarm = asyncio.ensure_future(clock.sleep(limit_s))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if task.cancelled():
            raise WorkCancelledError
        if task.done():
            return task.result()
        raise DeadlineExceededError(limit_s)
    finally:
        alarm.cancel()
        await give_up(clock, task)


async def give_up(clock: Clock, task: asyncio.Task[T]) -> None:
    """Cancel ``task`` and wait, for a short grace, until it has ended; its outcome is dropped."""
    if task.done():
        return
    task.cancel()
    grace = asyncio.ensure_future(clock.sleep(CANCEL_GRACE_S))
    try:
        await asyncio.wait({task, grace}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        grace.cancel()
        task.add_done_callback(_drop_outcome)


def _drop_outcome(task: asyncio.Task[T]) -> None:
    if not task.cancelled():
        task.exception()
