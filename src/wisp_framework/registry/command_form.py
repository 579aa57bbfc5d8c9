"""What one command has to look like for Discord to take it.

Source: https://docs.discord.com/developers/interactions/application-commands#application-command-object
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import discord

from wisp_framework.registry.payloads import CHAT_INPUT, ENTRY_POINT, MESSAGE, USER, Payload
from wisp_framework.utils.json_value import JsonValue

Problems: TypeAlias = tuple[str, ...]

MOST_NAME_CHARS = 32
MOST_DESCRIPTION_CHARS = 100
MOST_OPTIONS = 25
MOST_CHOICES = 25
MOST_CHOICE_CHARS = 100
MOST_TEXT_CHARS = 6000
MOST_COMMAND_CHARS = 8000
"""Names, descriptions and values of a slash command together, each in its longest language."""

NUMBERS_END = 2**53
"""Beyond it a double cannot tell whole numbers apart, and Discord takes none."""

SUBCOMMAND, GROUP, TEXT, INTEGER, NUMBER = 1, 2, 3, 4, 10
NESTED = (SUBCOMMAND, GROUP)
CHOOSABLE = (TEXT, INTEGER, NUMBER)
OPTION_TYPES = range(1, 12)
LOCALES = frozenset(locale.value for locale in discord.Locale)
MARKS = (range(0x0900, 0x0980), range(0x0E00, 0x0E80))
"""Devanagari and Thai, whose vowel signs are neither letters nor digits and yet allowed in names."""


def problems_of(command: Payload, guild_id: int | None = None) -> Iterator[str]:
    """All that Discord would refuse of a command, a half sentence each.

    Args:
        command: as it would be sent.
        guild_id: in whose list; None for the global one.
    """
    kind = command.get("type", CHAT_INPUT)
    if kind not in (CHAT_INPUT, USER, MESSAGE, ENTRY_POINT):
        yield f"its type is {kind!r}, which Discord does not know"
        return
    if kind == ENTRY_POINT and guild_id is not None:
        yield "an entry point cannot belong to a guild"
    typed = kind == CHAT_INPUT
    yield from _names(command, "its", typed=typed)
    if typed:
        yield from _descriptions(command, "its")
        yield from _options(command, "its", None)
        size = _count_chars(command)
        if size > MOST_COMMAND_CHARS:
            yield f"all its texts have {size} characters together, Discord takes {MOST_COMMAND_CHARS}"
    elif kind != ENTRY_POINT:
        if command.get("description"):
            yield "it is a context menu, which has no description"
        if command.get("options"):
            yield "it is a context menu, which has no options"


# --- texts ---


def _names(named: Payload, whose: str, *, typed: bool, most: int = MOST_NAME_CHARS) -> Iterator[str]:
    yield from _name(named.get("name"), f"{whose} name", typed=typed, most=most)
    for locale, text in _localized(named, "name"):
        yield from _locale(locale, whose)
        yield from _name(text, f"{whose} name in {locale}", typed=typed, most=most)


def _name(name: JsonValue, what: str, *, typed: bool, most: int) -> Iterator[str]:
    if not isinstance(name, str) or not name.strip():
        yield f"{what} is empty"
    elif len(name) > most:
        yield f"{what} has {len(name)} characters, Discord takes {most}"
    elif typed and not all(_may_be_in_name(char) for char in name):
        yield f"{what} {name!r} has signs other than letters, digits, -, _ and '"
    elif typed and any(char.lower() != char for char in name):
        yield f"{what} {name!r} is not in lower case"


def _may_be_in_name(char: str) -> bool:
    if char in "-_'" or unicodedata.category(char)[0] in "LN":
        return True
    return any(ord(char) in block for block in MARKS)


def _descriptions(named: Payload, whose: str) -> Iterator[str]:
    texts: list[tuple[str, JsonValue]] = [(f"{whose} description", named.get("description"))]
    for locale, text in _localized(named, "description"):
        yield from _locale(locale, whose)
        texts.append((f"{whose} description in {locale}", text))
    for what, text in texts:
        if not isinstance(text, str) or not text.strip():
            yield f"{what} is empty"
        elif len(text) > MOST_DESCRIPTION_CHARS:
            yield f"{what} has {len(text)} characters, Discord takes {MOST_DESCRIPTION_CHARS}"


def _locale(locale: str, whose: str) -> Iterator[str]:
    if locale not in LOCALES:
        yield f"{whose} language {locale!r} is none of Discord's"


def _localized(named: Payload, key: str) -> list[tuple[str, JsonValue]]:
    found = named.get(f"{key}_localizations")
    return list(found.items()) if isinstance(found, dict) else []


# --- options ---


def _options(command: Payload, whose: str, parent: int | None) -> Iterator[str]:
    options = _entries(command, "options")
    if len(options) > MOST_OPTIONS:
        yield f"{whose} options are {len(options)}, Discord takes {MOST_OPTIONS}"
    yield from _clashes(options, f"{whose} options")
    kinds = [option.get("type") for option in options]
    if any(kind in NESTED for kind in kinds) and not all(kind in NESTED for kind in kinds):
        yield f"{whose} options mix subcommands with others"
    optional: str | None = None
    for option in options:
        name = str(option.get("name"))
        if option.get("required") and optional is not None:
            yield f"the required option {name!r} stands behind the optional {optional!r}"
        if not option.get("required") and option.get("type") not in NESTED:
            optional = optional or name
        yield from _option(option, f"the option {name!r}'s", parent)


def _option(option: Payload, whose: str, parent: int | None) -> Iterator[str]:
    kind = option.get("type")
    yield from _names(option, whose, typed=True)
    yield from _descriptions(option, whose)
    if not isinstance(kind, int) or kind not in OPTION_TYPES:
        yield f"{whose} type is {kind!r}, which Discord does not know"
    elif parent == SUBCOMMAND and kind in NESTED:
        yield f"{whose} type cannot stand in a subcommand"
    elif parent == GROUP and kind != SUBCOMMAND:
        yield f"{whose} type is none that can stand in a group: groups hold subcommands, one level deep"
    elif kind in NESTED:
        yield from _options(option, whose, kind)
    else:
        yield from _choices(option, whose, kind)
        yield from _bounds(option, whose, kind)


def _clashes(named: Sequence[Payload], what: str) -> Iterator[str]:
    """Names that are there twice, by default or in one language."""
    seen: set[tuple[str, str]] = set()
    said: set[str] = set()
    defaults = [str(entry.get("name")) for entry in named]
    for entry, own in zip(named, defaults, strict=True):
        names = [("", own), *((locale, str(text)) for locale, text in _localized(entry, "name"))]
        for locale, name in names:
            taken = (locale, name) in seen or (locale and name != own and name in defaults)
            if taken and name not in said:
                said.add(name)
                yield f"{what} have the name {name!r} twice"
            seen.add((locale, name))


def _choices(option: Payload, whose: str, kind: int) -> Iterator[str]:
    choices = _entries(option, "choices")
    if not choices or kind not in CHOOSABLE:  # elsewhere Discord overlooks them
        return
    if option.get("autocomplete"):
        yield f"{whose} choices and its autocompletion exclude each other"
    if len(choices) > MOST_CHOICES:
        yield f"{whose} choices are {len(choices)}, Discord takes {MOST_CHOICES}; use an autocompletion"
    names = [str(choice.get("name")) for choice in choices]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{whose} choices have the name {name!r} twice"
    for choice in choices:
        yield from _choice(choice, f"{whose} choice {choice.get('name')!r}'s", kind)


def _choice(choice: Payload, whose: str, kind: int) -> Iterator[str]:
    yield from _names(choice, whose, typed=False, most=MOST_CHOICE_CHARS)
    value = choice.get("value")
    if kind == TEXT:
        if not isinstance(value, str) or not value:
            yield f"{whose} value is {value!r}, not text"
        elif len(value) > MOST_CHOICE_CHARS:
            yield f"{whose} value has {len(value)} characters, Discord takes {MOST_CHOICE_CHARS}"
    elif not _is_number(value, kind):
        yield f"{whose} value is {value!r}, which is no {'whole ' * (kind == INTEGER)}number Discord takes"


def _bounds(option: Payload, whose: str, kind: int) -> Iterator[str]:
    for bound in (option.get("min_value"), option.get("max_value")):
        if bound is not None and kind in CHOOSABLE[1:] and not _is_number(bound, kind):
            yield f"{whose} bound {bound!r} is no {'whole ' * (kind == INTEGER)}number Discord takes"
    for key, least in (("min_length", 0), ("max_length", 1)):
        length = option.get(key)
        if isinstance(length, int) and not least <= length <= MOST_TEXT_CHARS:
            yield f"{whose} length {length} is not between {least} and {MOST_TEXT_CHARS}"


def _is_number(value: JsonValue, kind: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind == INTEGER:
        return float(value).is_integer() and abs(value) < NUMBERS_END
    return abs(value) <= NUMBERS_END


# --- size ---


def _count_chars(named: Payload) -> int:
    total = _longest(named, "name") + _longest(named, "description")
    total += sum(_count_chars(option) for option in _entries(named, "options"))
    choices = _entries(named, "choices")
    return total + sum(_longest(choice, "name") + len(str(choice.get("value"))) for choice in choices)


def _longest(named: Payload, key: str) -> int:
    texts = [named.get(key), *(text for _, text in _localized(named, key))]
    return max(len(text) if isinstance(text, str) else 0 for text in texts)


def _entries(named: Payload, key: str) -> list[Payload]:
    found = named.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
