"""Holds answers against Discord's own description of its HTTP interface."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from wisp_sim.rest.call import NO_CONTENT, Route
from wisp_sim.rest.router import Router

VARIABLE = "WISP_OPENAPI_FILE"
HOW_TO_GET_IT = (
    f"set {VARIABLE} to Discord's OpenAPI description,"
    " the file specs/openapi.json of github.com/discord/discord-api-spec"
)
_ROOT = "urn:discord"
# Exempt: 501 is our own answer for what is not served. In the tree of problems that comes with 50035
# the description has numbers as codes; Discord's documentation and its answers have words.
_NOT_SERVED = 501
_METHODS = {"get", "put", "post", "patch", "delete"}


class Description:
    """Discord's OpenAPI description, ready to judge answers."""

    def __init__(self, file: Path) -> None:
        self._document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_ROOT, resource)
        self._router = Router(
            Route(method.upper(), path, lambda _: NO_CONTENT)
            for path, operations in self._document["paths"].items()
            for method in operations
            if method in _METHODS
        )

    def describes(self, method: str, path: str) -> bool:
        """Discord's description knows this operation."""
        return self._router.find(method, path.strip("/").split("/")) is not None

    def problems(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What this answer does otherwise than described; nothing for what is not described."""
        found = self._router.find(method, path.strip("/").split("/"))
        if found is None:
            return []
        route = found[0]
        responses = self._document["paths"][route.path][method.lower()]["responses"]
        key = str(status) if str(status) in responses else f"{status // 100}XX"
        where = f"{method} {route.path} {status}"
        if status == _NOT_SERVED:
            return []
        if status >= 400 and isinstance(body, dict):
            body = {key: value for key, value in body.items() if key != "errors"}
        if key not in responses:
            return [f"{where}: only {sorted(responses)} are described"]
        if status == 204:
            return [] if body is None else [f"{where}: has a body"]
        pointer = "/".join(
            part.replace("~", "~0").replace("/", "~1")
            for part in ("paths", route.path, method.lower(), "responses", key)
        )
        response = responses[key]
        if "$ref" in response:
            pointer = response["$ref"].removeprefix("#/")
        schema = {"$ref": f"{_ROOT}#/{pointer}/content/application~1json/schema"}
        validator = jsonschema.Draft202012Validator(schema, registry=self._registry)
        return [f"{where}: {_told(error)}" for error in validator.iter_errors(body)]


def _told(error: jsonschema.ValidationError) -> str:
    best = jsonschema.exceptions.best_match([error])
    assert best is not None
    return f"{best.json_path}: {best.message[:300]}"


def description() -> Description | None:
    """The description that the environment names; None if it names none."""
    file = os.environ.get(VARIABLE)
    return Description(Path(file)) if file else None
