"""The page in a real browser, as somebody uses it who has never seen it before."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from examples.demo import MeetingsModule, NotesModule, StarsModule
from examples.gallery import GalleryModule
from support.browser import Stall, stall
from support.demo import fill_note, keep_a_note

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """The demo's modules and the gallery's, behind the page, before a browser."""
    folder = tmp_path_factory.mktemp("playground")
    async with stall(folder, NotesModule, MeetingsModule, StarsModule, GalleryModule) as made:
        yield made


async def test_a_newcomer_switches_a_module_off_and_on(here: Stall) -> None:
    """From the first screen: the command works, vanishes from the picker when it is off, and comes back."""
    async with here.tab() as tab:
        await expect(tab.last).to_contain_text("Welcome to Lovelace's Lab")
        await tab.slash("meet", "Tea at four")
        await expect(tab.last).to_contain_text("Coming: nobody yet")
        old = tab.messages.filter(has_text="Tea at four").last
        await tab.slash("modules disable", "meetings")
        await expect(tab.last).to_contain_text("meetings is now off")
        await expect(tab.last).to_contain_text("Only you can see this")
        await tab.offers("meet", offered=False)

        await old.get_by_role("button", name="I'm in").click()
        await expect(tab.last).to_contain_text("switched off")

        await tab.backstage("Modules")
        switch = tab.page.get_by_role("switch", name="meetings")
        await expect(switch).not_to_be_checked()  # it tells what the command did, a moment later
        await switch.click()
        await expect(switch).to_be_checked()
        await expect(tab.page.locator(".backstage")).to_be_visible()
        await tab.offers("meet")
        await old.get_by_role("button", name="I'm in").click()
        await expect(old).to_contain_text("Coming: Ada")


async def test_a_form_is_checked_and_filled_and_found_again(here: Stall) -> None:
    """A field that is missing is named; what was kept is suggested as it is typed."""
    async with here.tab() as tab:
        await tab.slash("note add")
        form = tab.page.get_by_role("dialog")
        await form.get_by_role("button", name="Submit").click()
        await expect(form.get_by_text("This field is required").first).to_be_visible()
        await keep_a_note(tab)


async def test_enter_takes_the_suggestion_that_is_marked(here: Stall) -> None:
    """The first one is marked when the list comes; Escape puts the list away, and what was typed is sent."""
    async with here.tab() as tab:
        keyboard = tab.page.keyboard
        await tab.slash("note add")
        await fill_note(tab, "Biscuits", "With the tea")
        field = tab.page.locator(".chip input:focus")
        for number, taking in enumerate(("Enter", "Tab"), start=1):
            await tab.composer.fill("/note show")
            await keyboard.press("Enter")
            await field.fill("bis")
            await expect(tab.page.get_by_role("option", name="Biscuits", selected=True)).to_be_visible()
            marked = await field.get_attribute("aria-activedescendant")
            await expect(tab.page.locator(f"[id='{marked}']")).to_have_text("Biscuits")
            await keyboard.press(taking)
            await keyboard.press("Enter")
            await expect(tab.page.locator(".embed", has_text="With the tea")).to_have_count(number)

        await tab.composer.fill("/note show")
        await keyboard.press("Enter")
        await field.fill("bis")
        await expect(tab.page.get_by_role("option", name="Biscuits", selected=True)).to_be_visible()
        await keyboard.press("Escape")
        await expect(tab.page.locator(".suggestions")).to_have_count(0)
        await keyboard.press("Enter")
        await expect(tab.last).to_contain_text("There is no such note")
        await expect(tab.last.locator(".embed")).to_have_count(0)


async def test_a_star_is_one_press_away(here: Stall) -> None:
    """A star counts from the tools of a message and from its menu, as the demo's bot asks for."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        grace = here.theatre.sim.person("Grace", guild="Lovelace's Lab", channel="lobby")
        await grace.say("Well said")
        await expect(tab.last).to_contain_text("Well said")
        await tab.last.hover()
        await tab.last.get_by_role("button", name="React with ⭐").click()
        await expect(tab.last.get_by_role("button", name="⭐, 1 reacted")).to_be_visible()
        await tab.last.click(button="right")
        await tab.page.get_by_role("menuitem", name="React with 🎉").click()
        await expect(tab.last.get_by_role("button", name="🎉, 1 reacted")).to_be_visible()
        await tab.slash("stars")
        await expect(tab.last).to_contain_text("⭐ 1 @Grace")


async def test_forms_have_every_kind_of_input(here: Stall) -> None:
    """Texts, menus, boxes and files of a form reach the bot as they were put."""
    async with here.tab() as tab:
        await tab.slash("form")
        form = tab.page.get_by_role("dialog")
        await form.get_by_label("Name").fill("A")
        await form.get_by_role("button", name="Submit").click()
        await expect(form.get_by_text("Must be at least 2 characters")).to_be_visible()
        await form.get_by_label("Name").fill("Ada")
        await form.get_by_role("button", name="Tea").click()
        await form.get_by_role("option", name="Black").click()
        await form.get_by_role("button", name="Guest").click()
        await form.get_by_role("option", name="Grace").click()
        await form.get_by_role("button", name="Submit").click()
        await expect(tab.last).to_contain_text("Tea: black")
        await expect(tab.last).to_contain_text("Guest: grace")

        await tab.slash("choices")
        await form.get_by_role("radio", name="Pot").check()
        await form.get_by_role("checkbox", name="Sugar").check()
        await form.get_by_role("checkbox", name="Hurry").check()
        await form.get_by_label("Picture").set_input_files(
            {"name": "cup.txt", "mimeType": "text/plain", "buffer": b"x"}
        )
        await form.get_by_role("button", name="Submit").click()
        for words in ("Size: Pot", "Extras: Sugar", "Hurry: True", "cup.txt"):
            await expect(tab.last).to_contain_text(words)


async def test_the_gallery_is_shown_and_answers(here: Stall) -> None:
    """All that a bot can show is shown; sections, buttons, menus, polls and reactions answer."""
    async with here.tab() as tab:
        await tab.channel("bots")
        await tab.slash("gallery")
        reply = tab.last
        await expect(reply).to_contain_text("A reply")
        await expect(tab.page.locator(".unknown")).to_have_count(0)
        await expect(tab.page.locator(".forwarded")).to_contain_text("has reactions, a reply and a thread")
        # Bullets and the numbers right below them are two lists.
        await expect(tab.page.locator(".markdown > ul > li")).to_have_count(2)
        await expect(tab.page.locator(".markdown > ol > li")).to_have_count(2)

        await tab.page.get_by_role("button", name="Take").click()
        await expect(tab.last).to_contain_text("You pressed Take.")
        await tab.page.get_by_role("button", name="Success").click()
        await expect(tab.last).to_contain_text("You pressed Success.")
        menus = tab.messages.filter(has_text="Select menus")
        for name, option, words in (
            ("Choose a member", "Grace", "You chose grace."),
            ("Choose a role", "Moderators", "You chose Moderators."),
            ("Choose a channel", "lobby", "You chose lobby."),
        ):
            await menus.get_by_role("button", name=name).click()
            await menus.get_by_role("option", name=option).click()
            await expect(tab.last).to_contain_text(words)
        await menus.get_by_role("button", name="Choose a tea").click()
        for option in ("Green", "Black"):
            await menus.get_by_role("option", name=option).click()
        await menus.get_by_role("button", name="Done").click()
        await expect(tab.last).to_contain_text("You chose green, black.")

        poll = tab.page.locator(".poll")
        await poll.get_by_text("Never").click()
        await poll.get_by_role("button", name="Vote", exact=True).click()
        await expect(poll).to_contain_text("100%")
        star = tab.page.get_by_role("button", name="⭐, 1 reacted")
        await star.click()
        await expect(tab.page.get_by_role("button", name="⭐, 2 reacted")).to_be_visible()
        await tab.channel("A thread")
        await expect(tab.last).to_contain_text("The first words of the thread")


async def test_options_are_chips(here: Stall) -> None:
    """Choices, members, numbers and truths are taken or refused where they are typed."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        await tab.composer.fill("/brew")
        await tab.page.keyboard.press("Enter")
        await tab.page.locator(".chip input:focus").fill("ool")
        await tab.page.get_by_role("option", name="Oolong").click()
        for option, value in (("cups", "11"), ("size", "Large"), ("guest", "Grace"), ("milk", "True")):
            await tab.page.get_by_role("button", name=f"+ {option}").click()
            await tab.page.locator(".chip input:focus").fill(value)
            await tab.page.keyboard.press("Enter")
        await tab.page.get_by_role("button", name="Run").click()
        await expect(tab.page.get_by_text("At most 10")).to_be_visible()
        await tab.page.locator("[data-option=cups]").fill("3")
        await tab.page.get_by_role("button", name="Run").click()
        await expect(tab.last).to_contain_text("3 x Oolong, Large, for Grace, milk: True")


async def test_menus_of_messages_and_members(here: Stall) -> None:
    """A right click offers the bot's commands for what is under it."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        await tab.composer.fill("Four")
        await tab.page.keyboard.press("Enter")
        await expect(tab.last).to_contain_text("Four")
        await tab.last.click(button="right")
        await tab.page.get_by_role("menuitem", name="Count the letters").click()
        await expect(tab.last).to_contain_text("4 letters")

        await tab.page.locator(".members").get_by_text("Grace").click()
        await tab.page.get_by_role("menuitem", name="Wave at").click()
        await expect(tab.last).to_contain_text("👋 Grace")
        await tab.page.locator(".members").get_by_text("Mallory").click()
        await tab.page.get_by_role("menuitemcheckbox", name="Moderators").click()
        moderators = tab.page.locator(".members button", has_text="Mallory")
        await moderators.click()
        await expect(tab.page.get_by_role("menuitemcheckbox", name="Moderators")).to_be_checked()


async def test_what_goes_wrong_is_said(here: Stall) -> None:
    """Thinking is shown while it lasts, silence is told of, and what is private can be dismissed."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        await tab.slash("think")
        await expect(tab.last).to_contain_text("is thinking…")
        await expect(tab.last).to_contain_text("I have thought about it.")
        await tab.slash("secret")
        await expect(tab.last).to_contain_text("Between the two of us.")
        await tab.last.get_by_role("button", name="Dismiss message").click()
        await expect(tab.page.get_by_text("Between the two of us.")).to_have_count(0)
        await expect(tab.composer).to_be_focused()
        await tab.slash("gallery")
        await tab.page.get_by_role("button", name="Never answers").last.click()
        await tab.slash("silence")
        await expect(tab.page.get_by_text("The application did not respond")).to_have_count(2)


async def test_two_members_in_one_conversation(here: Stall) -> None:
    """Side by side each sees what the other says, and only their own secrets; the dialogue becomes a test."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        await tab.backstage("Test")
        await tab.page.get_by_role("button", name="Forget the steps").click()
        await tab.page.get_by_role("button", name="Split").click()
        first, second = tab.page.locator(".pane").first, tab.page.locator(".pane").nth(1)
        await first.locator("textarea").fill("Hello Grace")
        await first.locator("textarea").press("Enter")
        await expect(second.locator("article.message").last).to_contain_text("Hello Grace")
        await second.locator("textarea").fill("Hello Ada")
        await second.locator("textarea").press("Enter")
        await expect(first.locator("article.message").last).to_contain_text("Hello Ada")
        await tab.slash("secret", pane=1)
        await expect(second).to_contain_text("Between the two of us.")
        await expect(first).not_to_contain_text("Between the two of us.")

        await tab.page.get_by_role("button", name="Save as test").click()
        text = tab.page.get_by_label("The test")
        await expect(text).to_contain_text("await ada.say('Hello Grace')")
        await expect(text).to_contain_text("seen = await grace.slash('secret')")
        await expect(text).to_contain_text("assert seen.message.ephemeral")


async def test_a_reply_a_file_and_a_direct_message(here: Stall) -> None:
    """What members do among themselves and with the bot alone works as well."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        await tab.composer.fill("Look at this")
        await tab.page.locator(".composer input[type=file]").set_input_files(
            {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"tea"}
        )
        await tab.composer.press("Enter")
        await expect(tab.last).to_contain_text("plan.txt")
        await tab.last.hover()
        await tab.last.get_by_role("button", name="Reply").click()
        await tab.composer.fill("I **did**\n## At four")
        await tab.composer.press("Enter")
        await expect(tab.last).to_contain_text("I did")
        await expect(tab.last).to_have_attribute("aria-label", "Ada: I did At four")
        await expect(tab.last.locator(".answered")).to_contain_text("Look at this")
        await expect(tab.last).not_to_contain_class("mentioned")

        await tab.page.get_by_role("button", name="Direct messages").click()
        await tab.page.get_by_role("button", name="Message Wisp").click()
        await tab.composer.fill("Only for you")
        await tab.composer.press("Enter")
        await expect(tab.last).to_contain_text("Only for you")


async def test_a_direct_message_from_the_bot_is_marked(here: Stall) -> None:
    """Who was never written to before sees at once that the bot has written, and reads it."""
    async with here.tab() as tab:
        grace = here.theatre.sim.user("Grace").id
        await tab.page.get_by_role("combobox", name="You are").select_option(str(grace))
        await tab.channel("lobby")
        home = tab.page.get_by_role("button", name="Direct messages")
        await expect(home).to_have_accessible_name("Direct messages")
        user = here.theatre.app.bot.get_user(grace)
        assert user is not None
        await user.send("Are you there?")
        await expect(home).to_have_accessible_name("Direct messages, unread")
        await home.click()
        await expect(tab.last).to_contain_text("Are you there?")
        await expect(home).to_have_accessible_name("Direct messages")


async def test_comes_and_goes(here: Stall) -> None:
    """Channels are made, members leave and are let in again, and one may be anybody."""
    async with here.tab() as tab:
        tab.page.on("dialog", lambda dialog: dialog.accept("tea-room"))
        await tab.page.get_by_role("button", name="Actions for").click()
        await tab.page.get_by_role("menuitem", name="Create a channel").click()
        await tab.channel("tea-room")
        await tab.page.get_by_label("You are").select_option(str(here.theatre.sim.user("Mallory").id))
        await tab.page.get_by_role("button", name="Actions for").click()
        await tab.page.get_by_role("menuitem", name="Leave Lovelace's Lab").click()
        await expect(tab.page.get_by_role("button", name="Lovelace's Lab")).to_have_count(0)
        await tab.page.get_by_label("You are").select_option(str(here.theatre.sim.user("Ada").id))
        await expect(tab.page.locator(".members")).not_to_contain_text("Mallory")
        await tab.page.get_by_role("button", name="Actions for").click()
        await tab.page.get_by_role("menuitem", name="Let Mallory join").click()
        await expect(tab.page.locator(".members")).to_contain_text("Mallory")


async def test_the_backstage_tells_and_breaks(here: Stall) -> None:
    """Decisions, traffic and the log fill as one plays; a fault is felt, and mended."""
    async with here.tab() as tab:
        await tab.channel("lobby")
        await tab.slash("secret")
        await tab.backstage("Decisions")
        await tab.page.locator(".record", has_text="/secret").first.click()
        await expect(tab.page.locator(".record-detail").first).to_contain_text("Reference")
        await tab.backstage("Traffic")
        await expect(tab.page.locator(".traffic")).to_contain_text("INTERACTION_CREATE")
        await tab.backstage("Log")
        await expect(tab.page.locator(".log")).to_contain_text("command.completed")
        await tab.backstage("Time & faults")
        errors = tab.page.get_by_role("switch", name="Discord fails")
        await errors.click()
        await expect(errors).to_be_checked()
        await tab.slash("secret")
        await expect(tab.page.locator(".message.local, .failure").last).to_be_visible()
        await errors.click()
        await expect(errors).not_to_be_checked()
        await tab.page.get_by_role("button", name="Drop the gateway").click()
        await tab.backstage("Traffic")
        await expect(tab.page.locator(".traffic")).to_contain_text("RESUME")


async def test_finds_back_after_the_bot_and_the_server_were_started_anew(here: Stall) -> None:
    """Two tabs say that they wait, and go on by themselves, with what was said before."""
    async with here.tab() as one, here.tab() as other:
        await one.channel("lobby")
        await other.channel("lobby")
        for number, restart in enumerate((here.theatre.restart_bot, here.theatre.restart_all)):
            going = restart()
            await anext(going)
            for tab in (one, other):
                await expect(tab.page.get_by_role("status").filter(has_text="by itself")).to_be_visible()
            await anext(going, None)
            await one.ready()
            await other.ready()
            await one.composer.fill(f"Back {number}")
            await one.composer.press("Enter")
            await expect(other.last).to_contain_text(f"Back {number}")
            await other.slash("secret")
            await expect(other.last).to_contain_text("Between the two of us.")
