"""In which order modules load, and which cannot: what they need is missing or needs them back."""

from collections.abc import Mapping
from dataclasses import dataclass

from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Names in the order in which they load, and why the others cannot."""

    order: tuple[str, ...]
    problems: Mapping[str, ModuleError]


def plan(modules: Mapping[str, Module], problems: Mapping[str, ModuleError]) -> LoadPlan:
    """Put every module behind those it depends on.

    Args:
        modules: by name, in order of registration, which is kept where dependencies leave a choice.
        problems: modules that cannot load for reasons of their own; whoever needs them cannot either.
    """
    walk = _Walk(modules, dict(problems))
    for name in modules:
        walk.visit(name, ())
    return LoadPlan(tuple(walk.order), walk.problems)


class _Walk:
    def __init__(self, modules: Mapping[str, Module], problems: dict[str, ModuleError]) -> None:
        self._modules = modules
        self.problems = problems
        self.order: list[str] = []

    def visit(self, name: str, path: tuple[str, ...]) -> None:
        if name in self.order or name in self.problems:
            return
        path = (*path, name)
        for needed in self._modules[name].depends_on:
            reason = self._reason_against(needed, path)
            if reason is not None:
                self.problems.setdefault(name, ModuleError(name, reason))
                return
        if name not in self.problems:
            self.order.append(name)

    def _reason_against(self, needed: str, path: tuple[str, ...]) -> str | None:
        if needed in path:
            circle = " -> ".join([*path[path.index(needed) :], needed])
            for member in path[path.index(needed) :]:
                reason = f"depends on itself in a circle: {circle}. Remove one of these from depends_on."
                self.problems.setdefault(member, ModuleError(member, reason))
            return f"depends on itself in a circle: {circle}. Remove one of these from depends_on."
        if needed not in self._modules:
            return (
                f"depends on {needed!r}, which is not registered. Register it, or remove it from depends_on."
            )
        self.visit(needed, path)
        if needed in self.problems:
            return f"depends on {needed!r}, which cannot be loaded: {self.problems[needed].reason}"
        return None
