"""What JSON can hold without changing it: the types, and the check."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""What comes out of JSON."""

JsonInput: TypeAlias = "bool | int | float | str | Sequence[JsonInput] | Mapping[str, JsonInput] | None"
"""What may go in: the same types, written so that a ``list[str]`` passes the type checker too.

At run time only lists and dictionaries are taken: a tuple would come back as a list.
"""

MAX_DEPTH = 100
_MAX_INT_BITS = 1024


@dataclass(frozen=True, slots=True)
class JsonMisfit:
    """The first part of a value that JSON would change.

    Args:
        path: where it is, for example ``$.scores[2]``.
        type_name: what it is, for example ``tuple``.
        reason: why it cannot stay what it is.
    """

    path: str
    type_name: str
    reason: str


def find_misfit(value: object, path: str = "$", depth: int = 0) -> JsonMisfit | None:
    """Find what would not come back from JSON equal and of the same type; None if all would.

    Subclasses are misfits too: an enum member would come back as its plain value.
    """
    kind = type(value)
    if value is None or kind is bool:
        return None
    if isinstance(value, list) and kind is list:
        return _misfit_in_list(value, path, depth)
    if isinstance(value, dict) and kind is dict:
        return _misfit_in_dict(value, path, depth)
    reason = _scalar_problem(value)
    return JsonMisfit(path, kind.__name__, reason) if reason else None


def _misfit_in_list(value: list[object], path: str, depth: int) -> JsonMisfit | None:
    if depth >= MAX_DEPTH:
        return JsonMisfit(path, "list", f"is nested deeper than {MAX_DEPTH} levels, or holds itself")
    found = (find_misfit(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value))
    return next((misfit for misfit in found if misfit), None)


def _misfit_in_dict(value: dict[object, object], path: str, depth: int) -> JsonMisfit | None:
    if depth >= MAX_DEPTH:
        return JsonMisfit(path, "dict", f"is nested deeper than {MAX_DEPTH} levels, or holds itself")
    for key, item in value.items():
        if type(key) is not str:
            return JsonMisfit(path, f"dict with a key of type {type(key).__name__}", "keys must be str")
        misfit = _key_misfit(key, path) or find_misfit(item, f"{path}.{key}", depth + 1)
        if misfit:
            return misfit
    return None


def _key_misfit(key: str, path: str) -> JsonMisfit | None:
    reason = _scalar_problem(key)
    return JsonMisfit(path, "dict with a broken key", reason) if reason else None


def _scalar_problem(value: object) -> str | None:
    kind = type(value)
    if isinstance(value, str) and kind is str:
        return None if _is_unicode(value) else "holds half of a surrogate pair"
    if isinstance(value, int) and kind is int:
        return None if value.bit_length() <= _MAX_INT_BITS else f"has more than {_MAX_INT_BITS} bits"
    if isinstance(value, float) and kind is float:
        return None if math.isfinite(value) else f"is {value}, which JSON cannot write"
    return "is not None, bool, int, float, str, list or dict itself"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
