"""What is wrong with settings, in sentences that name the variable, the wanted form and the remedy."""

from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wisp_framework.config.credentials import hide_shapes
from wisp_framework.config.described import Setting, settings_of
from wisp_framework.config.fields import FromEnv

_SHOWN_CHARS = 60


def sentences(error: ValidationError, model: type[BaseModel], given: object) -> list[str]:
    """One sentence for each thing that ``error`` found wrong; none repeats a secret.

    Args:
        error: what the model says.
        model: whose settings they are.
        given: the values as they were handed to the model.
    """
    settings = settings_of(model)
    found = (_sentence(detail, settings, given) for detail in error.errors(include_url=False))
    return list(dict.fromkeys(found))


def _sentence(detail: ErrorDetails, settings: dict[tuple[str, ...], Setting], given: object) -> str:
    path = tuple(str(part) for part in detail["loc"])
    setting = next((settings[path[:depth]] for depth in (2, 1) if path[:depth] in settings), None)
    if setting is None:
        return _unknown(path, settings, detail)
    if detail["type"] == "missing":
        also = f" (or {setting.name}_FILE, the path of a file that holds it)" if setting.secret else ""
        return f"{setting.name}{also} is missing. Wanted: {setting.form}."
    value = _at(given, setting.path, detail["input"])
    where = f"{value.variable} ({value.origin})" if isinstance(value, FromEnv) else ".".join(setting.path)
    return f"{where}{_shown(value, setting)}: {_reason(detail)}. Wanted: {setting.form}."


def _at(given: object, path: tuple[str, ...], otherwise: object) -> object:
    """What stands at ``path`` in ``given``: parsers may have changed what the error holds."""
    for name in path:
        if not isinstance(given, dict) or name not in given:
            return otherwise
        given = given[name]
    return given


def _unknown(path: tuple[str, ...], settings: dict[tuple[str, ...], Setting], detail: ErrorDetails) -> str:
    if detail["type"] != "extra_forbidden":
        return f"{'.'.join(path)}: {_reason(detail)}."
    siblings = [known[-1] for known in settings if known[:-1] == path[:-1]]
    siblings += [known[0] for known in settings if len(known) > len(path)]
    close = get_close_matches(path[-1], siblings, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "remove it."
    return f"{'.'.join(path)} is not a setting: {hint}"


def _shown(given: object, setting: Setting) -> str:
    if setting.secret or (isinstance(given, FromEnv) and given.broken):
        return ""
    text = hide_shapes(str(given))
    if len(text) > _SHOWN_CHARS:
        text = text[:_SHOWN_CHARS] + "..."
    return f" is {text!r}"


def _reason(detail: ErrorDetails) -> str:
    cause: object = detail.get("ctx", {}).get("error")
    if isinstance(cause, ValueError):
        return hide_shapes(str(cause))
    _subject, should, rest = detail["msg"].partition(" should ")
    return f"it should {rest}" if should else detail["msg"]
