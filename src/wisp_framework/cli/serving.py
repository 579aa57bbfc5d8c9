"""``wisp dev`` at work: serves the page and the bot, starts them anew when asked, and keeps the world."""

import asyncio
import logging
import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wisp_framework.cli.kept_ports import KeptPorts
from wisp_framework.cli.kept_world import KeptWorld
from wisp_framework.cli.keyboard import Keyboard, terminal_restored
from wisp_framework.cli.offline import Offline, offline_bot
from wisp_framework.cli.output import Printer
from wisp_framework.cli.session import Session
from wisp_framework.lifecycle import stop_signals
from wisp_framework.playground import Playground, Stage, greet
from wisp_sim import Sim
from wisp_sim.process_clock import ProcessClock

PATIENCE_S = 10.0
GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``wisp dev`` was asked for."""

    target: str | None
    port: int
    page_port: int
    world: Path | None
    data_dir: Path
    terminal: bool


async def serve(wanted: Wanted) -> None:
    """Serve until told to stop: by a signal, by ``quit``, or by the end of a terminal's input.

    Raises:
        WispError: the bot, the page or the offline Discord does not start, or the connection ended for good.
    """
    stopped, reset = asyncio.Event(), asyncio.Event()
    serving = _Serving(wanted, stopped, reset)
    with terminal_restored(), stop_signals(stopped.set, serving.hurry, GRACE_S), serving.time_taken_over():
        try:
            while not stopped.is_set():
                reset.clear()
                await serving.run()
        finally:
            await serving.close()


class _Serving:
    """One page, and one bot after another behind it."""

    def __init__(self, wanted: Wanted, stopped: asyncio.Event, reset: asyncio.Event) -> None:
        self._wanted = wanted
        self._stopped, self._reset = stopped, reset
        self._kept = KeptWorld(wanted.data_dir, wanted.world)
        self._page = Playground(wanted.data_dir, wanted.target, reset.set)
        self._keyboard = Keyboard()
        self._ports = KeptPorts(wanted.data_dir)
        self._port = self._ports.discord(wanted.port)
        self._offline: Offline | None = None
        logging.getLogger().addHandler(self._page.feed)

    def hurry(self) -> None:
        """Give up what still runs."""
        if self._offline is not None:
            self._offline.app.lifecycle.hurry()

    @contextmanager
    def time_taken_over(self) -> Iterator[None]:
        """Inside, the time of this process can be moved, if that is possible here."""
        clock = self._kept.clock
        if not isinstance(clock, ProcessClock):
            yield
            return
        clock.start()
        try:
            yield
        finally:
            clock.stop()

    async def close(self) -> None:
        """Let go of the page."""
        logging.getLogger().removeHandler(self._page.feed)
        await self._page.close()

    async def run(self) -> None:
        """Serve one bot until it is over, or to be started anew."""
        fresh = self._kept.is_new
        sim = self._kept.open(self._port)
        async with AsyncExitStack() as stack:
            offline = await self._started(sim, stack)
            if offline is None:
                return
            self._offline = offline
            self._port = int(sim.api_url.rpartition(":")[2].partition("/")[0])
            bot = offline.world.bots[0].name
            if fresh:
                await greet(offline.app, sim, bot)
            await self._show(offline, Stage(offline.app, sim, bot, self._page.feed))
            stack.push_async_callback(self._page.leave)
            await self._until_over(offline)
        self._offline = None
        if self._reset.is_set():
            self._kept.forget()
        else:
            self._kept.save(sim)

    async def _started(self, sim: Sim, stack: AsyncExitStack) -> Offline | None:
        """The bot, once it is ready; None if it was to stop before."""
        bot = offline_bot(self._wanted.target, sim, data_dir=self._wanted.data_dir, patience_s=PATIENCE_S)
        start = asyncio.create_task(stack.enter_async_context(bot))
        stop = asyncio.create_task(self._stopped.wait())
        await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not start.done():
            start.cancel()
            await asyncio.wait({start})
            return None
        return start.result()

    async def _show(self, offline: Offline, stage: Stage) -> None:
        await self._page.show(stage)
        if self._page.is_served:
            return
        port = self._ports.page(self._wanted.page_port)
        await self._page.start(port, offline.sim.api_url.partition("/api/")[0])
        self._ports.save(self._page.port, self._port)
        printer = Printer()
        guilds = " and ".join(guild.name for guild in offline.world.guilds)
        printer.note(f"Wisp is ready, in {guilds}.")
        printer.note(f"Open {self._page.address} to talk to the bot.")
        printer.note(f"The offline Discord is at {offline.sim.api_url}.")
        if sys.stdout.isatty() and _has_a_screen():
            webbrowser.open(self._page.address)

    async def _until_over(self, offline: Offline) -> None:
        asked = [asyncio.create_task(_happened(event)) for event in (self._stopped, self._reset)]
        ended = asyncio.create_task(offline.app.wait_closed())
        session = Session(offline, self._keyboard)
        talks = self._wanted.terminal or not self._keyboard.is_terminal
        talk = asyncio.create_task(session.run() if talks else _happened(asyncio.Event()))
        tasks = {talk, ended, *asked}
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in (talk, *asked):
            task.cancel()
        await asyncio.wait({talk, *asked})
        if talk.cancelled() and talks:
            session.leave()
        elif talk in done:
            self._stopped.set()
        for task in done:
            if not task.cancelled():
                task.result()
        if ended in done:
            self._stopped.set()
        ended.cancel()


async def _happened(event: asyncio.Event) -> None:
    await event.wait()


def _has_a_screen() -> bool:
    """Whether a browser would open a window, instead of taking over the terminal."""
    return sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
