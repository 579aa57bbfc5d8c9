"""Breaks one field of a payload, anywhere in it: dropped, or of another type."""

import copy
import random
from typing import Any

CANARY = "canary-of-a-member"
"""A text that must not appear where the contents of a payload have no place."""

WRONG: tuple[Any, ...] = (
    None,
    0,
    -1,
    7,
    2**80,
    1.5,
    1e300,
    "",
    CANARY,
    "123",
    True,
    False,
    [],
    {},
    [None],
    [[]],
    [CANARY],
    {"id": None},
    {"id": CANARY, "type": 0},
)
HANDLED = frozenset({"name", "custom_id", "value"})
"""What an interaction hands to a handler, whose failure is logged with its message: names and values."""
FREE_TEXT = frozenset({"content", "topic", "description", "reason", "title", "nick", "label", "placeholder"})


def mutated(
    payload: dict[str, Any], chance: random.Random, spared: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A copy with one field dropped or of another type; fields deep inside are struck as often as others.

    Args:
        payload: stays as it is.
        chance: makes the choices.
        spared: names of fields in which the canary has no place.
    """
    broken: dict[str, Any] = planted(copy.deepcopy(payload))
    target: Any = broken
    while True:
        key = chance.choice(list(target) if isinstance(target, dict) else range(len(target)))
        inner = target[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.3:
            break
        target = inner
    if chance.random() < 0.3:
        del target[key]
    else:
        wrong = copy.deepcopy(chance.choice(WRONG))
        target[key] = "unknown" if wrong == CANARY and key in spared else wrong
    return broken


def planted(value: Any) -> Any:
    """The same with the canary in every text that people write."""
    if isinstance(value, list):
        return [planted(inner) for inner in value]
    if isinstance(value, dict):
        return {
            key: CANARY if key in FREE_TEXT and isinstance(inner, str) else planted(inner)
            for key, inner in value.items()
        }
    return value
