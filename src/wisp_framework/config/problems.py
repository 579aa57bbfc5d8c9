"""What is wrong with settings, in sentences that name the variable, the wanted form and the remedy."""

from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wisp_framework.config.credentials import hide_shapes
from wisp_framework.config.described import Setting, settings_of
from wisp_framework.config.fields import FromEnv

_SHOWN_CHARS = 60


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One sentence for each thing that ``error`` found wrong; none repeats a secret."""
    settings = settings_of(model)
    found = (_sentence(detail, settings) for detail in error.errors(include_url=False))
    return list(dict.fromkeys(found))


def _sentence(detail: ErrorDetails, settings: dict[tuple[str, ...], Setting]) -> str:
    path = tuple(str(part) for part in detail["loc"])
    setting = next((settings[path[:depth]] for depth in (2, 1) if path[:depth] in settings), None)
    if setting is None:
        return _unknown(path, settings, detail)
    if detail["type"] == "missing":
        return f"{setting.name} is missing. Wanted: {setting.form}."
    given: object = detail["input"]
    where = f"{given.variable} ({given.origin})" if isinstance(given, FromEnv) else ".".join(setting.path)
    return f"{where}{_shown(given, setting)}: {_reason(detail)}. Wanted: {setting.form}."


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
        return str(cause)
    text = detail["msg"].removeprefix("Input ")
    return f"it {text}".rstrip(".")
