"""``wisp dev``'s page in a real browser: until it can be used, until an answer is shown, while one scrolls.

python -m benchmarks.page
"""

import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, expect

from benchmarks.history import write_history
from tools.screens import chromium, opened, served
from wisp_sim import Sim, World

ROUNDS = 3
COMMANDS = 20
MESSAGES = 5_000
FRAMES = 400
BY_PX = 60
APP = "examples.demo:app"

# When the last key was pressed, and when the newest message was first there with its words.
WATCH = """() => {
  const box = document.querySelector('.messages');
  document.addEventListener('keydown', () => { window.pressed = performance.now(); window.shown = 0; }, true);
  new MutationObserver(() => {
    const words = [...box.querySelectorAll('article.message .words')].at(-1);
    if (!window.shown && words?.innerText.startsWith('Pong!')) window.shown = performance.now();
  }).observe(box, {childList: true, subtree: true, characterData: true});
}"""
TOOK = """async () => {
  while (!window.shown) await new Promise(requestAnimationFrame);
  return window.shown - window.pressed;
}"""
OWN = "async () => (await (await fetch('/backstage/decisions')).json())[0].took_ms"
SCROLL = """async ([selector, frames, by]) => {
  const box = document.querySelector(selector);
  const deltas = [];
  let before = await new Promise(requestAnimationFrame);
  for (let count = 0; count < frames; count++) {
    box.scrollTop -= by;
    const now = await new Promise(requestAnimationFrame);
    deltas.push(now - before);
    before = now;
  }
  return deltas;
}"""
STATIC = """<!doctype html>
<div id="box" style="height:700px;overflow:auto"><div style="height:60000px"></div></div>
<script>box.scrollTop = 50000</script>"""


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many of a hundred do not exceed."""
    return sorted(values)[min(len(values) - 1, round(share / 100 * len(values)))]


def ready_s(browser: Browser) -> float:
    """From the start of ``wisp dev`` until the page can be used."""
    begun = time.perf_counter()
    with served(APP) as address, opened(browser, address, light=True, still=False):
        return time.perf_counter() - begun


def answers_ms(browser: Browser) -> tuple[list[float], list[float]]:
    """From the last key of /ping until its answer is shown: all of it, and without the bot's own time."""
    totals, beyond = [], []
    with served(APP) as address, opened(browser, address, light=True, still=False) as page:
        page.evaluate(WATCH)
        for _ in range(COMMANDS):
            page.locator(".composer textarea").fill("/ping")
            expect(page.locator(".picker [aria-selected=true] b")).to_have_text("/ping")
            page.keyboard.press("Enter")
            page.locator(".composer.filling .run:focus").wait_for()
            page.keyboard.press("Enter")
            total = float(page.evaluate(TOOK))
            page.locator(".composer textarea").wait_for()
            totals.append(total)
            beyond.append(total - float(page.evaluate(OWN)))
    return totals, beyond


def frames_ms(browser: Browser) -> tuple[list[float], list[float]]:
    """Times between frames while scrolling: through a long history, and over an empty page."""
    with TemporaryDirectory() as folder:
        sim = Sim(World.demo())
        write_history(sim, "Lovelace's Lab", "lobby", MESSAGES)
        sim.save(Path(folder) / "world.json")
        with served(APP, Path(folder)) as address, opened(browser, address, light=True, still=False) as page:
            page.locator(".channel", has_text="lobby").click()
            page.get_by_text(f"Message {MESSAGES}", exact=True).wait_for()
            full: list[float] = page.evaluate(SCROLL, [".messages", FRAMES, BY_PX])
            page.goto("about:blank")
            page.set_content(STATIC)
            empty: list[float] = page.evaluate(SCROLL, ["#box", FRAMES, BY_PX])
    return full, empty


def main() -> int:
    """Measure all of it and print one JSON object; returns the exit status."""
    with chromium() as browser:
        ready = [ready_s(browser) for _ in range(ROUNDS)]
        answers = [answers_ms(browser) for _ in range(ROUNDS)]
        frames = [frames_ms(browser) for _ in range(ROUNDS)]
    totals, beyond = min(answers, key=lambda one: statistics.median(one[1]))
    full, empty = min(frames, key=lambda one: percentile(one[0], 95))
    told = {
        "usable after (s)": min(ready),
        "answer shown after (ms), median": statistics.median(totals),
        "of it beyond the bot's own time (ms), median": statistics.median(beyond),
        "of it beyond the bot's own time (ms), p95": percentile(beyond, 95),
        "frame of a long history (ms), p50": percentile(full, 50),
        "frame of a long history (ms), p95": percentile(full, 95),
        "frame of an empty page (ms), p50": percentile(empty, 50),
        "frame of an empty page (ms), p95": percentile(empty, 95),
    }
    print(json.dumps({name: round(value, 1) for name, value in told.items()}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
