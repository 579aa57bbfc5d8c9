"""A folder and an environment in which no setting is made."""

import os
from pathlib import Path

import pytest

from wisp_framework.config import describe_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty working directory of a process that inherits no setting."""
    monkeypatch.chdir(tmp_path)
    names = {name for setting in describe_settings() for name in setting.names}
    for name in {*names, *(f"{name}_FILE" for name in names)} & set(os.environ):
        monkeypatch.delenv(name)
    return tmp_path
