"""What a module says of itself, read once and checked: foreign modules may say anything."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import discord

from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module
from wisp_framework.registry.tables import existing_folder
from wisp_framework.utils.versions import Version, satisfies
from wisp_framework.version import __version__

LOST: Final[Mapping[str, str]] = {
    "members": "members who join, leave and change are not heard of",
    "presences": "who is online and what they do is not known",
    "message_content": "text, embeds and files of messages are empty, but where the bot is mentioned",
}
"""What is lost without the privileged intents.

Source: https://docs.discord.com/developers/events/gateway#privileged-intents
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a module declares; every version, intent and permission in it exists.

    Args:
        version: its own; empty where it has none.
        depends_on: the modules that it needs, with the versions; an empty text means any.
        intents: what it listens to, with what is lost where the bot does not.
        bot_permissions: what the bot needs in a guild, by discord.py's names.
        stored_per_guild: what it keeps of each guild.
        stored_per_user: what it keeps of each person.
        migrations: the folder with the migrations of its tables.
    """

    version: str = ""
    depends_on: Mapping[str, str] = field(default_factory=dict)
    intents: Mapping[str, str] = field(default_factory=dict)
    bot_permissions: tuple[str, ...] = ()
    stored_per_guild: tuple[str, ...] = ()
    stored_per_user: tuple[str, ...] = ()
    migrations: Path | None = None


class Manifests:
    """The manifests of the modules of one bot."""

    def __init__(self) -> None:
        self._read: dict[str, Manifest] = {}
        self._refused: dict[str, ModuleError] = {}

    def read(self, module: Module) -> None:
        """Read what a module declares; one that declares what cannot be stays out."""
        self._read.pop(module.name, None)
        self._refused.pop(module.name, None)
        try:
            self._read[module.name] = manifest_of(module)
        except ModuleError as error:
            self._refused[module.name] = error

    def get(self, name: str) -> Manifest:
        """What a module declares; of one whose manifest is refused, nothing."""
        return self._read.get(name, Manifest())

    def problem(self, name: str) -> ModuleError | None:
        """Why a module cannot be loaded: its manifest is refused, or it needs another version of a module."""
        if name in self._refused:
            return self._refused[name]
        for needed, demand in self.get(name).depends_on.items():
            if not demand or needed not in self._read:
                continue
            version = self._read[needed].version
            if not version or not satisfies(version, demand):
                has = f"is {version}" if version else "says no version"
                return ModuleError(name, f"needs {needed!r} {demand}, which {has}. Install one that fits.")
        return None


def manifest_of(module: Module) -> Manifest:
    """What a module declares.

    Raises:
        ModuleError: something in it has the wrong form or does not exist, or it needs another Wisp.
    """
    name = module.name
    if module.version:
        _checked(name, "version", module.version, "")
    if module.needs_wisp and not _checked(name, "needs_wisp", __version__, module.needs_wisp):
        raise ModuleError(
            name, f"needs Wisp {module.needs_wisp}, and this is {__version__}. Install one that fits."
        )
    depends_on = _described(name, "depends_on", module.depends_on)
    for needed, demand in depends_on.items():
        _checked(name, f"depends_on[{needed!r}]", "1", demand)
    intents = _described(name, "intents", module.intents)
    _known(name, "intents", intents, discord.Intents.VALID_FLAGS)
    permissions = _described(name, "bot_permissions", module.bot_permissions)
    _known(name, "bot_permissions", permissions, discord.Permissions.VALID_FLAGS)
    return Manifest(
        version=module.version,
        depends_on=depends_on,
        intents={intent: lost or LOST.get(intent, "") for intent, lost in intents.items()},
        bot_permissions=tuple(permissions),
        stored_per_guild=tuple(_described(name, "stored_per_guild", module.stored_per_guild)),
        stored_per_user=tuple(_described(name, "stored_per_user", module.stored_per_user)),
        migrations=existing_folder(module),
    )


def _checked(name: str, where: str, version: object, demand: object) -> bool:
    if not isinstance(version, str) or not isinstance(demand, str):
        raise ModuleError(name, f"{where} is no text. Write one like '1.4.2' or '>=1.2,<2'.")
    try:
        Version(version)
        return satisfies(version, demand)
    except ValueError as error:
        raise ModuleError(name, f"{where}: {error}.") from error


def _described(name: str, where: str, value: object) -> dict[str, str]:
    """A collection of texts, or of texts with what is said of each, as the latter."""
    if isinstance(value, str) or not isinstance(value, Collection):
        raise ModuleError(name, f"{where} is {value!r}. Write a tuple of texts, also of one: ('one',).")
    pairs: Iterable[tuple[object, object]] = (
        value.items() if isinstance(value, Mapping) else [(text, "") for text in value]
    )
    described: dict[str, str] = {}
    for text, said in pairs:
        if not isinstance(text, str) or not isinstance(said, str):
            raise ModuleError(name, f"{where} has {text!r}: {said!r} in it. Write texts.")
        described[text] = said
    return described


def _known(name: str, where: str, texts: Iterable[str], known: Collection[str]) -> None:
    for text in texts:
        if text not in known:
            raise ModuleError(name, f"{where}: there is no {text!r}. There are: {', '.join(sorted(known))}.")
