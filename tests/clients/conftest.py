"""Bots of other libraries, unmodified, each in a process of its own, on an offline Discord in this one."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.children import Child, child
from wisp_sim import ManualClock, Sim
from wisp_sim.people import Person

HERE = Path(__file__).parent
ZSTD_PACKAGES = ("zstandard", "backports.zstd")
# Real time, for a machine that has much else to do.
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Client:
    """A bot script and the compression that its library asks for.

    Attributes:
        script: a file of this folder.
        compression: ``zlib-stream`` or ``zstd-stream``.
        labels: it knows labels in modals.
    """

    script: str
    compression: str
    labels: bool

    def command(self) -> list[str]:
        """What starts it."""
        absent = ZSTD_PACKAGES if self.compression == "zlib-stream" else ()
        return [sys.executable, str(HERE / "launch.py"), str(HERE / self.script), *absent]


CLIENTS = {
    f"{name} {compression}": Client(f"bot_{name}.py", f"{compression}-stream", labels)
    for name, labels in (("discord_py", True), ("hikari", False))
    for compression in ("zlib", "zstd")
}


@pytest.fixture(params=list(CLIENTS.values()), ids=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> Client:
    """Each library with each compression."""
    chosen: Client = request.param
    return chosen


@pytest.fixture
async def sim() -> AsyncIterator[Sim]:
    """An offline Discord with the demo world; its time stands still, so a busy machine is not late."""
    async with Sim(clock=ManualClock()) as running:
        yield running


@pytest.fixture
async def bot(sim: Sim, client: Client) -> AsyncIterator[Child]:
    """The bot, with a session."""
    async with child(client.command(), sim) as running:
        await running.connected()
        yield running


@pytest.fixture
async def ada(sim: Sim) -> AsyncIterator[Person]:
    """The owner of the guild."""
    token = sim.user("Ada").token
    async with Person(
        api_url=sim.api_url, token=token, settle=sim.settle, patience_s=PATIENCE_S, clock=sim.clock
    ) as somebody:
        somebody.go(guild="Lovelace's Lab", channel="general")
        yield somebody
