"""The tests that docs/testing.md shows pass, as a reader would run them."""

import pytest

from support.pages import ROOT, blocks

pytest_plugins = ["pytester"]


def test_shown_tests_pass(pytester: pytest.Pytester) -> None:
    """All files of the page, put into one folder, are a suite of three tests that pass."""
    for block in blocks((ROOT / "docs" / "testing.md").read_text("utf-8")):
        if block.title:
            (pytester.path / block.title).write_text(block.text, "utf-8")

    result = pytester.runpytest_subprocess(
        *("-p", "wisp_sim.pytest_plugin", "-W", "ignore::DeprecationWarning"),
        *("-o", "asyncio_default_fixture_loop_scope=function"),
    )

    result.assert_outcomes(passed=3)
