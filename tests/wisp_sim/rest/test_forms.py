"""Forms, and what users may send off in them, are what Discord's documentation lets them be."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

OPTIONS = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
TEXT = {"type": 10, "content": "Text."}


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


def _row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def _button(**more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go", **more}


def _select(kind: int = 3, **more: Any) -> dict[str, Any]:
    return {"type": kind, "custom_id": "s", **({"options": OPTIONS} if kind == 3 else {}), **more}


def _label(component: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": 18, "label": "Field", "component": component, **more}


def _codes(tree: object) -> list[str]:
    """All codes in a tree of errors."""
    if not isinstance(tree, dict):
        return []
    own = [problem["code"] for problem in tree.get("_errors", [])]
    return own + [code for key, branch in tree.items() if key != "_errors" for code in _codes(branch)]


def _at(tree: Any, place: str) -> list[str]:
    """The codes at one place in a tree of errors."""
    for step in place.split("."):
        tree = tree.get(step, {})
    return [problem["code"] for problem in tree.get("_errors", [])]


async def _opened(sim: Sim, wisp: RawUser, user: RawUser, general: int) -> dict[str, Any]:
    """An interaction that may be answered with a form."""
    await wisp.ok(
        "PUT", f"/applications/{sim.bot('Wisp').id}/commands", json=[{"name": "a", "description": "d"}]
    )
    assert (await user.slash(general, "a"))[0] == 204
    await sim.settle()
    return wisp.told("INTERACTION_CREATE")[-1]


async def _show(wisp: RawUser, told: dict[str, Any], components: list[Any]) -> tuple[int, Any]:
    body = {"type": 9, "data": {"custom_id": "m", "title": "Form", "components": components}}
    return await wisp.call("POST", f"/interactions/{told['id']}/{told['token']}/callback", json=body)


INPUT = {"type": 4, "custom_id": "t", "style": 1}
RADIO = {"type": 21, "custom_id": "r", "options": OPTIONS}
BOXES = {"type": 22, "custom_id": "b", "options": OPTIONS}
UPLOAD = {"type": 19, "custom_id": "u"}


@pytest.mark.parametrize(
    ("components", "place", "code"),
    [
        ([], "", "BASE_TYPE_BAD_LENGTH"),
        ([TEXT] * 6, "", "BASE_TYPE_BAD_LENGTH"),
        ([{"type": 17, "components": [TEXT]}], "0.type", "UNION_TYPE_CHOICES"),
        ([_row(_button())], "0.components.0.type", "UNION_TYPE_CHOICES"),
        ([_row(INPUT)], "0.components.0.label", "BASE_TYPE_REQUIRED"),
        ([_label(_button())], "0.component.type", "UNION_TYPE_CHOICES"),
        ([_label(INPUT, label="x" * 46)], "0.label", "BASE_TYPE_BAD_LENGTH"),
        ([_label(INPUT, label=None)], "0.label", "BASE_TYPE_REQUIRED"),
        ([_label(INPUT, description="x" * 101)], "0.description", "BASE_TYPE_BAD_LENGTH"),
        ([{"type": 18, "label": "Field"}], "0.component", "BASE_TYPE_REQUIRED"),
        ([_label({**INPUT, "style": 3})], "0.component.style", "BASE_TYPE_CHOICES"),
        ([_label({**INPUT, "min_length": 4001})], "0.component.min_length", "NUMBER_TYPE_MAX"),
        ([_label({**INPUT, "max_length": 0})], "0.component.max_length", "NUMBER_TYPE_MIN"),
        ([_label({**INPUT, "placeholder": "x" * 101})], "0.component.placeholder", "BASE_TYPE_MAX_LENGTH"),
        ([_label({**INPUT, "value": "x" * 4001})], "0.component.value", "BASE_TYPE_MAX_LENGTH"),
        ([_label(INPUT), _label(INPUT)], "1.component.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ([_label(_select(disabled=True))], "0.component.disabled", "MODAL_COMPONENT_DISABLED_INVALID"),
        (
            [_label(_select(min_values=0))],
            "0.component.min_values",
            "SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES",
        ),
        ([_label({**RADIO, "options": OPTIONS[:1]})], "0.component.options", "BASE_TYPE_BAD_LENGTH"),
        (
            [_label({**RADIO, "options": [{**option, "default": True} for option in OPTIONS]})],
            "0.component.options",
            "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
        ),
        ([_label({**BOXES, "options": []})], "0.component.options", "BASE_TYPE_BAD_LENGTH"),
        ([_label({**BOXES, "max_values": 11})], "0.component.max_values", "NUMBER_TYPE_MAX"),
        ([_label({**UPLOAD, "max_values": 11})], "0.component.max_values", "NUMBER_TYPE_MAX"),
        ([_label({**UPLOAD, "file_types": ["cat"]})], "0.component.file_types.0", "BASE_TYPE_CHOICES"),
    ],
)
async def test_components_of_a_form(
    sim: Sim, wisp: RawUser, ada: RawUser, general: int, components: list[Any], place: str, code: str
) -> None:
    """A form that is wrong is not shown, and may be mended: it was no answer."""
    told = await _opened(sim, wisp, ada, general)
    status, body = await _show(wisp, told, components)
    assert (status, body["code"]) == (400, 50035)
    errors = body["errors"]["data"]["components"]
    assert (_at(errors, place) if place else _codes(errors)) == [code]
    assert (await _show(wisp, told, [_label(INPUT)]))[0] == 204


async def _submit(user: RawUser, modal: dict[str, Any], *fields: dict[str, Any]) -> int:
    """Send a form off; the status."""
    labels = [{"type": 18, "component": field} for field in fields]
    data = {"id": modal["id"], "custom_id": modal["custom_id"], "components": labels}
    body = {"type": 5, "application_id": modal["application_id"], "data": data}
    return (await user.act(modal["channel_id"], body))[0]


@pytest.mark.parametrize(
    ("shown", "filled", "status", "value"),
    [
        (INPUT, {"value": "x"}, 204, "x"),
        (INPUT, {"value": ""}, 400, None),
        ({**INPUT, "required": False, "min_length": 3}, {"value": ""}, 204, ""),
        ({**INPUT, "min_length": 3}, {"value": "ab"}, 400, None),
        ({**INPUT, "max_length": 3}, {"value": "abcd"}, 400, None),
        (_select(), {"values": ["a"]}, 204, ["a"]),
        (_select(), {"values": []}, 400, None),
        (_select(), {"values": ["z"]}, 400, None),
        (_select(required=False), {"values": []}, 204, []),
        (_select(max_values=2), {"values": ["a", "b"]}, 204, ["a", "b"]),
        (RADIO, {"value": "b"}, 204, "b"),
        (RADIO, {"value": "z"}, 400, None),
        (RADIO, {"value": None}, 400, None),
        ({**RADIO, "required": False}, {"value": None}, 204, None),
        (BOXES, {"values": ["a", "b"]}, 204, ["a", "b"]),
        (BOXES, {"values": []}, 400, None),
        ({**BOXES, "max_values": 1}, {"values": ["a", "b"]}, 400, None),
        ({**BOXES, "required": False}, {"values": []}, 204, []),
        ({"type": 23, "custom_id": "c"}, {"value": True}, 204, True),
        ({"type": 23, "custom_id": "c"}, {}, 204, False),
        (UPLOAD, {"values": []}, 400, None),
        (UPLOAD, {"values": ["0"]}, 400, None),
        ({**UPLOAD, "required": False}, {"values": []}, 204, []),
    ],
)
async def test_fields_of_a_form(
    sim: Sim,
    wisp: RawUser,
    ada: RawUser,
    general: int,
    shown: dict[str, Any],
    filled: dict[str, Any],
    status: int,
    value: object,
) -> None:
    """What a user may send off is what the form allows; the bot gets it as it was filled in."""
    assert (await _show(wisp, await _opened(sim, wisp, ada, general), [_label(shown)]))[0] == 204
    await sim.settle()
    (modal,) = ada.told("INTERACTION_MODAL_CREATE")
    field = {"type": shown["type"], "custom_id": shown["custom_id"], **filled}
    assert await _submit(ada, modal, field) == status
    await sim.settle()
    told = wisp.told("INTERACTION_CREATE")[1:]
    parts = [part["data"]["components"][0]["component"] for part in told]
    got = [part["values"] if "values" in part else part["value"] for part in parts]
    assert got == ([value] if status == 204 else [])


async def test_files_of_a_form(sim: Sim, wisp: RawUser, ada: RawUser, general: int) -> None:
    """A file arrives resolved; one of another type is refused, and the form stays open."""
    upload = {**UPLOAD, "file_types": ["image"]}
    assert (await _show(wisp, await _opened(sim, wisp, ada, general), [_label(upload)]))[0] == 204
    await sim.settle()
    (modal,) = ada.told("INTERACTION_MODAL_CREATE")
    field = {"type": 19, "custom_id": "u", "values": ["0"]}
    body = {
        "type": 5,
        "application_id": modal["application_id"],
        "channel_id": str(general),
        "data": {"id": modal["id"], "custom_id": "m", "components": [{"type": 18, "component": field}]},
    }
    for filename, expected in (("a.txt", 400), ("a.png", 204)):
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps(body))
        form.add_field("files[0]", b"...", filename=filename)
        assert (await ada.call("POST", "/interactions", data=form))[0] == expected
    await sim.settle()
    data = wisp.told("INTERACTION_CREATE")[-1]["data"]
    (file_id,) = data["components"][0]["component"]["values"]
    file = data["resolved"]["attachments"][file_id]
    assert file["filename"] == "a.png"
    async with aiohttp.ClientSession() as session, session.get(file["url"]) as response:
        assert await response.read() == b"..."
