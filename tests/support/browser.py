"""A bot, the page in front of it, and a browser: what ``wisp dev`` serves, in one process."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from support.offline import offline_config
from tools.screens import FLAGS, program
from wisp_framework import WispApp, create_app
from wisp_framework.app import ModuleSpec
from wisp_framework.playground import Playground, Stage, greet
from wisp_sim import Sim, World

WAIT_MS = 30_000
"""How long a thing may take to appear. Each wait ends when it is there, so this is for a loaded machine."""
expect.set_options(timeout=WAIT_MS)


def chromium() -> str:
    """Where Chromium is; the test is skipped where it is not."""
    found = program()
    if found is not None:
        return found
    pytest.skip("Chromium is not on this machine; install it (Debian, Ubuntu: apt install chromium)")


class Theatre:
    """What ``wisp dev`` runs. The bot, or all of it, is started anew when asked.

    Args:
        folder: where the key of the page and the world rest.
        modules: of the bot.
    """

    def __init__(self, folder: Path, modules: Sequence[ModuleSpec]) -> None:
        self.sim = Sim(World.demo())
        self._folder = folder
        self._modules = modules
        self._port = 0
        self._entered = False
        self._app: WispApp | None = None
        self._page: Playground | None = None

    async def __aenter__(self) -> Self:
        await self.sim.start()
        await self._start_bot()
        await greet(self.app, self.sim, "Wisp")
        await self._serve()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def app(self) -> WispApp:
        """The bot that runs."""
        assert self._app is not None
        return self._app

    @property
    def page(self) -> Playground:
        """The page that is served."""
        assert self._page is not None
        return self._page

    @property
    def address(self) -> str:
        """Where the page is, for whoever was let in."""
        return self.page.address.partition("?")[0]

    async def _start_bot(self) -> None:
        self._app = create_app(offline_config(self.sim, log_level="INFO"), modules=self._modules)
        await self._app.start()
        await self.sim.settle()

    async def _serve(self) -> None:
        self._page = Playground(self._folder, "examples.demo:app", lambda: None)
        logging.getLogger().addHandler(self._page.feed)
        await self._page.start(self._port, self.sim.api_url.partition("/api/")[0])
        self._port = int(self.address.rpartition(":")[2].strip("/"))
        await self._show()

    async def _show(self) -> None:
        await self.page.show(Stage(self.app, self.sim, "Wisp", self.page.feed))

    async def _stop(self) -> None:
        logging.getLogger().removeHandler(self.page.feed)
        await self.page.close()
        await self.app.close()
        await self.sim.close()

    async def restart_bot(self) -> AsyncIterator[None]:
        """Stop the bot; it is started again when the iterator goes on."""
        await self.page.leave()
        await self.app.close()
        yield
        await self._start_bot()
        await self._show()

    async def restart_all(self) -> AsyncIterator[None]:
        """Stop everything, and start it again with the world that was, at the same port."""
        port = int(self.sim.api_url.partition("/api/")[0].rpartition(":")[2])
        self.sim.save(self._folder / "world.json")
        await self._stop()
        yield
        self.sim = Sim.load(self._folder / "world.json", port=port)
        await self.sim.start()
        await self._start_bot()
        await self._serve()


class Tab:
    """One open page, used by keyboard and mouse as a person would.

    Args:
        page: of the browser.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.set_default_timeout(WAIT_MS)

    @property
    def composer(self) -> Locator:
        """Where one types, in the pane that is looked at first."""
        return self.page.locator(".composer textarea").first

    @property
    def messages(self) -> Locator:
        """All messages of the first pane."""
        return self.page.locator(".pane").first.locator("article.message")

    @property
    def last(self) -> Locator:
        """The newest message of the first pane."""
        return self.messages.last

    async def open(self, address: str) -> None:
        """Go to the page, and wait until it can be used."""
        await self.page.goto(address)
        await self.ready()

    async def ready(self) -> None:
        """Wait until somebody can type."""
        await self.composer.wait_for()
        await expect(self.page.locator(".notice")).to_have_count(0)

    async def slash(self, name: str, *values: str, pane: int = 0) -> None:
        """Type a command and the values of its required options, as the keyboard does it."""
        await self.page.locator(".pane").nth(pane).locator(".composer textarea").fill(f"/{name}")
        chosen = self.page.locator(".picker [role=option][aria-selected=true] b")
        await expect(chosen).to_have_text(f"/{name}")
        await self.page.keyboard.press("Enter")
        for value in values:
            await self.page.locator(".chip input:focus").fill(value)
            await self.page.keyboard.press("Enter")
        if await self.page.locator(".composer.filling").count():
            await self.page.keyboard.press("Enter")

    async def offers(self, name: str, *, offered: bool = True) -> None:
        """Wait until the picker offers a command, or does so no more."""
        await self.composer.fill("/")
        names = self.page.locator(".picker [role=option] b")
        await names.first.wait_for()
        await expect(names.get_by_text(f"/{name}", exact=True)).to_have_count(int(offered))
        await self.composer.fill("")

    async def backstage(self, tab: str) -> None:
        """Open a tab of the drawer."""
        if not await self.page.locator(".backstage").count():
            await self.page.get_by_role("button", name="Backstage").click()
        await self.page.get_by_role("tab", name=tab).click()

    async def channel(self, name: str) -> None:
        """Go to a channel of the guild that is shown."""
        await self.page.locator(".channel", has_text=name).first.click()
        await expect(self.page.locator(".pane-head h2").first).to_have_text(f"# {name}")


class Stall:
    """A browser and the theatre that it looks at, shared by the tests of one file."""

    def __init__(self, browser: Browser, theatre: Theatre) -> None:
        self.browser = browser
        self.theatre = theatre
        self._let_in: str = ""

    @asynccontextmanager
    async def tab(self, *, light: bool = False, width: int = 1280, height: int = 800) -> AsyncIterator[Tab]:
        """A page in a browser that has seen nothing but its cookie; it must end without an error."""
        async with new_tab(self.browser, light=light, width=width, height=height) as tab:
            context = tab.page.context
            if self._let_in:
                await context.add_cookies(
                    [{"name": "wisp_playground", "value": self._let_in, "url": self.theatre.address}]
                )
                await tab.open(self.theatre.address)
            else:
                await tab.open(self.theatre.page.address)
                self._let_in = (await context.cookies())[0]["value"]
            yield tab


@asynccontextmanager
async def new_tab(
    browser: Browser, *, light: bool = False, width: int = 1280, height: int = 800
) -> AsyncIterator[Tab]:
    """An empty page in a browser that has seen nothing; it must end without an error."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="light" if light else "dark",
        reduced_motion="reduce",
    )
    try:
        tab = Tab(await context.new_page())
        yield tab
        assert tab.errors == []
    finally:
        await context.close()


@asynccontextmanager
async def started() -> AsyncIterator[Browser]:
    """A browser that leaves this machine for nothing."""
    found = chromium()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def stall(folder: Path, *modules: ModuleSpec) -> AsyncIterator[Stall]:
    """Start everything, and stop it at the end."""
    async with started() as browser, Theatre(folder, modules) as theatre:
        yield Stall(browser, theatre)
