"""What all tests share."""

import os

import pytest
from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("WISP_SOAK"))
SOAK_LIMIT_S = 1_800

# How long a generated case takes says something about the machine, not about Wisp.
settings.register_profile("wisp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "soak", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=1000
)
settings.load_profile("soak" if SOAK else "wisp")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ten times the rounds take more than the time that one test has otherwise."""
    if SOAK:
        for item in items:
            item.add_marker(pytest.mark.timeout(SOAK_LIMIT_S))
