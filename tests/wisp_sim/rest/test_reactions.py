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
