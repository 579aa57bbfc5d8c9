"""Reads what a request to the control API says."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields

from aiohttp import web

from wisp_sim.faults import KINDS, GatewayFault, RestFault
from wisp_sim.rules.json_text import read_json

_KIND_NAMES: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
}
_COMMON = ("bot", "route", "event", "times", "probability", "seed")


class RequestError(Exception):
    """A request makes no sense; the message names the field, its value and the remedy."""


class Body:
    """The JSON object that came, or an empty one.

    Args:
        entries: its fields.
        known: the fields that there are.

    Raises:
        RequestError: it has others.
    """

    def __init__(self, entries: Mapping[str, object], known: Iterable[str]) -> None:
        allowed = tuple(known)
        for key in entries:
            if key not in allowed:
                raise RequestError(
                    f"{key}: there is no such field; there are: {', '.join(allowed) or 'none'}"
                )
        self._entries = entries

    def has(self, name: str) -> bool:
        """Whether this field came."""
        return name in self._entries

    def text(self, name: str, otherwise: str) -> str:
        """A text."""
        value = self._of_kind(name, str, otherwise)
        return value if isinstance(value, str) else otherwise

    def whole(self, name: str, otherwise: int | None) -> int | None:
        """A whole number; null where there may be none."""
        value = self._of_kind(name, int, otherwise)
        return value if isinstance(value, int) else None

    def number(self, name: str, otherwise: float) -> float:
        """A number."""
        value = self._of_kind(name, float, otherwise)
        return float(value) if isinstance(value, int | float) else otherwise

    def flag(self, name: str, *, otherwise: bool) -> bool:
        """True or false."""
        return self._of_kind(name, bool, otherwise) is True

    def _of_kind(self, name: str, kind: type, otherwise: object) -> object:
        if name not in self._entries:
            return otherwise
        value = self._entries[name]
        if value is None and otherwise is None:
            return None
        return need_kind(name, value, kind)


def need_kind(name: str, value: object, kind: type) -> object:
    """The value, which must be of this kind.

    Raises:
        RequestError: it is not.
    """
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise RequestError(f"{name}: {value!r:.60} is not {_KIND_NAMES[kind]}; write one")
    return value


async def object_in(request: web.Request) -> dict[str, object]:
    """The JSON object in the body; an empty one if there is no body.

    Raises:
        RequestError: the body is something else.
    """
    raw = await request.read()
    if not raw:
        return {}
    try:
        found = read_json(raw)
    except ValueError as error:
        raise RequestError(f"body: is no JSON ({error!s:.100}); send a JSON object") from error
    if not isinstance(found, dict):
        raise RequestError(f"body: {found!r:.60} is no object; send a JSON object")
    return found


def fault_in(entries: Mapping[str, object]) -> tuple[RestFault | GatewayFault, Body]:
    """The fault that an object describes, and the fields that all faults have.

    Raises:
        RequestError: it describes none.
    """
    name = entries.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise RequestError(f"kind: {name!r:.60} is no fault; choose one of {', '.join(KINDS)}")
    own = {field.name: field.type for field in fields(kind)}
    given = {key: value for key, value in entries.items() if key != "kind"}
    body = Body(given, (*_COMMON, *own))
    values: dict[str, object] = {}
    for key, wanted in own.items():
        if key in given and isinstance(wanted, type):
            values[key] = need_kind(key, given[key], wanted)
    return kind(**values), body
