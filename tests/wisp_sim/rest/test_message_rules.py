"""Whom messages reach, what they refer to, and who reads them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim, World
from wisp_sim.model.kinds import ALL_INTENTS, Intent

HISTORY = 1 << 16


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


async def deny(sim: Sim, ada: RawUser, channel_id: int, user: str, bits: int) -> None:
    """Take permissions from somebody in a channel."""
    path = f"/channels/{channel_id}/permissions/{sim.user(user).id}"
    await ada.ok("PUT", path, json={"type": 1, "deny": str(bits), "allow": "0"})


async def test_replies_need_history(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """Who cannot read the history sees none of it, and answers nothing of it."""
    said = await ada.say(general, "hi")
    await deny(sim, ada, general, "Mallory", HISTORY)
    path = f"/channels/{general}/messages"
    body = {"content": "re", "message_reference": {"message_id": said["id"]}}
    status, answer = await mallory.call("POST", path, json=body)
    assert (status, answer["code"]) == (403, 160002)
    assert await mallory.ok("GET", path) == []
    assert (await mallory.ok("GET", f"{path}/pins"))["items"] == []
    assert (await mallory.call("GET", f"{path}/{said['id']}"))[1]["code"] == 50013


async def test_voice_channels_are_read_by_those_who_connect(sim: Sim, ada: RawUser, mallory: RawUser) -> None:
    """The messages of a voice channel are for those who may connect to it."""
    lab = sim.guild("Lovelace's Lab").id
    room = await ada.ok("POST", f"/guilds/{lab}/channels", json={"name": "talk", "type": 2})
    await ada.say(int(room["id"]), "hi")
    path = f"/channels/{room['id']}/messages"
    assert len(await mallory.ok("GET", path)) == 1
    await deny(sim, ada, int(room["id"]), "Mallory", 1 << 20)
    status, answer = await mallory.call("GET", path)
    assert (status, answer["code"]) == (403, 50001)


async def test_notices_get_no_replies(ada: RawUser, general: int) -> None:
    """A notice of Discord's cannot be answered."""
    path = f"/channels/{general}/messages"
    said = await ada.say(general, "pin me")
    await ada.ok("PUT", f"{path}/pins/{said['id']}")
    (notice, *_) = await ada.ok("GET", path)
    body = {"content": "re", "message_reference": {"message_id": notice["id"]}}
    status, answer = await ada.call("POST", path, json=body)
    problem = answer["errors"]["message_reference"]["_errors"][0]["code"]
    assert (status, answer["code"], problem) == (400, 50035, "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE")


async def test_polls_are_not_edited(wisp: RawUser, general: int) -> None:
    """A message with a poll stays as it is, and only polls have votes."""
    media = [{"poll_media": {"text": text}} for text in ("yes", "no")]
    poll = {"question": {"text": "?"}, "answers": media}
    sent = await wisp.ok("POST", f"/channels/{general}/messages", json={"poll": poll})
    status, answer = await wisp.call(
        "PATCH", f"/channels/{general}/messages/{sent['id']}", json={"content": "x"}
    )
    assert (status, answer["code"]) == (400, 520003)
    plain = await wisp.say(general, "plain")
    status, answer = await wisp.call("GET", f"/channels/{general}/polls/{plain['id']}/answers/1")
    assert (status, answer["code"]) == (400, 50068)


async def test_edits_only_what_may_be(wisp: RawUser, general: int) -> None:
    """An edit hides embeds and brings new components, and changes no other flag."""
    sent = await wisp.say(general, "quiet", flags=1 << 12)
    path = f"/channels/{general}/messages/{sent['id']}"
    changed = await wisp.ok("PATCH", path, json={"flags": 1 << 2 | 1 << 6 | 1 << 13})
    assert changed["flags"] == 1 << 12 | 1 << 2
    text = {"flags": 1 << 15, "components": [{"type": 10, "content": "new"}]}
    status, answer = await wisp.call("PATCH", path, json=text)
    assert (status, list(answer["errors"])) == (400, ["content"])
    changed = await wisp.ok("PATCH", path, json={**text, "content": None})
    assert (changed["content"], changed["flags"]) == ("", 1 << 12 | 1 << 15)
    assert (await wisp.ok("PATCH", path, json={"flags": 0}))["flags"] == 1 << 12 | 1 << 15


async def test_files_are_counted(wisp: RawUser, general: int) -> None:
    """A message has at most ten files, those of before and new ones together."""

    def form(count: int) -> aiohttp.FormData:
        data = aiohttp.FormData()
        for index in range(count):
            data.add_field(f"files[{index}]", b"x", filename=f"{index}.txt")
        return data

    path = f"/channels/{general}/messages"
    assert (await wisp.call("POST", path, data=form(11)))[1]["code"] == 30015
    sent = await wisp.ok("POST", path, data=form(9))
    assert (await wisp.call("PATCH", f"{path}/{sent['id']}", data=form(2)))[1]["code"] == 30015
    changed = await wisp.ok("PATCH", f"{path}/{sent['id']}", data=form(1))
    assert len(changed["attachments"]) == 10


@pytest.mark.parametrize(
    ("method", "ending", "body"),
    [
        ("POST", "/messages/bulk-delete", {"messages": ["1", "2"]}),
        ("DELETE", "/messages/{theirs}", None),
        ("DELETE", "/messages/{theirs}/reactions", None),
        ("DELETE", "/messages/{theirs}/reactions/%F0%9F%91%8B", None),
    ],
)
async def test_nobody_manages_direct_messages(
    sim: Sim, ada: RawUser, wisp: RawUser, method: str, ending: str, body: Any
) -> None:
    """What needs Manage Messages is refused to both sides of a direct message, and changes nothing."""
    channel = await wisp.ok("POST", "/users/@me/channels", json={"recipient_id": str(sim.user("Ada").id)})
    said = await ada.say(int(channel["id"]), "hi")
    path = f"/channels/{channel['id']}{ending.format(theirs=said['id'])}"
    status, answer = await wisp.call(method, path, json=body)
    assert (status, answer["code"]) == (403, 50003)
    assert (await wisp.ok("GET", f"/channels/{channel['id']}/messages"))[0]["id"] == said["id"]


async def test_strangers_get_no_direct_messages(sim: Sim, ada: RawUser, mallory: RawUser) -> None:
    """Who shares no guild with somebody writes to them no longer."""
    lab, mallory_id = sim.guild("Lovelace's Lab").id, sim.user("Mallory").id
    channel = await ada.ok("POST", "/users/@me/channels", json={"recipients": [str(mallory_id)]})
    await ada.say(int(channel["id"]), "still here?")
    await ada.ok("DELETE", f"/guilds/{lab}/members/{mallory_id}")
    status, answer = await ada.call("POST", f"/channels/{channel['id']}/messages", json={"content": "hello?"})
    assert (status, answer["code"]) == (403, 50007)
    assert len(await mallory.ok("GET", f"/channels/{channel['id']}/messages")) == 1


async def test_content_is_for_those_who_may_read(sim: Sim) -> None:
    """Without the approved intent a bot reads over HTTP only what is its own or meant for it."""
    described = sim.describe()
    for bot in described["bots"]:  # type: ignore[attr-defined]
        bot["privileged_intents"] = ["members"]
    async with (
        Sim(World.from_mapping(described), clock=ManualClock()) as other,
        raw_user(other, other.user("Ada").token) as ada,
        raw_user(other, other.bot("Wisp").token, intents=int(Intent.GUILDS | Intent.GUILD_MESSAGES)) as bot,
    ):
        general = other.guild("Lovelace's Lab").channel("general").id
        meant = await ada.say(general, f"you, <@{other.bot('Wisp').id}>")
        secret = await ada.say(general, "not you")
        own = await bot.say(general, "mine")
        reference = {"type": 1, "channel_id": str(general), "message_id": secret["id"]}
        path = f"/channels/{general}/messages"
        found = {message["id"]: message["content"] for message in await bot.ok("GET", path)}
        assert found == {meant["id"]: meant["content"], secret["id"]: "", own["id"]: "mine"}
        assert (await ada.ok("GET", f"{path}/{secret['id']}"))["content"] == "not you"
        status, answer = await bot.call("POST", path, json={"message_reference": reference})
        assert (status, answer["code"]) == (403, 160014)


async def test_pages_of_messages(ada: RawUser, general: int) -> None:
    """Messages come newest first, before, after or around another one, and only one of these at a time."""
    ids = [(await ada.say(general, str(number)))["id"] for number in range(7)]
    path = f"/channels/{general}/messages"

    async def page(**query: object) -> list[int]:
        params = {key: str(value) for key, value in query.items()}
        return [ids.index(message["id"]) for message in await ada.ok("GET", path, params=params)]

    assert await page() == [6, 5, 4, 3, 2, 1, 0]
    assert await page(limit=2) == [6, 5]
    assert await page(before=ids[2], limit=5) == [1, 0]
    assert await page(before=ids[6], limit=2) == [5, 4]
    assert await page(after=ids[1], limit=2) == [3, 2]
    assert await page(around=ids[3], limit=3) == [4, 3, 2]
    for wrong in ({"before": ids[1], "after": ids[0]}, {"limit": "0"}, {"limit": "101"}, {"after": "x"}):
        status, answer = await ada.call("GET", path, params=wrong)
        assert (status, answer["code"]) == (400, 50035), wrong


async def test_typing(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """Who may write somewhere is seen typing there, in guilds and in direct messages."""
    mallory_id = sim.user("Mallory").id
    direct = await mallory.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.user("Ada").id)]})
    for channel_id in (general, direct["id"]):
        assert (await mallory.call("POST", f"/channels/{channel_id}/typing"))[0] == 204
    await deny(sim, ada, general, "Mallory", 1 << 11)
    status, answer = await mallory.call("POST", f"/channels/{general}/typing")
    assert (status, answer["code"]) == (403, 50013)
    await sim.settle()
    in_guild, in_private = ada.told("TYPING_START")
    assert (in_guild["user_id"], in_guild["channel_id"]) == (str(mallory_id), str(general))
    assert in_guild["member"]["user"]["id"] == str(mallory_id)
    assert (in_private["channel_id"], "guild_id" in in_private) == (direct["id"], False)


def sound(kind: str = "audio/ogg", **more: object) -> aiohttp.FormData:
    """A voice message, as clients send it."""
    note = {"id": "0", "filename": "voice.ogg", "duration_secs": 1.5, "waveform": "AAEC", **more}
    data = aiohttp.FormData()
    payload = {"flags": 1 << 13, "attachments": [note], "content": more.get("content", "")}
    data.add_field("payload_json", json.dumps(payload))
    data.add_field("files[0]", b"OggS", filename="voice.ogg", content_type=kind)
    return data


async def test_voice_messages(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """A voice message is one sound with its length and wave form, and nothing else; it stays as it is."""
    path = f"/channels/{general}/messages"
    sent = await ada.ok("POST", path, data=sound())
    (file,) = (await ada.ok("GET", f"{path}/{sent['id']}"))["attachments"]
    assert (file["duration_secs"], file["waveform"], sent["flags"]) == (1.5, "AAEC", 1 << 13)
    for wrong, code in (
        (sound(content="words"), 50159),
        (sound("image/png"), 50160),
        (sound(waveform=None), 50161),
        (sound(duration_secs=None), 50161),
    ):
        status, answer = await ada.call("POST", path, data=wrong)
        assert (status, answer["code"]) == (400, code)
    status, answer = await ada.call("PATCH", f"{path}/{sent['id']}", json={"content": "words"})
    assert (status, answer["code"]) == (400, 50162)
    await deny(sim, ada, general, "Mallory", 1 << 46)
    status, answer = await mallory.call("POST", path, data=sound())
    assert (status, answer["code"]) == (403, 50173)
    assert len(await ada.ok("GET", path)) == 1


async def test_roles_are_mentioned_if_they_may_be(
    sim: Sim, ada: RawUser, mallory: RawUser, general: int
) -> None:
    """A role is told if it lets itself be mentioned, or by those who may mention everyone."""
    lab = sim.guild("Lovelace's Lab").id
    roles = [
        (await ada.ok("POST", f"/guilds/{lab}/roles", json={"name": name, "mentionable": name == "open"}))[
            "id"
        ]
        for name in ("open", "shut")
    ]
    await deny(sim, ada, general, "Mallory", 1 << 17)
    text = " ".join(f"<@&{role}>" for role in roles)
    assert (await mallory.say(general, text))["mention_roles"] == roles[:1]
    assert (await ada.say(general, text))["mention_roles"] == roles
    hook = await ada.ok("POST", f"/channels/{general}/webhooks", json={"name": "door"})
    path = f"/webhooks/{hook['id']}/{hook['token']}?wait=true"
    body: dict[str, Any] = {"content": f"{text} <@{sim.user('Ada').id}> @everyone"}
    quiet = await ada.ok("POST", path, json=body)
    assert (quiet["mention_roles"], len(quiet["mentions"]), quiet["mention_everyone"]) == ([], 1, False)
    loud = await ada.ok("POST", path, json={**body, "allowed_mentions": {"parse": ["roles", "everyone"]}})
    assert (loud["mention_roles"], len(loud["mentions"]), loud["mention_everyone"]) == (roles, 0, True)


async def test_components_mention(sim: Sim, wisp: RawUser, general: int) -> None:
    """Mentions in the texts of components count, at an edit afresh; an edit of buttons changes none."""
    ada, grace = (str(sim.user(name).id) for name in ("Ada", "Grace"))
    path = f"/channels/{general}/messages"

    def text(user_id: str) -> dict[str, Any]:
        inner = [{"type": 10, "content": f"hello <@{user_id}>"}]
        return {"flags": 1 << 15, "components": [{"type": 17, "components": inner}]}

    sent = await wisp.ok("POST", path, json=text(ada))
    assert [user["id"] for user in sent["mentions"]] == [ada]
    changed = await wisp.ok("PATCH", f"{path}/{sent['id']}", json=text(grace))
    assert [user["id"] for user in changed["mentions"]] == [grace]

    silent = {"content": f"<@{ada}>", "allowed_mentions": {"parse": []}}
    sent = await wisp.ok("POST", path, json=silent)
    button = {"type": 2, "style": 1, "label": "go", "custom_id": "go"}
    row = [{"type": 1, "components": [button]}]
    changed = await wisp.ok("PATCH", f"{path}/{sent['id']}", json={"components": row})
    assert (sent["mentions"], changed["mentions"]) == ([], [])


async def test_white_space_is_trimmed(wisp: RawUser, general: int) -> None:
    """White space around a text does not count; nothing but white space is nothing."""
    path = f"/channels/{general}/messages"
    embed = {"description": f"  {'x' * 4096}\n", "footer": {"text": " end "}}
    sent = await wisp.ok("POST", path, json={"content": "\n hi ", "embeds": [embed]})
    shown = sent["embeds"][0]
    assert (sent["content"], len(shown["description"]), shown["footer"]["text"]) == ("hi", 4096, "end")
    for wrong, code in (
        ({"content": " \n\t "}, 50006),
        ({"embeds": [{"fields": [{"name": " ", "value": "x"}]}]}, 50035),
    ):
        status, answer = await wisp.call("POST", path, json=wrong)
        assert (status, answer["code"]) == (400, code)


async def test_edits_say_which_files_stay(wisp: RawUser, general: int) -> None:
    """An edit with a list of files keeps and describes those that it names, and adds no others."""
    path = f"/channels/{general}/messages"

    def form(payload: dict[str, Any], *names: str) -> aiohttp.FormData:
        data = aiohttp.FormData()
        data.add_field("payload_json", json.dumps(payload))
        for index, name in enumerate(names):
            data.add_field(f"files[{index}]", b"x", filename=name)
        return data

    note = {"id": 1, "description": "first", "is_spoiler": True}
    sent = await wisp.ok("POST", path, data=form({"attachments": [note]}, "a.txt", "b.txt"))
    one, two = sent["attachments"]
    assert (two["description"], two["flags"], "flags" in one) == ("first", 8, False)
    notes = [{"id": two["id"], "description": "second", "is_spoiler": False}, {"id": 1}]
    changed = await wisp.ok(
        "PATCH", f"{path}/{sent['id']}", data=form({"attachments": notes}, "c.txt", "d.txt")
    )
    assert [file["filename"] for file in changed["attachments"]] == ["b.txt", "d.txt"]
    assert (changed["attachments"][0]["description"], "flags" in changed["attachments"][0]) == (
        "second",
        False,
    )
