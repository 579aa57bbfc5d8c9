"""Reading what came over the wire without trusting its shape."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

Payload: TypeAlias = Mapping[str, object]


def as_payload(value: object) -> Payload:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def part(data: Payload, key: str) -> Payload:
    """The JSON object under ``key``; empty when there is none."""
    return as_payload(data.get(key))


def parts(data: Payload, key: str) -> list[Payload]:
    """The JSON objects in the list under ``key``; empty when there is none."""
    return payloads(data.get(key))


def payloads(value: object) -> list[Payload]:
    """The JSON objects in a list; empty when it is none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text(data: Payload, key: str) -> str:
    """The value under ``key`` as text; empty when it is absent or null."""
    value = data.get(key)
    return "" if value is None else str(value)


def number(data: Payload, key: str) -> int:
    """The whole number under ``key``; 0 when there is none."""
    value = data.get(key)
    return value if isinstance(value, int) else 0


def walk(components: list[Payload]) -> Iterator[Payload]:
    """Every message or form component, outermost first, in the order in which a reader meets them."""
    for component in components:
        yield component
        yield from walk(parts(component, "components"))
        inner = [part(component, key) for key in ("accessory", "component") if component.get(key)]
        yield from walk(inner)
