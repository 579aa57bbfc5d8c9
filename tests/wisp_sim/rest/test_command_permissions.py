"""A guild decides who may use commands, and where; its decision holds and is told."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord.ext import commands

from support.plain_bot import running
from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

LAB = "Lovelace's Lab"
PING = {"name": "ping", "description": "Pong."}
ROLE, USER, CHANNEL = 1, 2, 3


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
def path(sim: Sim) -> str:
    """Where the bot's commands of all guilds are."""
    return f"/applications/{sim.bot('Wisp').id}/commands"


@pytest.fixture
def base(sim: Sim) -> str:
    """Where the guild's decisions about the bot's commands are."""
    return f"/applications/{sim.bot('Wisp').id}/guilds/{sim.guild(LAB).id}/commands"


def _one(target_id: int, kind: int, allowed: bool) -> dict[str, Any]:
    return {"id": str(target_id), "type": kind, "permission": allowed}


async def _decide(user: RawUser, base: str, target_id: object, *decided: dict[str, Any]) -> tuple[int, Any]:
    body = {"permissions": list(decided)}
    return await user.call("PUT", f"{base}/{target_id}/permissions", json=body)


async def test_decisions_are_kept_told_and_noted(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, path: str, base: str
) -> None:
    """What an owner decides is read back by the bot, arrives as an event, and is in the audit log."""
    (ping,) = await wisp.ok("PUT", path, json=[PING])
    lab, bot_id = str(sim.guild(LAB).id), str(sim.bot("Wisp").id)
    decided = _one(sim.user("Mallory").id, USER, False)
    headers = {"X-Audit-Log-Reason": "Noise"}
    url = f"{base}/{ping['id']}/permissions"
    kept = await ada.ok("PUT", url, json={"permissions": [decided]}, headers=headers)

    assert kept == {"id": ping["id"], "application_id": bot_id, "guild_id": lab, "permissions": [decided]}
    assert await wisp.ok("GET", url) == kept
    assert await wisp.ok("GET", f"{base}/permissions") == await ada.ok("GET", f"{base}/permissions") == [kept]
    status, refused = await mallory.call("GET", url)
    assert (status, refused["code"]) == (403, 50013)
    await sim.settle()
    for hearer in (wisp, ada, mallory):
        assert hearer.told("APPLICATION_COMMAND_PERMISSIONS_UPDATE") == [kept]
    log = await ada.ok("GET", f"/guilds/{lab}/audit-logs?action_type=121")
    (entry,) = log["audit_log_entries"]
    assert (entry["target_id"], entry["reason"]) == (ping["id"], "Noise")
    assert entry["options"] == {"application_id": bot_id}
    assert entry["changes"] == [{"key": decided["id"], "new_value": decided}]

    await _decide(ada, base, ping["id"])
    status, body = await wisp.call("GET", url)
    assert (status, body["code"]) == (404, 10066)
    assert await wisp.ok("GET", f"{base}/permissions") == []


async def _may(user: RawUser, channel_id: int, ping: dict[str, Any]) -> bool:
    """Whether the user sees the command, and may use it."""
    data = {key: ping[key] for key in ("id", "name", "type", "version")}
    status, body = await user.act(
        channel_id, {"type": 2, "application_id": ping["application_id"], "data": data}
    )
    seen = "ping" in await user.commands(channel_id)
    assert status in (204, 403), body
    assert seen == (status == 204)
    return seen


async def test_decisions_hold(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, path: str, base: str, general: int
) -> None:
    """Command before application, member before roles before everyone, channel before all channels."""
    (ping,) = await wisp.ok("PUT", path, json=[PING])
    lab, app_id, one_id = sim.guild(LAB).id, sim.bot("Wisp").id, ping["id"]
    me, lobby = sim.user("Mallory").id, sim.guild(LAB).channel("lobby").id
    role = await ada.ok("POST", f"/guilds/{lab}/roles", json={"name": "Choir"})
    await ada.ok("PUT", f"/guilds/{lab}/members/{me}/roles/{role['id']}")
    everyone, choir = _one(lab, ROLE, False), int(role["id"])
    role = await ada.ok("POST", f"/guilds/{lab}/roles", json={"name": "Band"})
    await ada.ok("PUT", f"/guilds/{lab}/members/{me}/roles/{role['id']}")
    second = int(role["id"])

    for own, general_rules, here, there in (
        ([everyone], [], False, False),
        ([everyone, _one(choir, ROLE, True)], [], True, True),
        ([_one(choir, ROLE, True), _one(me, USER, False)], [], False, False),
        ([_one(choir, ROLE, True), _one(second, ROLE, False)], [], True, True),
        ([], [everyone], False, False),
        ([_one(me, USER, True)], [everyone], True, True),
        ([_one(general, CHANNEL, False)], [], False, True),
        ([], [_one(lab - 1, CHANNEL, False), _one(lobby, CHANNEL, True)], False, True),
        ([_one(general, CHANNEL, True)], [_one(lab - 1, CHANNEL, False)], True, False),
        ([_one(lab - 1, CHANNEL, True)], [_one(general, CHANNEL, False)], True, True),
    ):
        assert (await _decide(ada, base, one_id, *own))[0] == 200
        assert (await _decide(ada, base, app_id, *general_rules))[0] == 200
        assert await _may(mallory, general, ping) == here, (own, general_rules)
        assert await _may(mallory, lobby, ping) == there, (own, general_rules)
        assert await _may(ada, general, ping), "administrators may use everything"


async def test_default_permissions_still_count(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, path: str, base: str, general: int
) -> None:
    """A command that asks for permissions is open to whom its own decision names, to nobody else."""
    (ping,) = await wisp.ok("PUT", path, json=[{**PING, "default_member_permissions": "0"}])
    me = _one(sim.user("Mallory").id, USER, True)
    await _decide(ada, base, sim.bot("Wisp").id, me)
    assert not await _may(mallory, general, ping)
    await _decide(ada, base, ping["id"], me)
    assert await _may(mallory, general, ping)


async def test_without_the_right_to_use_commands(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, path: str, general: int
) -> None:
    """Who may not use application commands in a channel has none there."""
    (ping,) = await wisp.ok("PUT", path, json=[PING])
    denied = {"type": 0, "deny": str(1 << 31)}
    await ada.ok("PUT", f"/channels/{general}/permissions/{sim.guild(LAB).id}", json=denied)
    assert not await _may(mallory, general, ping)
    assert await _may(mallory, sim.guild(LAB).channel("lobby").id, ping)
    assert await _may(ada, general, ping)


async def test_a_thread_is_as_its_channel(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, path: str, base: str, general: int
) -> None:
    """A decision about a channel holds in its threads."""
    (ping,) = await wisp.ok("PUT", path, json=[PING])
    thread = await ada.ok("POST", f"/channels/{general}/threads", json={"name": "Aside", "type": 11})
    assert await _may(mallory, int(thread["id"]), ping)
    await _decide(ada, base, ping["id"], _one(general, CHANNEL, False))
    assert not await _may(mallory, int(thread["id"]), ping)


async def test_who_may_decide(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, path: str, base: str, general: int
) -> None:
    """No bot, nobody without Manage Server and Manage Roles, and nobody about who stands above."""
    (ping,) = await wisp.ok("PUT", path, json=[PING])
    lab, me = sim.guild(LAB).id, sim.user("Mallory").id
    decided = _one(me, USER, True)

    async def refused(user: RawUser, target: object, *wanted: dict[str, Any]) -> tuple[int, int]:
        status, body = await _decide(user, base, target, *wanted)
        return status, body["code"]

    assert await refused(wisp, ping["id"], decided) == (403, 20001)
    assert await refused(mallory, ping["id"], decided) == (403, 50013)
    role = await ada.ok(
        "POST", f"/guilds/{lab}/roles", json={"name": "Keys", "permissions": str(1 << 5 | 1 << 28)}
    )
    await ada.ok("PUT", f"/guilds/{lab}/members/{me}/roles/{role['id']}")
    assert (await _decide(mallory, base, ping["id"], decided))[0] == 200
    assert await refused(mallory, ping["id"], _one(sim.user("Ada").id, USER, False)) == (403, 50013)
    assert await refused(mallory, ping["id"], _one(int(role["id"]), ROLE, False)) == (403, 50013)
    assert await refused(mallory, ping["id"], _one(general, CHANNEL, False)) == (403, 50013)
    await _decide(ada, base, ping["id"], _one(me, USER, False))
    assert await refused(mallory, ping["id"]) == (403, 50013)
    header = {"Authorization": f"Bearer {sim.user('Ada').token}"}
    url = f"{base}/{ping['id']}/permissions"
    await ada.ok("PUT", url, json={"permissions": []}, headers=header)


@pytest.mark.parametrize(
    ("decided", "status", "code"),
    [
        ([{"id": "1", "type": 1}], 400, 50035),
        ([{"id": "1", "type": 4, "permission": True}], 400, 50035),
        ([{"id": "x", "type": 1, "permission": True}], 400, 50035),
        ([{"id": "1", "type": 1, "permission": True}] * 2, 400, 50035),
        ([{"id": str(n), "type": 1, "permission": True} for n in range(1, 102)], 400, 50035),
        ([{"id": "1", "type": 1, "permission": True}], 404, 10011),
        ([{"id": "1", "type": 2, "permission": True}], 404, 10013),
        ([{"id": "1", "type": 3, "permission": True}], 404, 10003),
    ],
)
async def test_wrong_decisions_change_nothing(
    wisp: RawUser, ada: RawUser, path: str, base: str, decided: list[dict[str, Any]], status: int, code: int
) -> None:
    """What is not well formed, or not in the guild, is refused as a whole."""
    (ping,) = await wisp.ok("PUT", path, json=[PING])
    answered, body = await _decide(ada, base, ping["id"], *decided)
    assert (answered, body["code"]) == (status, code)
    assert await wisp.ok("GET", f"{base}/permissions") == []


async def test_unknown_commands(sim: Sim, wisp: RawUser, ada: RawUser, base: str) -> None:
    """Neither a command nor a guild that is not there has permissions."""
    for user, method in ((wisp, "GET"), (ada, "PUT")):
        status, body = await user.call(method, f"{base}/5/permissions", json={})
        assert (status, body["code"]) == (404, 10063)
    elsewhere = base.replace(str(sim.guild(LAB).id), "5")
    for tail in ("permissions", "5/permissions"):
        status, body = await wisp.call("GET", f"{elsewhere}/{tail}")
        assert (status, body["code"]) == (403, 50001)


async def test_gone_with_its_command(wisp: RawUser, ada: RawUser, path: str, base: str) -> None:
    """Renaming, deleting or leaving out a command ends what was decided about it; changing it does not."""
    (ping,) = await wisp.ok("PUT", path, json=[PING])
    decided = _one(int(ping["application_id"]), USER, True)

    async def after(method: str, tail: str, body: object) -> int:
        (now,) = [one for one in await wisp.ok("PUT", path, json=[PING]) if one["name"] == "ping"]
        await _decide(ada, base, now["id"], decided)
        await wisp.ok(method, path + tail.format(now["id"]), json=body)
        return len(await wisp.ok("GET", f"{base}/permissions"))

    assert await after("PATCH", "/{}", {"description": "Other."}) == 1
    assert await after("PUT", "", [PING]) == 1
    assert await after("PATCH", "/{}", {"name": "pong"}) == 0
    assert await after("DELETE", "/{}", None) == 0
    assert await after("PUT", "", []) == 0


async def test_plain_discord_py_hears_and_reads_it(
    sim: Sim, bot: commands.Bot, ada: RawUser, path: str, base: str
) -> None:
    """discord.py gets the event, fetches the permissions and reads the audit log."""
    heard: list[discord.RawAppCommandPermissionsUpdateEvent] = []

    @bot.tree.command(name="ping", description="Pong.")
    async def ping(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Pong.")

    @bot.event
    async def on_raw_app_command_permissions_update(
        payload: discord.RawAppCommandPermissionsUpdateEvent,
    ) -> None:
        heard.append(payload)

    async with running(bot, sim):
        (synced,) = await bot.tree.sync()
        decided = _one(sim.guild(LAB).channel("lobby").id, CHANNEL, False)
        assert (await _decide(ada, base, synced.id, decided))[0] == 200
        await sim.settle()
        guild = bot.get_guild(sim.guild(LAB).id)
        assert guild is not None
        fetched = await synced.fetch_permissions(guild)
        (entry,) = [
            one async for one in guild.audit_logs(action=discord.AuditLogAction.app_command_permission_update)
        ]

    assert [permission.target.id for permission in fetched.permissions] == [int(decided["id"])]
    assert [payload.target_id for payload in heard] == [synced.id]
    assert [one.permission for one in entry.after.app_command_permissions] == [False]
