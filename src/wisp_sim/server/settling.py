"""When all is at rest, and what moving the time does step by step.

The rule is told to users in docs/testing.md.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Protocol, runtime_checkable

from wisp_sim.clock import Clock

# So many turns of the loop without anything to do: what was written to a socket of this machine has
# arrived by then, and whoever reads it would have been woken.
_IDLE_TURNS = 8
# How many rounds without news mean that clients elsewhere are done. One is not enough: a handler that a
# client started while it answered has its request still on the way.
_QUIET_ROUNDS = 3
# How often to look whether they still are at it.
_LULL_S = 0.005
# discord.py gives up a silent connection after 60 s, and Discord asks for a beat each 41.25 s.
BEAT_S = 40.0
# A timer that is set anew for no time at all must not hold the time.
_LEAST_STEP_S = 0.0005


@runtime_checkable
class MovableClock(Clock, Protocol):
    """A clock that tests move."""

    @property
    def moved_s(self) -> float:
        """By how many seconds it was moved so far."""

    def next_due_s(self) -> float | None:
        """How far off the next timer is; None if there is none."""

    def advance(self, delay_s: float) -> None:
        """Move on by ``delay_s`` seconds."""


class Wires(Protocol):
    """What is open between the server and its clients."""

    def peers(self) -> Iterable[object]:
        """The far end's address of each connection."""

    def activity(self) -> tuple[object, ...]:
        """Changes whenever anything was sent, asked or connected."""

    def busy(self) -> bool:
        """A request is being answered."""

    async def confirm(self) -> None:
        """Return when every client has read all that was sent, and no request is open."""

    async def wait_quiet(self) -> None:
        """Return when no request is open."""


class Settling:
    """Waits for rest, in real time.

    Args:
        wires: the server's connections.
    """

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._jobs: set[asyncio.Future[object]] = set()
        self._looking = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._run_in_executor: Callable[..., asyncio.Future[object]] | None = None

    def watch(self) -> None:
        """Count what the running loop hands to threads, from now on."""
        self._loop = loop = asyncio.get_running_loop()
        original: Callable[..., asyncio.Future[object]] = loop.run_in_executor
        self._run_in_executor = original

        def counted(
            executor: Executor | None, func: Callable[..., object], *args: object
        ) -> asyncio.Future[object]:
            job = original(executor, func, *args)
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)
            return job

        loop.run_in_executor = counted  # type: ignore[assignment,method-assign]

    def unwatch(self) -> None:
        """Let the loop be as it was."""
        if self._loop is not None and self._run_in_executor is not None:
            self._loop.run_in_executor = self._run_in_executor  # type: ignore[assignment,method-assign]
        self._loop = self._run_in_executor = None

    async def settle(self) -> None:
        """Return when nothing is under way any more."""
        quiet, before = 0, self._wires.activity()
        while quiet < _QUIET_ROUNDS:
            # One at a time: two who look would each see the other at work.
            async with self._looking:
                await self._idle()
            elsewhere = self._elsewhere()
            if not elsewhere and not self._wires.busy():
                return
            await self._wires.wait_quiet()
            if self._wires.activity() == before:
                await self._wires.confirm()
                quiet += 1
            else:
                # While they are at it nothing is asked: discord.py sends but 110 frames a minute.
                await asyncio.sleep(_LULL_S)
                quiet = 0
            after = self._wires.activity()
            quiet, before = (quiet if after == before else 0), after

    def _elsewhere(self) -> bool:
        """Whether a client is connected whose loop is not this one."""
        peers = set(self._wires.peers())
        if not peers:
            return False
        # No public name lists a loop's sockets; a loop without it is taken for one that we cannot see.
        transports = vars(asyncio.get_running_loop()).get("_transports", {})
        own = {transport.get_extra_info("sockname") for transport in list(transports.values())}
        return not peers <= own

    async def _idle(self) -> None:
        """Return when this loop has nothing left to do, nor any thread that works for it."""
        # No public name tells either; other loops are given some turns instead.
        ready = vars(asyncio.get_running_loop()).get("_ready", ())
        turns = 0
        while turns < _IDLE_TURNS:
            await asyncio.sleep(0)
            turns = 0 if ready else turns + 1
            if turns and (jobs := [job for job in self._jobs if not job.done()]):
                await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
                turns = 0


async def pass_until(
    clock: MovableClock, settling: Settling, wires: Wires, limit_s: float, done: Callable[[], bool]
) -> None:
    """Move the time from timer to timer until ``done``, at most ``limit_s`` seconds."""
    await settling.settle()
    end = clock.monotonic() + limit_s
    beat = clock.monotonic() + BEAT_S
    while not done() and (left_s := end - clock.monotonic()) > 0:
        due_s = clock.next_due_s()
        to_beat_s = max(0.0, beat - clock.monotonic())
        step_s = min(left_s, to_beat_s, left_s if due_s is None else max(due_s, _LEAST_STEP_S))
        clock.advance(step_s)
        if step_s >= to_beat_s:
            await wires.confirm()
            beat = clock.monotonic() + BEAT_S
        await settling.settle()
