"""What a newcomer plays in front of ``make demo``, and the test that is kept of it."""

import asyncio
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from support.browser import Tab, new_tab, started
from support.demo import fill_note, keep_a_note, make_demo, run_test
from tools.environment import ROOT

pytestmark = pytest.mark.asyncio


async def with_a_switch(tab: Tab) -> None:
    """A plan works, is refused on its old button while its module is off, and works again."""
    await tab.slash("meet", "Tea at four")
    await expect(tab.last).to_contain_text("Coming: nobody yet")
    plan = tab.messages.filter(has_text="Tea at four").last
    await tab.slash("modules disable", "meetings")
    await expect(tab.last).to_contain_text("meetings is now off")
    await tab.offers("meet", offered=False)
    await plan.get_by_role("button", name="I'm in").click()
    await expect(tab.last).to_contain_text("switched off")

    await tab.slash("modules enable", "meetings")
    await expect(tab.last).to_contain_text("meetings is now on")
    await tab.offers("meet")
    await plan.get_by_role("button", name="I'm in").click()
    await expect(plan).to_contain_text("Coming: Ada")


async def with_a_form_and_a_list(tab: Tab) -> None:
    """A form is filled, an autocompletion taken, and the button of a section pressed."""
    await tab.slash("note add")
    await keep_a_note(tab)

    await tab.slash("note list")
    await expect(tab.last).to_contain_text("Tea time")
    await tab.last.get_by_role("button", name="Show").click()
    await expect(tab.last).to_contain_text("Four o'clock")
    await expect(tab.last).to_contain_text("Only you can see this")


async def with_the_second_of_a_list(tab: Tab) -> None:
    """Of several buttons with one label not the first is pressed."""
    await tab.slash("note add")
    await fill_note(tab, "Tea pot", "In the cupboard")
    await tab.slash("note list")
    await expect(tab.last).to_contain_text("Tea time")
    titles = await tab.last.inner_text()
    second = "In the cupboard" if titles.index("Tea time") < titles.index("Tea pot") else "Four o'clock"
    await tab.last.get_by_role("button", name="Show").nth(1).click()
    await expect(tab.last).to_contain_text(second)


async def with_two_members(tab: Tab) -> None:
    """Ada and Grace see what the other says and does."""

    async def say(pane: Locator, words: str) -> None:
        await pane.locator("textarea").fill(words)
        await pane.locator("textarea").press("Enter")

    await tab.channel("lobby")
    await tab.page.get_by_role("button", name="Split").click()
    ada, grace = tab.page.locator(".pane").first, tab.page.locator(".pane").nth(1)
    await tab.slash("meet", "Chess on Friday")
    await expect(grace.locator("article.message").last).to_contain_text("Chess on Friday")
    await say(grace, "Gladly")
    await expect(ada.locator("article.message").last).to_contain_text("Gladly")
    await grace.get_by_role("button", name="I'm in").click()
    await expect(ada.locator("article.message", has_text="Chess")).to_contain_text("Coming: Grace")
    await say(ada, "See you")
    await expect(grace.locator("article.message").last).to_contain_text("See you")


async def saved(tab: Tab, folder: Path) -> Path:
    """The file that the page gives."""
    await tab.backstage("Test")
    await tab.page.get_by_role("button", name="Save as test").click()
    async with tab.page.expect_download() as download:
        await tab.page.get_by_role("button", name="Download test_dialogue.py").click()
    file = folder / (await download.value).suggested_filename
    await (await download.value).save_as(file)
    return file


def with_another_answer(folder: Path) -> Path:
    """The demo bot, which says one thing in other words."""
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    notes = folder / "examples" / "demo" / "notes.py"
    text = notes.read_text("utf-8")
    assert "Kept:" in text
    notes.write_text(text.replace("Kept:", "Stored:"), "utf-8")
    return folder


async def test_what_a_newcomer_plays_becomes_a_test(tmp_path: Path) -> None:
    """From the first screen on: what is played passes as a test, which fails once an answer is another."""
    async with started() as browser, make_demo(tmp_path / "data") as address, new_tab(browser) as tab:
        await tab.open(address)
        await expect(tab.last).to_contain_text("Welcome to Lovelace's Lab")
        await with_a_switch(tab)
        await with_a_form_and_a_list(tab)
        await with_the_second_of_a_list(tab)
        await with_two_members(tab)
        file = await saved(tab, tmp_path)

    text = file.read_text("utf-8")
    assert "await ada.autocomplete('note show', 'title', 'tea')" in text
    assert "click('Show', nth=2)" in text
    assert 'seen = await ada.click("I\'m in", message=message_1)' in text
    good = await asyncio.to_thread(run_test, file)
    assert "1 passed" in good.stdout, text + good.stdout + good.stderr
    bad = await asyncio.to_thread(run_test, file, bots=with_another_answer(tmp_path / "changed"))
    assert "1 failed" in bad.stdout, bad.stdout + bad.stderr
    assert "Stored:" in bad.stdout


async def test_a_jump_in_time_lets_a_button_expire(tmp_path: Path) -> None:
    """Discord and the bot of ``make demo`` are a quarter of an hour on at once: a list's buttons go off."""
    async with started() as browser, make_demo(tmp_path / "data") as address, new_tab(browser) as tab:
        await tab.open(address)
        await with_a_form_and_a_list(tab)
        button = tab.page.get_by_role("button", name="Show")
        await expect(button).to_be_enabled()
        await tab.backstage("Time & faults")
        await tab.page.get_by_role("button", name="+ 15 minutes").click()
        await expect(button).to_be_disabled()
        await expect(tab.page.locator(".backstage")).to_contain_text("15 minutes ahead of you")
