"""The demo bot, as a club would use it."""

from examples.demo import MeetingsModule, NotesModule, StarsModule
from support.clock import FakeClock
from support.offline import offline
from wisp_framework.testing import StartApp
from wisp_sim import Sim


async def test_a_note_is_written_found_shown_and_thrown_away() -> None:
    """A form writes it, an autocompletion finds it, everybody may read it, and it can go."""
    async with offline(NotesModule) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        opened = await ada.slash("note add")
        assert opened.form is not None
        assert "Kept: **Tea time**" in (await ada.submit(Title="Tea time", Text="Four o'clock, kitchen")).text

        found = await mallory.autocomplete("note show", "title", "tea")
        assert [choice.name for choice in found.choices or ()] == ["Tea time"]
        shown = await mallory.slash("note show", title="Tea time")
        assert "Four o'clock, kitchen" in shown.text

        assert "Gone." in (await ada.slash("note delete", title="Tea time")).text
        assert "no such note" in (await mallory.slash("note show", title="Tea time")).text


async def test_the_list_of_notes_shows_each_until_its_buttons_go_off(sim: Sim, start_app: StartApp) -> None:
    """A section's button shows its note to whoever presses it; after ten minutes it is off."""
    await start_app(NotesModule)
    ada = sim.person("Ada")
    assert "No notes yet" in (await ada.slash("note list")).text
    await ada.slash("note add")
    await ada.submit(Title="Tea time", Text="Four o'clock, kitchen")

    assert "Tea time" in (await ada.slash("note list")).text
    shown = await ada.click("Show")
    assert shown.message is not None
    assert (shown.text, shown.message.ephemeral) == ("Four o'clock, kitchen", True)

    await sim.advance(seconds=900)
    changed = await ada.until(lambda seen: seen.message is not None)
    assert changed.message is not None
    assert [control.disabled for control in changed.message.controls] == [True]


async def test_notes_stay_in_their_guild() -> None:
    """What one guild keeps, another does not see."""
    async with offline(NotesModule) as here:
        ada = await here.person("Ada")
        await ada.slash("note add")
        await ada.submit(Title="Secret", Text="Only here")

        grace = await here.person("Grace", "Tower")
        assert "no such note" in (await grace.slash("note show", title="Secret")).text


async def test_a_meeting_collects_who_comes() -> None:
    """Each press adds a member or takes them off again, and everybody sees the list."""
    async with offline(MeetingsModule) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        await ada.slash("meet", what="Chess on Friday")
        assert "Coming: Mallory" in (await mallory.click("I'm in")).text
        assert "Coming: Mallory, Ada" in (await ada.click("I'm in")).text
        assert "Coming: Ada" in (await mallory.click("I'm in")).text


async def test_stars_count_for_the_author_and_the_leader_is_named() -> None:
    """A star under somebody else's message counts, one's own does not; once an hour the leader is named."""
    clock = FakeClock()
    async with offline(StarsModule, clock=clock) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        await mallory.say("I mended the roof")
        await mallory.react(None, "⭐")
        await ada.react(None, "⭐")
        mallory_id = here.sim.user("Mallory").id

        assert f"⭐ 1 <@{mallory_id}>" in (await ada.slash("stars")).text
        await clock.advance(3600)
        await here.settle()
        assert f"<@{mallory_id}> leads with 1" in (await ada.history())[-1].text
