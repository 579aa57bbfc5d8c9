"""Fixtures of pytest for Wisp apps, beside those of `wisp_sim.pytest_plugin`.

Name it in ``conftest.py``: ``pytest_plugins = ["wisp_framework.testing"]``.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import pytest

from wisp_framework.app import ModuleSpec, ServiceSpec, WispApp, create_app
from wisp_framework.app.target import load_app
from wisp_framework.config import OFFLINE_REQUESTS_PER_S, AppConfig, IntentSettings
from wisp_sim import Sim

__all__ = ["StartApp", "StartTarget", "start_app", "start_target"]

# pytest-asyncio in its strict mode wants fixtures of its own kind.
if find_spec("pytest_asyncio") is None:
    _async_fixture = pytest.fixture
else:
    _async_fixture = vars(import_module("pytest_asyncio"))["fixture"]


class StartApp(Protocol):
    """Starts a Wisp app on the offline Discord of the test."""

    async def __call__(
        self, *modules: ModuleSpec, services: Sequence[ServiceSpec] = (), bot: str | None = None
    ) -> WispApp:
        """Return when the app is ready.

        Args:
            modules: as for `create_app`.
            services: as for `create_app`.
            bot: which bot of the world it is; the first unless given.
        """


class StartTarget(Protocol):
    """Starts the app that ``wisp dev`` would start, on the offline Discord of the test."""

    async def __call__(self, target: str | None) -> WispApp:
        """Return when the app is ready.

        Args:
            target: such as ``mybot.main:app``, which takes the keyword ``config``; None is the runner bot.
        """


@_async_fixture
async def start_app(sim: Sim) -> AsyncIterator[StartApp]:
    """Starts Wisp apps on `sim` that keep nothing and may hear everything; closes them after the test."""
    async with AsyncExitStack() as stack:

        async def start(
            *modules: ModuleSpec, services: Sequence[ServiceSpec] = (), bot: str | None = None
        ) -> WispApp:
            app = create_app(_config(sim, bot), modules=modules, services=services)
            return await _run(app, sim, stack)

        yield start


@_async_fixture
async def start_target(sim: Sim) -> AsyncIterator[StartTarget]:
    """Starts apps by their targets, as `start_app` does by their modules."""
    async with AsyncExitStack() as stack:

        async def start(target: str | None) -> WispApp:
            return await _run(load_app(target, _config(sim, None)), sim, stack)

        yield start


def _config(sim: Sim, bot: str | None) -> AppConfig:
    return AppConfig(
        discord_token=sim.bot(bot or sim.bot_names()[0]).token,
        discord_api_url=sim.api_url,
        discord_requests_per_s=OFFLINE_REQUESTS_PER_S,
        database_url="memory://",
        log_level="WARNING",
        intents=IntentSettings(members=True, message_content=True, presences=True),
    )


async def _run(app: WispApp, sim: Sim, stack: AsyncExitStack) -> WispApp:
    await app.start()
    stack.push_async_callback(app.close)
    await sim.settle()
    await app.idle()
    await sim.settle()
    return app
