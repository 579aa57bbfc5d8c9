"""Reactions are removed one emoji at a time, by those who manage messages."""

from collections.abc import AsyncIterator

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

WAVE, PARTY = "%F0%9F%91%8B", "%F0%9F%8E%89"


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


async def test_all_of_one_emoji_go(
    sim: Sim, ada: RawUser, mallory: RawUser, wisp: RawUser, general: int
) -> None:
    """Everybody's reactions with that emoji are gone, the others stay, and who may not is refused."""
    said = await ada.say(general, "hi")
    path = f"/channels/{general}/messages/{said['id']}"
    for user, emoji in ((ada, WAVE), (mallory, WAVE), (ada, PARTY)):
        await user.ok("PUT", f"{path}/reactions/{emoji}/@me")
    assert (await mallory.call("DELETE", f"{path}/reactions/{WAVE}"))[1]["code"] == 50013
    assert (await wisp.call("DELETE", f"{path}/reactions/{WAVE}"))[0] == 204
    assert (await wisp.call("DELETE", f"{path}/reactions/{WAVE}"))[1]["code"] == 10014
    await sim.settle()

    message = await ada.ok("GET", path)
    assert [reaction["emoji"]["name"] for reaction in message["reactions"]] == ["🎉"]
    (told,) = wisp.told("MESSAGE_REACTION_REMOVE_EMOJI")
    assert (told["message_id"], told["emoji"]["name"]) == (said["id"], "👋")


PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


async def test_super_reactions(sim: Sim, ada: RawUser, mallory: RawUser, wisp: RawUser, general: int) -> None:
    """People react both plainly and super, each counted, listed and taken back by itself; bots cannot."""
    said = await ada.say(general, "hi")
    message = f"/channels/{general}/messages/{said['id']}"
    path = f"{message}/reactions/{WAVE}"
    await ada.ok("PUT", f"{path}/@me?type=1")
    await ada.ok("PUT", f"{path}/@me")
    await mallory.ok("PUT", f"{path}/@me", params={"type": "1"})
    status, body = await wisp.call("PUT", f"{path}/@me?type=1")
    assert (status, body["code"]) == (403, 90002)
    (shown,) = (await mallory.ok("GET", message))["reactions"]
    assert (shown["count"], shown["count_details"]) == (3, {"burst": 2, "normal": 1})
    assert (shown["me"], shown["me_burst"]) == (False, True)
    assert len(await wisp.ok("GET", f"{path}?type=1")) == 2
    assert [user["username"] for user in await wisp.ok("GET", path)] == ["ada"]

    await ada.ok("DELETE", f"{path}/1/@me")
    await wisp.ok("DELETE", f"{path}/{sim.user('Mallory').id}")
    (shown,) = (await ada.ok("GET", message))["reactions"]
    assert (shown["count_details"], shown["me"], shown["me_burst"]) == (
        {"burst": 0, "normal": 1},
        True,
        False,
    )
    for wrong in ("PUT", f"{path}/@me?type=2"), ("GET", f"{path}?type=x"), ("DELETE", f"{path}/7/@me"):
        status, body = await ada.call(*wrong)
        assert (status, body["code"]) == (400, 50035), wrong
    await sim.settle()
    assert [(told["burst"], told["type"]) for told in wisp.told("MESSAGE_REACTION_ADD")] == [
        (True, 1),
        (False, 0),
        (True, 1),
    ]
    assert [told["burst"] for told in wisp.told("MESSAGE_REACTION_REMOVE")] == [True, True]


async def test_a_super_reaction_stands_alone(ada: RawUser, mallory: RawUser, general: int) -> None:
    """A super reaction stays when the last plain one goes, and goes by itself."""
    said = await ada.say(general, "hi")
    message = f"/channels/{general}/messages/{said['id']}"
    await mallory.ok("PUT", f"{message}/reactions/{WAVE}/@me?type=1")
    await ada.ok("PUT", f"{message}/reactions/{WAVE}/@me")
    await ada.ok("DELETE", f"{message}/reactions/{WAVE}/@me")
    (shown,) = (await ada.ok("GET", message))["reactions"]
    assert shown["count_details"] == {"burst": 1, "normal": 0}
    await mallory.ok("DELETE", f"{message}/reactions/{WAVE}/1/@me")
    assert "reactions" not in await ada.ok("GET", message)


async def test_emojis_of_roles(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """An emoji for some roles is used by those who have one of them."""
    lab = sim.guild("Lovelace's Lab").id
    role = await ada.ok("POST", f"/guilds/{lab}/roles", json={"name": "foxes"})
    body = {"name": "fox", "image": PIXEL, "roles": [role["id"]]}
    fox = await ada.ok("POST", f"/guilds/{lab}/emojis", json=body)
    said = await ada.say(general, "hi")
    path = f"/channels/{general}/messages/{said['id']}/reactions/fox:{fox['id']}/@me"
    status, answer = await mallory.call("PUT", path)
    assert (status, answer["code"]) == (400, 10014)
    await ada.ok("PUT", f"/guilds/{lab}/members/{sim.user('Mallory').id}/roles/{role['id']}")
    assert (await mallory.call("PUT", path))[0] == 204


async def test_pages_of_reactions(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """Those who reacted are listed by their ids, so many at a time and after one of them."""
    said = await ada.say(general, "hi")
    path = f"/channels/{general}/messages/{said['id']}/reactions/{WAVE}"
    for user in (mallory, ada):
        await user.ok("PUT", f"{path}/@me")
    ids = sorted((sim.user("Ada").id, sim.user("Mallory").id))

    async def page(**query: str) -> list[int]:
        return [int(user["id"]) for user in await ada.ok("GET", path, params=query)]

    assert await page() == ids
    assert await page(limit="1") == ids[:1]
    assert await page(after=str(ids[0])) == ids[1:]
    assert await page(after=str(ids[1])) == []
    status, body = await ada.call("GET", path, params={"limit": "101"})
    assert (status, body["code"]) == (400, 50035)


async def test_emojis_of_elsewhere(
    sim: Sim, ada: RawUser, mallory: RawUser, wisp: RawUser, general: int
) -> None:
    """An emoji of another guild needs a permission and membership there; a bot's own needs neither."""
    sim.add({"guilds": [{"name": "Elsewhere", "owner": "Mallory", "members": ["Mallory"]}]})
    other = sim.guild("Elsewhere").id
    body = {"name": "fox", "image": PIXEL}
    fox = await mallory.ok("POST", f"/guilds/{other}/emojis", json=body)
    said = await ada.say(general, "hi")
    message = f"/channels/{general}/messages/{said['id']}"
    path = f"{message}/reactions/old:{fox['id']}"
    status, answer = await wisp.call("PUT", f"{path}/@me")
    assert (status, answer["code"]) == (400, 10014)
    overwrite = f"/channels/{general}/permissions/{sim.user('Mallory').id}"
    await ada.ok("PUT", overwrite, json={"type": 1, "deny": str(1 << 18), "allow": "0"})
    status, answer = await mallory.call("PUT", f"{path}/@me")
    assert (status, answer["code"]) == (403, 50013)
    await ada.ok("PUT", overwrite, json={"type": 1, "deny": "0", "allow": str(1 << 18)})
    await mallory.ok("PUT", f"{path}/@me")
    # Now that it is there anybody may join in.
    await wisp.ok("PUT", f"{path}/@me")
    me = sim.bot("Wisp").id
    own = await wisp.ok("POST", f"/applications/{me}/emojis", json=body)
    await wisp.ok("PUT", f"{message}/reactions/fox:{own['id']}/@me")
    status, answer = await ada.call("PUT", f"{message}/reactions/fox:{own['id']}1/@me")
    assert (status, answer["code"]) == (400, 10014)
    shown = (await ada.ok("GET", message))["reactions"]
    emojis = [{"id": each["id"], "name": "fox", "animated": True} for each in (fox, own)]
    assert [(reaction["emoji"], reaction["count"]) for reaction in shown] == [(emojis[0], 2), (emojis[1], 1)]
