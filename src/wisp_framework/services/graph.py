"""Who needs whom: finds what each constructor asks for, and builds everything in that order."""

import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from typing_extensions import is_protocol

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import (
    DuplicateServiceError,
    ServiceError,
    ServiceGraphError,
    ServiceStartError,
)
from wisp_framework.services.base import BaseService
from wisp_framework.services.injection import Need, needs_of


@dataclass(eq=False, slots=True)
class Part:
    """One object of the graph: a service, what stands behind a port, or what was there from the start."""

    kind: type[object]
    instance: object | None = None
    name: str | None = None
    arguments: dict[str, "Part | None"] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return self.kind.__qualname__

    @property
    def needs(self) -> "Sequence[Part]":
        """The parts that its constructor is handed."""
        return [part for part in self.arguments.values() if part is not None]


class ServiceGraph:
    """The parts, found by name and by type, and the order in which they need each other."""

    def __init__(self, given: Iterable[tuple[type[object], object]]) -> None:
        self._given = {port: Part(port, instance) for port, instance in given}
        self._services: dict[str, Part] = {}
        self._ports: dict[type[object], Part] = {}
        self._found: dict[type[object], Part | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the services, in order of registration."""
        return tuple(self._services)

    def named(self, name: str) -> Part | None:
        """The service of that name."""
        return self._services.get(name)

    def add(self, name: str, service: type[object] | object, *, replace: bool) -> None:
        """Add a service, under a name and under its type."""
        part = _part(service, name)
        for other in list(self._services.values()):
            if other.name != name and other.kind is not part.kind:
                continue
            if not replace:
                raise _duplicate_service(other, part)
            del self._services[str(other.name)]
        self._services[name] = part
        self._found.clear()

    def bind(self, port: type[object], implementation: type[object] | object, *, replace: bool) -> None:
        """Put an implementation behind a port."""
        part = _part(implementation, None)
        if isinstance(implementation, types.FunctionType):
            raise ServiceError(f"{port.__qualname__} was given a function; give a class or an instance")
        if not is_protocol(port) and not issubclass(part.kind, port):
            raise ServiceError(f"{part.label} is no {port.__qualname__}; provide a subclass of it")
        if port in self._ports and not replace:
            taken = self._ports[port].label
            raise DuplicateServiceError(
                f"{port.__qualname__} is provided twice, by {taken} and by {part.label}; "
                "leave one out or pass replace=True"
            )
        self._ports[port] = part
        self._found.clear()

    def find(self, wanted: type[object], path: Sequence[str]) -> Part | None:
        """The part of that type: the same type first, else the only one derived from it.

        Raises:
            ServiceGraphError: several parts are derived from it.
        """
        if wanted in self._found:
            return self._found[wanted]
        self._found[wanted] = found = self._search(wanted, path)
        return found

    def _search(self, wanted: type[object], path: Sequence[str]) -> Part | None:
        exact = self._ports.get(wanted) or self._service_of(wanted) or self._given.get(wanted)
        if exact is not None or wanted is object:
            return exact
        derived = {id(part): part for part in self._derived_from(wanted)}
        if len(derived) > 1:
            names = ", ".join(part.label for part in derived.values())
            raise ServiceGraphError(path, f"several fit ({names}); ask for one of them by its own type")
        return next(iter(derived.values()), None)

    def build(self) -> tuple[Part, ...]:
        """Construct every part after those it needs; return the parts in that order.

        Raises:
            ServiceGraphError: something is missing, ambiguous or needs itself in a circle; nothing was built.
            ServiceStartError: a constructor raised.
        """
        self._share()
        planned: dict[Part, Sequence[Part]] = {}
        for part in [*self._services.values(), *self._ports.values()]:
            self._plan(part, (), planned)
        order = tuple(TopologicalSorter(planned).static_order())
        for part in order:
            if part.instance is None:
                part.instance = _construct(part)
        return order

    def _service_of(self, kind: type[object]) -> Part | None:
        return next((part for part in self._services.values() if part.kind is kind), None)

    def _derived_from(self, wanted: type[object]) -> Iterable[Part]:
        yield from (part for part in self._services.values() if wanted in part.kind.__mro__)
        for port, part in [*self._ports.items(), *self._given.items()]:
            if wanted in port.__mro__ or wanted in part.kind.__mro__:
                yield part

    def _share(self) -> None:
        """Let ports with the same implementation, or with a service behind them, use one object."""
        seen = {part.kind: part for part in self._services.values()}
        for port, part in self._ports.items():
            known = seen.get(part.kind)
            if known is not None and (part.instance is None or part.instance is known.instance):
                self._ports[port] = known
            elif part.instance is None:
                seen[part.kind] = part
        self._found.clear()

    def _plan(self, part: Part, above: tuple[Part, ...], planned: dict[Part, Sequence[Part]]) -> None:
        path = [one.label for one in (*above, part)]
        if part in above:
            circle = path[above.index(part) :]
            raise ServiceGraphError(
                circle,
                "they need each other in a circle; let one of them take a port, or the other at call time",
            )
        if part in planned:
            return
        if part.instance is None:
            needs = needs_of(part.kind, path)
            part.arguments = {
                need.parameter: self._answer(need, path) for need in needs if self._asked(need, path)
            }
            for needed in part.needs:
                self._plan(needed, (*above, part), planned)
        planned[part] = part.needs

    def _asked(self, need: Need, path: Sequence[str]) -> bool:
        """Whether the constructor is handed this one, instead of using its default."""
        if not need.has_default:
            return True
        return need.wanted is not None and self.find(need.wanted, [*path, need.hint]) is not None

    def _answer(self, need: Need, path: Sequence[str]) -> Part | None:
        found = self.find(need.wanted, [*path, need.hint]) if need.wanted is not None else None
        if found is None and not need.nullable:
            raise ServiceGraphError([*path, need.hint], _remedy(need))
        return found


def _part(source: type[object] | object, name: str | None) -> Part:
    if isinstance(source, type):
        return Part(source, None, name)
    return Part(type(source), source, name)


def _construct(part: Part) -> object:
    arguments = {key: needed.instance if needed else None for key, needed in part.arguments.items()}
    try:
        return part.kind(**arguments)
    except Exception as error:
        reason = f"its constructor raised {words_of(error)}"
        raise ServiceStartError(part.name or part.label, reason) from error


def _remedy(need: Need) -> str:
    if need.wanted is None:
        return f"the hint of {need.parameter!r} is no class that could be handed in; give it a default"
    if issubclass(need.wanted, BaseService):
        return f"nobody registered it; register(name, {need.hint}), or give {need.parameter!r} a default"
    return (
        f"nobody provides it; provide({need.hint}, implementation), or give the parameter "
        f"{need.parameter!r} a default"
    )


def _duplicate_service(old: Part, new: Part) -> DuplicateServiceError:
    if old.name == new.name:
        what = f"The name {new.name!r} is registered twice, for {old.label} and for {new.label}"
    else:
        what = f"{new.label} is registered twice, as {old.name!r} and as {new.name!r}"
    return DuplicateServiceError(f"{what}; leave one out or pass replace=True")
