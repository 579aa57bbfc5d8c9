"""REST serves what Discord serves, and refuses with Discord's status, code and body."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim, World
from wisp_sim.model.kinds import ALL_INTENTS

LAB = "Lovelace's Lab"
WAVE = quote("👋")


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


def _errors(body: dict[str, Any], *path: str) -> list[str]:
    node = body["errors"]
    for step in path:
        node = node[step]
    return [problem["code"] for problem in node["_errors"]]


async def test_content_type_is_exact(sim: Sim) -> None:
    """Clients compare the content type as a whole: there is no charset in it."""
    async with aiohttp.ClientSession() as session, session.get(f"{sim.api_url}/gateway") as response:
        assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("prefix", ["/api/v10", "/api/v9", "/api"])
async def test_answers_under_each_version(sim: Sim, prefix: str) -> None:
    """Old and unnamed versions are the same door."""
    url = sim.api_url.removesuffix("/api/v10") + prefix
    async with aiohttp.ClientSession() as session, session.get(f"{url}/gateway") as response:
        assert await response.json() == {"url": sim.gateway_url}


@pytest.mark.parametrize("token", [None, "nonsense", "Bot nonsense", "user as Bot", "bot without Bot"])
async def test_refuses_a_wrong_token(sim: Sim, token: str | None) -> None:
    """A missing, unknown or wrongly announced token is 401."""
    known = {"user as Bot": f"Bot {sim.user('Ada').token}", "bot without Bot": sim.bot("Wisp").token}
    headers = {} if token is None else {"Authorization": known.get(token, token)}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{sim.api_url}/users/@me") as response,
    ):
        assert response.status == 401
        assert await response.json() == {"message": "401: Unauthorized", "code": 0}


async def test_names_what_is_not_served(wisp: RawUser) -> None:
    """A route that is missing says so with its name, and is no 404 that a client would believe."""
    status, body = await wisp.call("PATCH", "/guilds/1/widget")

    assert status == 501
    assert "PATCH /guilds/1/widget" in body["message"]


@pytest.mark.parametrize(
    "raw",
    [
        *(b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"content": 1e999}'),
        b'{"content": "c", "x": ' + b"[" * 100 + b"]" * 100 + b"}",
        *(b'{"content": "\\ud800"}', b'{"content": "\xed\xa0\x80"}', '{"content": "x"}'.encode("utf-16")),
    ],
)
async def test_refuses_broken_json(wisp: RawUser, general: int, raw: bytes) -> None:
    """A body that is no JSON in UTF-8, or says what others could not read, is 400 with 50109."""
    headers = {"Content-Type": "application/json"}
    status, body = await wisp.call("POST", f"/channels/{general}/messages", data=raw, headers=headers)

    assert (status, body["code"]) == (400, 50109)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/channels/1", 404, 10003),
        ("/guilds/1", 404, 10004),
        ("/users/1", 404, 10013),
        ("/guilds/{lab}/members/1", 404, 10013),
        ("/guilds/{lab}/roles/1", 404, 10011),
        ("/guilds/{harbour}/members/{mallory}", 404, 10007),
        ("/channels/{general}/messages/1", 404, 10008),
        ("/channels/x", 400, 50035),
        ("/channels/{general}/messages?limit=101", 400, 50035),
        ("/applications/{mallory}/commands", 404, 10002),
        ("/applications/{wisp}/commands/1", 404, 10063),
        ("/applications/{wisp}/guilds/1/commands", 403, 50001),
        ("/webhooks/{wisp}/nothing/messages/@original", 404, 10015),
    ],
)
async def test_what_does_not_exist(
    sim: Sim, wisp: RawUser, general: int, path: str, status: int, code: int
) -> None:
    """Each kind of missing thing has Discord's own code."""
    ids = {
        "lab": sim.guild(LAB).id,
        "harbour": sim.guild("Hopper's Harbour").id,
        "mallory": sim.user("Mallory").id,
        "wisp": sim.bot("Wisp").id,
        "general": general,
    }
    answered, body = await wisp.call("GET", path.format(**ids))

    assert (answered, body["code"]) == (status, code)


async def test_strangers_have_no_access(sim: Sim, mallory: RawUser) -> None:
    """Who is not in a guild sees neither it nor its channels."""
    harbour = sim.guild("Hopper's Harbour")
    for path in (f"/guilds/{harbour.id}", f"/channels/{harbour.channel('general').id}/messages"):
        status, body = await mallory.call("GET", path)
        assert (status, body["code"]) == (403, 50001)


async def test_serves_guilds_members_and_roles(sim: Sim, wisp: RawUser) -> None:
    """A bot reads its guilds in all the ways that it reads them."""
    lab = sim.guild(LAB)
    assert (await wisp.ok("GET", f"/guilds/{lab.id}?with_counts=true"))["approximate_member_count"] == 4
    mine = await wisp.ok("GET", "/users/@me/guilds")
    assert {guild["name"] for guild in mine} == {LAB, "Hopper's Harbour"}
    channels = await wisp.ok("GET", f"/guilds/{lab.id}/channels")
    assert [channel["name"] for channel in channels] == ["general", "lobby", "bots", "Parlour"]
    roles = await wisp.ok("GET", f"/guilds/{lab.id}/roles")
    assert {role["name"] for role in roles} == {"@everyone", "Moderators", "Wisp"}
    assert (await wisp.ok("GET", f"/guilds/{lab.id}/roles/{lab.id}"))["name"] == "@everyone"
    members = await wisp.ok("GET", f"/guilds/{lab.id}/members?limit=2")
    rest = await wisp.ok("GET", f"/guilds/{lab.id}/members?limit=9&after={members[1]['user']['id']}")
    assert len(members) == len(rest) == 2
    (found,) = await wisp.ok("GET", f"/guilds/{lab.id}/members/search?query=mal")
    assert found["user"]["global_name"] == "Mallory"
    assert (await wisp.ok("GET", "/gateway/bot"))["shards"] == 1
    assert (await wisp.ok("GET", "/applications/@me"))["name"] == "Wisp"


async def test_roles_are_given_and_taken(sim: Sim, wisp: RawUser, mallory: RawUser) -> None:
    """Who may manage roles changes those below its own; others, and higher roles, are refused."""
    lab = sim.guild(LAB)
    roles = {role["name"]: role["id"] for role in await wisp.ok("GET", f"/guilds/{lab.id}/roles")}
    path = f"/guilds/{lab.id}/members/{sim.user('Mallory').id}"
    await wisp.ok("PUT", f"{path}/roles/{roles['Moderators']}")
    assert (await wisp.ok("GET", path))["roles"] == [roles["Moderators"]]
    await wisp.ok("DELETE", f"{path}/roles/{roles['Moderators']}")
    await sim.settle()

    assert (await wisp.ok("GET", path))["roles"] == []
    assert [update["roles"] for update in wisp.told("GUILD_MEMBER_UPDATE")] == [[roles["Moderators"]], []]
    for caller, role in ((mallory, "Moderators"), (wisp, "Wisp"), (wisp, "@everyone")):
        status, body = await caller.call("PUT", f"{path}/roles/{roles[role]}")
        assert (status, body["code"]) == (403, 50013)


async def test_messages_are_written_changed_and_deleted(
    wisp: RawUser, mallory: RawUser, general: int
) -> None:
    """A message lives from POST to DELETE, in the hands of those who may change it."""
    path = f"/channels/{general}/messages"
    first = await mallory.say(general, "first")
    reference = {"message_id": int(first["id"])}
    reply = {"content": "second", "nonce": 7, "message_reference": reference}
    sent = await wisp.ok("POST", path, json=reply)
    assert (sent["type"], sent["nonce"], sent["referenced_message"]["id"]) == (19, 7, first["id"])
    edited = await wisp.ok("PATCH", f"{path}/{sent['id']}", json={"content": "changed"})
    assert edited["edited_timestamp"] is not None
    status, body = await mallory.call("PATCH", f"{path}/{sent['id']}", json={"content": "mine"})
    assert (status, body["code"]) == (403, 50005)
    status, body = await mallory.call("DELETE", f"{path}/{sent['id']}")
    assert (status, body["code"]) == (403, 50013)
    await wisp.ok("DELETE", f"{path}/{first['id']}")
    await wisp.ok("DELETE", f"{path}/{sent['id']}")
    assert await wisp.ok("GET", path) == []


async def test_history_is_read_in_pages(wisp: RawUser, general: int) -> None:
    """Newest first; before, after and around a message; never more than the limit."""
    path = f"/channels/{general}/messages"
    first, second, third = [await wisp.say(general, text) for text in ("one", "two", "three")]
    for query, texts in (
        ("", ["three", "two", "one"]),
        ("?limit=1", ["three"]),
        (f"?before={third['id']}&limit=1", ["two"]),
        (f"?after={first['id']}", ["three", "two"]),
        (f"?around={second['id']}&limit=3", ["three", "two", "one"]),
    ):
        assert [message["content"] for message in await wisp.ok("GET", path + query)] == texts


async def test_messages_have_limits(wisp: RawUser, general: int) -> None:
    """Length, number and kind of everything in a message; all problems are named at once."""
    path = f"/channels/{general}/messages"
    embed = {"title": "x" * 257, "fields": [{"name": "", "value": "v"}], "image": {"url": "ftp://x"}}
    button = {"type": 2, "style": 1, "label": "a", "custom_id": "a"}
    too_much = {
        "content": "x" * 2001,
        "embeds": [embed],
        "components": [{"type": 1, "components": [button, button]}],
        "allowed_mentions": {"parse": ["some"]},
    }
    status, body = await wisp.call("POST", path, json=too_much)
    assert (status, body["code"]) == (400, 50035)
    assert _errors(body, "content") == ["BASE_TYPE_MAX_LENGTH"]
    assert _errors(body, "embeds", "0", "title") == ["BASE_TYPE_MAX_LENGTH"]
    assert _errors(body, "embeds", "0", "fields", "0", "name") == ["BASE_TYPE_REQUIRED"]
    assert _errors(body, "embeds", "0", "image", "url") == ["URL_TYPE_INVALID_SCHEME"]
    duplicated = _errors(body, "components", "0", "components", "1", "custom_id")
    assert duplicated == ["COMPONENT_CUSTOM_ID_DUPLICATED"]
    assert _errors(body, "allowed_mentions", "parse", "0") == ["BASE_TYPE_CHOICES"]


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"content": None, "embeds": []}])
async def test_refuses_an_empty_message(wisp: RawUser, general: int, body: dict[str, object]) -> None:
    """A message in which nothing would be seen is 50006."""
    status, answer = await wisp.call("POST", f"/channels/{general}/messages", json=body)

    assert (status, answer["code"]) == (400, 50006)


@pytest.mark.parametrize(
    ("embed", "field", "code"),
    [
        ({}, "description", "BASE_TYPE_REQUIRED"),
        ({"color": 5, "description": " "}, "description", "BASE_TYPE_REQUIRED"),
        ({"title": "t", "url": "somewhere"}, "url", "URL_TYPE_INVALID_URL"),
        ({"title": "t", "url": "https://"}, "url", "URL_TYPE_INVALID_URL"),
        ({"title": "t", "url": "https://["}, "url", "URL_TYPE_INVALID_URL"),
        ({"title": "t", "url": "C:\\picture.png"}, "url", "URL_TYPE_INVALID_SCHEME"),
    ],
)
async def test_refuses_embeds_of_nothing_and_addresses_of_nowhere(
    wisp: RawUser, general: int, embed: dict[str, object], field: str, code: str
) -> None:
    """An embed shows something, and what it leads to is an address of the web."""
    status, body = await wisp.call("POST", f"/channels/{general}/messages", json={"embeds": [embed]})

    assert (status, body["code"]) == (400, 50035)
    assert _errors(body, "embeds", "0", field) == [code]


async def test_embeds_and_components_come_back(wisp: RawUser, general: int) -> None:
    """What a message shows is read back as it was sent, components numbered."""
    select = {"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}]}
    embed = {"title": "T", "fields": [{"name": "n", "value": "v"}], "footer": {"text": "f"}}
    body = {"embeds": [embed], "components": [{"type": 1, "components": [select]}]}
    sent = await wisp.ok("POST", f"/channels/{general}/messages", json=body)

    (shown,), (row,) = sent["embeds"], sent["components"]
    assert (shown["title"], shown["type"], shown["fields"][0]["inline"]) == ("T", "rich", False)
    assert (row["id"], row["components"][0]["id"]) == (1, 2)
    assert (row["components"][0]["min_values"], row["components"][0]["max_values"]) == (1, 1)


async def test_components_v2(wisp: RawUser, general: int) -> None:
    """With the flag a message is made of components alone; without it they are refused."""
    path = f"/channels/{general}/messages"
    text = {"type": 10, "content": "Hello"}
    media = {"media": {"url": "https://example.com/a.png"}}
    section = {"type": 9, "components": [text], "accessory": {"type": 11, **media}}
    container = {"type": 17, "components": [text, {"type": 14}, section, {"type": 12, "items": [media]}]}
    sent = await wisp.ok("POST", path, json={"flags": 1 << 15, "components": [container]})
    assert sent["components"][0]["components"][0]["content"] == "Hello"
    status, _ = await wisp.call("POST", path, json={"components": [container]})
    assert status == 400
    status, _ = await wisp.call("POST", path, json={"flags": 1 << 15, "content": "x", "components": [text]})
    assert status == 400


@pytest.mark.parametrize("files_first", [False, True])
async def test_files_come_and_can_be_fetched(wisp: RawUser, general: int, files_first: bool) -> None:
    """A multipart message brings files, in any order of its parts; their address serves them."""
    form = aiohttp.FormData()
    payload = json.dumps({"content": "look", "embeds": [{"image": {"url": "attachment://a.png"}}]})

    def add_file() -> None:
        form.add_field("files[0]", b"bytes", filename="a.png", content_type="image/png")

    if files_first:
        add_file()
    form.add_field("payload_json", payload)
    if not files_first:
        add_file()
    sent = await wisp.ok("POST", f"/channels/{general}/messages", data=form)

    (file,) = sent["attachments"]
    assert (file["filename"], file["size"], file["content_type"]) == ("a.png", 5, "image/png")
    assert sent["embeds"][0]["image"]["url"] == file["url"]
    async with aiohttp.ClientSession() as session, session.get(file["url"]) as response:
        assert await response.read() == b"bytes"


async def test_urlencoded_payload(wisp: RawUser, general: int) -> None:
    """A form without files, as some clients send it, is read as its payload."""
    form = aiohttp.FormData({"payload_json": json.dumps({"content": "by form"})})
    sent = await wisp.ok("POST", f"/channels/{general}/messages", data=form)

    assert sent["content"] == "by form"


@pytest.mark.parametrize(
    ("allowed", "found", "everyone"),
    [
        (None, {"Ada", "Grace"}, True),
        ({"parse": []}, set(), False),
        ({"users": ["Ada"]}, {"Ada"}, False),
        ({"parse": ["users"]}, {"Ada", "Grace"}, False),
    ],
)
async def test_mentions_count_as_allowed(
    sim: Sim,
    wisp: RawUser,
    general: int,
    allowed: dict[str, list[str]] | None,
    found: set[str],
    everyone: bool,
) -> None:
    """Mentions are found in the text, and only the allowed ones count."""
    text = f"<@{sim.user('Ada').id}> <@!{sim.user('Grace').id}> <@1> @everyone"
    body: dict[str, Any] = {"content": text}
    if allowed is not None:
        users = [str(sim.user(name).id) for name in allowed.get("users", [])]
        body["allowed_mentions"] = {**allowed, "users": users}
    sent = await wisp.ok("POST", f"/channels/{general}/messages", json=body)

    assert {user["global_name"] for user in sent["mentions"]} == found
    assert sent["mention_everyone"] is everyone


async def test_reactions(sim: Sim, wisp: RawUser, mallory: RawUser, general: int) -> None:
    """Reactions are added, listed, counted, taken back and cleared by those who may."""
    message = await mallory.say(general, "react")
    path = f"/channels/{general}/messages/{message['id']}/reactions"
    for caller in (wisp, wisp, mallory):
        await caller.ok("PUT", f"{path}/{WAVE}/@me")
    (shown,) = (await wisp.ok("GET", f"/channels/{general}/messages/{message['id']}"))["reactions"]
    assert (shown["count"], shown["me"]) == (2, True)
    assert len(await wisp.ok("GET", f"{path}/{WAVE}")) == 2
    status, body = await mallory.call("DELETE", f"{path}/{WAVE}/{sim.bot('Wisp').id}")
    assert (status, body["code"]) == (403, 50013)
    await wisp.ok("DELETE", f"{path}/{WAVE}/{sim.user('Mallory').id}")
    await wisp.ok("DELETE", f"{path}/{WAVE}/@me")
    assert await wisp.ok("GET", f"{path}/{WAVE}") == []
    status, body = await wisp.call("PUT", f"{path}/nonsense/@me")
    assert (status, body["code"]) == (400, 10014)
    await mallory.ok("PUT", f"{path}/{quote('🎉')}/@me")
    await wisp.ok("DELETE", path)
    await sim.settle()
    assert len(wisp.told("MESSAGE_REACTION_ADD")) == 3
    assert len(wisp.told("MESSAGE_REACTION_REMOVE_ALL")) == 1


async def test_typing_and_direct_messages(sim: Sim, wisp: RawUser, mallory: RawUser, general: int) -> None:
    """Typing is told; both sides open the same direct messages; a bot has none with itself."""
    await mallory.ok("POST", f"/channels/{general}/typing")
    direct = await mallory.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.bot("Wisp").id)]})
    again = await wisp.ok("POST", "/users/@me/channels", json={"recipient_id": sim.user("Mallory").id})
    assert direct["id"] == again["id"]
    await mallory.say(int(direct["id"]), "hi")
    await sim.settle()
    assert [event["user_id"] for event in wisp.told("TYPING_START")] == [str(sim.user("Mallory").id)]
    assert [message["content"] for message in wisp.told("MESSAGE_CREATE")] == ["hi"]
    status, body = await wisp.call("POST", "/users/@me/channels", json={"recipient_id": sim.bot("Wisp").id})
    assert (status, body["code"]) == (400, 50033)


async def test_overwrites_close_a_channel() -> None:
    """Who may not see a channel gets neither it nor its messages; who may not write is refused."""
    overwrites = [
        {"role": "@everyone", "deny": ["view_channel"]},
        {"role": "Staff", "allow": ["view_channel"], "deny": ["send_messages"]},
    ]
    guild = {
        "name": "Lab",
        "roles": [{"name": "Staff", "members": ["Grace"]}],
        "channels": [{"name": "staff", "overwrites": overwrites}],
    }
    users = [{"name": name} for name in ("Ada", "Grace", "Mallory")]
    async with Sim(World.from_mapping({"users": users, "guilds": [guild]})) as sim:
        staff = sim.guild("Lab").channel("staff").id
        async with (
            raw_user(sim, sim.user("Ada").token) as ada,
            raw_user(sim, sim.user("Grace").token) as grace,
            raw_user(sim, sim.user("Mallory").token) as mallory,
        ):
            await ada.say(staff, "secret")
            await sim.settle()
            status, body = await mallory.call("GET", f"/channels/{staff}")
            assert (status, body["code"]) == (403, 50001)
            assert len(await grace.ok("GET", f"/channels/{staff}/messages")) == 1
            status, body = await grace.call("POST", f"/channels/{staff}/messages", json={"content": "x"})
            assert (status, body["code"]) == (403, 50013)
            assert (len(grace.told("MESSAGE_CREATE")), len(mallory.told("MESSAGE_CREATE"))) == (1, 0)
