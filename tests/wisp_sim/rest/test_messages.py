"""Messages are sent, changed, deleted and passed on as Discord does it."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.model.kinds import ALL_INTENTS

PNG = b"not really a picture"


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


async def test_bulk_delete(sim: Sim, ada: RawUser, wisp: RawUser, mallory: RawUser, general: int) -> None:
    """Several messages go at once, told once and noted once; those that are gone already do not matter."""
    ids = [(await mallory.say(general, str(number)))["id"] for number in range(3)]
    path = f"/channels/{general}/messages/bulk-delete"
    now = str(int(ids[2]) + 1)
    await wisp.ok("POST", path, json={"messages": [*ids[:2], now]})
    await sim.settle()

    left = await wisp.ok("GET", f"/channels/{general}/messages")
    assert [message["id"] for message in left] == ids[2:]
    assert [event["ids"] for event in ada.told("MESSAGE_DELETE_BULK")] == [ids[:2]]
    (entry,) = ada.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["options"]) == (73, {"count": "2"})
    for wrong, code in (
        ([ids[2]], 50016),
        ([str(int(ids[2]) + number) for number in range(101)], 50016),
        ([ids[2], ids[2]], 50035),
        ([ids[2], "1"], 50034),
        (["x", "y"], 50035),
        (None, 50035),
    ):
        status, body = await wisp.call("POST", path, json={"messages": wrong})
        assert (status, body["code"]) == (400, code), wrong
    status, body = await mallory.call("POST", path, json={"messages": ids})
    assert (status, body["code"]) == (403, 50013)
    assert len(await wisp.ok("GET", f"/channels/{general}/messages")) == 1


async def test_nonces_count(wisp: RawUser, clock: ManualClock, general: int) -> None:
    """A nonce that is to be enforced makes one message of two requests, for some minutes."""
    body = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    path = f"/channels/{general}/messages"
    first = await wisp.ok("POST", path, json=body)
    assert (await wisp.ok("POST", path, json=body))["id"] == first["id"]
    assert (await wisp.ok("POST", path, json={**body, "nonce": "n2"}))["id"] != first["id"]
    assert (await wisp.ok("POST", path, json={**body, "enforce_nonce": False}))["id"] != first["id"]
    clock.advance(301)
    assert (await wisp.ok("POST", path, json=body))["id"] != first["id"]
    assert len(await wisp.ok("GET", path)) == 4


async def test_slow_mode(
    ada: RawUser, mallory: RawUser, wisp: RawUser, clock: ManualClock, general: int
) -> None:
    """In slow mode a person waits between messages; bots and those who manage do not."""
    await ada.ok("PATCH", f"/channels/{general}", json={"rate_limit_per_user": 10})
    await mallory.say(general, "one")
    clock.advance(4)
    status, body = await mallory.call("POST", f"/channels/{general}/messages", json={"content": "two"})
    assert (status, body["code"], body["retry_after"]) == (429, 20016, 6.0)
    for free in (ada, wisp):
        await free.say(general, "a")
        await free.say(general, "b")
    clock.advance(6)
    await mallory.say(general, "two")


async def test_forwards(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """A message is sent on as it was; what the sender does not see, or nobody wrote, is not."""
    lab = sim.guild("Lovelace's Lab")
    message = await ada.say(general, "original")
    where = {"type": 1, "channel_id": str(general)}
    bots = lab.channel("bots").id
    reference = {**where, "message_id": message["id"]}
    sent = await ada.ok("POST", f"/channels/{bots}/messages", json={"message_reference": reference})
    await ada.ok("PATCH", f"/channels/{general}/messages/{message['id']}", json={"content": "changed"})
    seen = await ada.ok("GET", f"/channels/{bots}/messages/{sent['id']}")
    assert seen["message_snapshots"][0]["message"]["content"] == "original"
    assert (seen["message_reference"], seen["flags"]) == ({**reference, "guild_id": str(lab.id)}, 1 << 14)
    body = {"message_reference": {**where, "message_id": "1"}}
    status, answer = await mallory.call("POST", f"/channels/{general}/messages", json=body)
    assert (status, answer["code"]) == (404, 10008)
    hiding = [{"id": str(lab.id), "type": 0, "deny": "1024"}]
    wanted = {"name": "secret", "permission_overwrites": hiding}
    secret = await ada.ok("POST", f"/guilds/{lab.id}/channels", json=wanted)
    hidden = await ada.say(int(secret["id"]), "for few")
    body = {"message_reference": {"type": 1, "channel_id": secret["id"], "message_id": hidden["id"]}}
    status, answer = await mallory.call("POST", f"/channels/{general}/messages", json=body)
    assert (status, answer["code"]) == (403, 160014)


async def test_crossposts(sim: Sim, ada: RawUser, general: int) -> None:
    """An announcement is published once; other messages never are."""
    lab = sim.guild("Lovelace's Lab").id
    rooms = {"rules_channel_id": str(general), "public_updates_channel_id": str(general)}
    await ada.ok("PATCH", f"/guilds/{lab}", json={"features": ["COMMUNITY"], **rooms})
    news = await ada.ok("POST", f"/guilds/{lab}/channels", json={"name": "news", "type": 5})
    message = await ada.say(int(news["id"]), "hear")
    path = f"/channels/{news['id']}/messages/{message['id']}"
    assert (await ada.ok("POST", f"{path}/crosspost"))["flags"] & 1
    assert (await ada.ok("GET", path))["flags"] & 1
    status, body = await ada.call("POST", f"{path}/crosspost")
    assert (status, body["code"]) == (400, 40033)
    plain = await ada.say(general, "hear")
    status, body = await ada.call("POST", f"/channels/{general}/messages/{plain['id']}/crosspost")
    assert (status, body["code"]) == (400, 50024)


async def test_changes_of_others(wisp: RawUser, mallory: RawUser, general: int) -> None:
    """Who manages messages hides another's embeds, and changes nothing else of it."""
    message = await mallory.say(general, "mine")
    path = f"/channels/{general}/messages/{message['id']}"
    changed = await wisp.ok("PATCH", path, json={"flags": 4})
    assert (changed["flags"], changed["edited_timestamp"]) == (4, None)
    status, body = await wisp.call("PATCH", path, json={"content": "yours", "flags": 0})
    assert (status, body["code"]) == (403, 50005)
    own = await wisp.say(general, "bot's")
    status, body = await mallory.call("PATCH", f"/channels/{general}/messages/{own['id']}", json={"flags": 4})
    assert (status, body["code"]) == (403, 50013)
    assert (await wisp.ok("GET", path))["content"] == "mine"


async def test_hides_embeds(ada: RawUser, wisp: RawUser, general: int) -> None:
    """Embeds that are suppressed are not shown, and are there again afterwards."""
    message = await wisp.say(general, "text", embeds=[{"title": "more"}])
    path = f"/channels/{general}/messages/{message['id']}"
    assert (await ada.ok("PATCH", path, json={"flags": 4}))["embeds"] == []
    assert (await ada.ok("PATCH", path, json={"flags": 0}))["embeds"] == message["embeds"]


async def test_is_never_emptied(wisp: RawUser, general: int) -> None:
    """A change that would leave nothing is refused, and changes nothing."""
    message = await wisp.say(general, "text", embeds=[{"title": "more"}])
    path = f"/channels/{general}/messages/{message['id']}"
    status, body = await wisp.call("PATCH", path, json={"content": "", "embeds": [], "flags": 4})
    assert (status, body["code"]) == (400, 50006)
    assert await wisp.ok("GET", path) == message
    assert (await wisp.ok("PATCH", path, json={"content": ""}))["embeds"][0]["title"] == "more"


async def test_notices_are_nobodys(ada: RawUser, general: int) -> None:
    """What Discord says in a channel is not changed, even by the one it speaks of; a pin's may go."""
    message = await ada.say(general, "keep")
    await ada.ok("PUT", f"/channels/{general}/messages/pins/{message['id']}")
    notice = (await ada.ok("GET", f"/channels/{general}/messages"))[0]
    path = f"/channels/{general}/messages/{notice['id']}"
    status, body = await ada.call("PATCH", path, json={"content": "x"})
    assert (status, body["code"]) == (403, 50021)
    await ada.ok("DELETE", path)


async def test_deleting_anothers_is_noted(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """The log says whose message was deleted by whom, and nothing of one's own."""
    for text in ("one", "two"):
        await mallory.say(general, text)
    newest, oldest = await ada.ok("GET", f"/channels/{general}/messages")
    await ada.ok("DELETE", f"/channels/{general}/messages/{newest['id']}")
    await mallory.ok("DELETE", f"/channels/{general}/messages/{oldest['id']}")
    await sim.settle()
    (entry,) = ada.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert (entry["action_type"], entry["target_id"]) == (72, newest["author"]["id"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"sticker_ids": ["1"]}, 400, 50081),
        ({"flags": 1 << 13, "content": "x"}, 400, 50159),
        ({"flags": 1 << 13, "poll": None}, 400, 50006),
        ({"content": "x", "message_reference": {"type": 1, "message_id": "1"}}, 400, 50035),
        ({"content": "x", "message_reference": {"type": 9, "message_id": "1"}}, 400, 50035),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 400, 50035),
        ({"content": "x", "flags": 1 << 15}, 400, 50035),
    ],
)
async def test_refuses(wisp: RawUser, general: int, body: dict[str, Any], status: int, code: int) -> None:
    """A message that Discord would not take is not there afterwards."""
    answered, answer = await wisp.call("POST", f"/channels/{general}/messages", json=body)
    assert (answered, answer["code"]) == (status, code)
    assert await wisp.ok("GET", f"/channels/{general}/messages") == []


async def test_refuses_a_file_that_is_too_big(wisp: RawUser, general: int) -> None:
    """A file has at most 10 MiB."""
    form = aiohttp.FormData()
    form.add_field("files[0]", BytesIO(b"x" * (10 * 1024 * 1024 + 1)), filename="big.bin")
    status, body = await wisp.call("POST", f"/channels/{general}/messages", data=form)
    assert (status, body["code"]) == (413, 40005)


async def test_reactions_have_limits(ada: RawUser, mallory: RawUser, general: int) -> None:
    """A message bears 20 different emojis; one of them more often, but no unknown one."""
    message = await ada.say(general, "vote")
    path = f"/channels/{general}/messages/{message['id']}/reactions"
    faces = [chr(0x1F600 + number) for number in range(21)]
    for face in faces[:20]:
        await ada.ok("PUT", f"{path}/{face}/@me")
    status, body = await ada.call("PUT", f"{path}/{faces[20]}/@me")
    assert (status, body["code"]) == (400, 30010)
    await mallory.ok("PUT", f"{path}/{faces[0]}/@me")
    assert len(await ada.ok("GET", f"{path}/{faces[0]}")) == 2
    status, body = await ada.call("PUT", f"{path}/party:12345678901234567/@me")
    assert (status, body["code"]) == (400, 10014)
