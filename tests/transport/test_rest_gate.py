"""The gate of one process, and what it tells its operator."""

import logging

import pytest

from contracts.rest_gate import RestGateContract
from support.clock import FakeClock
from support.log_lines import TOKEN
from support.rest_calls import answered
from wisp_framework.config import AppConfig
from wisp_framework.services import MetricsService
from wisp_framework.services.base import HealthState
from wisp_framework.transport import LocalRestGate


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def gate(clock: FakeClock) -> LocalRestGate:
    config = AppConfig(discord_token=TOKEN)
    return LocalRestGate(config, clock, MetricsService(config))


class TestLocalRestGate(RestGateContract):
    """In memory."""


async def test_the_operator_is_told_once_at_each_level(
    gate: LocalRestGate, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning at 2,000, an error at 5,000, an alarm at 8,000 invalid requests, and health follows."""
    states = []
    for count in range(9_000):
        gate.note(answered(403))
        if count in {1_998, 1_999}:
            states.append((await gate.check_health()).state)

    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.WARNING, logging.ERROR, logging.CRITICAL]
    assert states == [HealthState.OK, HealthState.DEGRADED]
