"""The demo bot as ``make demo`` runs it, and tests that were kept from a dialogue with it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import expect

from support.browser import Tab
from tools.environment import ROOT
from tools.screens import ADDRESS

DEADLINE_S = 140
"""So long only where many programs share the machine: it takes a few seconds."""


def variables() -> dict[str, str]:
    """Those of this process without its settings of a bot."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "WISP_"))}


@asynccontextmanager
async def make_demo(folder: Path) -> AsyncIterator[str]:
    """Runs what ``make demo`` runs, in this environment; gives the address that it prints.

    Args:
        folder: where it keeps its world and data.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools", "demo", "--data-dir", str(folder)),
        cwd=ROOT,
        env=variables() | {"WISP_VENV": sys.prefix, "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not (found := ADDRESS.search(said.decode())):
                line = await process.stdout.readline()
                assert line, said
                said += line
        assert b"Wisp is ready" in said
        yield found[1]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def fill_note(tab: Tab, title: str, text: str) -> None:
    """Fill the form of ``/note add``, which is open, and see that it is kept."""
    form = tab.page.get_by_role("dialog")
    await form.get_by_label("Title").fill(title)
    await form.get_by_label("Text").fill(text)
    await form.get_by_role("button", name="Submit").click()
    await expect(tab.last).to_contain_text(f"Kept: {title}")


async def keep_a_note(tab: Tab) -> None:
    """Fill the form of ``/note add``, which is open, and find what was kept by a suggestion."""
    await fill_note(tab, "Tea time", "Four o'clock")

    await tab.composer.fill("/note show")
    await tab.page.keyboard.press("Enter")
    await tab.page.locator(".chip input:focus").fill("tea")
    await tab.page.get_by_role("option", name="Tea time").click()
    await tab.page.keyboard.press("Enter")
    await expect(tab.last.locator(".embed")).to_contain_text("Four o'clock")


def run_test(*files: Path, bots: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run test files by themselves, as somebody would who has just saved them.

    Args:
        files: the tests, all in one folder.
        bots: where the modules of its target are found.
    """
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "-p", "no:valkey", "-p", "no:cacheprovider", *map(str, files)],
        cwd=files[0].parent,
        env=variables() | {"PYTHONPATH": str(bots)},
        capture_output=True,
        text=True,
        check=False,
    )
