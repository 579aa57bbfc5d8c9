"""Finds the route of a path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wisp_sim.rest.call import Route


@dataclass(slots=True)
class _Node:
    fixed: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """All routes, as a tree of their parts; a fixed part goes before a variable one.

    Args:
        routes: what is served.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node, names = self._root, list[str]()
        for part in _parts(route.path):
            if part.startswith("{"):
                names.append(part.strip("{}"))
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(part, _Node())
        node.routes[route.method] = (route, tuple(names))

    def find(self, method: str, parts: Sequence[str]) -> tuple[Route, dict[str, str]] | None:
        """The route and its variable parts; None if this is not served."""
        return _find(self._root, method, parts, ())


def _find(
    node: _Node, method: str, parts: Sequence[str], values: tuple[str, ...]
) -> tuple[Route, dict[str, str]] | None:
    if not parts:
        served = node.routes.get(method)
        return None if served is None else (served[0], dict(zip(served[1], values, strict=True)))
    first, rest = parts[0], parts[1:]
    found = _find(node.fixed[first], method, rest, values) if first in node.fixed else None
    if found is None and node.variable is not None and first:
        found = _find(node.variable, method, rest, (*values, first))
    return found


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")
