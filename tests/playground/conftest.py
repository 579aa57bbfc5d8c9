"""The page in front of a real bot on an offline Discord, and somebody who asks it things."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from support.offline import Offline, offline
from wisp_framework.playground import Playground, Stage


@dataclass
class Page:
    """A served page, its bot, and a browser's session that was let in."""

    playground: Playground
    here: Offline
    browser: aiohttp.ClientSession
    root: str
    resets: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, **body: object) -> tuple[int, object]:
        """What the page's own API answers."""
        async with self.browser.request(method, f"{self.root}/backstage{path}", json=body or None) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """The page as it is after its address was opened."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(offline())
        resets: list[str] = []
        playground = Playground(tmp_path, "examples.demo:app", lambda: resets.append("reset"))
        stack.push_async_callback(playground.close)
        await playground.start(0, here.sim.api_url.partition("/api/")[0])
        await playground.show(Stage(here.app, here.sim, "Wisp", playground.feed))
        jar = aiohttp.CookieJar(unsafe=True)
        browser = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        async with browser.get(playground.address) as answer:
            assert answer.status == 200
        yield Page(playground, here, browser, playground.address.partition("/?")[0], resets)
