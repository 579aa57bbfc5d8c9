"""Unmodified libraries hold a long conversation: every kind of interaction, over the wire."""

import json
from collections.abc import Callable

import aiohttp

from clients.conftest import Client
from support.children import BOT, Child
from support.raw_user import JsonObject, RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.people import Person, Value


async def test_every_kind_of_interaction(ada: Person, sim: Sim, bot: Child, client: Client) -> None:
    """A long conversation: commands, components, modals, late and several answers, files, messages."""
    assert bot.compression == client.compression
    await use_commands(ada)
    await send_a_file(ada, sim)
    await use_components(ada)
    await use_modals(ada, client)
    if client.labels:
        await send_a_file_in_a_form(ada, sim)
    await get_answers(ada)
    await write(ada)


async def send_a_file(ada: Person, sim: Sim) -> None:
    """The bot reads the file that comes with a command; who sends it speaks the wire by hand."""
    world = sim.guild("Lovelace's Lab")
    channel_id = world.channel("general").id
    async with raw_user(sim, sim.user("Ada").token) as sender:
        command = (await sender.commands(channel_id))["kinds"]
        texts = {"word": "w", "colour": "R"}
        ids = {"who": (6, ada.id), "where": (7, channel_id), "role": (8, world.id), "anyone": (9, ada.id)}
        options = [{"type": 3, "name": name, "value": value} for name, value in texts.items()]
        options += [{"type": kind, "name": name, "value": str(value)} for name, (kind, value) in ids.items()]
        options += [
            {"type": 4, "name": "count", "value": 1},
            {"type": 10, "name": "ratio", "value": 2.5},
            {"type": 5, "name": "flag", "value": False},
            {"type": 11, "name": "file", "value": 0},
        ]
        data = {key: command[key] for key in ("id", "name", "type", "version")} | {"options": options}
        await post_with_file(sender, channel_id, {"type": 2, "data": data} | of(command))
        seen = await ada.until(lambda news: "dear bot" in news.text)
    assert seen.text == "w|1|2.5|False|ada|general|@everyone|ada|R|dear bot"


async def send_a_file_in_a_form(ada: Person, sim: Sim) -> None:
    """The bot reads the file that was put into a form, beside what was selected in it."""
    channel_id = sim.guild("Lovelace's Lab").channel("general").id
    async with raw_user(sim, sim.user("Ada").token) as sender:
        await sender.slash(channel_id, "labels")
        await sim.settle()
        (form,) = sender.told("INTERACTION_MODAL_CREATE")
        given = iter((["Small"], [str(ada.id)], ["0"]))
        rows = [
            {"type": 18, "id": row["id"], "component": {**filled(row["component"]), "values": next(given)}}
            for row in form["components"]
        ]
        data = {"id": form["id"], "custom_id": form["custom_id"], "components": rows}
        await post_with_file(sender, channel_id, {"type": 5, "data": data} | of(form))

        seen = await ada.until(lambda news: "dear bot" in news.text)
    assert seen.text == "labels Small ada dear bot"


def of(thing: JsonObject) -> JsonObject:
    """Whose it is."""
    return {"application_id": thing["application_id"]}


def filled(component: JsonObject) -> JsonObject:
    """What of a component goes back with its values."""
    return {key: component[key] for key in ("type", "id", "custom_id")}


async def post_with_file(sender: RawUser, channel_id: int, body: JsonObject) -> None:
    """Invoke or submit with one file, as a client does it."""
    attached = {"attachments": [{"id": "0", "filename": "letter.txt"}]}
    whole = {**body, "data": body["data"] | attached, "channel_id": str(channel_id)}
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({**whole, "session_id": "raw", "nonce": "1"}))
    form.add_field("files[0]", b"dear bot", filename="letter.txt", content_type="text/plain")
    status, answer = await sender.call("POST", "/interactions", data=form)
    assert status == 204, answer


async def test_goes_on_after_an_interruption(ada: Person, sim: Sim, bot: Child) -> None:
    """Asked to reconnect, told that its session is in doubt, or cut off: what came meanwhile is answered."""
    interruptions: dict[str, Callable[[], None]] = {
        "reconnect": lambda: sim.reconnect(BOT),
        "doubt": lambda: sim.invalidate(BOT, resumable=True),
        "cut": lambda: sim.disconnect(BOT),
    }
    for name, interrupt in interruptions.items():
        before = bot.session_id
        interrupt()
        await ada.say(f"!echo away {name}")
        await ada.slash("find", term=name)

        await sim.settle()
        said = [message.content for message in await ada.history() if message.by_bot]
        assert said.count(f"away {name}") == 1
        assert said.count(f"found {name}") == 1
        assert bot.session_id == before
        await use_components(ada)


async def test_goes_on_with_a_new_session(ada: Person, sim: Sim, bot: Child, client: Client) -> None:
    """Told that its session is gone, it identifies anew and works as before."""
    before = bot.session_id
    sim.invalidate(BOT)
    await bot.connected(other_than=before)

    await use_commands(ada)
    await use_modals(ada, client)


async def use_commands(ada: Person) -> None:
    """Each kind of option arrives with its value or its entity; groups, menus and suggestions work."""
    kinds: dict[str, Value] = {
        "word": "hé🎉",
        "count": 42,
        "ratio": 0.5,
        "flag": True,
        "who": "Grace",
        "where": "general",
    }
    seen = await ada.slash("kinds", **kinds, role="Moderators", anyone="Mallory", colour="Blue")
    assert seen.text == "hé🎉|42|0.5|True|grace|general|Moderators|mallory|B|no file", seen

    assert (await ada.slash("settings deep put", word="it")).text == "put it"
    assert (await ada.context_menu("Greet", "Grace")).text == "hello grace"

    await ada.say("a fine day")
    assert (await ada.context_menu("Quote")).text == "ada said a fine day"

    found = await ada.autocomplete("find", "term", "tea")
    assert [(choice.name, choice.value) for choice in found.choices or ()] == [
        ("tea-1", "tea1"),
        ("tea-2", "tea2"),
    ]
    assert (await ada.slash("find", term="tea2")).text == "found tea2"


async def use_components(ada: Person) -> None:
    """A button changes its message, each kind of select brings what was chosen, and V2 is understood."""
    panel = (await ada.slash("panel")).message
    assert panel is not None
    pressed = (await ada.click("Press")).message
    assert pressed is not None
    assert (pressed.id, pressed.content) == (panel.id, "pressed")
    assert (await ada.select("Words", "A", "B")).text == "words A B"
    assert (await ada.select("Users", "Grace")).text == "user grace"
    assert (await ada.select("Roles", "Moderators")).text == "role Moderators"
    assert (await ada.select("Channels", "general")).text == "channel general"

    assert (await ada.slash("board")).text == "on the board"
    assert (await ada.select("Anyone", "Mallory")).text == "anyone mallory"


async def use_modals(ada: Person, client: Client) -> None:
    """What is filled in arrives; where the library knows labels, the selects in them, too."""
    opened = await ada.slash("form")
    assert opened.form is not None
    assert opened.form.title == "Form"
    assert (await ada.submit(Name="Countess")).text == "name Countess"
    if client.labels:
        assert (await ada.slash("labels")).form is not None
        assert (await ada.submit(Size="Large", Member="Grace")).text == "labels Large grace"


async def get_answers(ada: Person) -> None:
    """Late answers, several, changed ones, hidden ones and ones with a file come as they were meant."""
    late = await ada.slash("later")
    assert [message.content for message in late.messages] == ["at last", "more"], late
    assert late.messages[1].edited

    hidden = await ada.slash("whisper")
    assert [(message.content, message.ephemeral) for message in hidden.messages] == [
        ("psst", True),
        ("again", True),
    ]

    (paper,) = (await ada.slash("file")).messages
    assert (paper.content, paper.files) == ("here", ("note.txt",))


async def write(ada: Person) -> None:
    """A message is answered with a reply to it, and a reaction is noticed."""
    answer = (await ada.say("!echo tea time")).message
    assert answer is not None
    assert answer.content == "tea time"
    assert answer.reply_to
    assert (await ada.react(answer, "🎉")).text.endswith("ada reacted with 🎉")
