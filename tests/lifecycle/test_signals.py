"""Signals to a real process: nothing is lost at the first, nothing is waited for at the second."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from support.offline import WORLD
from support.raw_user import raw_user
from wisp_sim import Sim, World
from wisp_sim.people import Person

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="POSIX signals; on Windows a process has none to send"
)

SLACK_S = 15
"""How long a busy machine may take to end a process whose time is up."""

LOOK_AGAIN_S = 0.05
TESTS = Path(__file__).parent.parent


class SlowBot:
    """`support.slow_bot` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output: list[str] = []

    async def says(self, text: str, times: int = 1) -> None:
        """Return once it has printed that many lines with ``text``."""
        assert self.process.stdout is not None
        while sum(text in line for line in self.output) < times:
            line = await self.process.stdout.readline()
            assert line, "".join(self.output)
            self.output.append(line.decode())

    async def ends_within(self, limit_s: float) -> int:
        """Its exit status; a real process has only the real clock, and shares the machine with others."""
        assert self.process.stdout is not None
        async with asyncio.timeout(limit_s + SLACK_S):
            self.output.append((await self.process.stdout.read()).decode())
            return await self.process.wait()


@asynccontextmanager
async def slow_bot(sim: Sim, grace_s: float) -> AsyncIterator[SlowBot]:
    """The bot, ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "wisp_framework",
        "run",
        "support.slow_bot:app",
        cwd=TESTS,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(TESTS),
            "DISCORD_TOKEN": sim.bot("Wisp").token,
            "DISCORD_API_URL": sim.api_url,
            "DATABASE_URL": "memory://",
            "SHUTDOWN_GRACE_SECONDS": str(grace_s),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    bot = SlowBot(process)
    try:
        await bot.says("Wisp is ready")
        await listed(sim)
        yield bot
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def listed(sim: Sim) -> None:
    """Return once Discord has the bot's commands, which it sends after it is ready."""
    channel_id = sim.guild("Lab").channel("general").id
    async with raw_user(sim, sim.user("Ada").token) as ada:
        while len(await ada.commands(channel_id)) < 3:  # noqa: ASYNC110 - that process tells nobody
            await asyncio.sleep(LOOK_AGAIN_S)


async def person(sim: Sim) -> Person:
    """Ada, who runs commands and does not wait for the bot to come to rest."""
    return await Person.connect(api_url=sim.api_url, token=sim.user("Ada").token)


async def test_sigterm_loses_none_of_twenty_answers() -> None:
    """Twenty slow commands run at SIGTERM; each of them gives its answer, and the exit is clean."""
    async with Sim(World.from_mapping(WORLD)) as sim, slow_bot(sim, 20) as bot:
        people = [await person(sim) for _ in range(20)]
        running = [asyncio.create_task(one.slash("slow")) for one in people]
        await bot.says("begun", times=20)
        bot.process.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(*running)

        assert ["done after all" in seen.text for seen in answers] == [True] * 20
        assert await bot.ends_within(20) == 0
        for one in people:
            await one.close()


@pytest.mark.parametrize("command", ["stuck", "stubborn"])
async def test_a_command_that_never_ends_does_not_hold_the_process(command: str) -> None:
    """The member is told, and the process is gone within the grace time, cancelled or not."""
    async with Sim(World.from_mapping(WORLD)) as sim, slow_bot(sim, 3) as bot:
        ada = await person(sim)
        running = asyncio.create_task(ada.slash(command))
        await bot.says("begun")
        bot.process.send_signal(signal.SIGTERM)

        await bot.ends_within(3)
        assert "restarting" in (await running).text
        await ada.close()


async def test_a_second_sigterm_ends_it() -> None:
    """Whoever asks twice does not wait for the grace time: 2 s at most."""
    async with Sim(World.from_mapping(WORLD)) as sim, slow_bot(sim, 60) as bot:
        ada = await person(sim)
        running = asyncio.create_task(ada.slash("stubborn"))
        await bot.says("begun")
        bot.process.send_signal(signal.SIGTERM)
        bot.process.send_signal(signal.SIGINT)

        await bot.ends_within(2)
        running.cancel()
        await ada.close()
