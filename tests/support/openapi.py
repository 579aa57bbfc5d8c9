"""Holds answers against Discord's own description of its HTTP interface."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from wisp_sim.rest.call import NO_CONTENT, Route
from wisp_sim.rest.router import Router

VARIABLE = "WISP_OPENAPI_FILE"
HOW_TO_GET_IT = (
    f"set {VARIABLE} to Discord's OpenAPI description,"
    " the file specs/openapi.json of github.com/discord/discord-api-spec"
)
UNDESCRIBED = {
    "GET /soundboard-default-sounds": "py-cord asks for it at its start; only the documentation has it",
    "PATCH /guilds/{guild_id}/members/@me/nick": "deprecated; only the documentation has it",
}
"""Operations that bots are served although Discord's description has none of that name, and why."""

_ROOT = "urn:discord"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Exempt: 501 is our own answer for what is not served. In the tree of problems that comes with 50035
# the description has numbers as codes; Discord's documentation and its answers have words.
_NOT_SERVED = 501
_METHODS = {"get", "put", "post", "patch", "delete"}
_Key = tuple[str, str, str]


class Description:
    """Discord's OpenAPI description, ready to judge answers; each schema is prepared once."""

    def __init__(self, file: Path) -> None:
        self._document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        # Exempt: the description knows only replies; the documentation has forwards as reference type 1.
        reference = self._document["components"]["schemas"]["MessageReferenceResponse"]
        reference["properties"]["type"] = {"enum": [0, 1]}
        # Exempt: the documentation has media channels, type 16; the description has them nowhere.
        self._document["components"]["schemas"]["ChannelTypes"]["oneOf"].append({"const": 16})
        channel = self._document["components"]["schemas"]["GuildChannelResponse"]
        channel["properties"]["type"] = {"enum": [0, 2, 4, 5, 13, 14, 15, 16]}
        self._registry = jsonschema_rs.Registry([(_ROOT, {"$schema": _DIALECT, **self._document})])
        self._validators: dict[_Key, jsonschema_rs.Draft202012Validator] = {}
        self._router = Router(Route(method, path, lambda _: NO_CONTENT) for method, path in self.operations)

    @property
    def operations(self) -> list[tuple[str, str]]:
        """Method and path of each operation."""
        return [
            (method.upper(), path)
            for path, operations in self._document["paths"].items()
            for method in operations
            if method in _METHODS
        ]

    def describes(self, method: str, path: str) -> bool:
        """Discord's description knows this operation."""
        return self._router.find(method, path.strip("/").split("/")) is not None

    def problems(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What this answer does otherwise than described; nothing for what is not described."""
        found = self._router.find(method, path.strip("/").split("/"))
        if found is None or status == _NOT_SERVED:
            return []
        path = found[0].path
        responses = self._document["paths"][path][method.lower()]["responses"]
        key = str(status) if str(status) in responses else f"{status // 100}XX"
        where = f"{method} {path} {status}"
        if key not in responses:
            return [f"{where}: only {sorted(responses)} are described"]
        if status == 204:
            return [] if body is None else [f"{where}: has a body"]
        if status >= 400 and isinstance(body, dict):
            body = {key: value for key, value in body.items() if key != "errors"}
        validator = self._validator((method.lower(), path, key))
        if validator.is_valid(body):
            return []
        return [f"{where}: {_told(error)}" for error in validator.iter_errors(body)]

    def _validator(self, key: _Key) -> jsonschema_rs.Draft202012Validator:
        if key not in self._validators:
            method, path, status = key
            parts = (
                part.replace("~", "~0").replace("/", "~1") for part in ("paths", path, method, "responses")
            )
            pointer = "/".join((*parts, status))
            response = self._document["paths"][path][method]["responses"][status]
            pointer = response.get("$ref", f"#/{pointer}").removeprefix("#/")
            reference = f"{_ROOT}#/{quote(pointer, safe='/~')}/content/application~1json/schema"
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                {"$ref": reference}, registry=self._registry
            )
        return self._validators[key]


def _told(error: jsonschema_rs.ValidationError) -> str:
    """The most telling part of a problem: of several forms, the one that fits best so far."""
    kind = error.kind
    while isinstance(kind, Kind.AnyOf | Kind.OneOfNotValid):
        inner = [errors for errors in kind.context if errors]
        if not inner:
            break
        error = max(inner, key=lambda errors: (len(errors[0].instance_path), -len(errors)))[0]
        kind = error.kind
    place = "".join(f"[{part!r}]" for part in error.instance_path)
    return f"${place}: {error.message[:300]}"


def description() -> Description | None:
    """The description that the environment names; None if it names none."""
    file = os.environ.get(VARIABLE)
    return Description(Path(file)) if file else None
