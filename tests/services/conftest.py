"""What the tests of services share: settings that read no environment, and a clock that stands still."""

import pytest

from support.clock import FakeClock
from wisp_framework.config import AppConfig


@pytest.fixture
def config() -> AppConfig:
    """The settings of a bot that keeps nothing."""
    return AppConfig(discord_token="made.up.token", database_url="memory://")


@pytest.fixture
def clock() -> FakeClock:
    """Time that only the test moves."""
    return FakeClock()
