"""Requests that nearly are what Discord's description asks for, and frames that nearly are frames."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Json = dict[str, Any]

_METHODS = ("get", "put", "post", "patch", "delete")
_DEEPEST = 6
# One value in so many is not what the description asks for.
_JUNK_ONE_IN = 24
_JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, True, False, -1, 0, 1, 2**31, 2**63, 2**70, 1.5, 1e308, float("inf"), float("nan"),
        "", " ", "x", "12345678901234567",
        "🦊", "\ud800", "\x00", "x" * 5000, [], {}, [None], [[]], {"_errors": 1}, {"id": None},
        [{"type": 1}], "@me",
    ]
)  # fmt: skip
_TEXTS = st.sampled_from(
    ["a", "ping", "b c", "<@1>", "@everyone", "😀", "general", "é" * 30, "x" * 101, "https://a.example/i.png"]
)
_JUNK_PARTS = ("1", "x", "@me", "@original", "%F0%9F%91%8B", "%00", "a%3A12", "%ff", "0", "9" * 25)
_PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_KINDS = ("application/json",) * 14 + (
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    "text/plain",
    "x",
)


_PACKINGS: tuple[dict[str, str], ...] = (
    *({},) * 30,
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "deflate"},
)


@dataclass(frozen=True)
class Request:
    """What is sent, byte for byte."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Grammar:
    """Draws requests after Discord's OpenAPI description.

    Args:
        file: the description.
        ids: ids that exist, as text; every id in a path or a body is one of them, mostly.
    """

    def __init__(self, file: Path, ids: tuple[str, ...]) -> None:
        document: Json = json.loads(file.read_text(encoding="utf-8"))
        self._schemas: Json = document["components"]["schemas"]
        self._ids = st.sampled_from(ids)
        self._operations = [
            (method, path, operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if method in _METHODS
        ]

    def requests(self, served: Callable[[str, str], bool]) -> st.SearchStrategy[Request]:
        """Requests to the operations that are ``served``."""
        chosen = [operation for operation in self._operations if served(operation[0].upper(), operation[1])]

        @st.composite
        def request(draw: Draw) -> Request:
            method, path, operation = draw(st.sampled_from(chosen))
            content: Json = operation.get("requestBody", {}).get("content", {})
            schema = next((kind["schema"] for kind in content.values()), None)
            body = b"" if schema is None else self._bytes(draw, schema)
            headers = {"Content-Type": draw(st.sampled_from(_KINDS)), **draw(st.sampled_from(_PACKINGS))}
            return Request(method.upper(), self._path(draw, path, operation), headers, body)

        return request()

    def _bytes(self, draw: Draw, schema: Json) -> bytes:
        data = json.dumps(self.value(draw, schema)).encode()
        cut = draw(st.integers(0, 19))
        return data[: len(data) // 2] if cut == 19 else data

    def _path(self, draw: Draw, path: str, operation: Json) -> str:
        parts = [
            draw(self._ids) if part[:1] == "{" and draw(st.integers(0, 5)) < 5 else part
            for part in path.split("/")
        ]
        parts = [draw(st.sampled_from(_JUNK_PARTS)) if part[:1] == "{" else part for part in parts]
        query = [
            f"{parameter['name']}={self._in_query(draw, parameter['schema'])}"
            for parameter in operation.get("parameters", ())
            if parameter.get("in") == "query" and draw(st.booleans())
        ]
        return "/".join(parts) + ("?" + "&".join(query) if query else "")

    def _in_query(self, draw: Draw, schema: Json) -> str:
        value = self.value(draw, schema)
        return "%00" if isinstance(value, str) and not value.isascii() else str(value)[:80]

    def value(self, draw: Draw, schema: Json, depth: int = 0) -> Any:
        """A value after this schema, or now and then one that is not."""
        if draw(st.integers(1, _JUNK_ONE_IN)) == _JUNK_ONE_IN:
            return draw(_JUNK)
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return (
                draw(self._ids) if name == "SnowflakeType" else self.value(draw, self._schemas[name], depth)
            )
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self.value(draw, draw(st.sampled_from(schema[key])), depth)
        if "allOf" in schema:
            merged = [self.value(draw, part, depth) for part in schema["allOf"]]
            return {k: v for part in merged if isinstance(part, dict) for k, v in part.items()} or merged[0]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return draw(st.sampled_from(schema["enum"]))
        return self._plain(draw, schema, depth)

    def _plain(self, draw: Draw, schema: Json, depth: int) -> Any:
        kind = schema.get("type", "string")
        if isinstance(kind, list):
            kind = draw(st.sampled_from(kind))
        if kind == "object":
            return self._object(draw, schema, depth)
        if kind == "array":
            most = min(schema.get("maxItems", 3), 3) if depth < _DEEPEST else 0
            count = draw(st.integers(min(schema.get("minItems", 0), most), most))
            return [self.value(draw, schema.get("items", {}), depth + 1) for _ in range(count)]
        if kind in ("integer", "number"):
            low, high = int(schema.get("minimum", 0)), int(schema.get("maximum", 100))
            return draw(st.integers(low, max(low, min(high, low + 100_000))))
        if kind == "boolean":
            return draw(st.booleans())
        return None if kind == "null" else self._text(draw, schema)

    def _text(self, draw: Draw, schema: Json) -> str:
        if schema.get("format") == "snowflake" or "pattern" in schema:
            return str(draw(self._ids))
        if schema.get("format") == "date-time":
            return "2026-01-01T00:00:00+00:00"
        if "contentEncoding" in schema:
            return _PICTURE
        return str(draw(_TEXTS))

    def _object(self, draw: Draw, schema: Json, depth: int) -> Json:
        required = schema.get("required", ())
        made: Json = {}
        for name, part in schema.get("properties", {}).items():
            if name in required or (depth < _DEEPEST and draw(st.integers(0, 2)) == 0):
                made[name] = self.value(draw, part, depth + 1)
        return made


def frames(token: str) -> st.SearchStrategy[str | bytes]:
    """Text and bytes that a client might send over the gateway, most of them nearly right."""
    fields = {
        "token": st.just(token) | _JUNK,
        "intents": st.just(33281) | st.just(53608447) | _JUNK,
        "shard": st.just([0, 1]) | st.just([1, 2]) | st.lists(_JUNK, max_size=3) | _JUNK,
        "properties": st.just({}) | _JUNK,
        "compress": _JUNK,
        "large_threshold": st.integers(0, 300) | _JUNK,
        "presence": st.fixed_dictionaries({}, optional={"status": _TEXTS, "activities": _JUNK, "afk": _JUNK})
        | _JUNK,
        "session_id": _TEXTS | _JUNK,
        "seq": st.integers(-1, 5) | _JUNK,
        "guild_id": _TEXTS | _JUNK,
        "channel_id": _TEXTS | _JUNK,
        "query": _TEXTS | _JUNK,
        "limit": _JUNK,
        "user_ids": st.lists(_TEXTS | _JUNK, max_size=3) | _JUNK,
        "nonce": _TEXTS | _JUNK,
        "self_mute": _JUNK,
        "status": _TEXTS | _JUNK,
    }
    activity = st.fixed_dictionaries(
        {"name": _TEXTS | _JUNK, "type": st.integers(0, 6)},
        optional={"state": _TEXTS | _JUNK, "url": _JUNK, "details": _JUNK, "timestamps": _JUNK},
    )
    fields["activities"] = st.lists(activity | _JUNK, max_size=2)
    seen = st.fixed_dictionaries({"status": st.just("dnd"), "activities": st.lists(activity, max_size=2)})
    data = seen | st.fixed_dictionaries({}, optional=fields) | _JUNK
    needed = {key: fields[key] for key in ("token", "intents")}
    identify = st.fixed_dictionaries(
        {
            "op": st.just(2),
            "d": st.fixed_dictionaries(needed, optional={k: v for k, v in fields.items() if k not in needed}),
        }
    )
    frame = st.fixed_dictionaries(
        {"op": st.sampled_from([1, 2, 3, 4, 6, 8, 14, 31, 37, 40, 41, 43]) | _JUNK, "d": data}
    )
    whole = (identify | frame).map(json.dumps)
    return (
        whole
        | whole.map(lambda text: text[: len(text) // 2])
        | st.binary(max_size=40)
        | _TEXTS
        | _JUNK.map(json.dumps)
    )
