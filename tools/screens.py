"""The pictures of the playground, taken in a real browser from what ``wisp dev`` serves."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.environment import ROOT, clean_variables

TARGET = ROOT / "docs" / "assets"
ADDRESS = re.compile(r"Open (http\S+)")
# Nothing that the browser does by itself or for a page leaves this machine.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def program() -> str | None:
    """Where Chromium is."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that leaves this machine for nothing.

    Raises:
        SystemExit: it is not on this machine; one line has said so.
    """
    found = program()
    if found is None:
        print("wisp: Chromium is not on this machine (Debian, Ubuntu: apt install chromium)", file=sys.stderr)
        raise SystemExit(2)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def served(app: str, kept: Path | None = None) -> Iterator[str]:
    """The address of a bot's page, while the bot runs; ``kept`` is where its world and data rest."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "wisp_framework", "dev", app, "--data-dir", str(kept or folder)]
        environment = clean_variables() | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as running:
            try:
                yield next(found[1] for line in running.stdout or () if (found := ADDRESS.search(line)))
            finally:
                running.terminate()


@contextmanager
def opened(
    browser: Browser, address: str, *, light: bool = False, width: int = 1280, still: bool = True
) -> Iterator[Page]:
    """The page, ready to be used."""
    height = 844 if width < 720 else 800
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="light" if light else "dark",
        reduced_motion="reduce" if still else "no-preference",
    )
    page = context.new_page()
    page.goto(address)
    page.locator(".composer textarea").wait_for()
    yield page
    context.close()


def use(page: Page, command: str, *values: str, pane: int = 0) -> None:
    """Type a command and its required options."""
    page.locator(".pane").nth(pane).locator("textarea").fill(f"/{command}")
    expect(page.locator(".picker [aria-selected=true] b")).to_have_text(f"/{command}")
    page.keyboard.press("Enter")
    for value in values:
        page.locator(".chip input:focus").fill(value)
        page.keyboard.press("Enter")
    if page.locator(".composer.filling").count():
        page.keyboard.press("Enter")


def keep(page: Page, name: str) -> None:
    """Take the picture once all is still."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    page.screenshot(path=TARGET / f"playground-{name}.png")


def behind_the_scenes(page: Page) -> None:
    """A command, a press, and what the backstage has recorded of them."""
    use(page, "meet", "Tea at four")
    page.get_by_role("button", name="I'm in").click()
    expect(page.get_by_text("Coming: Ada")).to_be_visible()
    use(page, "modules disable", "stars")
    page.get_by_role("button", name="Backstage").click()
    page.get_by_role("tab", name="Decisions").click()
    page.locator(".record").first.click()
    keep(page, "dark")


def side_by_side(page: Page) -> None:
    """Two members in one conversation."""
    page.locator(".channel", has_text="lobby").click()
    page.get_by_role("button", name="Split").click()
    for pane, words in enumerate(("Shall we meet?", "Gladly, propose something")):
        page.locator(".pane").nth(pane).locator("textarea").fill(words)
        page.keyboard.press("Enter")
    use(page, "meet", "Chess on Friday")
    page.locator(".pane").nth(1).get_by_role("button", name="I'm in").click()
    expect(page.get_by_text("Coming: Grace").first).to_be_visible()
    use(page, "stars", pane=1)
    keep(page, "light")


def on_a_phone(page: Page) -> None:
    """The picker on a small screen."""
    page.locator(".composer textarea").fill("/")
    page.locator(".picker li").first.wait_for()
    keep(page, "phone")


def gallery(page: Page) -> None:
    """Components of the second kind beside their JSON."""
    use(page, "gallery")
    expect(page.locator("article.message").last).to_contain_text("A reply")
    page.get_by_role("button", name="Backstage").click()
    page.get_by_role("tab", name="Traffic").click()
    page.get_by_text("JSON beside each message").click()
    page.get_by_role("button", name="Close the backstage").click()
    page.get_by_role("button", name="Members", exact=True).click()
    page.get_by_role("heading", name="Components V2").evaluate("one => one.scrollIntoView()")
    keep(page, "gallery")


def main() -> int:
    """Take all pictures anew; returns the exit status."""
    with chromium() as browser:
        for app, light, width, play in (
            ("examples.demo:app", False, 1280, behind_the_scenes),
            ("examples.demo:app", True, 1280, side_by_side),
            ("examples.demo:app", False, 390, on_a_phone),
            ("examples.gallery:app", False, 1280, gallery),
        ):
            with served(app) as address, opened(browser, address, light=light, width=width) as page:
                play(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
