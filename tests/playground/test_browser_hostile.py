"""Names, addresses and files that try to run: put into the offline Discord past all that it would refuse."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import discord
import pytest
import pytest_asyncio
from playwright.async_api import expect

from examples.gallery import GalleryModule
from support.browser import Stall, Tab, stall
from support.hostile import CORPUS, MARK
from support.recorded import Record
from wisp_sim import Sim
from wisp_sim.model.message import Attachment, Forward, Message, Poll
from wisp_sim.model.payload import Payload

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAB = "Lovelace's Lab"
URLS = (
    f"javascript:{MARK}",
    f"JaVaScRiPt:{MARK}",
    f" javascript:{MARK}",
    f"\x01javascript:{MARK}",
    f"java\tscript:{MARK}",
    f"java\nscript:{MARK}",
    f"javascript://example.com/%0a{MARK}",
    f"view-source:javascript:{MARK}",
    f"data:text/html,<script>{MARK}</script>",
    f"DATA:text/html;base64,{'PHNjcmlwdD4='}",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:http://127.0.0.1/1",
    "//evil.example/x",
    "/backstage/reset",
    f'https://example.com/"onmouseover="{MARK}',
    f"https://127.0.0.1.evil.example/{MARK}",
)
EVERYTHING = " ".join(CORPUS)
# What no page has that shows words as words: markup of others, and handlers in attributes.
FOREIGN = """() => [...document.querySelectorAll('#root *')].filter(one =>
  one.matches('script, iframe, object, embed, svg, base, meta, link, style')
  || [...one.attributes].some(attribute => attribute.name.startsWith('on') || attribute.name === 'srcdoc')
).map(one => one.outerHTML.slice(0, 200))"""
LINKS = """() => [...document.querySelectorAll('#root *')].flatMap(one =>
  ['href', 'src', 'action', 'formaction'].map(name => one.getAttribute(name)).filter(Boolean))"""


def rename_everything(sim: Sim) -> None:
    """Give all that has a name another."""
    store = sim._store
    for guild in store.guilds.values():
        guild.name = EVERYTHING
        for member in guild.members.values():
            member.nick = EVERYTHING
        for number, role in enumerate(guild.roles.values()):
            role.name, role.hoist = CORPUS[number % len(CORPUS)], True
        for number, channel in enumerate([*guild.channels.values(), *guild.threads.values()]):
            channel.name = channel.topic = f"{number} {EVERYTHING}"
    # The bot is found by its name; it has a nickname here.
    for number, user in enumerate(user for user in store.users.values() if not user.bot):
        user.name = f"{number} {EVERYTHING}"


def messages(sim: Sim, guild: str, channel: str) -> Iterator[Message]:
    """One message for each of the words and each of the addresses, which have it wherever there is room."""
    store = sim._store
    place = store.channels[sim.guild(guild).channel(channel).id]
    author_id = sim.user("Grace").id
    for words in (*CORPUS, *URLS):
        message = Message(store.ids.make(), place.id, place.guild_id, author_id, datetime.now(UTC), words)
        message.embeds = [embed(words)]
        message.components = components(words)
        message.attachments = [Attachment(store.ids.make(), words, b"<script>1</script>", "text/html", words)]
        answers: dict[int, Payload] = {
            1: {"text": words},
            2: {"text": "b", "emoji": {"id": None, "name": words}},
        }
        message.poll = Poll(words, answers, datetime.max.replace(tzinfo=UTC))
        snapshot: Payload = {"content": words, "embeds": [embed(words)], "attachments": []}
        message.forward = Forward(place.id, place.guild_id, message.id, snapshot)
        yield message
        shelf = Message(
            store.ids.make(), place.id, place.guild_id, author_id, datetime.now(UTC), flags=1 << 15
        )
        shelf.components = [{"type": 17, "components": v2(words)}]
        yield shelf


def embed(words: str) -> Payload:
    """An embed that is made of it."""
    picture: Payload = {"url": words}
    return {
        "type": "rich",
        "title": words,
        "description": words,
        "url": words,
        "author": {"name": words, "url": words, "icon_url": words},
        "footer": {"text": words, "icon_url": words},
        "provider": {"name": words, "url": words},
        "fields": [{"name": words, "value": words, "inline": False}],
        "image": picture,
        "thumbnail": picture,
        "video": picture,
        "timestamp": words,
    }


def components(words: str) -> list[Payload]:
    """Buttons and a menu that are labelled with it, and a link that leads there."""
    option: Payload = {"label": words, "value": words, "description": words, "emoji": {"name": words}}
    buttons: list[Payload] = [
        {"type": 2, "style": 5, "label": words, "url": words, "emoji": {"name": words}},
        {"type": 2, "style": 1, "label": words, "custom_id": words},
    ]
    menu: Payload = {"type": 3, "custom_id": words, "placeholder": words, "options": [option]}
    return [{"type": 1, "components": buttons}, {"type": 1, "components": [menu]}]


def v2(words: str) -> list[Payload]:
    """Components of the second kind that are made of it."""
    media: Payload = {"url": words}
    text: Payload = {"type": 10, "content": words}
    return [
        text,
        {"type": 9, "components": [text], "accessory": {"type": 11, "media": media, "description": words}},
        {"type": 12, "items": [{"media": media, "description": words}]},
        {"type": 13, "file": media, "name": words},
        *components(words),
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """A server in which everything has such a name, and everything such is said."""
    async with stall(tmp_path_factory.mktemp("playground"), GalleryModule) as made:
        sim = made.theatre.sim
        store = sim._store
        lobby = store.channels[sim.guild(LAB).channel("lobby").id]
        for message in messages(sim, LAB, "lobby"):
            store.messages[lobby.id][message.id] = message
        guild = made.theatre.app.bot.get_guild(sim.guild(LAB).id)
        assert guild is not None
        await guild.text_channels[0].create_thread(name="A thread", type=discord.ChannelType.public_thread)
        rename_everything(sim)
        lobby.name = "lobby"
        yield made


async def is_harmless(tab: Tab, here: Stall) -> None:
    """Nothing ran, nothing became markup, nothing leads or was fetched elsewhere."""
    assert await tab.page.evaluate("window.__ran") is None
    assert await tab.page.evaluate(FOREIGN) == []
    links = await tab.page.evaluate(LINKS)
    assert {link.partition(":")[0] for link in links if link != "#chat"} <= {"http", "https", "blob"}
    own = (here.theatre.address, here.theatre.sim.api_url.partition("/api/")[0], "blob:", "data:")
    assert [url for url in tab.asked if not url.startswith(own)] == []


async def test_names_addresses_and_files_are_words(here: Stall, record: Record) -> None:
    """Whatever has a name or an address, and wherever that is shown, it stays a word and leads nowhere."""
    async with here.tab() as tab:
        await is_harmless(tab, here)
        await tab.channel("lobby")
        await expect(tab.messages).to_have_count(2 * (len(CORPUS) + len(URLS)))
        await is_harmless(tab, here)
        for opened in (".spoiler:not(.open)", ".select-face"):
            await tab.page.eval_on_selector_all(opened, "all => all.forEach(one => one.click())")
        await is_harmless(tab, here)
        hovered = "all => all.forEach(one => one.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})))"
        await tab.page.eval_on_selector_all("#root *", hovered)
        await is_harmless(tab, here)
        assert tab.page.url == here.theatre.address
    # No route lets such messages in, so their answers are not as Discord describes them.
    record.take_problems()


async def test_names_are_words_in_menus_and_the_backstage(here: Stall) -> None:
    """Pickers, menus of members and messages, and the tabs of the drawer show the same names."""
    async with here.tab() as tab:
        await tab.page.locator(".members button").first.click()
        await tab.page.get_by_role("menuitem").first.wait_for()
        await is_harmless(tab, here)
        await tab.page.keyboard.press("Escape")
        await tab.page.get_by_role("button", name="Actions for").click()
        await tab.page.get_by_role("menuitem").first.wait_for()
        await is_harmless(tab, here)
        await tab.page.keyboard.press("Escape")
        await tab.composer.fill("/brew")
        await tab.page.keyboard.press("Enter")
        await tab.page.get_by_role("button", name="+ guest").click()
        await tab.page.locator(".suggestions li").first.wait_for()
        await is_harmless(tab, here)
        await tab.page.get_by_role("button", name="Give up this command").click()
        await tab.slash("secret")
        await expect(tab.last).to_contain_text("Between the two of us.")
        for name in ("Modules", "Decisions", "Traffic", "Log", "Time & faults", "Test"):
            await tab.backstage(name)
            await is_harmless(tab, here)
        await tab.page.get_by_role("button", name="Split").click()
        await is_harmless(tab, here)
