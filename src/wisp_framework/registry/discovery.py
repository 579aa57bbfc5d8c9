"""Find modules in packages and by name."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import TypeGuard

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module


@dataclass(frozen=True, slots=True)
class Found:
    """What a name led to: modules, and what is no module because it raised, which stays out."""

    modules: list[Module] = field(default_factory=list)
    broken: list[ModuleError] = field(default_factory=list)

    def source(self, name: str) -> ModuleType | None:
        """Import something; None, and noted as broken, where it raises.

        Raises:
            ModuleError: there is nothing of that name.
        """
        try:
            return importlib.import_module(name)
        except Exception as error:
            problem = ModuleError(name, f"cannot be imported: {words_of(error)}")
            problem.__cause__ = error
            if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
                raise problem from error
            self.broken.append(problem)
            return None

    def make(self, kind: type[Module]) -> None:
        """Make a module; where its constructor raises, note that."""
        try:
            self.modules.append(kind())
        except Exception as error:  # noqa: BLE001 - foreign code; the other modules are there all the same
            name = f"{kind.__module__}:{kind.__qualname__}"
            problem = ModuleError(name, f"cannot be made without arguments: {words_of(error)}")
            problem.__cause__ = error
            self.broken.append(problem)


def discover(package: str) -> Found:
    """The modules whose classes a package and the packages below it define, in order of their names.

    Raises:
        ModuleError: there is no package of that name.
    """
    found = Found()
    classes: dict[str, type[Module]] = {}
    for source in _sources(package, found):
        for candidate in vars(source).values():
            if _is_module_class(candidate) and candidate.__module__ == source.__name__:
                classes[f"{candidate.__module__}.{candidate.__qualname__}"] = candidate
    for kind in classes.values():
        found.make(kind)
    return found


def named(target: str) -> Found:
    """What a setting names: ``pkg.mod:Class`` that class, ``pkg.mod`` all that `discover` finds in it.

    Raises:
        ModuleError: there is no such thing, or it is no module.
    """
    path, _, attribute = target.partition(":")
    if not attribute:
        found = discover(path)
        if not found.modules and not found.broken:
            raise ModuleError(target, "defines no Module class. Name a package that does, or pkg.mod:Class.")
        return found
    found = Found()
    source = found.source(path)
    if source is None:
        return found
    candidate: object = vars(source).get(attribute)
    if not _is_module_class(candidate):
        names = ", ".join(name for name, value in vars(source).items() if _is_module_class(value)) or "none"
        raise ModuleError(target, f"is no Module class; {path} defines: {names}.")
    found.make(candidate)
    return found


def _is_module_class(candidate: object) -> TypeGuard[type[Module]]:
    return inspect.isclass(candidate) and issubclass(candidate, Module) and candidate is not Module


def _sources(package: str, found: Found) -> Iterator[ModuleType]:
    root = found.source(package)
    if root is None:
        return
    yield root
    if not hasattr(root, "__path__"):
        return
    # What it cannot import itself was noted when it was asked for here.
    for info in pkgutil.walk_packages(root.__path__, f"{root.__name__}.", onerror=lambda _: None):
        source = found.source(info.name)
        if source is not None:
            yield source
