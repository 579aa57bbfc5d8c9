"""What options may be like and may hold, what autocompletion answers, and commands that open activities."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

LAB = "Lovelace's Lab"
PING = {"name": "ping", "description": "Pong."}
LAUNCH = {"name": "Launch", "type": 4, "description": "Play.", "handler": 1}
STRING, INTEGER, USER, CHANNEL, NUMBER, ATTACHMENT = 3, 4, 6, 7, 10, 11


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
def path(sim: Sim) -> str:
    """Where the bot's global commands are."""
    return f"/applications/{sim.bot('Wisp').id}/commands"


def _option(kind: int, **more: Any) -> dict[str, Any]:
    return {"name": "o", "description": "d", "type": kind, **more}


def _given(kind: int, value: object, **more: Any) -> dict[str, Any]:
    return {"name": "o", "type": kind, "value": value, **more}


def _codes(tree: object) -> list[str]:
    """All codes in a tree of errors."""
    if not isinstance(tree, dict):
        return []
    own = [problem["code"] for problem in tree.get("_errors", [])]
    return own + [code for key, branch in tree.items() if key != "_errors" for code in _codes(branch)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"options": [_option(INTEGER, min_value=1.5)]}, "NUMBER_TYPE_COERCE"),
        ({"options": [_option(INTEGER, max_value=2**53)]}, "NUMBER_TYPE_MAX"),
        ({"options": [_option(NUMBER, max_value=2**53 + 2)]}, "NUMBER_TYPE_MAX"),
        ({"options": [_option(NUMBER, choices=[{"name": "c", "value": True}])]}, "NUMBER_TYPE_COERCE"),
        ({"options": [_option(INTEGER, choices=[{"name": "c", "value": 2**53}])]}, "NUMBER_TYPE_MAX"),
        ({"options": [_option(STRING, min_length=6001)]}, "NUMBER_TYPE_MAX"),
        ({"options": [_option(STRING, max_length=0)]}, "NUMBER_TYPE_MIN"),
        ({"options": [_option(CHANNEL, channel_types=[99])]}, "BASE_TYPE_CHOICES"),
        ({"options": [_option(CHANNEL, channel_types=[0, 0])]}, "SET_TYPE_ALREADY_CONTAINS_VALUE"),
        ({"options": [_option(ATTACHMENT, file_types=["pdf"])]}, "BASE_TYPE_CHOICES"),
        ({"options": [_option(ATTACHMENT, file_types=[f".{n}" for n in range(11)])]}, "BASE_TYPE_MAX_LENGTH"),
        ({"contexts": []}, "BASE_TYPE_MIN_LENGTH"),
        ({"contexts": [0, 0]}, "SET_TYPE_ALREADY_CONTAINS_VALUE"),
        ({"contexts": [3]}, "BASE_TYPE_CHOICES"),
        ({"integration_types": [True]}, "BASE_TYPE_CHOICES"),
        ({"default_member_permissions": str(2**54)}, "NUMBER_TYPE_MAX"),
        ({"handler": 1}, "APPLICATION_COMMAND_HANDLER_INVALID"),
    ],
)
async def test_limits_of_a_registration(wisp: RawUser, path: str, more: dict[str, Any], code: str) -> None:
    """Bounds, choices, types of channels and files, contexts and permissions have limits."""
    status, body = await wisp.call("POST", path, json={**PING, **more})
    assert (status, body["code"], _codes(body["errors"])) == (400, 50035, [code])


async def test_an_infinite_number_is_none(wisp: RawUser, path: str) -> None:
    """A number that is too big for a double is refused, not written back."""
    body = json.dumps({**PING, "options": [_option(NUMBER, min_value=12345)]}).replace("12345", "-1e999")
    headers = {"Content-Type": "application/json"}
    status, answer = await wisp.call("POST", path, data=body, headers=headers)
    assert (status, answer["code"]) == (400, 50109)


async def test_channels_of_the_types_asked_for(
    sim: Sim, wisp: RawUser, ada: RawUser, path: str, general: int
) -> None:
    """An option for voice channels takes no text channel; a thread is a channel, too."""
    thread = await ada.ok("POST", f"/channels/{general}/threads", json={"name": "Aside", "type": 11})
    parlour = sim.guild(LAB).channel("Parlour").id
    for types, chosen, fine in (
        ([2], parlour, True),
        ([2], general, False),
        ([], general, True),
        ([11], thread["id"], True),
        ([0, 2], thread["id"], False),
    ):
        await wisp.ok("PUT", path, json=[{**PING, "options": [_option(CHANNEL, channel_types=types)]}])
        status, body = await ada.slash(general, "ping", [_given(CHANNEL, str(chosen))])
        assert status == (204 if fine else 400), (types, body)
    await sim.settle()
    resolved = wisp.told("INTERACTION_CREATE")[-1]["data"]["resolved"]["channels"]
    assert list(resolved) == [thread["id"]]
    assert "thread_metadata" in resolved[thread["id"]]


@pytest.mark.parametrize(
    ("types", "filename", "status"),
    [
        (["image"], "cat.PNG", 204),
        (["image"], "cat.pdf", 400),
        (["image", ".PDF"], "cat.pdf", 204),
        ([], "cat.exe", 204),
    ],
)
async def test_files_of_the_types_asked_for(
    sim: Sim,
    wisp: RawUser,
    ada: RawUser,
    path: str,
    general: int,
    types: list[str],
    filename: str,
    status: int,
) -> None:
    """An option for pictures takes nothing else, by the end of the name; capitals do not matter."""
    await wisp.ok("PUT", path, json=[{**PING, "options": [_option(ATTACHMENT, file_types=types)]}])
    command = (await ada.commands(general))["ping"]
    data = {key: command[key] for key in ("id", "name", "type", "version")}
    body = {
        "type": 2,
        "application_id": command["application_id"],
        "channel_id": str(general),
        "data": {**data, "options": [_given(ATTACHMENT, 0)]},
    }
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body))
    form.add_field("files[0]", b"...", filename=filename)
    answered, _ = await ada.call("POST", "/interactions", data=form)
    assert answered == status
    await sim.settle()
    for told in wisp.told("INTERACTION_CREATE"):
        (file,) = told["data"]["resolved"]["attachments"].values()
        assert (file["filename"], file["id"]) == (filename, told["data"]["options"][0]["value"])


@pytest.mark.parametrize(
    ("kind", "value", "status"),
    [
        (STRING, "x", 204),
        (STRING, "", 400),
        (STRING, "x" * 101, 400),
        (INTEGER, 5, 204),
        (INTEGER, "x", 400),
        (INTEGER, 2**53, 400),
        (NUMBER, 0.5, 204),
        (NUMBER, "0.5", 400),
        (NUMBER, None, 400),
    ],
)
async def test_choices_are_of_the_options_type(
    sim: Sim, wisp: RawUser, ada: RawUser, path: str, general: int, kind: int, value: object, status: int
) -> None:
    """What autocompletion offers is what the option can hold."""
    await wisp.ok("PUT", path, json=[{**PING, "options": [_option(kind, autocomplete=True)]}])
    assert (await ada.slash(general, "ping", [_given(kind, "", focused=True)], kind=4))[0] == 204
    await sim.settle()
    (told,) = wisp.told("INTERACTION_CREATE")
    answer = {"type": 8, "data": {"choices": [{"name": "c", "value": value}]}}
    callback = f"/interactions/{told['id']}/{told['token']}/callback"
    answered, _ = await wisp.call("POST", callback, json=answer)
    assert answered == status
    await sim.settle()
    offered = ada.told("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE")
    assert [one["choices"] for one in offered] == ([[{"name": "c", "value": value}]] if status == 204 else [])


async def test_autocompletion_of_what_has_it(wisp: RawUser, ada: RawUser, path: str, general: int) -> None:
    """An option without autocompletion asks its bot nothing."""
    await wisp.ok("PUT", path, json=[{**PING, "options": [_option(STRING)]}])
    status, body = await ada.slash(general, "ping", [_given(STRING, "", focused=True)], kind=4)
    assert (status, body["code"]) == (400, 50035)


async def test_entry_points(sim: Sim, wisp: RawUser, ada: RawUser, path: str, general: int) -> None:
    """One for all guilds, not lost in a list without it, never of a guild; its own kind of name is free."""
    lost, second = {**PING}, {**LAUNCH, "name": "Other"}
    made = await wisp.ok("POST", path, json=LAUNCH)
    assert (made["handler"], made["name"]) == (1, "Launch")
    assert (await wisp.call("POST", path, json=second))[1]["code"] == 30032
    status, body = await wisp.call("PUT", path, json=[lost])
    assert (status, body["code"]) == (400, 50240)
    assert [command["name"] for command in await wisp.ok("GET", path)] == ["Launch"]
    await wisp.ok("PUT", path, json=[lost, second])
    guild = f"/applications/{sim.bot('Wisp').id}/guilds/{sim.guild(LAB).id}/commands"
    for method, wrong in (("POST", LAUNCH), ("PUT", [LAUNCH])):
        status, body = await wisp.call(method, guild, json=wrong)
        assert (status, body["code"]) == (400, 50035)

    assert (await ada.slash(general, "Other"))[0] == 204
    await sim.settle()
    (told,) = wisp.told("INTERACTION_CREATE")
    assert (told["type"], told["data"]["type"]) == (2, 4)
    assert "target_id" not in told["data"]
    callback = f"/interactions/{told['id']}/{told['token']}/callback"
    await wisp.ok("POST", callback, json={"type": 4, "data": {"content": "Hello."}})
    (kept,) = [command for command in await wisp.ok("GET", path) if command["type"] == 4]
    await wisp.ok("DELETE", f"{path}/{kept['id']}")
    await wisp.ok("PUT", path, json=[lost])


async def test_activities_are_not_launched(wisp: RawUser, ada: RawUser, path: str, general: int) -> None:
    """A command that Discord itself would answer with an activity says that there are none here."""
    await wisp.ok("POST", path, json={**LAUNCH, "handler": 2})
    status, body = await ada.slash(general, "Launch")
    assert (status, "does not launch activities" in body["message"]) == (501, True)
