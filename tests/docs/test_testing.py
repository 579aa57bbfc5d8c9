"""The tests that the pages show pass, as a reader would run them."""

import pytest

from support.pages import ROOT, blocks

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(("page", "tests"), [("docs/testing.md", 3), ("README.md", 1)])
def test_shown_tests_pass(pytester: pytest.Pytester, page: str, tests: int) -> None:
    """All files of the page, put into one folder, are a suite of tests that pass."""
    for block in blocks((ROOT / page).read_text("utf-8")):
        if block.title:
            (pytester.path / block.title).write_text(block.text, "utf-8")

    result = pytester.runpytest_subprocess(
        *("-p", "wisp_sim.pytest_plugin", "-W", "ignore::DeprecationWarning"),
        *("-o", "asyncio_default_fixture_loop_scope=function"),
    )

    result.assert_outcomes(passed=tests)
