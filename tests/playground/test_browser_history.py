"""A channel with five thousand messages, read from the newest to the first and back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from benchmarks.history import write_history
from support.browser import Stall, stall

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAB = "Lovelace's Lab"
MANY = 5_000
MOST_NODES = 200
OFF_PX = 2
BY_PX = 1_800
# Scrolls until a message is there; tells of the most messages that stood in the page at once, and of all
# moments in which what was looked at was elsewhere than the scrolling had put it.
SCROLL = """async ([by, until]) => {
  const box = document.querySelector('.messages');
  const all = () => [...box.querySelectorAll('article.message')];
  const number = one => Number(one.querySelector('.words').textContent.split(/\\s/)[1]);
  let most = 0;
  const jumps = [];
  for (let shown = all(); by < 0 ? number(shown[0]) > until : number(shown.at(-1)) < until; shown = all()) {
    const middle = box.getBoundingClientRect().top + box.clientHeight / 2;
    const one = shown.find(other => other.getBoundingClientRect().bottom > middle);
    const from = one.getBoundingClientRect().top;
    const room = by < 0 ? box.scrollTop : box.scrollHeight - box.scrollTop - box.clientHeight;
    const moved = Math.sign(by) * Math.min(Math.abs(by), room);
    box.scrollTop += by;
    await new Promise(requestAnimationFrame);
    const off = one.isConnected ? one.getBoundingClientRect().top - (from - moved) : NaN;
    if (!(Math.abs(off) <= OFF)) jumps.push(`${number(one)}: ${off} px`);
    most = Math.max(most, shown.length);
  }
  return {most, jumps};
}""".replace("OFF", str(OFF_PX))
FROM_END = "box => box.scrollHeight - box.scrollTop - box.clientHeight"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """A bot that has little to say, in a server where much was said."""
    async with stall(tmp_path_factory.mktemp("playground")) as made:
        write_history(made.theatre.sim, LAB, "lobby", MANY)
        yield made


async def test_a_long_history_is_read_from_end_to_beginning(here: Stall) -> None:
    """Only a window of it stands in the page, and what one looks at stays where it is."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        await expect(tab.last).to_contain_text(f"Message {MANY}")
        for by, until in ((-BY_PX, 1), (BY_PX, 1_000)):
            seen = await tab.page.evaluate(SCROLL, [by, until])
            assert seen["jumps"] == []
            assert seen["most"] <= MOST_NODES


async def test_what_is_said_meanwhile_waits_at_the_end(here: Stall) -> None:
    """Who reads the past is not moved by the new; who reads the end follows it, and one's own words."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        grace = here.theatre.sim.person("Grace", guild=LAB, channel="lobby")
        box = tab.page.locator(".messages")
        await expect(tab.last).to_contain_text(f"Message {MANY}")
        await grace.say("At the end")
        await expect(tab.last).to_contain_text("At the end")
        assert await box.evaluate(FROM_END) < OFF_PX
        await tab.page.set_viewport_size({"width": 700, "height": 500})
        await expect(tab.last).to_be_in_viewport()
        await tab.page.set_viewport_size({"width": 1280, "height": 800})

        await tab.page.evaluate(SCROLL, [-BY_PX, MANY - 500])
        before = await box.evaluate("box => [box.scrollTop, box.innerText]")
        await grace.say("Not seen yet")
        await expect(tab.page.locator(".channel.unread")).to_have_count(0)
        assert await box.evaluate("box => [box.scrollTop, box.innerText]") == before
        await tab.page.get_by_role("button", name="Go to the newest").click()
        await expect(tab.last).to_contain_text("Not seen yet")
        assert await box.evaluate(FROM_END) < OFF_PX

        await tab.page.evaluate(SCROLL, [-BY_PX, MANY - 500])
        await tab.composer.fill("My own")
        await tab.composer.press("Enter")
        await expect(tab.last).to_contain_text("My own")
        assert await box.evaluate(FROM_END) < OFF_PX
