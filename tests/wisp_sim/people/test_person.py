"""People over the wire, with a plain discord.py bot at the other end."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import discord
import pytest

from support.botty import Botty
from support.raw_user import raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.people import NotThereError, Person, Seen, UnusableError, WireError

Call = Callable[[str], Awaitable[Person]]


async def test_knows_who_and_where_they_are(ada: Person, sim: Sim) -> None:
    """After login a person has their name and id, and stands in the first channel of their first guild."""
    assert (ada.name, ada.id) == ("Ada", sim.user("Ada").id)
    assert (ada.guild, ada.channel, ada.guilds) == ("Lab", "general", ("Lab",))


async def test_sees_the_answer_to_a_slash_command(ada: Person) -> None:
    """A command's answer is seen by who ran it."""
    seen = await ada.slash("ping")

    assert seen.answered
    assert [(message.author, message.content) for message in seen.messages] == [("Botty", "Pong!")]
    assert seen.messages[0].by_bot


async def test_only_one_person_sees_an_ephemeral_answer(ada: Person, call: Call) -> None:
    """An ephemeral answer is marked, and nobody else sees it."""
    grace = await call("Grace")
    seen = await ada.slash("secret")

    assert seen.messages[0].ephemeral
    assert seen.text == "Secret\nShh.\nlevel: 7"
    assert (await grace.news()).messages == ()


async def test_others_see_a_public_answer(ada: Person, call: Call) -> None:
    """A public answer comes to the others as news, once."""
    grace = await call("Grace")
    await ada.slash("ping")

    assert (await grace.news()).text == "Pong!"
    assert (await grace.news()).text == ""


async def test_waits_until_a_deferred_answer_is_filled(ada: Person, botty: Botty) -> None:
    """A command that defers is complete only when its answer is there."""
    asking = asyncio.create_task(ada.slash("slow"))
    await botty.deferred.wait()

    assert (await ada.history())[-1].loading
    assert not asking.done()

    botty.may_answer.set()
    seen = await asking

    assert (seen.answered, seen.text) == (True, "Slowly.")
    assert not seen.messages[0].loading


async def test_sees_that_nobody_answered(ada: Person, botty: Botty, clock: ManualClock) -> None:
    """A bot that does not answer within Discord's three seconds has failed, as Discord shows it."""
    asking = asyncio.create_task(ada.slash("mute"))
    await botty.muted.wait()
    clock.advance(3.0)
    seen = await asking

    assert not seen.answered
    assert seen.failure == "The application did not respond"


async def test_reads_components_v2(ada: Person) -> None:
    """Text displays are read in their order."""
    seen = await ada.slash("layout")

    assert seen.messages[0].texts == ("First", "Second")
    assert seen.text == "First\nSecond"


async def test_options_go_out_as_their_declared_types(ada: Person) -> None:
    """Words become numbers, truth values, choices, and ids of members, channels and roles."""
    given = {
        "text": "7",
        "times": "2",
        "ratio": "0.25",
        "loud": "yes",
        "who": "@grace",
        "where": "#lobby",
        "role": "moderators",
        "size": "huge",
    }
    seen = await ada.slash("echo", **given)

    assert seen.text == "['7', 2, 0.25, True, 'Grace', 'lobby', 'Moderators', 3]"


async def test_options_take_python_values_and_things_with_an_id(ada: Person, sim: Sim) -> None:
    """Numbers, truth values, people and channels may be handed in as they are."""
    lobby = sim.guild("Lab").channel("lobby")
    seen = await ada.slash("echo", text="x", times=2, ratio=0.25, loud=True, who=ada, where=lobby)

    assert seen.text == "['x', 2, 0.25, True, 'Ada', 'lobby', None, 0]"


async def test_a_subcommand_is_named_by_words(ada: Person) -> None:
    """A subcommand follows its command, with or without the slash."""
    assert (await ada.slash("notes add", text="milk")).text == "Noted: milk"
    assert (await ada.slash("/notes add", text="milk")).text == "Noted: milk"


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("pingg", {}, r"There is no command '/pingg' in Lab\. Did you mean '/ping'\? There is: "),
        ("notes ad", {"text": "x"}, r"no subcommand 'ad' in /notes\. Did you mean 'add'"),
        ("echo", {"txt": "x"}, r"no option 'txt' of /echo\. Did you mean 'text'"),
        ("echo", {"text": "x", "who": "Nobody"}, r"no user 'Nobody' for the option 'who' of /echo"),
        ("echo", {"text": "x", "size": "middling"}, r"no choice 'middling' .* There is: Huge, Tiny"),
    ],
)
async def test_what_is_not_there_is_named_with_what_is(
    ada: Person, command: str, options: dict[str, str], message: str
) -> None:
    """A wrong name is refused before anything is sent, with the nearest and all that there are."""
    with pytest.raises(NotThereError, match=message):
        await ada.slash(command, **options)


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("notes", {}, "/notes needs a subcommand: add"),
        ("ping pong", {}, "/ping has no subcommands, so 'pong' does not fit; it has no options"),
        ("echo", {}, "/echo needs the option text"),
        (
            "echo",
            {"text": "x", "times": "many"},
            "'many' for the option 'times' of /echo is not a whole number",
        ),
        ("echo", {"text": "x", "ratio": "half"}, "'half' .* is not a number"),
        ("echo", {"text": "x", "loud": "maybe"}, "'maybe' .* is neither true nor false"),
    ],
)
async def test_what_does_not_fit_says_why(
    ada: Person, command: str, options: dict[str, str], message: str
) -> None:
    """A value of the wrong kind or something missing is refused before anything is sent."""
    with pytest.raises(UnusableError, match=message):
        await ada.slash(command, **options)


async def test_sees_suggestions(ada: Person) -> None:
    """Autocompletion sends what is typed and what is filled in, and shows the suggestions."""
    seen = await ada.autocomplete("roll", "dice", "2d", sides=6)

    assert seen.choices is not None
    assert [(choice.name, choice.value) for choice in seen.choices] == [("2d6!", "2d6")]
    assert seen.answered


async def test_lists_the_commands_that_can_be_invoked(ada: Person) -> None:
    """The list has each subcommand and context menu, with its options."""
    commands = {command.name: command for command in await ada.commands()}

    assert commands["/notes add"].options == ("text",)
    assert commands["Quote"].kind == "message"
    assert "/ping" in commands


async def test_uses_context_menus(ada: Person, call: Call) -> None:
    """A member's menu takes a name; a message's takes the newest message unless told another."""
    assert (await ada.context_menu("Show name", "Grace")).text == "Grace"

    await (await call("Grace")).say("first")
    first = (await ada.history())[-1]
    await ada.slash("ping")

    assert (await ada.context_menu("Quote")).text == "> Pong!"
    assert (await ada.context_menu("Quote", first)).text == "> first"


async def test_presses_a_button(ada: Person) -> None:
    """The message that a button changes is seen in its new state."""
    await ada.slash("panel")
    seen = await ada.click("press me")

    assert [(message.content, message.edited) for message in seen.messages] == [("Pressed.", True)]


async def test_says_which_buttons_there_are(ada: Person) -> None:
    """A button that is not there, is disabled or is a link cannot be pressed, and the reason is told."""
    await ada.slash("panel")

    with pytest.raises(
        NotThereError, match=r"no button 'Press them' in this channel\. Did you mean 'Press me'"
    ):
        await ada.click("Press them")
    with pytest.raises(UnusableError, match="'Dead' is disabled"):
        await ada.click("Dead")
    with pytest.raises(UnusableError, match=r"'Docs' is a link to https://example\.org"):
        await ada.click("Docs")


async def test_presses_a_button_under_an_older_message(ada: Person, call: Call) -> None:
    """What was written before login is found too, and ``message`` tells one of several."""
    old = (await ada.slash("panel")).messages[0]
    await ada.slash("panel")
    grace = await call("Grace")
    seen = await grace.click("Press me", message=old)

    assert [message.id for message in seen.messages] == [old.id]


class Twins(discord.ui.View):
    """Two buttons and two menus that look the same."""

    @discord.ui.button(label="Show")
    async def first(self, interaction: discord.Interaction, _: discord.ui.Button["Twins"]) -> None:
        """Say which."""
        await interaction.response.send_message("first")

    @discord.ui.button(label="Show")
    async def second(self, interaction: discord.Interaction, _: discord.ui.Button["Twins"]) -> None:
        """Say which."""
        await interaction.response.send_message("second")

    @discord.ui.select(cls=discord.ui.UserSelect, placeholder="Who")
    async def who(self, interaction: discord.Interaction, _: discord.ui.UserSelect["Twins"]) -> None:
        """Say which."""
        await interaction.response.send_message("third")

    @discord.ui.select(cls=discord.ui.UserSelect, placeholder="Who")
    async def whom(self, interaction: discord.Interaction, _: discord.ui.UserSelect["Twins"]) -> None:
        """Say which."""
        await interaction.response.send_message("fourth")


async def test_tells_controls_of_one_label_apart(ada: Person, botty: Botty, sim: Sim) -> None:
    """Of those that have one label the first is used, or which one is asked for; fewer are an error."""
    await ada.slash("panel")
    channel = botty.get_partial_messageable(sim.guild("Lab").channel("general").id)
    await channel.send("Which?", view=Twins())

    assert (await ada.click("Show")).text == "first"
    assert (await ada.click("show", nth=2)).text == "second"
    assert (await ada.select("Who", "Grace")).text == "third"
    assert (await ada.select("Who", "Grace", nth=2)).text == "fourth"
    for nth in (0, 3):
        with pytest.raises(UnusableError, match=rf"2 button\(s\) 'Show' in that message.*cannot be {nth}"):
            await ada.click("Show", nth=nth)
    with pytest.raises(UnusableError, match=r"There is 1 button\(s\) 'Press me'"):
        await ada.click("Press me", nth=2)


async def test_chooses_in_menus(ada: Person) -> None:
    """Options are chosen by label or value, people by name."""
    await ada.slash("panel")

    assert (await ada.select("Colour", "Blue", "r")).text == "b,r"
    assert (await ada.select("Who", "Grace")).text == "Grace"
    with pytest.raises(NotThereError, match=r"no choice 'Green' in 'Colour'\. .*There is: Red, Blue"):
        await ada.select("Colour", "Green")


async def test_fills_in_a_form(ada: Person) -> None:
    """A button opens a form; what is submitted is named by label or custom id, the rest keeps its value."""
    await ada.slash("panel")
    seen = await ada.click("Open form")

    assert seen.form is not None
    assert seen.form.title == "Feedback"
    assert [(field.label, field.kind, field.value) for field in seen.form.fields] == [
        ("Reason", "text", "none"),
        ("Kind of thing", "select", ""),
    ]
    assert ada.form == seen.form

    done = await ada.submit(**{"Kind of thing": "Idea"})

    assert done.text == "none: i"
    assert ada.form is None


async def test_a_menu_in_a_form_keeps_what_was_chosen(ada: Person) -> None:
    """A select menu that is not named sends the options that were chosen from the start."""
    await ada.slash("panel")
    await ada.click("Open form")

    assert (await ada.submit(Reason="late")).text == "late: b"


async def test_a_form_must_be_open_and_have_the_field(ada: Person) -> None:
    """Submitting without a form, or a field that it does not have, says so."""
    with pytest.raises(UnusableError, match="No form is open"):
        await ada.submit(Reason="x")

    await ada.slash("panel")
    await ada.click("Open form")

    with pytest.raises(
        NotThereError, match=r"no field 'Reasn' in the form 'Feedback'\. Did you mean 'Reason'"
    ):
        await ada.submit(Reasn="x")


async def test_plain_words_may_stay_unanswered(ada: Person) -> None:
    """The person's own message is no news, and nobody has to answer it."""
    seen = await ada.say("just talking")

    assert (seen.answered, seen.messages, seen.failure) == (False, (), "")


async def test_is_told_of_refusals_by_the_server(ada: Person) -> None:
    """What the server refuses is seen as Discord's own words."""
    seen = await ada.say("")

    assert not seen.answered
    assert "empty message" in seen.failure


async def test_goes_to_another_channel(ada: Person) -> None:
    """What is said after turning to a channel is said there."""
    ada.go(channel="#lobby")
    await ada.say("here")

    assert ada.channel == "lobby"
    assert [message.content for message in await ada.history()] == ["here"]
    with pytest.raises(NotThereError, match=r"no channel 'loby' in Lab\. Did you mean 'lobby'"):
        ada.go(channel="loby")
    with pytest.raises(NotThereError, match="no guild 'Moon' for Ada"):
        ada.go(guild="Moon")


async def test_waits_for_what_comes_unasked(ada: Person, call: Call) -> None:
    """`until` returns as soon as something fitting came."""
    grace = await call("Grace")
    await grace.say("hello")
    seen = await ada.until(lambda seen: "Hello Grace" in seen.text)

    assert [message.author for message in seen.messages] == ["Grace", "Botty"]


async def later(person: Person, seen: Seen, look: Callable[[Seen], bool]) -> Seen:
    """What was seen if it is fitting, else the next fitting thing: a bot elsewhere answers when it likes."""
    return seen if look(seen) else await person.until(look)


async def test_sees_reactions_and_deletions(ada: Person) -> None:
    """A reaction under a person's own message is seen, and a message that goes away too."""
    reacted = await later(ada, await ada.say("react"), lambda seen: bool(seen.messages))
    deleted = await later(ada, await ada.say("gone"), lambda seen: bool(seen.deleted))

    assert reacted.messages[0].reactions == (("\N{THUMBS UP SIGN}", 1),)
    assert deleted.deleted[0].content == "gone"


async def test_sees_what_becomes_of_an_older_message(ada: Person, call: Call, sim: Sim) -> None:
    """A reaction under a message, and its end, are news, whatever was said after it."""
    grace = await call("Grace")
    for words in ("old", "new"):
        await ada.say(words)
    old = (await ada.history())[-2]
    await grace.news()

    await ada.react(old, "\N{THUMBS UP SIGN}")
    assert [message.content for message in (await grace.news()).messages] == ["old"]

    await ada.say("newest")
    await grace.news()
    async with raw_user(sim, sim.user("Ada").token) as client:
        channel_id = sim.guild("Lab").channel("general").id
        await client.ok("DELETE", f"/channels/{channel_id}/messages/{old.id}")
    seen = await grace.news()
    assert [message.content for message in seen.deleted] == ["old"]
    assert seen.messages == ()


async def test_reacts(ada: Person) -> None:
    """A person's reaction stands under the newest message."""
    message = (await ada.slash("ping")).messages[0]
    await ada.react(message, "\N{THUMBS UP SIGN}")

    assert (await ada.history())[-1].reactions == (("\N{THUMBS UP SIGN}", 1),)


async def test_sees_a_guild_that_they_joined(call: Call, sim: Sim) -> None:
    """Who joins a guild finds themselves in it."""
    joan = await call("Joan")
    assert (joan.guild, joan.channel) == ("", "")
    with pytest.raises(UnusableError, match="Joan is in no channel"):
        await joan.say("hello")

    await sim.join("Joan", "Lab")
    await joan.news()

    assert (joan.guild, joan.channel) == ("Lab", "general")


async def test_reads_mentions_as_names(ada: Person, sim: Sim) -> None:
    """Mentions of members, channels and roles are shown by name; unknown ones stay as they are."""
    lobby = sim.guild("Lab").channel("lobby").id

    assert ada.readable(f"{ada.mention('Grace')} in <#{lobby}>, <@1> and <@!{ada.id}>") == (
        "@Grace in #lobby, <@1> and @Ada"
    )


async def test_skipped_news_is_news_no_more(ada: Person, call: Call) -> None:
    """What came before `skip_news` is not told again."""
    grace = await call("Grace")
    await ada.slash("ping")
    grace.skip_news()

    assert (await grace.news()).messages == ()


async def test_becomes_json(ada: Person) -> None:
    """All that is seen can be written as JSON."""
    seen = await ada.slash("panel")
    data = json.loads(json.dumps(seen.to_json()))

    assert (data["who"], data["text"], data["answered"]) == ("Ada", "Panel", True)
    assert data["messages"][0]["controls"][0]["label"] == "Press me"


async def test_a_wrong_token_is_told(sim: Sim) -> None:
    """Who is not let in learns it at login."""
    with pytest.raises(WireError, match=r"does not let this person in|connection .* ended"):
        await Person.connect(api_url=sim.api_url, token="nonsense")


async def test_nobody_at_the_address_is_told() -> None:
    """An address where nobody listens is named."""
    with pytest.raises(
        WireError, match=r"Cannot reach http://127\.0\.0\.1:1/api/v10: .* Is the offline Discord running\?"
    ):
        await Person.connect(api_url="http://127.0.0.1:1/api/v10", token="x")


async def test_the_end_of_the_server_ends_the_waiting(call: Call, sim: Sim) -> None:
    """Who waits for something when the server goes away is told that it did."""
    ada = await call("Ada")
    await sim.close()
    with pytest.raises(WireError, match="ended"):
        await ada.until(lambda seen: bool(seen.messages))
