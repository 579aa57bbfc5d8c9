"""Threads begin, fall asleep, wake and end; who is in them is told."""

import pytest

from support.raw_user import RawUser
from wisp_sim import ManualClock, Sim


@pytest.fixture
def lab(sim: Sim) -> int:
    """The guild."""
    return sim.guild("Lovelace's Lab").id


async def test_begins_at_a_message(sim: Sim, ada: RawUser, mallory: RawUser, lab: int, general: int) -> None:
    """A message has one thread, with its own id, and everyone who sees the channel hears of it."""
    message = await ada.say(general, "start")
    path = f"/channels/{general}/messages/{message['id']}"
    thread = await ada.ok("POST", f"{path}/threads", json={"name": "talk"})

    assert (thread["id"], thread["type"], thread["member_count"]) == (message["id"], 11, 1)
    await sim.settle()
    assert [event["newly_created"] for event in mallory.told("THREAD_CREATE")] == [True]
    starter = await ada.ok("GET", path)
    assert starter["flags"] & 32
    assert starter["thread"]["id"] == thread["id"]
    status, answer = await ada.call("POST", f"{path}/threads", json={"name": "again"})
    assert (status, answer["code"]) == (400, 160004)
    active = await ada.ok("GET", f"/guilds/{lab}/threads/active")
    assert [found["id"] for found in active["threads"]] == [thread["id"]]
    assert [part["user_id"] for part in active["members"]] == [thread["owner_id"]]


async def test_falls_asleep_and_wakes(
    ada: RawUser, mallory: RawUser, sim: Sim, clock: ManualClock, general: int
) -> None:
    """A quiet thread is archived after its time, listed there, and woken by a message."""
    body = {"name": "talk", "type": 11, "auto_archive_duration": 60}
    thread = await ada.ok("POST", f"/channels/{general}/threads", json=body)
    path = f"/channels/{thread['id']}"
    clock.advance(3599)
    assert not (await ada.ok("GET", path))["thread_metadata"]["archived"]
    clock.advance(1)
    assert (await ada.ok("GET", path))["thread_metadata"]["archived"]
    old = await ada.ok("GET", f"/channels/{general}/threads/archived/public")
    assert [found["id"] for found in old["threads"]] == [thread["id"]]
    assert (await ada.call("PUT", f"{path}/thread-members/@me"))[1]["code"] == 50083
    assert (await ada.call("PATCH", path, json={"name": "x"}))[1]["code"] == 50083

    await mallory.say(int(thread["id"]), "wake up")
    read = await mallory.ok("GET", path)
    assert not read["thread_metadata"]["archived"]
    assert (read["message_count"], read["member_count"]) == (1, 2)
    await sim.settle()
    assert [event["thread_metadata"]["archived"] for event in mallory.told("THREAD_UPDATE")] == [True, False]


async def test_locked(ada: RawUser, mallory: RawUser, general: int) -> None:
    """Only those who manage threads lock one, and only they write in a locked one."""
    thread = await ada.ok("POST", f"/channels/{general}/threads", json={"name": "t", "type": 11})
    path = f"/channels/{thread['id']}"
    assert (await mallory.call("PATCH", path, json={"locked": True}))[1]["code"] == 50013
    await ada.ok("PATCH", path, json={"locked": True})

    status, answer = await mallory.call("POST", f"{path}/messages", json={"content": "me"})
    assert (status, answer["code"]) == (403, 160005)
    await ada.say(int(thread["id"]), "I may")


async def test_private(ada: RawUser, mallory: RawUser, sim: Sim, lab: int, general: int) -> None:
    """A private thread is there for its members and those who manage threads, and for nobody else."""
    thread = await ada.ok("POST", f"/channels/{general}/threads", json={"name": "t"})
    path, who = f"/channels/{thread['id']}", sim.user("Mallory").id
    assert thread["type"] == 12
    assert (await mallory.call("GET", path))[1]["code"] == 50001
    assert not mallory.told("THREAD_CREATE")

    await ada.ok("PUT", f"{path}/thread-members/{who}")
    await mallory.ok("GET", path)
    await sim.settle()
    assert len(mallory.told("THREAD_CREATE")) == 1
    assert [part["user_id"] for part in await ada.ok("GET", f"{path}/thread-members")] == [
        str(sim.user("Ada").id),
        str(who),
    ]
    full = await ada.ok("GET", f"{path}/thread-members/{who}?with_member=true")
    assert full["member"]["user"]["id"] == str(who)
    await mallory.ok("DELETE", f"{path}/thread-members/@me")
    assert (await ada.call("GET", f"{path}/thread-members/{who}"))[1]["code"] == 10007
    assert (await mallory.call("GET", f"/channels/{general}/threads/archived/private"))[1]["code"] == 50013
    await ada.ok("PATCH", path, json={"archived": True})
    for place in ("threads", "users/@me/threads"):
        old = await ada.ok("GET", f"/channels/{general}/{place}/archived/private")
        assert [found["id"] for found in old["threads"]] == [thread["id"]]


async def test_forum_posts(sim: Sim, ada: RawUser, mallory: RawUser, lab: int) -> None:
    """A forum takes posts with a first message and known tags, and no plain messages."""
    body = {"name": "ask", "type": 15, "available_tags": [{"name": "bug"}]}
    forum = await ada.ok("POST", f"/guilds/{lab}/channels", json=body)
    tag = forum["available_tags"][0]["id"]
    path = f"/channels/{forum['id']}"
    post = {"name": "help", "applied_tags": [tag], "message": {"content": "please"}}
    thread = await mallory.ok("POST", f"{path}/threads", json=post)

    assert (thread["applied_tags"], thread["message"]["id"]) == ([tag], thread["id"])
    assert [m["content"] for m in await ada.ok("GET", f"/channels/{thread['id']}/messages")] == ["please"]
    assert (await ada.call("POST", f"{path}/messages", json={"content": "x"}))[1]["code"] == 40058
    assert (await ada.call("POST", f"{path}/threads", json={**post, "applied_tags": ["1"]}))[1][
        "code"
    ] == 50035
    await ada.ok("DELETE", f"/channels/{thread['id']}")
    await sim.settle()
    assert [event["id"] for event in mallory.told("THREAD_DELETE")] == [thread["id"]]


async def test_refuses_where_no_threads_are(ada: RawUser, sim: Sim) -> None:
    """Direct messages have no threads: neither new ones nor old ones nor members."""
    dm = await ada.ok("POST", "/users/@me/channels", json={"recipient_id": str(sim.bot("Wisp").id)})
    path = f"/channels/{dm['id']}"
    for method, ending in (
        ("POST", "threads"),
        ("GET", "threads/archived/public"),
        ("GET", "users/@me/threads/archived/private"),
        ("GET", "thread-members"),
    ):
        status, answer = await ada.call(method, f"{path}/{ending}", json={"name": "x"})
        assert (status, answer["code"]) == (400, 50024), ending
