"""What belongs to something that is gone is refused as Discord refuses it, and never a crash."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.model.kinds import ALL_INTENTS

LAB = "Lovelace's Lab"


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
async def place(sim: Sim, ada: RawUser) -> int:
    """A channel that will go."""
    made = await ada.ok("POST", f"/guilds/{sim.guild(LAB).id}/channels", json={"name": "brief", "type": 0})
    return int(made["id"])


async def asked(sim: Sim, ada: RawUser, wisp: RawUser, place: int) -> dict[str, Any]:
    """A command of Ada's, waiting for its answer."""
    path = f"/applications/{sim.bot('Wisp').id}/commands"
    await wisp.ok("PUT", path, json=[{"name": "p", "description": "d"}])
    await ada.slash(place, "p")
    await sim.settle()
    return wisp.told("INTERACTION_CREATE")[-1]


async def test_answers_into_a_channel_that_is_gone(sim: Sim, ada: RawUser, wisp: RawUser, place: int) -> None:
    """A first answer, an edit and a follow-up find no channel or message any more."""
    first, second = await asked(sim, ada, wisp, place), await asked(sim, ada, wisp, place)
    callback = f"/interactions/{first['id']}/{first['token']}/callback"
    await wisp.ok("POST", callback, json={"type": 4, "data": {"content": "a"}})
    await ada.ok("DELETE", f"/channels/{place}")
    hook = f"/webhooks/{first['application_id']}/{first['token']}"
    answers = [
        await wisp.call("POST", f"/interactions/{second['id']}/{second['token']}/callback", json=body)
        for body in ({"type": 4, "data": {"content": "b"}}, {"type": 5})
    ]
    answers.append(await wisp.call("POST", hook, json={"content": "c"}))
    answers.append(await wisp.call("PATCH", f"{hook}/messages/@original", json={"content": "d"}))
    answers.append(await wisp.call("GET", f"{hook}/messages/@original"))
    answers.append(await wisp.call("DELETE", f"{hook}/messages/@original"))

    assert [(status, body["code"]) for status, body in answers] == [(404, 10003)] * 3 + [(404, 10008)] * 3


async def test_what_hangs_on_a_channel_goes_with_it(
    sim: Sim, ada: RawUser, wisp: RawUser, place: int, clock: ManualClock
) -> None:
    """Webhooks, invites, threads, polls and messages of a deleted channel are unknown; time goes on."""
    hook = await wisp.ok("POST", f"/channels/{place}/webhooks", json={"name": "h"})
    invite = await wisp.ok("POST", f"/channels/{place}/invites", json={})
    thread = await wisp.ok("POST", f"/channels/{place}/threads", json={"name": "t", "type": 11})
    poll = {"question": {"text": "q"}, "answers": [{"poll_media": {"text": "a"}}], "duration": 1}
    said = await wisp.ok("POST", f"/channels/{place}/messages", json={"poll": poll})
    await wisp.ok("PUT", f"/channels/{place}/messages/pins/{said['id']}")
    await ada.ok("DELETE", f"/channels/{place}")
    clock.advance(30 * 86_400)
    await sim.settle()
    answers = [
        await wisp.call("POST", f"/webhooks/{hook['id']}/{hook['token']}", json={"content": "x"}),
        await wisp.call("GET", f"/webhooks/{hook['id']}"),
        await wisp.call("GET", f"/invites/{invite['code']}"),
        await wisp.call("GET", f"/channels/{thread['id']}"),
        await wisp.call("GET", f"/channels/{place}/messages/{said['id']}"),
    ]

    codes = [(status, body["code"]) for status, body in answers]
    assert codes == [(404, 10015), (404, 10015), (404, 10006), (404, 10003), (404, 10003)]
    assert await wisp.ok("GET", f"/guilds/{sim.guild(LAB).id}/webhooks") == []


async def test_who_left_is_still_the_author(sim: Sim, ada: RawUser, wisp: RawUser, general: int) -> None:
    """Messages, reactions and audit entries of somebody who left can be read, edited by none, and deleted."""
    async with raw_user(sim, sim.user("Grace").token) as grace:
        said = await grace.say(general, "bye")
        await grace.ok("PUT", f"/channels/{general}/messages/{said['id']}/reactions/%F0%9F%91%8B/@me")
        interaction = await asked(sim, grace, wisp, general)
        await sim.leave("Grace", LAB)
        assert (await grace.call("GET", f"/channels/{general}/messages"))[0] == 403
    callback = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    await wisp.ok("POST", callback, json={"type": 4, "data": {"content": "late"}})
    messages = await ada.ok("GET", f"/channels/{general}/messages")
    assert [message["content"] for message in messages] == ["late", "bye"]
    path = f"/channels/{general}/messages/{said['id']}"
    grace_id = sim.user("Grace").id
    await ada.ok("DELETE", f"{path}/reactions/%F0%9F%91%8B/{grace_id}")
    await ada.ok("DELETE", path)
    await sim.settle()
    assert wisp.told("MESSAGE_REACTION_REMOVE")[-1]["user_id"] == str(grace_id)


async def test_roles_that_are_gone(sim: Sim, ada: RawUser, wisp: RawUser, general: int) -> None:
    """Members and channels that named a deleted role go on without it."""
    guild_id, grace_id = sim.guild(LAB).id, sim.user("Grace").id
    role = await ada.ok("POST", f"/guilds/{guild_id}/roles", json={"name": "brief"})
    await ada.ok("PUT", f"/guilds/{guild_id}/members/{grace_id}/roles/{role['id']}")
    overwrite = {"type": 0, "allow": "0", "deny": "2048"}
    await ada.ok("PUT", f"/channels/{general}/permissions/{role['id']}", json=overwrite)
    await ada.ok("DELETE", f"/guilds/{guild_id}/roles/{role['id']}")

    member = await ada.ok("GET", f"/guilds/{guild_id}/members/{grace_id}")
    assert role["id"] not in member["roles"]
    channel = await ada.ok("GET", f"/channels/{general}")
    assert role["id"] not in [one["id"] for one in channel["permission_overwrites"]]
    async with raw_user(sim, sim.user("Grace").token) as grace:
        await grace.say(general, "still here")
