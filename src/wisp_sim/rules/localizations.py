"""Names and descriptions in the languages of Discord's clients.

Source: https://docs.discord.com/developers/interactions/application-commands#localization
"""

import re
from collections.abc import Iterable
from enum import Enum

from wisp_sim.model.locale import FALLBACKS, LOCALES
from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Form

# Letters and digits of all scripts, and the signs of Devanagari and Thai, which are neither.
_TYPED_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
_MAX_NAME_CHARS = 32
_MAX_CHARS = 100


class Named(Enum):
    """What a name is of: it decides what the name may be."""

    TYPED = "a typed command or an option"
    MENU = "a command of a menu"
    CHOICE = "a choice"


def check_typed_name(form: Form, key: str, name: str) -> None:
    """Note a name that a typed command or its option may not have."""
    if not _TYPED_NAME.fullmatch(name) or name != name.lower():
        form.fail(key, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def read_localizations(form: Form, named: Named) -> Payload:
    """The names and descriptions by locale, where the request gave any; a choice has no description."""
    most = _MAX_CHARS if named is Named.CHOICE else _MAX_NAME_CHARS
    found: Payload = {}
    names = _texts(form, "name_localizations", most)
    if names is not None:
        found["name_localizations"] = names
        if named is Named.TYPED:
            place = Form(names, form.errors, (*form.path, "name_localizations"))
            for locale, name in names.items():
                check_typed_name(place, locale, str(name))
    if named is not Named.CHOICE:
        descriptions = _texts(form, "description_localizations", _MAX_CHARS)
        if descriptions is not None:
            found["description_localizations"] = descriptions
    return found


def _texts(form: Form, key: str, most: int) -> Payload | None:
    texts = form.form(key)
    if texts is None:
        return None
    found: Payload = {}
    for locale in texts.data:
        if locale not in LOCALES:
            shown = ", ".join(LOCALES)
            texts.fail(locale, "BASE_TYPE_CHOICES", f"Value must be one of ({shown}).")
            continue
        text = texts.text(locale, min_chars=1, max_chars=most)
        if text is not None:
            found[locale] = text
    return found


def check_distinct(forms: Iterable[Form], options: list[Payload]) -> None:
    """Note an option whose name in some language is another option's, by default or in that language."""
    defaults = {str(option["name"]) for option in options}
    seen: set[tuple[str, str]] = set()
    for form, option in zip(forms, options, strict=True):
        for locale, name in _names(option).items():
            others = defaults - {str(option["name"])}
            if str(name) in others or (locale, str(name)) in seen:
                message = "Option names must be unique"
                place = (*form.path, "name_localizations", locale)
                form.errors.add(place, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
            seen.add((locale, str(name)))


def _names(named: Payload) -> Payload:
    names = named.get("name_localizations")
    return names if isinstance(names, dict) else {}


def longest(named: Payload, key: str) -> int:
    """How long the longest wording of a field is, the default among them."""
    texts = named.get(f"{key}_localizations")
    others = texts.values() if isinstance(texts, dict) else ()
    return max(len(str(text)) for text in (named.get(key, ""), *others))


def localized(view: Payload, locale: str) -> Payload:
    """What a command, an option or a choice looks like in one language, instead of in all."""
    kept: Payload = {}
    for key, value in view.items():
        if key in ("options", "choices") and isinstance(value, list):
            kept[key] = [localized(entry, locale) for entry in value]
        elif not key.endswith("_localizations"):
            kept[key] = value
        elif isinstance(value, dict):
            text = value.get(locale, value.get(FALLBACKS.get(locale, "")))
            if text is not None:
                kept[key.replace("_localizations", "_localized")] = text
    return kept
