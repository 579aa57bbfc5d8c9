"""Time limits: what is in time, what is late, and what ignores its end."""

import asyncio

import pytest

from support.clock import FakeClock, settle
from wisp_framework.services.deadline import DeadlineExceededError, within


async def test_returns_what_the_work_returns(clock: FakeClock) -> None:
    """Work that ends in time is as if there was no limit, and its errors are its own."""

    async def fail() -> None:
        raise OSError("broken")

    async def answer() -> int:
        await clock.sleep(1)
        return 42

    task = asyncio.create_task(within(clock, 2, answer()))
    await clock.advance(1)

    assert await task == 42
    with pytest.raises(OSError, match="broken"):
        await within(clock, 2, fail())


async def test_cancels_what_is_late(clock: FakeClock) -> None:
    """Work that is not done in time is cancelled, and the error tells the limit."""
    seen: list[str] = []

    async def dawdle() -> None:
        try:
            await clock.sleep(60)
        finally:
            seen.append("cancelled")

    task = asyncio.create_task(within(clock, 2, dawdle()))
    await clock.advance(2)

    with pytest.raises(DeadlineExceededError, match="not done within 2 s") as late:
        await task
    assert late.value.limit_s == 2
    assert seen == ["cancelled"]


async def test_leaves_behind_what_will_not_end(clock: FakeClock) -> None:
    """Work that ignores its cancellation holds nobody for longer than a second more."""
    over = asyncio.Event()

    async def insist() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(within(clock, 2, insist()))
    await clock.advance(2.9)
    assert not task.done()

    await clock.advance(0.1)
    with pytest.raises(DeadlineExceededError):
        await task
    over.set()
    await settle()


async def test_passes_a_cancellation_on(clock: FakeClock) -> None:
    """Cancelling the one who waits cancels the work."""
    seen: list[str] = []

    async def dawdle() -> None:
        try:
            await clock.sleep(60)
        finally:
            seen.append("cancelled")

    task = asyncio.create_task(within(clock, 2, dawdle()))
    await settle()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]
