"""Webhooks of channels are made, speak, and are removed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS
from wisp_sim.state import webhooks


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


BUTTON = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]


async def _make(by: RawUser, general: int, name: str = "News") -> tuple[dict[str, Any], str]:
    webhook = await by.ok("POST", f"/channels/{general}/webhooks", json={"name": name})
    return webhook, f"/webhooks/{webhook['id']}/{webhook['token']}"


async def test_is_made_changed_and_removed(sim: Sim, ada: RawUser, general: int) -> None:
    """A webhook is listed and told; its maker and its token change and remove it."""
    webhook, path = await _make(ada, general)
    lab = sim.guild("Lovelace's Lab").id
    assert await ada.ok("GET", f"/channels/{general}/webhooks") == [webhook]
    assert await ada.ok("GET", f"/guilds/{lab}/webhooks") == [webhook]
    assert await ada.ok("GET", f"/webhooks/{webhook['id']}") == webhook
    assert "user" not in await ada.ok("GET", path)
    assert (await ada.ok("PATCH", f"/webhooks/{webhook['id']}", json={"name": "A"}))["name"] == "A"
    assert (await ada.ok("PATCH", path, json={"name": "B"}))["name"] == "B"
    await ada.ok("DELETE", f"/webhooks/{webhook['id']}")
    _, other = await _make(ada, general)
    await ada.ok("DELETE", other)
    await sim.settle()

    assert await ada.ok("GET", f"/channels/{general}/webhooks") == []
    assert len(ada.told("WEBHOOKS_UPDATE")) == 6
    noted = [entry["action_type"] for entry in ada.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert noted == [50, 51, 52, 50]


async def test_speaks(sim: Sim, ada: RawUser, wisp: RawUser, general: int) -> None:
    """A webhook speaks under a name of its own, and reads, changes and deletes what it said."""
    webhook, path = await _make(wisp, general)
    body = {"content": "hello", "username": "Crier", "components": BUTTON}
    message = await ada.ok("POST", f"{path}?wait=true", json=body)
    assert (message["author"]["username"], message["webhook_id"]) == ("Crier", webhook["id"])
    assert message["components"]
    assert (await ada.ok("GET", f"{path}/messages/{message['id']}"))["content"] == "hello"
    changed = await ada.ok("PATCH", f"{path}/messages/{message['id']}", json={"content": "bye"})
    assert changed["content"] == "bye"
    assert (await ada.ok("GET", f"/channels/{general}/messages"))[0]["author"]["bot"]
    await ada.ok("DELETE", f"{path}/messages/{message['id']}")
    status, answer = await ada.call("GET", f"{path}/messages/{message['id']}")
    assert (status, answer["code"]) == (404, 10008)
    assert await ada.call("POST", path, json={"content": "quietly"}) == (204, None)
    await sim.settle()
    assert [event["content"] for event in ada.told("MESSAGE_CREATE")] == ["hello", "quietly"]


async def test_speaks_in_threads(ada: RawUser, general: int, sim: Sim) -> None:
    """A webhook writes into a thread of its channel, and begins posts only in forums."""
    _, path = await _make(ada, general)
    thread = await ada.ok("POST", f"/channels/{general}/threads", json={"name": "talk", "type": 11})
    message = await ada.ok("POST", f"{path}?wait=true&thread_id={thread['id']}", json={"content": "in"})
    assert message["channel_id"] == thread["id"]
    status, body = await ada.call("POST", f"{path}?thread_id=1", json={"content": "x"})
    assert (status, body["code"]) == (404, 10003)
    status, body = await ada.call("POST", path, json={"content": "x", "thread_name": "post"})
    assert (status, body["code"]) == (400, 220003)
    lab = sim.guild("Lovelace's Lab").id
    forum = await ada.ok("POST", f"/guilds/{lab}/channels", json={"name": "forum", "type": 15})
    _, path = await _make(ada, int(forum["id"]))
    status, body = await ada.call("POST", path, json={"content": "x"})
    assert (status, body["code"]) == (400, 220001)
    post = await ada.ok("POST", f"{path}?wait=true", json={"content": "x", "thread_name": "post"})
    assert post["id"] == post["channel_id"]
    assert (await ada.ok("GET", f"/channels/{post['id']}"))["name"] == "post"


@pytest.mark.parametrize("name", ["", "Clyde 2", "my Discord", "x" * 81])
async def test_refuses_names(ada: RawUser, general: int, name: str) -> None:
    """Some names are Discord's own; the others have a length."""
    status, body = await ada.call("POST", f"/channels/{general}/webhooks", json={"name": name})
    assert (status, body["code"]) == (400, 50035)
    _, path = await _make(ada, general)
    status, body = await ada.call("PATCH", path, json={"name": name})
    assert (status, body["code"]) == (400, 50035)


async def test_refuses_strangers(ada: RawUser, mallory: RawUser, general: int, sim: Sim) -> None:
    """Without the permission, the right token or a known id there is no webhook."""
    webhook, path = await _make(ada, general)
    lab, own = sim.guild("Lovelace's Lab").id, f"/webhooks/{webhook['id']}"
    for method, where in (
        ("POST", f"/channels/{general}/webhooks"),
        ("GET", f"/channels/{general}/webhooks"),
        ("GET", f"/guilds/{lab}/webhooks"),
        ("GET", own),
        ("PATCH", own),
        ("DELETE", own),
    ):
        status, body = await mallory.call(method, where)
        assert (status, body["code"]) == (403, 50013), where
    for method in ("GET", "PATCH", "POST", "DELETE"):
        status, body = await ada.call(method, f"{own}/wrong")
        assert (status, body["code"]) == (401, 50027)
        status, body = await ada.call(method, "/webhooks/1/wrong")
        assert (status, body["code"]) == (404, 10015)
    for method in ("GET", "PATCH", "DELETE"):
        status, body = await ada.call(method, f"{path}/messages/1")
        assert (status, body["code"]) == (404, 10008)


async def test_refuses_too_many(ada: RawUser, general: int) -> None:
    """A channel has 15 webhooks."""
    for _ in range(15):
        await _make(ada, general)
    status, body = await ada.call("POST", f"/channels/{general}/webhooks", json={"name": "one more"})
    assert (status, body["code"]) == (400, 30007)


async def test_components_need_an_application(ada: RawUser, general: int) -> None:
    """A person's webhook shows components only if asked to, and none that somebody could press."""
    _, path = await _make(ada, general)
    status, body = await ada.call("POST", path, json={"components": BUTTON})
    assert (status, body["code"]) == (400, 50006)
    status, body = await ada.call("POST", f"{path}?with_components=true", json={"components": BUTTON})
    assert (status, body["code"]) == (400, 50035)
    text = {"flags": 1 << 15, "components": [{"type": 10, "content": "hi"}]}
    sent = await ada.ok("POST", f"{path}?with_components=true&wait=true", json=text)
    assert sent["components"][0]["content"] == "hi"
    # An edit that does not ask for components leaves those that are there.
    text["components"] = [{"type": 10, "content": "new"}]
    for query, shown in (("", "hi"), ("?with_components=true", "new")):
        changed = await ada.ok("PATCH", f"{path}/messages/{sent['id']}{query}", json=text)
        assert changed["components"][0]["content"] == shown
    status, body = await ada.call(
        "PATCH", f"{path}/messages/{sent['id']}?with_components=true", json={"components": BUTTON}
    )
    assert (status, body["code"]) == (400, 50035)


@pytest.mark.parametrize("kind", [15, 16])
async def test_tags_posts(ada: RawUser, general: int, sim: Sim, kind: int) -> None:
    """A webhook's post has its tags; a wrong one, or none where one is asked for, makes no post."""
    del general
    lab = sim.guild("Lovelace's Lab").id
    body = {"name": "help", "type": kind, "available_tags": [{"name": "bug"}], "flags": 1 << 4}
    forum = await ada.ok("POST", f"/guilds/{lab}/channels", json=body)
    _, path = await _make(ada, int(forum["id"]))
    post = {"content": "x", "thread_name": "post"}
    tag = forum["available_tags"][0]["id"]
    emoji = {"poll_media": {"text": "a", "emoji": {"id": "1"}}}
    poll = {"question": {"text": "?"}, "answers": [emoji]}
    for more, code in (
        ({}, 40067),
        ({"applied_tags": ["1"]}, 50035),
        ({"applied_tags": [tag], "poll": poll}, 520004),
    ):
        status, answer = await ada.call("POST", path, json={**post, **more})
        assert (status, answer["code"]) == (400, code)
    assert (await ada.ok("GET", f"/guilds/{lab}/threads/active"))["threads"] == []
    sent = await ada.ok("POST", f"{path}?wait=true", json={**post, "applied_tags": [tag]})
    assert (await ada.ok("GET", f"/channels/{sent['id']}"))["applied_tags"] == [tag]
    status, answer = await ada.call("POST", f"{path}?thread_id={sent['id']}", json=post)
    assert (status, answer["code"]) == (400, 220002)


async def test_refuses_too_many_in_a_guild(
    ada: RawUser, general: int, sim: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guild has so many webhooks, whatever the channels."""
    assert webhooks._MAX_IN_GUILD == 1000
    monkeypatch.setattr(webhooks, "_MAX_IN_GUILD", 2)
    lab = sim.guild("Lovelace's Lab").id
    other = await ada.ok("POST", f"/guilds/{lab}/channels", json={"name": "other"})
    for channel_id in (general, int(other["id"])):
        await _make(ada, channel_id)
    status, answer = await ada.call("POST", f"/channels/{general}/webhooks", json={"name": "one more"})
    assert (status, answer["code"]) == (400, 30058)
