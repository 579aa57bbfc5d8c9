"""Components of messages are what Discord's documentation lets them be."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

V2 = 1 << 15
_NOT_THERE = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
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


_BOTH = "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"


@pytest.mark.parametrize(
    ("components", "place", "code"),
    [
        ([TEXT], "0.type", "UNION_TYPE_CHOICES"),
        ([_row(TEXT)], "0.components.0.type", "UNION_TYPE_CHOICES"),
        ([_row({"type": 4, "custom_id": "t", "style": 1})], "0.components.0.type", "UNION_TYPE_CHOICES"),
        ([{"type": "x"}], "0.type", "NUMBER_TYPE_COERCE"),
        ([{}], "0.type", "BASE_TYPE_REQUIRED"),
        ([_row()], "0.components", "BASE_TYPE_BAD_LENGTH"),
        ([_row(*[_button(custom_id=str(n)) for n in range(6)])], "0.components", "BASE_TYPE_BAD_LENGTH"),
        ([_row(_button(), _select())], "0.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        ([_row(_button(custom_id=str(n))) for n in range(6)], "", "BASE_TYPE_MAX_LENGTH"),
        (
            [_row(_button()), _row(_button())],
            "1.components.0.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        ([_row(_button(id=7)), {**_row(_button(custom_id="b")), "id": 7}], "1.id", "COMPONENT_ID_DUPLICATED"),
        ([_row(_button(id=2**31))], "0.components.0.id", "NUMBER_TYPE_MAX"),
        ([_row(_button(label="x" * 81))], "0.components.0.label", "BASE_TYPE_MAX_LENGTH"),
        ([_row(_button(custom_id="x" * 101))], "0.components.0.custom_id", "BASE_TYPE_BAD_LENGTH"),
        ([_row(_button(style=7))], "0.components.0.style", "BASE_TYPE_CHOICES"),
        ([_row(_button(label=None))], "0.components.0", "BUTTON_COMPONENT_REQUIRES_LABEL_OR_EMOJI"),
        ([_row(_button(url="https://a.example"))], "0.components.0.url", _BOTH),
        ([_row(_button(sku_id="5"))], "0.components.0.sku_id", "BUTTON_COMPONENT_FIELD_INVALID"),
        ([_row(_button(style=5, url="https://a.example"))], "0.components.0.custom_id", _BOTH),
        ([_row(_button(style=5, custom_id=None))], "0.components.0.url", "BASE_TYPE_REQUIRED"),
        (
            [_row(_button(style=5, custom_id=None, url="ftp://a.example"))],
            "0.components.0.url",
            "URL_TYPE_INVALID_SCHEME",
        ),
        (
            [_row(_button(style=5, custom_id=None, url="https://" + "x" * 505))],
            "0.components.0.url",
            "BASE_TYPE_BAD_LENGTH",
        ),
        ([_row({"type": 2, "style": 6})], "0.components.0.sku_id", "BASE_TYPE_REQUIRED"),
        (
            [_row({"type": 2, "style": 6, "sku_id": "5", "label": "Buy"})],
            "0.components.0.label",
            "BUTTON_COMPONENT_FIELD_INVALID",
        ),
        ([_row(_select(options=[]))], "0.components.0.options", "BASE_TYPE_BAD_LENGTH"),
        ([_row(_select(options=OPTIONS * 13))], "0.components.0.options", "BASE_TYPE_BAD_LENGTH"),
        (
            [_row(_select(options=[OPTIONS[0], OPTIONS[0]]))],
            "0.components.0.options.1.value",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        (
            [_row(_select(options=[{**option, "default": True} for option in OPTIONS]))],
            "0.components.0.options",
            "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
        ),
        ([_row(_select(placeholder="x" * 151))], "0.components.0.placeholder", "BASE_TYPE_MAX_LENGTH"),
        ([_row(_select(min_values=26))], "0.components.0.min_values", "NUMBER_TYPE_MAX"),
        ([_row(_select(max_values=0))], "0.components.0.max_values", "NUMBER_TYPE_MIN"),
        (
            [_row(_select(max_values=3))],
            "0.components.0.max_values",
            "SELECT_COMPONENT_MAX_VALUES_EXCEEDS_OPTIONS",
        ),
        (
            [_row(_select(min_values=2))],
            "0.components.0.min_values",
            "SELECT_COMPONENT_MIN_VALUES_EXCEEDS_MAX",
        ),
        (
            [_row(_select(5, default_values=[{"id": "5", "type": "role"}]))],
            "0.components.0.default_values.0.type",
            "BASE_TYPE_CHOICES",
        ),
        (
            [_row(_select(7, default_values=[{"id": "5", "type": "role"}, {"id": "6", "type": "user"}]))],
            "0.components.0.default_values",
            "BASE_TYPE_BAD_LENGTH",
        ),
        ([_row(_select(8, channel_types=[99]))], "0.components.0.channel_types.0", "BASE_TYPE_CHOICES"),
    ],
)
async def test_components_of_a_message(
    wisp: RawUser, general: int, components: list[Any], place: str, code: str
) -> None:
    """What is wrong is named by its path."""
    status, body = await wisp.call("POST", f"/channels/{general}/messages", json={"components": components})
    assert (status, body["code"]) == (400, 50035)
    errors = body["errors"]["components"]
    assert (_at(errors, place) if place else _codes(errors)) == [code]


def _media(url: str) -> dict[str, Any]:
    return {"media": {"url": url}}


PICTURE = "https://a.example/a.png"


@pytest.mark.parametrize(
    ("components", "place", "code"),
    [
        ([{"type": 18, "label": "Field", "component": _select()}], "0.type", "UNION_TYPE_CHOICES"),
        (
            [{"type": 17, "components": [{"type": 17, "components": [TEXT]}]}],
            "0.components.0.type",
            "UNION_TYPE_CHOICES",
        ),
        ([{"type": 17, "components": []}], "0.components", "BASE_TYPE_MIN_LENGTH"),
        ([{"type": 17, "components": [TEXT], "accent_color": 2**24}], "0.accent_color", "NUMBER_TYPE_MAX"),
        ([{"type": 9, "components": [TEXT]}], "0.accessory", "BASE_TYPE_REQUIRED"),
        (
            [{"type": 9, "components": [TEXT] * 4, "accessory": _button()}],
            "0.components",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            [{"type": 9, "components": [TEXT], "accessory": _select()}],
            "0.accessory.type",
            "UNION_TYPE_CHOICES",
        ),
        ([{"type": 10, "content": ""}], "0.content", "BASE_TYPE_REQUIRED"),
        ([{"type": 12, "items": []}], "0.items", "BASE_TYPE_BAD_LENGTH"),
        ([{"type": 12, "items": [_media(PICTURE)] * 11}], "0.items", "BASE_TYPE_BAD_LENGTH"),
        ([{"type": 12, "items": [_media("javascript:1")]}], "0.items.0.media.url", "URL_TYPE_INVALID_SCHEME"),
        (
            [{"type": 12, "items": [{**_media(PICTURE), "description": "x" * 1025}]}],
            "0.items.0.description",
            "BASE_TYPE_BAD_LENGTH",
        ),
        ([{"type": 13, "file": {"url": PICTURE}}], "0.file.url", "URL_TYPE_INVALID_SCHEME"),
        ([{"type": 14, "spacing": 3}], "0.spacing", "BASE_TYPE_CHOICES"),
        ([TEXT] * 41, "", "BASE_TYPE_MAX_LENGTH"),
    ],
)
async def test_components_of_version_2(
    wisp: RawUser, general: int, components: list[Any], place: str, code: str
) -> None:
    """Layout, text and media have their own limits."""
    body = {"flags": V2, "components": components}
    status, answer = await wisp.call("POST", f"/channels/{general}/messages", json=body)
    assert (status, answer["code"]) == (400, 50035)
    errors = answer["errors"]["components"]
    assert (_at(errors, place) if place else _codes(errors)) == [code]


async def test_what_is_right_comes_back(wisp: RawUser, ada: RawUser, general: int) -> None:
    """Every kind of component of a message is kept, numbered, and given back without what it ignores."""
    people = _select(5, custom_id="p", default_values=[{"id": "5", "type": "user"}])
    places = _select(8, custom_id="c", channel_types=[0, 2], required=True, min_values=0)
    components = [
        _row(_button(id=3, emoji={"name": "🐜"}), _button(style=5, custom_id=None, url="discord://-/x")),
        _row(people),
        _row(places),
        {"type": 9, "components": [TEXT], "accessory": {"type": 11, **_media(PICTURE)}},
        {
            "type": 17,
            "accent_color": 255,
            "components": [{"type": 14}, {"type": 12, "items": [_media(PICTURE)]}],
        },
    ]
    message = await wisp.ok(
        "POST", f"/channels/{general}/messages", json={"flags": V2, "components": components}
    )
    assert await ada.ok("GET", f"/channels/{general}/messages/{message['id']}") == message
    rows = message["components"]
    assert [part["id"] for part in rows[0]["components"]] == [3, 2]
    assert rows[1]["components"][0]["default_values"] == [{"id": "5", "type": "user"}]
    assert rows[2]["components"][0]["channel_types"] == [0, 2]
    assert "required" not in rows[2]["components"][0]
    assert [part["type"] for part in rows[4]["components"]] == [14, 12]


async def test_files_that_components_show(wisp: RawUser, general: int) -> None:
    """A component shows a file that comes along or is there already, no other."""
    components = [{"type": 13, "file": {"url": "attachment://a.txt"}}]
    body = {"flags": V2, "components": components}
    path = f"/channels/{general}/messages"
    status, answer = await wisp.call("POST", path, json=body)
    assert (status, _codes(answer["errors"])) == (
        400,
        ["UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"],
    )
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body))
    form.add_field("files[0]", b"...", filename="a.txt")
    message = await wisp.ok("POST", path, data=form)
    await wisp.ok("PATCH", f"{path}/{message['id']}", json={"components": [TEXT, *components]})
    components[0]["file"] = {"url": "attachment://b.txt"}
    status, _ = await wisp.call("PATCH", f"{path}/{message['id']}", json={"components": components})
    assert status == 400
