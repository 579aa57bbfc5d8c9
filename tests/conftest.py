"""What all tests share."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.openapi import description
from support.recorded import Record
from support.servers import (  # noqa: F401 - fixtures for all tests
    postgres_server,
    postgres_url,
    redis_url,
    server_folder,
    valkey_server,
)

SOAK = bool(os.environ.get("WISP_SOAK"))
SOAK_LIMIT_S = 1_800

# How long a generated case takes says something about the machine, not about Wisp.
settings.register_profile("wisp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "soak", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=1000
)
settings.load_profile("soak" if SOAK else "wisp")


RECORD = Record(description())
RECORD.begin()
RECORDS = Path(os.environ["WISP_RECORDS"]) if "WISP_RECORDS" in os.environ else None
"""Where the processes of one run write down what they recorded, for those tests that look back on all."""
if RECORDS is not None:
    RECORD.load(RECORDS)


def pytest_sessionfinish() -> None:
    """Leave what was recorded to whoever looks back."""
    if RECORDS is not None:
        RECORD.save(RECORDS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back on all tests comes last; ten times the rounds take more than a test's usual time."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)
    if SOAK:
        for item in items:
            item.add_marker(pytest.mark.timeout(SOAK_LIMIT_S))


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the collector need not look through it again in every test."""
    gc.collect()
    gc.freeze()


KEPT = Path("data")
"""Where a bot keeps what it has unless it is told otherwise."""


@pytest.fixture(autouse=True, scope="module")
def left_behind() -> Iterator[None]:
    """What a file's tests left open is told of at its end, and not in the midst of some later test.

    They leave nothing in the folder either where a bot keeps what it has, for another test's bot to find.
    """
    before = _kept()
    yield
    gc.collect()
    assert _kept() == before


def _kept() -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in KEPT.glob("*")}


@pytest.fixture
def record() -> Record:
    """All answers of this process so far."""
    return RECORD


@pytest.fixture(autouse=True)
def answers_as_described(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every answer of every offline Discord is as Discord describes it; needs WISP_OPENAPI_FILE."""
    RECORD.generated = request.node.get_closest_marker("generated") is not None
    yield
    if problems := RECORD.take_problems():
        pytest.fail("not as Discord describes it:\n" + "\n".join(problems))
