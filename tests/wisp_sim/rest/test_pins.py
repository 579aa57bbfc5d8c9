"""Messages are pinned, listed and unpinned; everyone who sees the channel hears of it."""

from collections.abc import AsyncIterator

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.mark.parametrize("old", [False, True])
async def test_pins(sim: Sim, ada: RawUser, wisp: RawUser, general: int, *, old: bool) -> None:
    """A pin is listed, told, said in the channel and noted in the log; and so is its end."""
    message = await ada.say(general, "keep")
    path = f"/channels/{general}/pins" if old else f"/channels/{general}/messages/pins"
    await wisp.ok("PUT", f"{path}/{message['id']}", headers={"X-Audit-Log-Reason": "rules"})
    listed = await wisp.ok("GET", f"/channels/{general}/messages/pins")
    assert [item["message"]["id"] for item in listed["items"]] == [message["id"]]
    assert listed["has_more"] is False
    assert [found["pinned"] for found in await wisp.ok("GET", f"/channels/{general}/pins")] == [True]
    newest = (await wisp.ok("GET", f"/channels/{general}/messages"))[0]
    assert (newest["type"], newest["message_reference"]["message_id"]) == (6, message["id"])
    await wisp.ok("DELETE", f"{path}/{message['id']}")
    await sim.settle()

    assert (await wisp.ok("GET", f"/channels/{general}/messages/pins"))["items"] == []
    stamps = [event["last_pin_timestamp"] for event in ada.told("CHANNEL_PINS_UPDATE")]
    assert stamps == [listed["items"][0]["pinned_at"], None]
    noted = [
        (entry["action_type"], entry.get("reason")) for entry in ada.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    ]
    assert noted == [(74, "rules"), (75, None)]


async def test_pages_of_pins(ada: RawUser, general: int) -> None:
    """Pins come in pages, and a page begins before a moment."""
    for text in ("one", "two"):
        message = await ada.say(general, text)
        await ada.ok("PUT", f"/channels/{general}/messages/pins/{message['id']}")
    page = await ada.ok("GET", f"/channels/{general}/messages/pins?limit=1")
    assert (page["items"][0]["message"]["content"], page["has_more"]) == ("two", True)
    past = await ada.ok("GET", f"/channels/{general}/messages/pins?before=2015-01-01T00:00:00Z")
    assert past == {"items": [], "has_more": False}
    status, body = await ada.call("GET", f"/channels/{general}/messages/pins?before=yesterday")
    assert (status, body["code"]) == (400, 50035)


async def test_refuses_pins(ada: RawUser, mallory: RawUser, general: int) -> None:
    """Who may not pin is refused, as is a notice, an unknown message and one pin too many."""
    message = await ada.say(general, "keep")
    path = f"/channels/{general}/messages/pins"
    for method in ("PUT", "DELETE"):
        status, body = await mallory.call(method, f"{path}/{message['id']}")
        assert (status, body["code"]) == (403, 50013)
        status, body = await ada.call(method, f"{path}/1")
        assert (status, body["code"]) == (404, 10008)
    await ada.ok("PUT", f"{path}/{message['id']}")
    notice = (await ada.ok("GET", f"/channels/{general}/messages"))[0]
    status, body = await ada.call("PUT", f"{path}/{notice['id']}")
    assert (status, body["code"]) == (403, 50021)


async def test_limits_pins(ada: RawUser, general: int) -> None:
    """A channel has 250 pins and no more."""
    path = f"/channels/{general}/messages/pins"
    ids = [(await ada.say(general, str(number)))["id"] for number in range(251)]
    for message_id in ids[:250]:
        await ada.ok("PUT", f"{path}/{message_id}")
    status, body = await ada.call("PUT", f"{path}/{ids[250]}")
    assert (status, body["code"]) == (400, 30003)
