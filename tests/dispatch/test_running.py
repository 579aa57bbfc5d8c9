"""What runs can be waited for, and given up."""

import asyncio
from collections.abc import Coroutine

from support.clock import FakeClock, settle
from wisp_framework.dispatch.running import Responder, Run, Running


class Told:
    """A member who waits, and remembers being told."""

    def __init__(self) -> None:
        self.times = 0

    async def give_up(self, sentence: str) -> None:
        self.times += 1


async def wait_for(event: asyncio.Event) -> None:
    await event.wait()


def begin(
    running: Running, work: Coroutine[object, object, None], module: str | None, told: Responder | None = None
) -> asyncio.Task[None]:
    """Let ``work`` run, and watch it."""
    task = asyncio.create_task(work)
    running.track(Run(module, responder=told), task)
    return task


async def test_idle_returns_when_the_last_one_ends() -> None:
    """Waiting for idleness ends with the last run, of one module or of all."""
    running, done = Running(FakeClock()), asyncio.Event()
    begin(running, wait_for(done), "a")
    begin(running, wait_for(asyncio.Event()), "b")

    idle = asyncio.create_task(running.idle("a"))
    await settle()
    assert not idle.done()
    done.set()
    await idle

    assert len(running) == 1
    await running.drain(0.0)


async def test_a_drain_gives_up_what_is_left_and_tells_who_waits() -> None:
    """At the end of the grace time what still runs is cancelled, and its member told once."""
    clock, told = FakeClock(), Told()
    running = Running(clock)
    task = begin(running, wait_for(asyncio.Event()), "a", told)

    draining = asyncio.create_task(running.drain(5.0))
    await clock.advance(4.9)
    assert not task.done()
    await clock.advance(0.2)

    assert [run.responder for run in await draining] == [told]
    assert told.times == 1
    await settle()
    assert task.cancelled()
    assert len(running) == 0


async def test_a_drain_of_one_module_leaves_the_others() -> None:
    """Only what runs in the name of the module is given up."""
    running = Running(FakeClock())
    other = begin(running, wait_for(asyncio.Event()), "b")
    begin(running, wait_for(asyncio.Event()), "a")

    assert len(await running.drain(0.0, "a")) == 1
    await settle()
    assert not other.done()
    await running.drain(0.0)


async def test_whoever_drains_does_not_wait_for_itself() -> None:
    """A handler that stops the bot is not waited for by the stop."""
    running = Running(FakeClock())
    left: list[int] = []

    async def stop() -> None:
        left.append(len(await running.drain(5.0)))

    await begin(running, stop(), None)
    assert left == [0]
