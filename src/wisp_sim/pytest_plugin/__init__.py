"""Fixtures for bots of any kind; pytest loads this file in every run, so it imports next to nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import discord

    from wisp_sim import Sim
    from wisp_sim.pytest_plugin.stage import Stage

RunBot = Callable[..., Awaitable[None]]
"""Logs a bot in and returns when it is ready: ``await run_bot(bot)``."""

_MARK = "sim_world(world): who and what there is: a mapping as in a world file, or a wisp_sim.World"
_stages: dict[str, "Stage"] = {}


# pytest-asyncio in its strict mode wants fixtures of its own kind; all other ways of running coroutines
# take pytest's.
if find_spec("pytest_asyncio") is None:
    _async_fixture = pytest.fixture
else:
    _async_fixture = vars(import_module("pytest_asyncio"))["fixture"]


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", _MARK)


@pytest.fixture
def sim_world(request: pytest.FixtureRequest) -> "Mapping[str, object] | None":
    """The world of `sim`: what the mark ``sim_world`` says; without it a bot, a guild and three people.

    Override this fixture to give a whole file or folder of tests a world of their own.
    """
    mark = request.node.get_closest_marker("sim_world")
    return mark.args[0] if mark is not None else None


@_async_fixture
async def sim(
    request: pytest.FixtureRequest, sim_world: "Mapping[str, object] | None"
) -> "AsyncIterator[Sim]":
    """An offline Discord of this test's own, whose time and the bot's are moved by ``sim.advance``."""
    if find_spec("time_machine") is None:
        pytest.fail("The fixture `sim` needs time-machine: pip install 'wisp-framework[sim]'", pytrace=False)
    stage = vars(import_module("wisp_sim.pytest_plugin.stage"))["Stage"](sim_world)
    _stages[request.node.nodeid] = stage
    try:
        async with stage:
            yield stage.sim
    finally:
        _stages.pop(request.node.nodeid, None)


@_async_fixture
async def run_bot(sim: "Sim") -> AsyncIterator[RunBot]:
    """Logs a discord.py bot in to `sim`, returns when it is ready, and closes it after the test."""
    async with vars(import_module("wisp_sim.pytest_plugin.bots"))["Bots"](sim) as bots:

        async def run(bot: "discord.Client", name: str | None = None) -> None:
            await bots.run(bot, name)

        yield run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A route that the offline Discord does not serve fails the test, even if the bot got over it."""
    result = yield
    stage = _stages.get(item.nodeid)
    if stage is not None and stage.sim.unserved:
        asked = ", ".join(dict.fromkeys(stage.sim.unserved))
        pytest.fail(
            f"The offline Discord does not serve {asked}, so this test shows nothing about it; "
            "`wisp sim --routes` lists what is served. Leave that request out, or ask for the route.",
            pytrace=False,
        )
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows who said what, what came back, and what the bot logged meanwhile."""
    report = yield
    stage = _stages.get(item.nodeid)
    if report.failed and stage is not None and stage.sim.dialogue:
        report.sections.append(("dialogue", "\n".join(stage.sim.dialogue)))
    return report
