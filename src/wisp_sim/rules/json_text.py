"""Reads JSON of clients as strictly as Discord: what one client sends, others must be able to read."""

import json
import math
import re
from collections.abc import Iterable

# No request of Discord's is nested a third as deep; what is deeper would exhaust the stack of its reader.
_MAX_DEPTH = 64
# An escaped half of a pair of surrogates, or such a half itself.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def read_json(raw: bytes | bytearray | str) -> object:
    """What a text says.

    Raises:
        ValueError: it is no JSON, no UTF-8, nested too deep, or holds a number or a character that is none:
            ``NaN``, ``1e999``, half of a surrogate pair.
    """
    text = raw if isinstance(raw, str) else raw.decode("utf-8-sig")
    try:
        data: object = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if _SURROGATE.search(text) is not None:
            # Halves that do not belong together cannot be encoded: a UnicodeEncodeError is a ValueError.
            json.dumps(data, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if text.count("[") + text.count("{") > _MAX_DEPTH:
        _check_depth(data)
    return data


def _check_depth(data: object) -> None:
    level = [data]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in _inside(node)]
    if level:
        raise ValueError(f"nested more than {_MAX_DEPTH} deep")


def _inside(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits:.20} is too big")
    return number
