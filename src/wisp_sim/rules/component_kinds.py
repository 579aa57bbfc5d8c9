"""The fields of each kind of component.

Source: https://docs.discord.com/developers/components/reference
"""

from collections.abc import Callable

from wisp_sim.model.kinds import ComponentType
from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Form

_LINK, _PREMIUM = 5, 6
_MAX_CUSTOM_ID_CHARS = 100
_MAX_OPTIONS = 25
_MAX_INPUT_CHARS = 4000
_C = ComponentType

# Fields that Discord writes also when they are empty.
_NULLABLE: dict[ComponentType, tuple[str, ...]] = {
    _C.CONTAINER: ("accent_color",),
    _C.THUMBNAIL: ("description",),
    _C.FILE: ("name", "size"),
}


class Finder:
    """Remembers the custom ids and the option values of one tree, to find what occurs twice."""

    def __init__(self) -> None:
        self._custom_ids: set[str] = set()

    def custom_id(self, form: Form) -> str | None:
        """The custom id of an interactive component."""
        custom_id = form.text("custom_id", min_chars=1, max_chars=_MAX_CUSTOM_ID_CHARS, required=True)
        if custom_id is not None and custom_id in self._custom_ids:
            message = "Component custom id cannot be duplicated"
            form.fail("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        if custom_id is not None:
            self._custom_ids.add(custom_id)
        return custom_id


def read_kind(form: Form, kind: ComponentType, seen: Finder) -> Payload:
    """The fields of a component of this kind besides type, id and what is inside it."""
    reader = _READERS.get(kind)
    if reader is None:
        return {}
    kept = _NULLABLE.get(kind, ())
    return {key: value for key, value in reader(form, seen).items() if value is not None or key in kept}


def _without_nulls(fields: Payload) -> Payload:
    return {key: value for key, value in fields.items() if value is not None}


def _button(form: Form, seen: Finder) -> Payload:
    style = form.choice("style", (1, 2, 3, 4, 5, 6), required=True)
    fields: Payload = {
        "style": style,
        "label": form.text("label", max_chars=80),
        "emoji": _emoji(form),
        "disabled": form.truth("disabled") or None,
    }
    if style == _LINK:
        fields["url"] = form.text("url", min_chars=1, max_chars=512, required=True)
        if form.data.get("custom_id") is not None:
            message = "A custom id and url cannot both be specified"
            form.fail("custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    elif style == _PREMIUM:
        fields["sku_id"] = str(form.snowflake("sku_id", required=True))
    elif style is not None:
        fields["custom_id"] = seen.custom_id(form)
        if form.data.get("url") is not None:
            message = "A custom id and url cannot both be specified"
            form.fail("url", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    if style not in (None, _PREMIUM) and not fields["label"] and not fields["emoji"]:
        message = "A button must have a label or an emoji"
        form.errors.add(form.path, "BUTTON_COMPONENT_REQUIRES_LABEL_OR_EMOJI", message)
    return fields


def _emoji(form: Form) -> Payload | None:
    emoji = form.form("emoji")
    if emoji is None:
        return None
    emoji_id, name = emoji.snowflake("id"), emoji.text("name", max_chars=100)
    if not name and emoji_id is None:
        form.fail("emoji", "COMPONENT_INVALID_EMOJI", "Invalid emoji")
    fields: Payload = {"name": name or ""}
    if emoji_id is not None:
        fields |= {"id": str(emoji_id), "animated": bool(emoji.truth("animated"))}
    return fields


def _select(form: Form, seen: Finder) -> Payload:
    least = form.integer("min_values", least=0, most=_MAX_OPTIONS)
    most = form.integer("max_values", least=1, most=_MAX_OPTIONS)
    least, most = 1 if least is None else least, 1 if most is None else most
    if least > most:
        message = "The minimum number of values cannot exceed the maximum"
        form.fail("min_values", "SELECT_COMPONENT_MIN_VALUES_EXCEEDS_MAX", message)
    fields: Payload = {
        "custom_id": seen.custom_id(form),
        "placeholder": form.text("placeholder", max_chars=150),
        "min_values": least,
        "max_values": most,
        "disabled": form.truth("disabled") or None,
        "required": form.truth("required"),
    }
    defaults = form.forms("default_values", most=_MAX_OPTIONS)
    if defaults:
        fields["default_values"] = [
            {"id": str(entry.snowflake("id", required=True)), "type": entry.text("type", required=True)}
            for entry in defaults
        ]
    return fields


def _string_select(form: Form, seen: Finder) -> Payload:
    fields = _select(form, seen)
    fields["options"] = _options(form)
    return fields


def _channel_select(form: Form, seen: Finder) -> Payload:
    fields = _select(form, seen)
    if form.data.get("channel_types"):
        fields["channel_types"] = form.snowflakes("channel_types")
    return fields


def _options(form: Form) -> list[Payload]:
    options: list[Payload] = []
    values: set[str] = set()
    for entry in form.forms("options", least=1, most=_MAX_OPTIONS, required=True):
        value = entry.text("value", min_chars=1, max_chars=100, required=True)
        if value in values:
            message = "The specified option value is already used"
            entry.fail("value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        values.add(value or "")
        option: Payload = {
            "label": entry.text("label", min_chars=1, max_chars=100, required=True),
            "value": value,
            "description": entry.text("description", max_chars=100),
            "emoji": _emoji(entry),
            "default": entry.truth("default") or None,
        }
        options.append(_without_nulls(option))
    return options


def _text_input(form: Form, seen: Finder) -> Payload:
    return {
        "custom_id": seen.custom_id(form),
        "style": form.choice("style", (1, 2), required=True),
        "label": form.text("label", min_chars=1, max_chars=45),
        "min_length": form.integer("min_length", least=0, most=_MAX_INPUT_CHARS),
        "max_length": form.integer("max_length", least=1, most=_MAX_INPUT_CHARS),
        "placeholder": form.text("placeholder", max_chars=100),
        "value": form.text("value", max_chars=_MAX_INPUT_CHARS),
        "required": form.truth("required") is not False,
    }


def _text_display(form: Form, seen: Finder) -> Payload:  # noqa: ARG001 - one signature for all kinds
    return {"content": form.text("content", min_chars=1, max_chars=_MAX_INPUT_CHARS, required=True)}


def _label(form: Form, seen: Finder) -> Payload:  # noqa: ARG001
    return {
        "label": form.text("label", min_chars=1, max_chars=45, required=True),
        "description": form.text("description", max_chars=100),
    }


def _group(form: Form, seen: Finder) -> Payload:
    return {
        "custom_id": seen.custom_id(form),
        "options": _options(form),
        "min_values": form.integer("min_values", least=0, most=10),
        "max_values": form.integer("max_values", least=1, most=10),
        "required": form.truth("required"),
    }


def _checkbox(form: Form, seen: Finder) -> Payload:
    return {"custom_id": seen.custom_id(form), "default": bool(form.truth("default"))}


def _file_upload(form: Form, seen: Finder) -> Payload:
    least, most = form.integer("min_values", least=0, most=10), form.integer("max_values", least=1, most=10)
    return {
        "custom_id": seen.custom_id(form),
        "min_values": 1 if least is None else least,
        "max_values": 1 if most is None else most,
        "required": form.truth("required") is not False,
    }


def _container(form: Form, seen: Finder) -> Payload:  # noqa: ARG001
    color = form.integer("accent_color", least=0, most=0xFFFFFF)
    return {"accent_color": color, "spoiler": bool(form.truth("spoiler"))}


def _separator(form: Form, seen: Finder) -> Payload:  # noqa: ARG001
    spacing = form.choice("spacing", (1, 2))
    return {"divider": form.truth("divider") is not False, "spacing": spacing or 1}


def _media(form: Form, key: str) -> Payload:
    media = form.form(key, required=True)
    url = media.text("url", min_chars=1, max_chars=2048, required=True) if media else None
    return {"id": "0", "url": url or "", "proxy_url": url or "", "width": 0, "height": 0}


def _thumbnail(form: Form, seen: Finder) -> Payload:  # noqa: ARG001
    return {
        "media": _media(form, "media"),
        "description": form.text("description", max_chars=1024),
        "spoiler": bool(form.truth("spoiler")),
    }


def _gallery(form: Form, seen: Finder) -> Payload:
    return {
        "items": [_thumbnail(entry, seen) for entry in form.forms("items", least=1, most=10, required=True)]
    }


def _file(form: Form, seen: Finder) -> Payload:  # noqa: ARG001
    media = _media(form, "file")
    name = str(media["url"]).rsplit("/", 1)[-1]
    return {"file": media, "name": name, "size": None, "spoiler": bool(form.truth("spoiler"))}


_READERS: dict[ComponentType, Callable[[Form, Finder], Payload]] = {
    _C.BUTTON: _button,
    _C.STRING_SELECT: _string_select,
    _C.TEXT_INPUT: _text_input,
    _C.USER_SELECT: _select,
    _C.ROLE_SELECT: _select,
    _C.MENTIONABLE_SELECT: _select,
    _C.CHANNEL_SELECT: _channel_select,
    _C.TEXT_DISPLAY: _text_display,
    _C.THUMBNAIL: _thumbnail,
    _C.MEDIA_GALLERY: _gallery,
    _C.FILE: _file,
    _C.SEPARATOR: _separator,
    _C.CONTAINER: _container,
    _C.LABEL: _label,
    _C.FILE_UPLOAD: _file_upload,
    _C.RADIO_GROUP: _group,
    _C.CHECKBOX_GROUP: _group,
    _C.CHECKBOX: _checkbox,
}
