"""The test that docs/faults.md shows passes, as a reader would run it."""

import pytest

from support.pages import ROOT, blocks

pytest_plugins = ["pytester"]


def test_shown_test_passes(pytester: pytest.Pytester) -> None:
    """The page's file is a suite of one test that passes."""
    for block in blocks((ROOT / "docs" / "faults.md").read_text("utf-8")):
        if block.title:
            (pytester.path / block.title).write_text(block.text, "utf-8")

    result = pytester.runpytest_subprocess(
        *("-p", "wisp_sim.pytest_plugin", "-W", "ignore::DeprecationWarning"),
        *("-o", "asyncio_default_fixture_loop_scope=function"),
    )

    result.assert_outcomes(passed=1)
