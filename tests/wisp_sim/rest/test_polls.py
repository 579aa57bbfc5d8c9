"""Polls run, are voted in, and end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.model.kinds import ALL_INTENTS, Intent


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


def _poll(**more: Any) -> dict[str, Any]:
    answers = [{"poll_media": {"text": "tea"}}, {"poll_media": {"text": "coffee", "emoji": {"name": "☕"}}}]
    return {"poll": {"question": {"text": "What?"}, "answers": answers, "duration": 1, **more}}


async def _start(wisp: RawUser, general: int, **more: Any) -> tuple[str, str]:
    message = await wisp.ok("POST", f"/channels/{general}/messages", json=_poll(**more))
    assert message["poll"]["results"] == {"is_finalized": False, "answer_counts": []}
    return message["id"], f"/channels/{general}/polls/{message['id']}"


async def test_votes(sim: Sim, wisp: RawUser, mallory: RawUser, general: int) -> None:
    """A vote is counted, listed and told; a new one takes its place."""
    message_id, path = await _start(wisp, general)
    await mallory.ok("PUT", f"{path}/answers/@me", json={"answer_ids": [1]})
    await mallory.ok("PUT", f"{path}/answers/@me", json={"answer_ids": ["2"]})
    await sim.settle()

    assert [vote["answer_id"] for vote in wisp.told("MESSAGE_POLL_VOTE_ADD")] == [1, 2]
    assert [vote["answer_id"] for vote in wisp.told("MESSAGE_POLL_VOTE_REMOVE")] == [1]
    voters = (await wisp.ok("GET", f"{path}/answers/2"))["users"]
    assert [voter["id"] for voter in voters] == [str(sim.user("Mallory").id)]
    assert (await wisp.ok("GET", f"{path}/answers/1"))["users"] == []
    seen = await mallory.ok("GET", f"/channels/{general}/messages/{message_id}")
    assert seen["poll"]["results"]["answer_counts"] == [{"id": 2, "count": 1, "me_voted": True}]


async def test_ends_by_the_clock(
    sim: Sim, clock: ManualClock, wisp: RawUser, mallory: RawUser, general: int
) -> None:
    """A poll ends when its time is over; a message tells the result."""
    message_id, path = await _start(wisp, general)
    await mallory.ok("PUT", f"{path}/answers/@me", json={"answer_ids": [2]})
    clock.advance(3599)
    assert not (await wisp.ok("GET", f"/channels/{general}/messages"))[0]["poll"]["results"]["is_finalized"]
    clock.advance(1)
    result, message = (await wisp.ok("GET", f"/channels/{general}/messages"))[:2]
    assert message["poll"]["results"]["is_finalized"]
    assert (result["type"], result["message_reference"]["message_id"]) == (46, message_id)
    fields = {field["name"]: field["value"] for field in result["embeds"][0]["fields"]}
    assert (fields["victor_answer_id"], fields["total_votes"]) == ("2", "1")
    status, body = await mallory.call("PUT", f"{path}/answers/@me", json={"answer_ids": [1]})
    assert (status, body["code"]) == (400, 520001)


async def test_ends_early(wisp: RawUser, mallory: RawUser, general: int) -> None:
    """Its author ends a poll, once; nobody else does, and a message without a poll has none to end."""
    _, path = await _start(wisp, general)
    status, body = await mallory.call("POST", f"{path}/expire")
    assert (status, body["code"]) == (403, 50005)
    assert (await wisp.ok("POST", f"{path}/expire"))["poll"]["results"]["is_finalized"]
    status, body = await wisp.call("POST", f"{path}/expire")
    assert (status, body["code"]) == (400, 520001)
    plain = await wisp.say(general, "no poll")
    status, body = await wisp.call("POST", f"/channels/{general}/polls/{plain['id']}/expire")
    assert (status, body["code"]) == (400, 520006)


@pytest.mark.parametrize("answer_ids", [[3], [1, 2], ["x"]])
async def test_refuses_votes(wisp: RawUser, mallory: RawUser, general: int, answer_ids: list[Any]) -> None:
    """An answer that there is not, or one too many, is refused; nothing is counted."""
    _, path = await _start(wisp, general)
    status, body = await mallory.call("PUT", f"{path}/answers/@me", json={"answer_ids": answer_ids})
    assert (status, body["code"]) == (400, 50035)
    assert (await wisp.ok("GET", f"{path}/answers/1"))["users"] == []
    status, body = await wisp.call("GET", f"{path}/answers/9")
    assert (status, body["code"]) == (400, 50035)


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": {"text": "x" * 301}},
        {"answers": []},
        {"answers": [{"poll_media": {"text": "x"}}] * 11},
        {"answers": [{"poll_media": {"text": "x" * 56}}]},
        {"duration": 769},
        {"duration": 0},
        {"layout_type": 7},
    ],
)
async def test_refuses_polls(wisp: RawUser, general: int, wrong: dict[str, Any]) -> None:
    """A poll beyond a limit is refused."""
    status, body = await wisp.call("POST", f"/channels/{general}/messages", json=_poll(**wrong))
    assert (status, body["code"]) == (400, 50035)
    assert set(body["errors"]["poll"]) <= {*wrong}


async def test_polls_are_content(sim: Sim, ada: RawUser, general: int) -> None:
    """A bot without the message content intent is not told of another's poll, but of its message."""
    intents = int(ALL_INTENTS & ~Intent.MESSAGE_CONTENT)
    async with raw_user(sim, sim.bot("Wisp").token, intents=intents) as blind:
        await ada.ok("POST", f"/channels/{general}/messages", json=_poll())
        await sim.settle()
        assert ["poll" in event for event in blind.told("MESSAGE_CREATE")] == [False]
    assert ["poll" in event for event in ada.told("MESSAGE_CREATE")] == [True]


async def test_emojis_of_answers(sim: Sim, ada: RawUser, wisp: RawUser, general: int) -> None:
    """An answer's own emoji is one that the author may use, and is shown with its name."""
    image = "data:image/png;base64,iVBORw0KGgo="
    lab = sim.guild("Lovelace's Lab").id
    fox = await ada.ok("POST", f"/guilds/{lab}/emojis", json={"name": "fox", "image": image})

    def poll(emoji: dict[str, Any]) -> dict[str, Any]:
        answers = [{"poll_media": {"text": "fox", "emoji": emoji}}, {"poll_media": {"text": "owl"}}]
        return {"poll": {"question": {"text": "which?"}, "answers": answers}}

    path = f"/channels/{general}/messages"
    sent = await wisp.ok("POST", path, json=poll({"id": fox["id"]}))
    assert sent["poll"]["answers"][0]["poll_media"]["emoji"] == {"id": fox["id"], "name": "fox"}
    status, body = await wisp.call("POST", path, json=poll({"id": "1"}))
    assert (status, body["code"]) == (400, 520004)
    assert len(await wisp.ok("GET", path)) == 1


async def test_pages_of_voters(sim: Sim, ada: RawUser, wisp: RawUser, mallory: RawUser, general: int) -> None:
    """Those who voted are listed by their ids, so many at a time and after one of them."""
    _, path = await _start(wisp, general)
    for user in (mallory, ada):
        await user.ok("PUT", f"{path}/answers/@me", json={"answer_ids": [1]})
    ids = sorted((sim.user("Ada").id, sim.user("Mallory").id))

    async def page(**query: str) -> list[int]:
        found = await wisp.ok("GET", f"{path}/answers/1", params=query)
        return [int(user["id"]) for user in found["users"]]

    assert (await page(), await page(limit="1"), await page(after=str(ids[0]))) == (ids, ids[:1], ids[1:])
    status, body = await wisp.call("GET", f"{path}/answers/1", params={"limit": "0"})
    assert (status, body["code"]) == (400, 50035)
