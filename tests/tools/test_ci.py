"""What has to pass before a change is taken."""

import os
import shutil
import subprocess

import pytest

from tools.environment import ROOT


@pytest.mark.skipif(os.name == "nt" or shutil.which("bash") is None, reason="needs bash")
def test_without_discords_description_nothing_passes() -> None:
    """Tests against Discord's own description are never left out in silence."""
    done = subprocess.run(  # noqa: S603 - our own script
        [str(ROOT / ".ci" / "run")],
        env=os.environ | {"WISP_OPENAPI_FILE": str(ROOT / "no-such-file.json")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "OpenAPI file is not at" in done.stderr
    assert "no-such-file.json" in done.stderr
