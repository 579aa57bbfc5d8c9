"""A bot in a process of its own, on an offline Discord in this one."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from wisp_sim import Sim
from wisp_sim.gateway.compress import Plain, ZlibStream, ZstdStream

BOT = "Wisp"
COMPRESSIONS: dict[type, str] = {Plain: "", ZlibStream: "zlib-stream", ZstdStream: "zstd-stream"}
START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
LOOK_AGAIN_S = 0.02


class Child:
    """The process, and what is seen of it from outside."""

    def __init__(self, process: asyncio.subprocess.Process, sim: Sim) -> None:
        assert process.stdout is not None
        self._process = process
        self._sim = sim
        self._output = asyncio.create_task(process.stdout.read())

    @property
    def session_id(self) -> str:
        """Its present session on the gateway; empty while it has none."""
        sessions = [connection.session for connection in self._sim._gateway.connections_of(self._bot_id)]
        return next((session.id for session in sessions if session is not None), "")

    @property
    def compression(self) -> str:
        """What its library asked for."""
        (connection,) = self._sim._gateway.connections_of(self._bot_id)
        return {"ZlibStream": "zlib-stream", "ZstdStream": "zstd-stream"}[
            type(connection._compressor).__name__
        ]

    @property
    def _bot_id(self) -> int:
        return self._sim.bot(BOT).id

    async def connected(self, other_than: str = "") -> None:
        """Return when it has a session, another one than named, and everything is at rest."""

        async def has_session() -> bool:
            return self.session_id not in ("", other_than)

        await self.until(has_session)

    async def until(self, look: Callable[[], Awaitable[bool]]) -> None:
        """Return when ``look`` says so and everything is at rest; fail if the process ends before."""
        async with asyncio.timeout(START_LIMIT_S):
            while not await look():
                if self._output.done():
                    pytest.fail(f"it ended: {self._output.result().decode()}")
                await asyncio.wait({self._output}, timeout=LOOK_AGAIN_S)
        await self._sim.settle()

    async def end(self) -> str:
        """End it; all that it printed."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), STOP_LIMIT_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        return (await self._output).decode()


@asynccontextmanager
async def child(command: Sequence[str], sim: Sim) -> AsyncIterator[Child]:
    """Run a bot until the end of the block; a traceback in what it printed fails the test."""
    variables = os.environ | {
        "DISCORD_TOKEN": sim.bot(BOT).token,
        "DISCORD_API": sim.api_url,
        "DISCORD_GATEWAY": sim.gateway_url,
    }
    process = await asyncio.create_subprocess_exec(
        *command, env=variables, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    running = Child(process, sim)
    try:
        yield running
    except BaseException as error:
        error.add_note(f"the bot printed: {await running.end()}")
        raise
    said = await running.end()
    assert "Traceback" not in said, said
