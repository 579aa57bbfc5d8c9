"""Modules that installed packages bring, by entry points of the group ``wisp.modules``."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Final

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import PackageError
from wisp_framework.module import Module
from wisp_framework.registry.discovery import discover
from wisp_framework.registry.extension import ExtensionModule

GROUP: Final = "wisp.modules"


@dataclass(frozen=True, slots=True)
class PackagedModule:
    """A module that an installed package brings; nothing of it is imported before it is named.

    Args:
        name: of the entry point, and of the module.
        package: the distribution that brings it.
        version: of the distribution.
        source: what the entry point names, ``wisp_polls:PollsModule``.
    """

    name: str
    package: str
    version: str
    source: str


def packaged_modules() -> Mapping[str, PackagedModule]:
    """The modules of all installed packages, by name; of two with one name the first that Python finds."""
    found: dict[str, PackagedModule] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, _packaged(point))
    return found


def load_packaged(name: str) -> Module:
    """The module of that name; its version is that of its package unless it says one.

    An entry point names a `Module` class, a package that defines exactly one, or a module of plain discord.py
    with a ``setup``, which becomes an `ExtensionModule`.

    Raises:
        PackageError: no package brings it, several do, it cannot be imported, or it is something else.
    """
    points = entry_points(group=GROUP, name=name)
    if not points:
        raise PackageError(name, "", "no installed package brings a module of that name.")
    point, *others = points
    packaged = _packaged(point)
    rivals = sorted({_packaged(other).package for other in others} - {packaged.package})
    if rivals:
        reason = f"{', '.join(rivals)} brings one of that name, too. Uninstall one of them."
        raise PackageError(name, packaged.package, reason)
    module = _made(packaged, _imported(point, packaged))
    # The base class only declares the name: a careless one has none.
    own = getattr(module, "name", None)
    if own != name:
        reason = f"{packaged.source} calls itself {own!r}. Its package must give both one name."
        raise PackageError(name, packaged.package, reason)
    module.version = module.version or packaged.version
    return module


def _packaged(point: EntryPoint) -> PackagedModule:
    brought_by, version = (point.dist.name, point.dist.version) if point.dist is not None else ("", "")
    return PackagedModule(point.name, brought_by, version, point.value)


def _imported(point: EntryPoint, packaged: PackagedModule) -> object:
    try:
        return point.load()
    except Exception as error:
        reason = f"{packaged.source} cannot be imported: {words_of(error)}"
        raise PackageError(packaged.name, packaged.package, reason) from error


def _made(packaged: PackagedModule, found: object) -> Module:
    if isinstance(found, ModuleType):
        below = discover(found.__name__)
        for broken in below.broken:
            reason = f"{broken.module} {broken.reason}"
            raise PackageError(packaged.name, packaged.package, reason) from broken
        if not below.modules and inspect.iscoroutinefunction(vars(found).get("setup")):
            return ExtensionModule(found.__name__, name=packaged.name)
        if len(below.modules) != 1:
            names: Iterable[str] = (type(module).__name__ for module in below.modules)
            reason = f"{packaged.source} defines {', '.join(names) or 'no module'}; it has to name one."
            raise PackageError(packaged.name, packaged.package, reason)
        return below.modules[0]
    if not inspect.isclass(found) or not issubclass(found, Module):
        reason = f"{packaged.source} is a {type(found).__name__}, and no Module class."
        raise PackageError(packaged.name, packaged.package, reason)
    try:
        return found()
    except Exception as error:
        reason = f"{packaged.source} cannot be made without arguments: {words_of(error)}"
        raise PackageError(packaged.name, packaged.package, reason) from error
