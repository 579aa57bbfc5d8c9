"""Channels are created, changed and deleted over the wire, and everyone hears of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

VIEW, SEND, MANAGE_ROLES = 1 << 10, 1 << 11, 1 << 28


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
def lab(sim: Sim) -> int:
    """The guild."""
    return sim.guild("Lovelace's Lab").id


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"name": "Big News", "topic": "t", "rate_limit_per_user": 5}, {"name": "big-news", "topic": "t"}),
        ({"name": "Talk", "type": 2, "bitrate": 8000, "user_limit": 3}, {"bitrate": 8000, "user_limit": 3}),
        ({"name": "Group", "type": 4}, {"type": 4, "name": "Group"}),
        ({"name": "Stage", "type": 13}, {"type": 13}),
        ({"name": "ask", "type": 15, "default_sort_order": 1}, {"type": 15, "default_sort_order": 1}),
    ],
)
async def test_creates_each_type(
    sim: Sim, ada: RawUser, lab: int, body: dict[str, Any], kept: dict[str, Any]
) -> None:
    """A channel of each type keeps its own fields; who is in the guild hears of it."""
    made = await ada.ok("POST", f"/guilds/{lab}/channels", json=body)

    read = await ada.ok("GET", f"/channels/{made['id']}")
    assert {key: read[key] for key in kept} == kept
    assert made["id"] in [channel["id"] for channel in await ada.ok("GET", f"/guilds/{lab}/channels")]
    await sim.settle()
    assert [event["id"] for event in ada.told("CHANNEL_CREATE")] == [made["id"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "topic": "t" * 1025}, "topic"),
        ({"name": "x", "rate_limit_per_user": 21601}, "rate_limit_per_user"),
        ({"name": "x", "type": 5}, "type"),
        ({"name": "x", "parent_id": "1"}, "parent_id"),
        ({"name": "x", "type": 2, "bitrate": 7999}, "bitrate"),
    ],
)
async def test_refuses_what_no_channel_is(ada: RawUser, lab: int, body: dict[str, Any], field: str) -> None:
    """A wrong field is 50035 and named, and nothing is created."""
    before = await ada.ok("GET", f"/guilds/{lab}/channels")
    status, answer = await ada.call("POST", f"/guilds/{lab}/channels", json=body)

    assert (status, answer["code"], list(answer["errors"])) == (400, 50035, [field])
    assert await ada.ok("GET", f"/guilds/{lab}/channels") == before


async def test_limits_channels(ada: RawUser, lab: int) -> None:
    """A category holds 50 channels."""
    group = await ada.ok("POST", f"/guilds/{lab}/channels", json={"name": "g", "type": 4})
    body = {"name": "x", "parent_id": group["id"]}
    for _ in range(50):
        await ada.ok("POST", f"/guilds/{lab}/channels", json=body)

    status, answer = await ada.call("POST", f"/guilds/{lab}/channels", json=body)
    assert (status, answer["code"]) == (400, 50035)
    problem = answer["errors"]["parent_id"]["_errors"][0]
    assert problem["code"] == "CHANNEL_PARENT_MAX_CHANNELS"


async def test_changes_moves_and_deletes(sim: Sim, ada: RawUser, wisp: RawUser, lab: int) -> None:
    """A channel changes, moves into a category, loses it with the category, and goes; the log knows."""
    made = await ada.ok("POST", f"/guilds/{lab}/channels", json={"name": "one"})
    group = await ada.ok("POST", f"/guilds/{lab}/channels", json={"name": "g", "type": 4})
    path = f"/channels/{made['id']}"

    await ada.ok("PATCH", path, json={"topic": "new"})
    moves = [{"id": made["id"], "position": 7, "parent_id": group["id"]}]
    await ada.ok("PATCH", f"/guilds/{lab}/channels", json=moves)
    read = await ada.ok("GET", path)
    assert (read["topic"], read["position"], read["parent_id"]) == ("new", 7, group["id"])

    await ada.ok("DELETE", f"/channels/{group['id']}")
    assert (await ada.ok("GET", path))["parent_id"] is None
    await ada.ok("DELETE", path)
    assert (await ada.call("GET", path))[1]["code"] == 10003
    await sim.settle()
    assert [event["id"] for event in wisp.told("CHANNEL_DELETE")] == [group["id"], made["id"]]
    actions = [entry["action_type"] for entry in wisp.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert actions[:3] == [10, 10, 11]
    assert actions[-2:] == [12, 12]


async def test_refuses_who_may_not(mallory: RawUser, ada: RawUser, lab: int, general: int) -> None:
    """Without the permission nothing of a channel can be changed."""
    overwrite = f"/channels/{general}/permissions/{lab}"
    for method, path, body in (
        ("POST", f"/guilds/{lab}/channels", {"name": "x"}),
        ("PATCH", f"/guilds/{lab}/channels", []),
        ("PATCH", f"/channels/{general}", {"name": "x"}),
        ("DELETE", f"/channels/{general}", None),
        ("PUT", overwrite, {"allow": "1", "type": 0}),
        ("DELETE", overwrite, None),
    ):
        status, answer = await mallory.call(method, path, json=body)
        assert (status, answer["code"]) == (403, 50013), path
    assert not ada.told("CHANNEL_UPDATE")


async def test_overwrites(
    sim: Sim, ada: RawUser, mallory: RawUser, wisp: RawUser, lab: int, general: int
) -> None:
    """An overwrite rules who sees a channel, is logged, and may not grant what its maker lacks."""
    path = f"/channels/{general}/permissions/{lab}"
    await ada.ok("PUT", path, json={"deny": str(VIEW), "type": 0})
    assert (await mallory.call("GET", f"/channels/{general}"))[1]["code"] == 50001
    await ada.ok("DELETE", path)
    await mallory.ok("GET", f"/channels/{general}")

    assert (await ada.call("DELETE", path))[1]["code"] == 10009
    assert (await ada.call("PUT", f"/channels/{general}/permissions/1", json={"type": 0}))[1]["code"] == 10009
    refused = await wisp.call("PUT", path, json={"allow": str(MANAGE_ROLES), "type": 0})
    assert (refused[0], refused[1]["code"]) == (403, 50013)
    await sim.settle()
    actions = [entry["action_type"] for entry in wisp.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert actions == [13, 15]
