"""Find modules in packages and by name."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeGuard

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module


def discover(package: str) -> list[type[Module]]:
    """The `Module` classes that a package and the packages below it define, in order of their names.

    Raises:
        ModuleError: the package, or something in it, cannot be imported.
    """
    root = _import(package)
    found: dict[str, type[Module]] = {}
    for source in (root, *_below(root)):
        for candidate in vars(source).values():
            if _is_module_class(candidate) and candidate.__module__ == source.__name__:
                found[f"{candidate.__module__}.{candidate.__qualname__}"] = candidate
    return list(found.values())


def named(target: str) -> list[type[Module]]:
    """What a setting names: ``pkg.mod:Class`` that class, ``pkg.mod`` all that `discover` finds in it.

    Raises:
        ModuleError: there is no such thing, or it is no module.
    """
    path, _, attribute = target.partition(":")
    if not attribute:
        classes = discover(path)
        if not classes:
            raise ModuleError(target, "defines no Module class. Name a package that does, or pkg.mod:Class.")
        return classes
    source = _import(path)
    candidate: object = vars(source).get(attribute)
    if not _is_module_class(candidate):
        names = ", ".join(name for name, value in vars(source).items() if _is_module_class(value)) or "none"
        raise ModuleError(target, f"is no Module class; {path} defines: {names}.")
    return [candidate]


def _is_module_class(candidate: object) -> TypeGuard[type[Module]]:
    return inspect.isclass(candidate) and issubclass(candidate, Module) and candidate is not Module


def _below(root: ModuleType) -> Iterator[ModuleType]:
    if not hasattr(root, "__path__"):
        return
    for info in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        yield _import(info.name)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ModuleError(name, f"cannot be imported: {words_of(error)}") from error
