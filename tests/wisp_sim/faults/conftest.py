"""The fixtures of the pytest plugin, and a plain discord.py bot that is ready."""

from collections.abc import Awaitable
from pathlib import Path

import pytest

from support.fault_bot import Act, Pending, Plain
from wisp_sim import Sim
from wisp_sim.pytest_plugin import RunBot, run_bot, sim, sim_world

__all__ = ["run_bot", "sim", "sim_world"]

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Connections that discord.py leaves unclosed under a fault are its own, not a fault of the test."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:[Uu]nclosed:ResourceWarning"))


@pytest.fixture
def plain() -> Plain:
    """A bot that has not logged in yet."""
    return Plain()


@pytest.fixture
async def online(sim: Sim, run_bot: RunBot, plain: Plain) -> Plain:
    """A bot that is ready, and a person who watches it."""
    await sim.person("Ada").say("watching")
    await run_bot(plain)
    await sim.settle()
    return plain


@pytest.fixture
def act(sim: Sim) -> Act:
    """Lets something happen for some moved time; afterwards it is done, or it hangs."""

    async def run(started: Awaitable[object], *, seconds: float = 0.0) -> Pending:
        pending = Pending(started)
        if seconds:
            await sim.advance(seconds=seconds)
        else:
            await sim.settle()
        return pending

    return run
