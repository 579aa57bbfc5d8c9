"""Logging that is put back, and a way to read what was written."""

import json
from collections.abc import Iterator

import pytest

from support.log_lines import TOKEN, Lines, SetUp
from wisp_framework.config import AppConfig
from wisp_framework.logs import LoggingHandle, setup_logging


@pytest.fixture
def set_up() -> Iterator[SetUp]:
    """Sets logging up for a configuration with these settings; undone after the test."""
    handles: list[LoggingHandle] = []

    def call(**settings: object) -> LoggingHandle:
        handles.append(setup_logging(AppConfig.model_validate({"discord_token": TOKEN, **settings})))
        return handles[-1]

    yield call
    for handle in handles:
        handle.close()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """What was written to standard error as JSON since it was last read."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
