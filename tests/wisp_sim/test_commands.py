"""Commands are registered, refused and offered as Discord does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.model.kinds import ALL_INTENTS

LAB = "Lovelace's Lab"
PING = {"name": "ping", "description": "Pong."}
_IN_OPTIONS = "APPLICATION_COMMAND_OPTIONS"
_LONG_CHOICE = [{"name": "c", "value": "x" * 101}]


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
def path(sim: Sim) -> str:
    """Where the bot's global commands are."""
    return f"/applications/{sim.bot('Wisp').id}/commands"


def _option(name: str = "o", kind: int = 3, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "d", "type": kind, **more}


def _invocation(command: dict[str, Any]) -> dict[str, Any]:
    data = {key: command[key] for key in ("id", "name", "type", "version")}
    return {"type": 2, "application_id": command["application_id"], "data": data}


async def test_every_verb(wisp: RawUser, path: str) -> None:
    """A command is created, replaced, changed, read and deleted; its id stays, its version moves."""
    status, created = await wisp.call("POST", path, json=PING)
    assert status == 201
    status, replaced = await wisp.call("POST", path, json={**PING, "description": "Again."})
    assert (status, replaced["id"]) == (200, created["id"])
    changed = await wisp.ok("PATCH", f"{path}/{created['id']}", json={"description": "Changed."})
    assert (changed["name"], changed["description"]) == ("ping", "Changed.")
    assert int(changed["version"]) > int(replaced["version"]) > int(created["version"])
    assert await wisp.ok("GET", f"{path}/{created['id']}") == changed
    put = await wisp.ok("PUT", path, json=[PING, {"name": "Look up", "type": 2}])
    assert {command["name"] for command in put} == {"ping", "Look up"}
    assert next(command["id"] for command in put if command["name"] == "ping") == created["id"]
    await wisp.ok("DELETE", f"{path}/{created['id']}")
    assert [command["name"] for command in await wisp.ok("GET", path)] == ["Look up"]


async def test_localizations_on_request(wisp: RawUser, path: str) -> None:
    """A list shows translations only when asked."""
    await wisp.ok("PUT", path, json=[{**PING, "name_localizations": {"de": "pong"}}])

    assert "name_localizations" not in (await wisp.ok("GET", path))[0]
    shown = (await wisp.ok("GET", f"{path}?with_localizations=true"))[0]
    assert shown["name_localizations"] == {"de": "pong"}


@pytest.mark.parametrize(
    ("command", "place", "code"),
    [
        ({"description": "d"}, "name", "BASE_TYPE_REQUIRED"),
        ({"name": "Ping", "description": "d"}, "name", "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "a b", "description": "d"}, "name", "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "x" * 33, "description": "d"}, "name", "BASE_TYPE_BAD_LENGTH"),
        ({"name": "a"}, "description", "BASE_TYPE_REQUIRED"),
        ({**PING, "description": "x" * 101}, "description", "BASE_TYPE_BAD_LENGTH"),
        ({**PING, "type": 9}, "type", "BASE_TYPE_CHOICES"),
        (
            {**PING, "type": 2},
            "description",
            "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
        ),
        ({**PING, "options": "x"}, "options", "LIST_TYPE_CONVERT"),
        ({**PING, "options": [_option(str(n)) for n in range(26)]}, "options", "BASE_TYPE_MAX_LENGTH"),
        (
            {**PING, "options": [_option(), _option()]},
            "options.1.name",
            f"{_IN_OPTIONS}_NAME_ALREADY_EXISTS",
        ),
        (
            {**PING, "options": [_option("a"), _option("b", required=True)]},
            "options.1",
            f"{_IN_OPTIONS}_REQUIRED_INVALID",
        ),
        (
            {**PING, "options": [_option("a", 1), _option("b")]},
            "options.1.type",
            f"{_IN_OPTIONS}_TYPE_INVALID",
        ),
        (
            {**PING, "options": [_option(choices=_LONG_CHOICE)]},
            "options.0.choices.0.value",
            "BASE_TYPE_BAD_LENGTH",
        ),
    ],
)
async def test_refuses_a_wrong_command(
    wisp: RawUser, path: str, command: dict[str, Any], place: str, code: str
) -> None:
    """What is wrong is named by its path, in POST and in PUT with the number in front."""
    for method, body, prefix in (("POST", command, ""), ("PUT", [command], "0.")):
        status, answer = await wisp.call(method, path, json=body)
        assert (status, answer["code"]) == (400, 50035)
        node = answer["errors"]
        for step in (prefix + place).split("."):
            node = node[step]
        assert [problem["code"] for problem in node["_errors"]] == [code]


async def test_a_refused_put_changes_nothing(wisp: RawUser, path: str) -> None:
    """Two commands of one name are refused, and the old ones are still there."""
    await wisp.ok("PUT", path, json=[PING])
    status, answer = await wisp.call("PUT", path, json=[PING, PING])

    assert status == 400
    assert answer["errors"]["1"]["name"]["_errors"][0]["code"] == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    assert len(await wisp.ok("GET", path)) == 1


async def test_users_register_no_commands(ada: RawUser, path: str) -> None:
    """A bot's commands are neither read nor written by a user."""
    assert (await ada.call("GET", path))[0] == 403
    assert (await ada.call("PUT", path, json=[]))[0] == 403


async def test_permissions_decide_who_may_invoke(
    wisp: RawUser, ada: RawUser, mallory: RawUser, path: str, general: int
) -> None:
    """default_member_permissions are checked, 0 is for administrators; who may not, does not see it."""
    manage = {**PING, "name": "manage", "default_member_permissions": "32"}
    nobody = {**PING, "name": "nobody", "default_member_permissions": 0}
    put = await wisp.ok("PUT", path, json=[PING, manage, nobody])
    assert set(await ada.commands(general)) == {"ping", "manage", "nobody"}
    assert set(await mallory.commands(general)) == {"ping"}
    for command in put:
        assert (await ada.act(general, _invocation(command)))[0] == 204
        status, answer = await mallory.act(general, _invocation(command))
        if command["name"] == "ping":
            assert status == 204
        else:
            assert (status, answer["code"]) == (403, 50013)


async def test_guild_commands_stay_in_their_guild(
    sim: Sim, wisp: RawUser, ada: RawUser, general: int
) -> None:
    """A command of one guild is neither seen nor invoked in another, nor in direct messages."""
    lab, harbour = sim.guild(LAB), sim.guild("Hopper's Harbour").channel("general").id
    await wisp.ok("PUT", f"/applications/{sim.bot('Wisp').id}/guilds/{lab.id}/commands", json=[PING])
    command = (await ada.commands(general))["ping"]
    assert command["guild_id"] == str(lab.id)
    direct = await ada.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.bot("Wisp").id)]})
    for channel_id in (harbour, int(direct["id"])):
        assert await ada.commands(channel_id) == {}
        status, answer = await ada.act(channel_id, _invocation(command))
        assert (status, answer["code"]) == (404, 10063)


async def test_contexts_decide_where(sim: Sim, wisp: RawUser, ada: RawUser, path: str, general: int) -> None:
    """A command for guilds is not in direct messages, and the other way round."""
    guild, direct = {**PING, "name": "g", "contexts": [0]}, {**PING, "name": "d", "contexts": [1]}
    await wisp.ok("PUT", path, json=[guild, direct])
    channel = await ada.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.bot("Wisp").id)]})

    assert set(await ada.commands(general)) == {"g"}
    assert set(await ada.commands(int(channel["id"]))) == {"d"}


async def test_commands_reach_direct_messages(sim: Sim, wisp: RawUser, ada: RawUser, path: str) -> None:
    """A global command without contexts works in direct messages; the bot gets the user, no member."""
    await wisp.ok("PUT", path, json=[PING])
    channel = await ada.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.bot("Wisp").id)]})

    assert (await ada.slash(int(channel["id"]), "ping"))[0] == 204
    await sim.settle()
    (interaction,) = wisp.told("INTERACTION_CREATE")
    assert interaction["user"]["global_name"] == "Ada"
    assert not {"member", "guild_id"} & set(interaction)


N3 = {"name": "n", "type": 4, "value": 3}


@pytest.mark.parametrize(
    ("options", "fine"),
    [
        ([], False),
        ([N3], True),
        ([{**N3, "value": 11}], False),
        ([{**N3, "value": "x"}], False),
        ([N3, N3], False),
        ([N3, {"name": "z", "type": 3, "value": "x"}], False),
        ([N3, {"name": "c", "type": 3, "value": "red"}], True),
        ([N3, {"name": "c", "type": 3, "value": "blue"}], False),
        ([N3, {"name": "u", "type": 6, "value": "1"}], False),
    ],
)
async def test_options_are_checked(
    wisp: RawUser, ada: RawUser, path: str, general: int, options: list[dict[str, Any]], fine: bool
) -> None:
    """Required options, their types, bounds, choices and targets: what Discord's client would not send."""
    defined = [
        _option("n", 4, required=True, min_value=1, max_value=10),
        _option("c", choices=[{"name": "Red", "value": "red"}]),
        _option("u", 6),
    ]
    await wisp.ok("PUT", path, json=[{**PING, "options": defined}])
    status, body = await ada.slash(general, "ping", options)

    assert status == (204 if fine else 400)
    assert fine or body["code"] == 50035


async def test_subcommands_and_context_menus(
    sim: Sim, wisp: RawUser, ada: RawUser, path: str, general: int
) -> None:
    """A subcommand brings its own options; a menu's target is resolved."""
    sub = _option("go", 1, options=[_option("to", required=True)])
    await wisp.ok("PUT", path, json=[{**PING, "options": [sub]}, {"name": "Look", "type": 2}])
    chosen = {"name": "go", "type": 1, "options": [{"name": "to", "type": 3, "value": "x"}]}
    assert (await ada.slash(general, "ping", [chosen]))[0] == 204
    assert (await ada.slash(general, "ping"))[0] == 400
    grace = str(sim.user("Grace").id)
    menu = _invocation((await ada.commands(general))["Look"])
    menu["data"]["target_id"] = grace
    assert (await ada.act(general, menu))[0] == 204
    await sim.settle()

    first, second = [interaction["data"] for interaction in wisp.told("INTERACTION_CREATE")]
    assert first["options"][0]["options"][0]["value"] == "x"
    assert second["resolved"]["users"][grace]["global_name"] == "Grace"
    assert "permissions" in second["resolved"]["members"][grace]


async def test_an_outdated_version_is_refused(wisp: RawUser, ada: RawUser, path: str, general: int) -> None:
    """Who invokes a command as it was before gets 50035."""
    (command,) = await wisp.ok("PUT", path, json=[PING])
    await wisp.ok("PUT", path, json=[{**PING, "description": "New."}])
    status, answer = await ada.act(general, _invocation(command))

    assert (status, answer["code"]) == (400, 50035)
    assert "version" in answer["errors"]["data"]


async def test_a_guilds_commands_are_changed_one_by_one(sim: Sim, wisp: RawUser) -> None:
    """A guild's command is added, found, changed, replaced by name and deleted, and no global one appears."""
    application = f"/applications/{sim.bot('Wisp').id}"
    path = f"{application}/guilds/{sim.guild(LAB).id}/commands"
    status, made = await wisp.call("POST", path, json=PING)
    one = f"{path}/{made['id']}"
    assert (status, await wisp.ok("GET", one)) == (201, made)

    changed = await wisp.ok("PATCH", one, json={"description": "Other."})
    assert (changed["id"], changed["description"]) == (made["id"], "Other.")
    assert changed["version"] != made["version"]
    status, again = await wisp.call("POST", path, json=PING)
    assert (status, again["id"], again["description"]) == (200, made["id"], PING["description"])
    assert [command["id"] for command in await wisp.ok("GET", path)] == [made["id"]]
    assert await wisp.ok("GET", f"{application}/commands") == []

    assert (await wisp.call("DELETE", one))[0] == 204
    for method in ("GET", "PATCH", "DELETE"):
        status, body = await wisp.call(method, one, json={})
        assert (status, body["code"]) == (404, 10063)


async def test_200_new_commands_a_day(sim: Sim, wisp: RawUser, path: str, clock: ManualClock) -> None:
    """The 201st new command of a scope within a day is refused with all its list; changing costs nothing."""
    batch = [[{**PING, "name": f"c{turn}-{number}"} for number in range(100)] for turn in range(3)]
    for commands in batch[:2]:
        await wisp.ok("PUT", path, json=commands)
    await wisp.ok("PUT", path, json=batch[1])
    status, body = await wisp.call("PUT", path, json=[*batch[1][:50], *batch[2][:1]])
    assert (status, body["code"]) == (400, 30034)
    assert len(await wisp.ok("GET", path)) == 100
    guild = f"/applications/{sim.bot('Wisp').id}/guilds/{sim.guild(LAB).id}/commands"
    await wisp.ok("POST", guild, json=PING)
    clock.advance(86_400)
    await wisp.ok("PUT", path, json=batch[2])


async def test_age_restricted_commands(
    sim: Sim, ada: RawUser, wisp: RawUser, path: str, general: int
) -> None:
    """A command for adults is listed and usable in age-restricted channels only."""
    await wisp.ok("PUT", path, json=[{**PING, "nsfw": True}])
    adult = {"name": "late", "type": 0, "nsfw": True}
    late = await ada.ok("POST", f"/guilds/{sim.guild(LAB).id}/channels", json=adult)
    assert list(await ada.commands(int(late["id"]))) == ["ping"]
    assert await ada.commands(general) == {}
    command = (await ada.commands(int(late["id"])))["ping"]
    assert (await ada.act(general, _invocation(command)))[1]["code"] == 50013
    assert (await ada.act(int(late["id"]), _invocation(command)))[0] == 204


async def test_v2_text_is_limited_in_all(wisp: RawUser, general: int) -> None:
    """All texts of a message of components together have 4,000 characters at most."""
    half = {"type": 10, "content": "x" * 2000}
    texts = [half, {"type": 17, "components": [half]}]
    body = {"flags": 1 << 15, "components": texts}
    await wisp.ok("POST", f"/channels/{general}/messages", json=body)
    more = {**body, "components": [*texts, {"type": 10, "content": "x"}]}
    status, answer = await wisp.call("POST", f"/channels/{general}/messages", json=more)
    assert (status, answer["code"], list(answer["errors"])) == (400, 50035, ["components"])
