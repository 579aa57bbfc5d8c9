"""What the tests of services share: settings that read no environment, and a clock that stands still."""

import pytest

from support.clock import FakeClock
from wisp_framework.config import AppConfig
from wisp_framework.services import ServiceContainer


@pytest.fixture
def config() -> AppConfig:
    """The settings of a bot that keeps nothing."""
    return AppConfig(discord_token="made.up.token", database_url="memory://")


@pytest.fixture
def clock() -> FakeClock:
    """Time that only the test moves."""
    return FakeClock()


@pytest.fixture
def container(config: AppConfig, clock: FakeClock) -> ServiceContainer:
    """An empty container on a clock that stands still."""
    return ServiceContainer(config, clock=clock)
