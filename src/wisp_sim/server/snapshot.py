"""A whole offline Discord in one JSON file, and back, with the same ids and tokens.

The file holds the store's tables as they are. Objects of the model are written once and numbered, so that
two places which mean the same message mean the same one again afterwards. Reading makes objects of the
model and nothing else.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import ModuleType

from wisp_sim.model import (
    account,
    audit_log,
    command,
    guild,
    interaction,
    kinds,
    message,
    permission,
    voice,
    webhook,
)
from wisp_sim.model.errors import SnapshotError
from wisp_sim.state.store import Store

FORMAT = 1
_MODULES: tuple[ModuleType, ...] = (
    account, audit_log, command, guild, interaction, kinds, message, permission, voice, webhook,
)  # fmt: skip
# What a running server has and a resting one does not.
_LIVING = frozenset({"clock", "ids", "bus", "onlookers", "base_url", "timers", "presences"})
_TAGS = frozenset({"$", "$ref", "$enum", "$time", "$bytes", "$dict", "$tuple", "$set", "$frozenset"})


def _kinds_of(modules: Iterable[ModuleType]) -> Iterator[type[object]]:
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                yield value


_KNOWN: dict[str, type[object]] = {kind.__name__: kind for kind in _kinds_of(_MODULES)}


def dump(store: Store) -> str:
    """Everything that exists in this store, as JSON text.

    Raises:
        SnapshotError: something in the store is not of the model.
    """
    writer = _Writer()
    tables = {name: writer.write(value, name) for name, value in _tables(store)}
    whole = {"wisp_sim": FORMAT, "last_id": str(store.ids.last), "tables": tables}
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)


def restore(store: Store, text: str) -> None:
    """Fill an empty store with what `dump` wrote.

    Raises:
        SnapshotError: the text is no snapshot, or one of another format; the store is as it was.
    """
    try:
        whole: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"this is no snapshot: {error}") from error
    if not isinstance(whole, dict) or not isinstance(whole.get("tables"), dict):
        raise SnapshotError("this is no snapshot; `Sim.save` writes one")
    if whole.get("wisp_sim") != FORMAT:
        found = whole.get("wisp_sim")
        raise SnapshotError(f"this snapshot has format {found!r}; this version of Wisp reads {FORMAT}")
    reader = _Reader()
    read = {name: reader.read(value, name) for name, value in whole["tables"].items()}
    expected = dict(_tables(store))
    for name, table in read.items():
        if name not in expected or type(table) is not type(expected[name]):
            raise SnapshotError(f"table {name!r} is not one that this version of Wisp knows")
    last = whole.get("last_id")
    if not isinstance(last, str) or not last.isdecimal():
        raise SnapshotError(f"'last_id' is {last!r}; it must be the digits of an id")
    for name, table in read.items():
        _replace(expected[name], table)
    store.ids.go_on_after(int(last))


def _tables(store: Store) -> Iterator[tuple[str, object]]:
    for field in fields(store):
        if field.name not in _LIVING:
            yield field.name, getattr(store, field.name)


def _replace(table: object, content: object) -> None:
    """Let the same table, which others may hold, have this content."""
    if isinstance(table, list) and isinstance(content, list):
        table[:] = content
    if isinstance(table, dict) and isinstance(content, dict):
        table.clear()
        table.update(content)
    if isinstance(table, set) and isinstance(content, set):
        table.clear()
        table.update(content)


class _Writer:
    """Turns objects into JSON; remembers which it has written."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []

    def write(self, value: object, path: str) -> object:
        """The JSON of a value; ``path`` is where it stands."""
        if isinstance(value, Enum):
            return {"$enum": [type(value).__name__, value.value]}
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, bytes):
            return {"$bytes": base64.b64encode(value).decode()}
        if isinstance(value, datetime):
            return {"$time": value.isoformat()}
        if isinstance(value, list):
            return self._all(value, path)
        if isinstance(value, dict):
            return self._dict(value, path)
        for kind, tag in ((tuple, "$tuple"), (set, "$set"), (frozenset, "$frozenset")):
            if isinstance(value, kind):
                return {tag: self._all(value, path)}
        return self._object(value, path)

    def _all(self, values: Iterable[object], path: str) -> list[object]:
        return [self.write(value, f"{path}[{index}]") for index, value in enumerate(values)]

    def _dict(self, value: dict[object, object], path: str) -> object:
        if all(isinstance(key, str) and key not in _TAGS for key in value):
            return {str(key): self.write(entry, f"{path}.{key}") for key, entry in value.items()}
        pairs = [
            [self.write(key, f"{path}.{key}"), self.write(entry, f"{path}.{key}")]
            for key, entry in value.items()
        ]
        return {"$dict": pairs}

    def _object(self, value: object, path: str) -> object:
        name = type(value).__name__
        if not is_dataclass(value) or _KNOWN.get(name) is not type(value):
            raise SnapshotError(f"{path} holds a {name}, which is not of the model and cannot be kept")
        number = self._numbers.get(id(value))
        if number is not None:
            return {"$ref": number}
        self._numbers[id(value)] = number = len(self._numbers)
        self._kept.append(value)
        content = {
            field.name: self.write(getattr(value, field.name), f"{path}.{field.name}")
            for field in fields(value)
        }
        return {"$": [number, name, content]}


class _Reader:
    """Turns JSON back into objects."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}
        self._by_tag: dict[str, Callable[[object, str], object]] = {
            "$": self._object,
            "$ref": self._ref,
            "$enum": self._enum,
            "$time": _time,
            "$bytes": _bytes,
            "$dict": self._dict,
            "$tuple": lambda value, path: tuple(self._all(value, path)),
            "$set": lambda value, path: set(self._all(value, path)),
            "$frozenset": lambda value, path: frozenset(self._all(value, path)),
        }

    def read(self, value: object, path: str) -> object:
        """The value that this JSON stands for.

        Raises:
            SnapshotError: it stands for none.
        """
        if isinstance(value, list):
            return self._all(value, path)
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((tag, content),) = value.items()
            if tag in self._by_tag:
                try:
                    return self._by_tag[tag](content, path)
                except (TypeError, ValueError, KeyError) as error:
                    raise SnapshotError(f"{path} cannot be read: {error}") from error
        return {key: self.read(entry, f"{path}.{key}") for key, entry in value.items()}

    def _all(self, values: object, path: str) -> list[object]:
        if not isinstance(values, list):
            raise TypeError("a list is wanted")
        return [self.read(value, f"{path}[{index}]") for index, value in enumerate(values)]

    def _dict(self, pairs: object, path: str) -> dict[object, object]:
        found: dict[object, object] = {}
        for pair in pairs if isinstance(pairs, list) else ():
            key, value = pair
            found[self.read(key, path)] = self.read(value, f"{path}.{key}")
        return found

    def _ref(self, number: object, path: str) -> object:
        if not isinstance(number, int) or number not in self._objects:
            raise SnapshotError(f"{path} refers to the object {number!r}, which does not come before it")
        return self._objects[number]

    def _enum(self, content: object, path: str) -> object:
        name, value = content if isinstance(content, list) else (None, None)
        kind = _KNOWN.get(str(name))
        if kind is None or not issubclass(kind, Enum):
            raise SnapshotError(f"{path} is of the kind {name!r}, which this version of Wisp does not know")
        return kind(value)

    def _object(self, content: object, path: str) -> object:
        number, name, values = content if isinstance(content, list) else (None, None, None)
        kind = _KNOWN.get(str(name))
        if kind is None or not is_dataclass(kind) or not isinstance(values, dict):
            raise SnapshotError(f"{path} is a {name!r}, which this version of Wisp does not know")
        if isinstance(number, int):
            # Known before it is complete: what it holds may refer back to it.
            made = self._objects[number] = object.__new__(kind)
        else:
            raise TypeError(f"{number!r} is no number of an object")
        known = {field.name: field for field in fields(kind)}
        unknown = set(values) - set(known)
        if unknown:
            raise SnapshotError(f"{path} has {sorted(unknown)}, which this version of Wisp does not know")
        for field_name, field in known.items():
            if field_name in values:
                value = self.read(values[field_name], f"{path}.{field_name}")
            elif field.default is not MISSING:
                value = field.default
            elif field.default_factory is not MISSING:
                value = field.default_factory()
            else:
                raise SnapshotError(f"{path} has no {field_name!r}")
            object.__setattr__(made, field_name, value)
        return made


def _time(value: object, path: str) -> datetime:
    del path
    return datetime.fromisoformat(str(value))


def _bytes(value: object, path: str) -> bytes:
    del path
    return base64.b64decode(str(value), validate=True)
