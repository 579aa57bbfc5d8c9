"""The bot's side of a run: ask the load server for commands, and read one's own CPU time before and after."""

import asyncio
import gc
import json
import sys
import time
from dataclasses import asdict, dataclass

import aiohttp

WINDOW = 50
"""How many commands wait for their answer at once."""

QUIET_S = 0.05
QUIET_CPU_S = 0.001


@dataclass(frozen=True)
class Task:
    """What one bot process is asked to do, as it stands on its command line."""

    url: str
    commands: int
    warm_up: int

    @classmethod
    def from_arguments(cls) -> "Task":
        """The task of this process: ``URL COMMANDS WARM_UP``."""
        url, commands, warm_up = sys.argv[1:4]
        return cls(url, int(commands), int(warm_up))


@dataclass(frozen=True)
class LoadReport:
    """One run, as the load server saw it.

    Attributes:
        server_cpu_us: the server's own CPU time per command.
        wall_us: time per command from the first frame to the last answer.
        intents: what the bot asked the gateway for.
        answer: the body of the last answer.
    """

    server_cpu_us: float
    wall_us: float
    intents: int
    answer: str


@dataclass(frozen=True)
class Measured(LoadReport):
    """One bot process, measured.

    Attributes:
        cpu_us: the bot's CPU time per command, all its threads together.
        statements: SQL statements per command; None where there is no database.
    """

    cpu_us: float
    statements: float | None = None

    def print(self) -> None:
        """Write it to standard output, as one JSON line."""
        print(json.dumps(asdict(self)), flush=True)


async def measure(task: Task) -> Measured:
    """Warm up, then measure; the bot of this process is connected and ready.

    Raises:
        aiohttp.ClientResponseError: the bot left commands unanswered.
    """
    async with aiohttp.ClientSession(task.url, raise_for_status=True) as session:
        await _run(session, task.warm_up)
        gc.collect()
        await _quiet()
        before_s = time.process_time()
        report = await _run(session, task.commands)
        after_s = await _quiet()
    return Measured(**asdict(report), cpu_us=(after_s - before_s) / task.commands * 1e6)


async def _run(session: aiohttp.ClientSession, commands: int) -> LoadReport:
    async with session.post("/run", json={"commands": commands, "window": WINDOW}) as response:
        return LoadReport(**await response.json())


async def _quiet() -> float:
    """Wait until what was put off is done too; returns the CPU time used by then, in seconds."""
    before_s = time.process_time()
    while True:
        await asyncio.sleep(QUIET_S)
        now_s = time.process_time()
        if now_s - before_s < QUIET_CPU_S:
            return now_s
        before_s = now_s
