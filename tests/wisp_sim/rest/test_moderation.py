"""Members, bans, roles, invites, emojis and the audit log over the wire."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import aiohttp
import discord
import pytest
from discord.ext import commands

from support.plain_bot import running
from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.model.kinds import ALL_INTENTS

LAB = "Lovelace's Lab"
PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
WHY = {"X-Audit-Log-Reason": quote("too loud ❤")}


@pytest.fixture
def lab(sim: Sim) -> str:
    """The path of the guild."""
    return f"/guilds/{sim.guild(LAB).id}"


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


async def refused(user: RawUser, method: str, path: str, **more: object) -> tuple[int, int]:
    """The status and the code of a refusal."""
    status, body = await user.call(method, path, **more)
    return status, body["code"]


async def test_edits_a_member(sim: Sim, ada: RawUser, wisp: RawUser, lab: str, clock: ManualClock) -> None:
    """A nick and a time-out are there when read back, told to bots and noted with the reason."""
    path = f"{lab}/members/{sim.user('Mallory').id}"
    until = (clock.now() + timedelta(days=1)).isoformat()

    await ada.ok("PATCH", path, json={"nick": "Mal", "communication_disabled_until": until}, headers=WHY)
    await sim.settle()

    member = await wisp.ok("GET", path)
    assert member["nick"] == "Mal"
    assert member["communication_disabled_until"] is not None
    assert wisp.told("GUILD_MEMBER_UPDATE")[-1]["nick"] == "Mal"
    entry = (await ada.ok("GET", f"{lab}/audit-logs?action_type=24"))["audit_log_entries"][0]
    assert entry["reason"] == "too loud ❤"
    assert {"key": "nick", "new_value": "Mal"} in entry["changes"]


async def test_refuses_edits_of_a_member(
    sim: Sim, ada: RawUser, mallory: RawUser, lab: str, clock: ManualClock
) -> None:
    """No rights, no such role, too long a time-out, the owner, voice: each has its code."""
    path = f"{lab}/members/{sim.user('Mallory').id}"
    owner = f"{lab}/members/{sim.user('Ada').id}"
    late = (clock.now() + timedelta(days=29)).isoformat()

    assert await refused(mallory, "PATCH", owner, json={"nick": "x"}) == (403, 50013)
    assert await refused(ada, "PATCH", path, json={"roles": ["5"]}) == (404, 10011)
    assert await refused(ada, "PATCH", path, json={"communication_disabled_until": late}) == (400, 50035)
    assert await refused(ada, "PATCH", owner, json={"communication_disabled_until": None}) == (403, 50013)
    assert await refused(ada, "PATCH", path, json={"mute": True}) == (400, 40032)
    assert await refused(ada, "PATCH", path, json={"nick": "x" * 33}) == (400, 50035)


async def test_changes_the_own_nick(wisp: RawUser, mallory: RawUser, lab: str) -> None:
    """Both doors change it; one that is too long is refused."""
    assert (await wisp.ok("PATCH", f"{lab}/members/@me", json={"nick": "Will"}))["nick"] == "Will"
    assert (await mallory.ok("PATCH", f"{lab}/members/@me/nick", json={"nick": "M"})) == {"nick": "M"}
    assert await refused(wisp, "PATCH", f"{lab}/members/@me", json={"nick": "x" * 33}) == (400, 50035)
    assert await refused(wisp, "PATCH", f"{lab}/members/@me/nick", json=[]) == (400, 50035)


async def test_kicks_and_leaves(sim: Sim, ada: RawUser, wisp: RawUser, mallory: RawUser, lab: str) -> None:
    """Who is kicked or leaves is gone; the owner cannot, and the weak cannot kick."""
    grace = f"{lab}/members/{sim.user('Grace').id}"
    assert await refused(mallory, "DELETE", grace) == (403, 50013)
    assert await refused(ada, "DELETE", f"/users/@me{lab}") == (400, 50055)

    await ada.ok("DELETE", grace)
    await mallory.ok("DELETE", f"/users/@me{lab}")
    await sim.settle()

    assert await refused(ada, "GET", grace) == (404, 10007)
    assert len(wisp.told("GUILD_MEMBER_REMOVE")) == 2


async def test_bans_and_unbans(
    sim: Sim, ada: RawUser, wisp: RawUser, mallory: RawUser, lab: str, general: int
) -> None:
    """A ban takes the member and the messages away, keeps the user out, and ends."""
    await mallory.say(general, "noise")
    path = f"{lab}/bans/{sim.user('Mallory').id}"
    invite = await ada.ok("POST", f"/channels/{general}/invites", json={})

    await ada.ok("PUT", path, json={"delete_message_seconds": 60}, headers=WHY)
    await sim.settle()

    assert (await wisp.ok("GET", path))["reason"] == "too loud ❤"
    assert len(await wisp.ok("GET", f"{lab}/bans")) == 1
    assert wisp.told("GUILD_BAN_ADD")
    assert wisp.told("MESSAGE_DELETE_BULK")
    assert await ada.ok("GET", f"/channels/{general}/messages") == []
    assert await refused(mallory, "POST", f"/invites/{invite['code']}") == (403, 40007)
    await ada.ok("DELETE", path)
    await mallory.ok("POST", f"/invites/{invite['code']}")
    assert await refused(ada, "DELETE", path) == (404, 10026)
    assert await refused(ada, "GET", path) == (404, 10026)
    assert await refused(ada, "PUT", path, json={"delete_message_seconds": 604801}) == (400, 50035)
    assert await refused(mallory, "GET", f"{lab}/bans") == (403, 50013)


async def test_bans_many(sim: Sim, ada: RawUser, mallory: RawUser, lab: str) -> None:
    """Those who can be banned are; with nobody left it is refused."""
    wish = {"user_ids": [str(sim.user(name).id) for name in ("Ada", "Grace")]}

    found = await ada.ok("POST", f"{lab}/bulk-ban", json=wish)

    assert found == {"banned_users": [wish["user_ids"][1]], "failed_users": [wish["user_ids"][0]]}
    assert len(await ada.ok("GET", f"{lab}/bans")) == 1
    assert await refused(ada, "POST", f"{lab}/bulk-ban", json=wish) == (400, 500000)
    assert await refused(mallory, "POST", f"{lab}/bulk-ban", json=wish) == (403, 50013)


async def test_prunes(sim: Sim, ada: RawUser, mallory: RawUser, lab: str, clock: ManualClock) -> None:
    """Members with no role who were not heard of for long are counted, then removed."""
    clock.advance(8 * 86_400)
    assert await ada.ok("GET", f"{lab}/prune?days=7") == {"pruned": 1}
    assert await ada.ok("POST", f"{lab}/prune", json={"days": 7}) == {"pruned": 1}
    assert await refused(ada, "GET", f"{lab}/members/{sim.user('Mallory').id}") == (404, 10007)
    assert await refused(mallory, "GET", f"{lab}/prune") == (403, 50001)
    assert await refused(ada, "POST", f"{lab}/prune", json={"days": 0}) == (400, 50035)


async def test_makes_changes_moves_and_deletes_roles(sim: Sim, ada: RawUser, wisp: RawUser, lab: str) -> None:
    """A role lives its life in the list, in events and in the log."""
    role = await ada.ok("POST", f"{lab}/roles", json={"name": "Guests", "color": 255, "hoist": True})
    path = f"{lab}/roles/{role['id']}"
    assert (role["color"], role["hoist"], role["position"]) == (255, True, 1)

    await ada.ok("PATCH", path, json={"mentionable": True, "permissions": "1024"})
    await ada.ok("PATCH", f"{lab}/roles", json=[{"id": role["id"], "position": 2}])
    kept = await wisp.ok("GET", path)
    assert (kept["mentionable"], kept["permissions"], kept["position"]) == (True, "1024", 2)
    assert (await ada.ok("GET", f"{lab}/roles/member-counts"))[role["id"]] == 0
    await ada.ok("DELETE", path)
    await sim.settle()

    assert await refused(wisp, "GET", path) == (404, 10011)
    assert wisp.told("GUILD_ROLE_DELETE")[-1]["role_id"] == role["id"]
    kinds = [
        entry["action_type"] for entry in (await ada.ok("GET", f"{lab}/audit-logs"))["audit_log_entries"]
    ]
    assert kinds == [32, 31, 31, 30]


async def test_refuses_roles(sim: Sim, ada: RawUser, wisp: RawUser, mallory: RawUser, lab: str) -> None:
    """No rights, more than one holds, above oneself, too many: each has its code."""
    assert await refused(mallory, "POST", f"{lab}/roles", json={}) == (403, 50013)
    assert await refused(wisp, "POST", f"{lab}/roles", json={"permissions": "8"}) == (403, 50013)
    own = next(role for role in await wisp.ok("GET", f"{lab}/roles") if role["managed"])
    assert await refused(wisp, "PATCH", f"{lab}/roles/{own['id']}", json={"name": "x"}) == (403, 50013)
    assert await refused(ada, "DELETE", f"{lab}/roles/{own['id']}") == (400, 50028)
    assert await refused(ada, "POST", f"{lab}/roles", json={"icon": PNG}) == (403, 50101)
    assert await refused(wisp, "PATCH", f"{lab}/roles", json=[{"id": own["id"], "position": 9}]) == (
        403,
        50013,
    )
    held = len(await ada.ok("GET", f"{lab}/roles"))
    for _ in range(250 - held):
        await ada.ok("POST", f"{lab}/roles", json={})
    assert await refused(ada, "POST", f"{lab}/roles", json={}) == (400, 30005)


async def test_makes_and_ends_invites(
    sim: Sim, ada: RawUser, wisp: RawUser, mallory: RawUser, lab: str, general: int, clock: ManualClock
) -> None:
    """An invite is the same for the same wish, is listed, ends by age, use or hand."""
    place = f"/channels/{general}/invites"
    one = await ada.ok("POST", place, json={"max_age": 60})
    assert (await ada.ok("POST", place, json={"max_age": 60}))["code"] == one["code"]
    other = await ada.ok("POST", place, json={"max_uses": 1, "unique": True})
    assert len(await ada.ok("GET", place)) == len(await ada.ok("GET", f"{lab}/invites")) == 2
    assert (await mallory.ok("GET", f"/invites/{one['code']}?with_counts=true"))[
        "approximate_member_count"
    ] == 4
    clock.advance(61)
    assert await refused(ada, "GET", f"/invites/{one['code']}") == (404, 10006)

    await mallory.ok("DELETE", f"/users/@me{lab}")
    await mallory.ok("POST", f"/invites/{other['code']}")
    await sim.settle()
    assert await refused(ada, "POST", f"/invites/{other['code']}") == (404, 10006)
    assert [event["code"] for event in wisp.told("INVITE_DELETE")] == [other["code"]]
    third = await ada.ok("POST", place, json={})
    assert await refused(mallory, "DELETE", f"/invites/{third['code']}") == (403, 50013)
    assert (await ada.ok("DELETE", f"/invites/{third['code']}"))["code"] == third["code"]
    assert await refused(mallory, "GET", place) == (403, 50013)
    assert await refused(mallory, "GET", f"{lab}/invites") == (403, 50013)
    assert await refused(ada, "POST", place, json={"max_uses": 101}) == (400, 50035)


async def test_keeps_emojis(sim: Sim, ada: RawUser, wisp: RawUser, mallory: RawUser, lab: str) -> None:
    """Guilds and applications have emojis that are made, renamed and deleted; bad ones are refused."""
    own = f"/applications/{sim.bot('Wisp').id}/emojis"
    for user, place in ((ada, f"{lab}/emojis"), (wisp, own)):
        made = await user.ok("POST", place, json={"name": "blob", "image": PNG})
        path = f"{place}/{made['id']}"
        assert (await user.ok("PATCH", path, json={"name": "wave"}))["name"] == "wave"
        assert (await user.ok("GET", path))["name"] == "wave"
        found = await user.ok("GET", place)
        assert len(found["items"] if place == own else found) == 1
        assert await refused(user, "PATCH", path, json={"name": "x"}) == (400, 50035)
        await user.ok("DELETE", path)
        assert await refused(user, "GET", path) == (404, 10014)
        assert await refused(user, "DELETE", path) == (404, 10014)
        for wrong in ({"name": "a b", "image": PNG}, {"name": "blob", "image": "data:x"}, {}):
            assert await refused(user, "POST", place, json=wrong) == (400, 50035)
    await sim.settle()
    assert [len(event["emojis"]) for event in wisp.told("GUILD_EMOJIS_UPDATE")] == [1, 1, 0]
    assert await refused(mallory, "POST", f"{lab}/emojis", json={"name": "blob", "image": PNG}) == (
        403,
        50013,
    )
    assert await ada.ok("GET", f"{lab}/stickers") == []
    for _ in range(50):
        await ada.ok("POST", f"{lab}/emojis", json={"name": "blob", "image": PNG})
    assert await refused(ada, "POST", f"{lab}/emojis", json={"name": "blob", "image": PNG}) == (400, 30008)


async def test_serves_the_picture_of_an_emoji(sim: Sim, ada: RawUser, lab: str) -> None:
    """The picture is had under the address of the offline Discord; a strange id is 404."""
    made = await ada.ok("POST", f"{lab}/emojis", json={"name": "blob", "image": PNG})
    root = sim.api_url.partition("/api")[0]
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{root}/emojis/{made['id']}.png") as response:
            assert response.content_type == "image/png"
            assert await response.read() == base64.b64decode(PNG.partition(",")[2])
        async with session.get(f"{root}/emojis/5.png") as response:
            assert response.status == 404


async def test_pages_and_forgets_the_audit_log(
    ada: RawUser, mallory: RawUser, lab: str, clock: ManualClock
) -> None:
    """Entries come newest first, in pages and filtered; after 45 days they are gone."""
    for name in ("a", "b", "c"):
        await ada.ok("POST", f"{lab}/roles", json={"name": name})
    first = (await ada.ok("GET", f"{lab}/audit-logs?limit=2"))["audit_log_entries"]
    rest = await ada.ok("GET", f"{lab}/audit-logs?before={first[-1]['id']}")
    assert len(first) == 2
    assert len(rest["audit_log_entries"]) == 1
    assert [user["username"] for user in rest["users"]] == ["ada"]
    assert (await ada.ok("GET", f"{lab}/audit-logs?user_id=5"))["audit_log_entries"] == []
    assert await refused(mallory, "GET", f"{lab}/audit-logs") == (403, 50013)
    assert await refused(ada, "GET", f"{lab}/audit-logs?limit=101") == (400, 50035)
    clock.advance(46 * 86_400)
    assert (await ada.ok("GET", f"{lab}/audit-logs"))["audit_log_entries"] == []


async def test_a_plain_bot_moderates(sim: Sim, bot: commands.Bot, clock: ManualClock) -> None:
    """discord.py kicks, bans, times out, edits roles and invites; its caches and its log event follow."""
    heard: list[discord.AuditLogAction] = []

    async def on_audit_log_entry_create(entry: discord.AuditLogEntry) -> None:
        heard.append(entry.action)

    bot.event(on_audit_log_entry_create)
    async with running(bot, sim):
        lab = discord.utils.get(bot.guilds, name=LAB)
        assert lab is not None
        mallory, grace = lab.get_member_named("Mallory"), lab.get_member_named("Grace")
        assert mallory is not None
        assert grace is not None
        role = await lab.create_role(name="Guests", colour=discord.Colour(255), reason="new")
        await mallory.add_roles(role)
        await mallory.edit(timed_out_until=clock.now() + timedelta(hours=1))
        invite = await lab.text_channels[0].create_invite(max_uses=3)
        await sim.settle()
        assert lab.get_role(role.id) == role
        assert mallory.roles[-1] == role
        assert mallory.is_timed_out()
        assert invite.max_uses == 3
        await mallory.kick(reason="enough")
        await lab.ban(grace, delete_message_seconds=0)
        await sim.settle()

        assert lab.get_member(mallory.id) is None
        assert lab.get_member(grace.id) is None
        assert [ban.user.id async for ban in lab.bans()] == [grace.id]
        kinds = discord.AuditLogAction
        assert heard == [
            kinds.role_create, kinds.member_role_update, kinds.member_update, kinds.invite_create,
            kinds.kick, kinds.ban,
        ]  # fmt: skip
