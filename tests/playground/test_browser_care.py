"""What a careful page keeps to: nothing that others wrote runs, everybody can use it, at every size."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
from discord import app_commands
from playwright.async_api import Page, expect

from examples.gallery import GalleryModule
from support.browser import Stall, stall
from support.hostile import CORPUS, MARK
from wisp_framework import Module

pytestmark = pytest.mark.asyncio(loop_scope="module")

AXE = Path(__file__).parents[2] / "playground" / "node_modules" / "axe-core" / "axe.min.js"


class HostileModule(Module):
    """Says what tries to run, in every place where a bot's words are shown."""

    name = "hostile"

    @app_commands.command()
    async def attack(self, interaction: discord.Interaction, number: int) -> None:
        """Say one thing everywhere."""
        words = CORPUS[number]
        embed = discord.Embed(title=words, description=words, url="https://example.com/?" + "x" * 9)
        embed.set_author(name=words).set_footer(text=words).add_field(name=words, value=words)
        embed.set_image(url="https://evil.example/image.png").set_thumbnail(url="https://evil.example/t.png")
        await interaction.response.send_message(words, embed=embed, view=hostile_view(words))
        shelf = discord.ui.LayoutView()
        shelf.add_item(discord.ui.Container(discord.ui.TextDisplay(words)))
        await interaction.followup.send(view=shelf)

    @app_commands.command()
    async def ask(self, interaction: discord.Interaction, number: int) -> None:
        """Ask in a form."""
        await interaction.response.send_modal(hostile_form(CORPUS[number]))

    @app_commands.command()
    async def wide(self, interaction: discord.Interaction) -> None:
        """Say the longest words that Discord takes."""
        await interaction.response.send_message("As wide as it goes", view=hostile_view("W" * 150))


def hostile_view(words: str) -> discord.ui.View:
    """Buttons and menus that are labelled with it."""
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label=words[:80]))
    options = [discord.SelectOption(label=words[:100], value="1", description=words[:100])]
    view.add_item(discord.ui.Select(placeholder=words[:150], options=options))
    return view


def hostile_form(words: str) -> discord.ui.Modal:
    """A form that is labelled with it."""
    form = discord.ui.Modal(title=words[:45])
    form.add_item(discord.ui.TextDisplay(words))
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(placeholder=words[:100], default=words)
    form.add_item(discord.ui.Label(text=words[:45], description=words[:100], component=field))
    return form


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """The gallery's bot, which is hostile as well."""
    async with stall(tmp_path_factory.mktemp("playground"), GalleryModule, HostileModule) as made:
        yield made


async def test_nothing_that_a_bot_says_runs_or_leads_elsewhere(here: Stall) -> None:
    """Words that try to run are shown as words, wherever they stand, and nothing is fetched for them."""
    sim = here.theatre.sim
    async with here.tab() as tab:
        await tab.channel("bots")
        bot = sim.person("Grace", guild="Lovelace's Lab", channel="bots")
        for number in range(len(CORPUS)):
            seen = await bot.slash("attack", number=number)
            assert seen.answered, seen
        await expect(tab.messages).to_have_count(2 * len(CORPUS))
        for menu in await tab.page.locator(".select-face").all():
            await menu.click()
            await tab.page.keyboard.press("Escape")
        for number in range(len(CORPUS)):
            await tab.slash("ask", str(number))
            await tab.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        assert await tab.page.evaluate("window.__ran") is None
        links = await tab.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        assert {link.partition(":")[0] for link in links} <= {"http", "https"}
        own = (here.theatre.address, sim.api_url.partition("/api/")[0], "blob:", "data:")
        assert [url for url in tab.asked if not url.startswith(own)] == []


async def test_names_and_files_do_not_run_either(here: Stall) -> None:
    """Channels, nicknames, threads, roles and file names are words as well."""
    async with here.tab() as tab:
        lab = here.theatre.sim.guild("Lovelace's Lab").id
        name = f"<img src=x onerror={MARK}>"[:32]
        token = here.theatre.sim.user("Ada").token
        for method, path, body in (
            ("PATCH", f"/guilds/{lab}/members/@me", {"nick": name}),
            ("POST", f"/guilds/{lab}/roles", {"name": name, "hoist": True}),
            ("POST", f"/guilds/{lab}/channels", {"name": name, "type": 2, "topic": name}),
        ):
            status = await tab.page.evaluate(
                "async ([method, path, body, token]) => {"
                " const headers = {Authorization: token, 'Content-Type': 'application/json'};"
                " const how = {method, headers, body: JSON.stringify(body)};"
                " return (await fetch('/discord/api' + path, how)).status }",
                [method, path, body, token],
            )
            assert status < 300, path
        await tab.page.locator(".composer input[type=file]").set_input_files(
            {
                "name": "<img src=x onerror=1>.html",
                "mimeType": "text/html",
                "buffer": f"<script>{MARK}</script>".encode(),
            }
        )
        await tab.composer.press("Enter")
        await expect(tab.last.locator(".file")).to_be_visible()
        await expect(tab.page.locator(".members")).to_contain_text(name)
        assert await tab.page.evaluate("window.__ran") is None


async def findings(page: Page) -> list[str]:
    """What axe-core finds that is serious or worse."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:3]
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: make page (needs Node)")
@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
async def test_everybody_can_use_it(here: Stall, light: bool) -> None:
    """axe-core finds nothing serious on the main screens."""
    async with here.tab(light=light) as tab:
        found: dict[str, list[str]] = {"first screen": await findings(tab.page)}
        await tab.channel("lobby")
        await tab.slash("gallery")
        await expect(tab.last).to_contain_text("A reply")
        found["gallery"] = await findings(tab.page)
        await tab.composer.fill("/")
        await tab.page.locator(".picker li").first.wait_for()
        found["picker"] = await findings(tab.page)
        await tab.composer.fill("/brew")
        await tab.page.keyboard.press("Enter")
        await tab.page.locator(".suggestions li").first.wait_for()
        found["chips"] = await findings(tab.page)
        await tab.page.keyboard.press("Escape")
        await expect(tab.page.locator(".suggestions")).to_have_count(0)
        await tab.page.keyboard.press("Escape")
        for name in ("form", "choices"):
            await tab.slash(name)
            found[name] = await findings(tab.page)
            await tab.page.keyboard.press("Escape")
        await tab.last.click(button="right")
        await tab.page.get_by_role("menuitem", name="Copy text").wait_for()
        found["menu"] = await findings(tab.page)
        await tab.page.keyboard.press("Escape")
        for name in ("Modules", "Decisions", "Traffic", "Log", "Time & faults", "Test"):
            await tab.backstage(name)
            found[name] = await findings(tab.page)
        await tab.page.get_by_role("button", name="Split").click()
        found["split"] = await findings(tab.page)
        told = [f"{screen}: {one}" for screen, all_ in found.items() for one in all_]
        assert not told, "\n".join(told)


async def test_the_keyboard_is_enough(here: Stall) -> None:
    """Picker, chips, form, menus and tabs are used without a mouse, and the focus comes back."""
    async with here.tab() as tab:
        keyboard = tab.page.keyboard
        await tab.composer.focus()
        await keyboard.type("/for")
        await expect(tab.page.locator(".picker [aria-selected=true] b")).to_have_text("/form")
        await keyboard.press("Enter")
        await keyboard.press("Enter")
        form = tab.page.get_by_role("dialog")
        await expect(form.get_by_label("Name")).to_be_focused()
        await keyboard.type("Ada")
        await form.get_by_role("button", name="Tea").focus()
        await keyboard.press("Enter")
        await keyboard.press("ArrowDown")
        await keyboard.press("Enter")
        await expect(form.get_by_role("button", name="Tea")).to_be_focused()
        await form.get_by_label("Name").focus()
        await keyboard.press("Enter")
        await expect(tab.last).to_contain_text("Name: Ada")
        await expect(tab.last).to_contain_text("Tea: black")
        await expect(tab.composer).to_be_focused()

        await tab.page.get_by_role("button", name="Backstage").focus()
        await keyboard.press("Enter")
        await tab.page.get_by_role("tab", name="Modules").focus()
        await keyboard.press("ArrowRight")
        await expect(tab.page.get_by_role("tab", name="Decisions")).to_have_attribute("aria-selected", "true")
        await tab.page.get_by_role("button", name="Close the backstage").focus()
        await keyboard.press("Enter")
        opener = tab.page.get_by_role("button", name="Backstage")
        await expect(opener).to_be_focused()
        await keyboard.press("Enter")
        await tab.page.get_by_role("tab", name="Decisions").focus()
        await keyboard.press("Escape")
        await expect(tab.page.locator(".backstage")).to_have_count(0)
        await expect(opener).to_be_focused()
        await tab.page.locator(".members button").first.focus()
        await keyboard.press("Enter")
        await expect(tab.page.get_by_role("menuitem").first).to_be_focused()
        await keyboard.press("ArrowDown")
        await keyboard.press("Escape")
        await expect(tab.page.locator(".members button").first).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
async def test_fits_the_screen(here: Stall, width: int) -> None:
    """Nothing is wider than the screen, and all can be reached."""
    async with here.tab(width=width, height=844) as tab:
        if width < 720:
            await tab.page.get_by_role("button", name="Servers and channels").click()
        await tab.channel("lobby")
        await tab.slash("gallery")
        await expect(tab.last).to_contain_text("A reply")
        for name in ("Modules", "Time & faults"):
            await tab.backstage(name)
            assert await tab.page.evaluate("document.documentElement.scrollWidth") == width
            await tab.page.get_by_role("button", name="Close the backstage").click()
        await tab.slash("wide")
        await expect(tab.last).to_contain_text("As wide as it goes")
        await tab.last.locator(".select-face").click()
        wider = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
        assert await tab.page.eval_on_selector_all(".messages, article.message, .select-list", wider) == []


async def test_what_lies_over_the_chat_goes_away(here: Stall) -> None:
    """Escape and a tap beside it close a phone's drawer; members lie over the chat only if asked for."""
    async with here.tab(width=390, height=844) as tab:
        opener = tab.page.get_by_role("button", name="Servers and channels")
        side = tab.page.locator(".side")
        await opener.click()
        await expect(side).to_be_visible()
        await tab.page.keyboard.press("Escape")
        await expect(side).to_be_hidden()
        await expect(opener).to_be_focused()
        await opener.click()
        await tab.page.mouse.click(380, 400)
        await expect(side).to_be_hidden()

        members = tab.page.locator(".members")
        await tab.page.set_viewport_size({"width": 1280, "height": 800})
        await expect(members).to_be_visible()
        await tab.page.set_viewport_size({"width": 640, "height": 400})
        await expect(members).to_have_count(0)
        await tab.page.get_by_role("button", name="Members").click()
        await expect(members).to_be_visible()
