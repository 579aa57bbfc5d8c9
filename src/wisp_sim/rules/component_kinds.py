"""The fields of each kind of component.

Source: https://docs.discord.com/developers/components/reference
"""

from collections.abc import Callable, Collection

from wisp_sim.model.kinds import ChannelType, ComponentType
from wisp_sim.model.payload import Payload
from wisp_sim.rules.file_types import read_file_types
from wisp_sim.rules.form import Form

_LINK, _PREMIUM = 5, 6
_LINK_SCHEMES = ("http", "https", "discord")
# What a button may not have; one that is pressed has neither a link nor a product.
_STRANGE: dict[int, tuple[str, ...]] = {
    _LINK: ("custom_id", "sku_id"),
    _PREMIUM: ("custom_id", "label", "url", "emoji"),
}
_MAX_CUSTOM_ID_CHARS = 100
_MAX_OPTIONS = 25
_MAX_INPUT_CHARS = 4000
_MAX_BOXES = 10
_ATTACHED = "attachment://"
_CHANNEL_TYPES = tuple(int(kind) for kind in ChannelType)
_C = ComponentType

# Fields that Discord writes also when they are empty.
_NULLABLE: dict[ComponentType, tuple[str, ...]] = {
    _C.CONTAINER: ("accent_color",),
    _C.THUMBNAIL: ("description",),
    _C.FILE: ("name", "size"),
}


class Finder:
    """Remembers the custom ids and the ids of one tree, to find what occurs twice.

    Args:
        modal: the tree is that of a form, where other rules hold than in a message.
        files: the names of the message's files, which components may show.
    """

    def __init__(self, *, modal: bool = False, files: Collection[str] = ()) -> None:
        self.modal = modal
        self.files = files
        self._custom_ids: set[str] = set()
        self._ids: set[int] = set()

    def own_id(self, form: Form) -> int | None:
        """The number that the request gives a component; 0 is none."""
        number = form.integer("id", least=0, most=2**31 - 1)
        if number and number in self._ids:
            form.fail("id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        if number:
            self._ids.add(number)
        return number or None

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
    _refuse_strange(form, style)
    if style == _LINK:
        fields["url"] = _url(form, max_chars=512, schemes=_LINK_SCHEMES)
    elif style == _PREMIUM:
        fields["sku_id"] = str(form.snowflake("sku_id", required=True))
    elif style is not None:
        fields["custom_id"] = seen.custom_id(form)
    if style not in (None, _PREMIUM) and not fields["label"] and not fields["emoji"]:
        message = "A button must have a label or an emoji"
        form.errors.add(form.path, "BUTTON_COMPONENT_REQUIRES_LABEL_OR_EMOJI", message)
    return fields


def _refuse_strange(form: Form, style: int | None) -> None:
    """Note what a button of this style may not have."""
    strange = _STRANGE.get(style or 0, ("url", "sku_id"))
    for key in strange if style is not None else ():
        if form.data.get(key) is None:
            continue
        if style != _PREMIUM and key in ("custom_id", "url"):
            message = "A custom id and url cannot both be specified"
            form.fail(key, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
        else:
            form.fail(key, "BUTTON_COMPONENT_FIELD_INVALID", f"A button of this style has no {key}")


def _url(form: Form, *, max_chars: int, schemes: tuple[str, ...]) -> str | None:
    url = form.text("url", min_chars=1, max_chars=max_chars, required=True)
    if url is not None and not url.lower().startswith(tuple(f"{scheme}://" for scheme in schemes)):
        shown = ", ".join(repr(scheme) for scheme in schemes)
        message = f'Scheme "{url.partition(":")[0]:.30}" is not supported. Scheme must be one of ({shown}).'
        form.fail("url", "URL_TYPE_INVALID_SCHEME", message)
    return url


def _emoji(form: Form) -> Payload | None:
    emoji = form.form("emoji")
    if emoji is None:
        return None
    emoji_id, name = emoji.snowflake("id"), emoji.text("name", max_chars=32)
    if not name and emoji_id is None:
        form.fail("emoji", "COMPONENT_INVALID_EMOJI", "Invalid emoji")
    fields: Payload = {"name": name or ""}
    if emoji_id is not None:
        fields |= {"id": str(emoji_id), "animated": bool(emoji.truth("animated"))}
    return fields


def _span(form: Form, limit: int, usual_most: int = 1) -> tuple[int, int]:
    """How few and how many may be chosen."""
    least = form.integer("min_values", least=0, most=limit)
    most = form.integer("max_values", least=1, most=limit)
    least, most = 1 if least is None else least, usual_most if most is None else most
    if least > most:
        message = "The minimum number of values cannot exceed the maximum"
        form.fail("min_values", "SELECT_COMPONENT_MIN_VALUES_EXCEEDS_MAX", message)
    return least, most


def _select(form: Form, seen: Finder, span: tuple[int, int]) -> Payload:
    fields: Payload = {
        "custom_id": seen.custom_id(form),
        "placeholder": form.text("placeholder", max_chars=150),
        "min_values": span[0],
        "max_values": span[1],
    }
    if not seen.modal:
        return {**fields, "disabled": form.truth("disabled") or None}
    if form.truth("disabled"):
        message = "Components of a modal cannot be disabled"
        form.fail("disabled", "MODAL_COMPONENT_DISABLED_INVALID", message)
    return {**fields, "required": _required(form, span[0])}


def _required(form: Form, least: int) -> bool:
    """Whether something must be chosen in a field of a form; then at least one, too."""
    required = form.truth("required") is not False
    if required and least == 0:
        message = "Select menus marked as required cannot have a min_values of 0"
        form.fail("min_values", "SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES", message)
    return required


def _string_select(form: Form, seen: Finder) -> Payload:
    span = _span(form, _MAX_OPTIONS)
    options = _options(form)
    _check_defaults(form, options, span[1])
    if options and span[1] > len(options):
        message = "The maximum number of values cannot exceed the number of options"
        form.fail("max_values", "SELECT_COMPONENT_MAX_VALUES_EXCEEDS_OPTIONS", message)
    return {**_select(form, seen, span), "options": options}


def _check_defaults(form: Form, options: list[Payload], most: int) -> None:
    if sum(bool(option.get("default")) for option in options) > most:
        message = f"There can be at most {most} options that are chosen by default"
        form.fail("options", "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", message)


def _entity_select(*kinds: str) -> Callable[[Form, Finder], Payload]:
    """Reads a select of users, roles, channels, or two of them."""

    def read(form: Form, seen: Finder) -> Payload:
        span = least, most = _span(form, _MAX_OPTIONS)
        defaults = form.forms("default_values", most=_MAX_OPTIONS)
        if defaults and not least <= len(defaults) <= most:
            message = f"Must be between {least} and {most} in length."
            form.fail("default_values", "BASE_TYPE_BAD_LENGTH", message)
        types = form.numbers("channel_types", _CHANNEL_TYPES) if "channel" in kinds else []
        return {
            **_select(form, seen, span),
            "default_values": [_default_value(entry, kinds) for entry in defaults] or None,
            "channel_types": types or None,
        }

    return read


def _default_value(form: Form, kinds: tuple[str, ...]) -> Payload:
    kind = form.text("type", required=True)
    if kind is not None and kind not in kinds:
        form.fail("type", "BASE_TYPE_CHOICES", f"Value must be one of ({', '.join(kinds)}).")
    return {"id": str(form.snowflake("id", required=True)), "type": kind}


def _options(form: Form, *, fewest: int = 1, most: int = _MAX_OPTIONS) -> list[Payload]:
    options: list[Payload] = []
    values: set[str] = set()
    for entry in form.forms("options", least=fewest, most=most, required=True):
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
        "description": form.text("description", min_chars=1, max_chars=100),
    }


def _radio_group(form: Form, seen: Finder) -> Payload:
    options = _options(form, fewest=2, most=_MAX_BOXES)
    _check_defaults(form, options, 1)
    required = form.truth("required") is not False
    return {"custom_id": seen.custom_id(form), "options": options, "required": required}


def _checkbox_group(form: Form, seen: Finder) -> Payload:
    options = _options(form, fewest=1, most=_MAX_BOXES)
    span = _span(form, _MAX_BOXES, max(1, len(options)))
    _check_defaults(form, options, span[1])
    return {"custom_id": seen.custom_id(form), "options": options, **_several(form, span)}


def _several(form: Form, span: tuple[int, int]) -> Payload:
    return {"min_values": span[0], "max_values": span[1], "required": _required(form, span[0])}


def _checkbox(form: Form, seen: Finder) -> Payload:
    return {"custom_id": seen.custom_id(form), "default": bool(form.truth("default"))}


def _file_upload(form: Form, seen: Finder) -> Payload:
    file_types = read_file_types(form)
    return {
        "custom_id": seen.custom_id(form),
        **_several(form, _span(form, _MAX_BOXES)),
        "file_types": file_types or None,
    }


def _container(form: Form, seen: Finder) -> Payload:  # noqa: ARG001
    color = form.integer("accent_color", least=0, most=0xFFFFFF)
    return {"accent_color": color, "spoiler": bool(form.truth("spoiler"))}


def _separator(form: Form, seen: Finder) -> Payload:  # noqa: ARG001
    spacing = form.choice("spacing", (1, 2))
    return {"divider": form.truth("divider") is not False, "spacing": spacing or 1}


def _media(
    form: Form, key: str, seen: Finder, schemes: tuple[str, ...] = ("http", "https", "attachment")
) -> Payload:
    media = form.form(key, required=True)
    url = _url(media, max_chars=2048, schemes=schemes) if media else None
    if media and url and url.startswith(_ATTACHED) and url.removeprefix(_ATTACHED) not in seen.files:
        message = "The media item referenced an attachment that was not found"
        media.fail("url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)
    return {"id": "0", "url": url or "", "proxy_url": url or "", "width": 0, "height": 0}


def _thumbnail(form: Form, seen: Finder) -> Payload:
    return {
        "media": _media(form, "media", seen),
        "description": form.text("description", min_chars=1, max_chars=1024),
        "spoiler": bool(form.truth("spoiler")),
    }


def _gallery(form: Form, seen: Finder) -> Payload:
    return {
        "items": [_thumbnail(entry, seen) for entry in form.forms("items", least=1, most=10, required=True)]
    }


def _file(form: Form, seen: Finder) -> Payload:
    media = _media(form, "file", seen, ("attachment",))
    name = str(media["url"]).rsplit("/", 1)[-1]
    return {"file": media, "name": name, "size": None, "spoiler": bool(form.truth("spoiler"))}


_READERS: dict[ComponentType, Callable[[Form, Finder], Payload]] = {
    _C.BUTTON: _button,
    _C.STRING_SELECT: _string_select,
    _C.TEXT_INPUT: _text_input,
    _C.USER_SELECT: _entity_select("user"),
    _C.ROLE_SELECT: _entity_select("role"),
    _C.MENTIONABLE_SELECT: _entity_select("user", "role"),
    _C.CHANNEL_SELECT: _entity_select("channel"),
    _C.TEXT_DISPLAY: _text_display,
    _C.THUMBNAIL: _thumbnail,
    _C.MEDIA_GALLERY: _gallery,
    _C.FILE: _file,
    _C.SEPARATOR: _separator,
    _C.CONTAINER: _container,
    _C.LABEL: _label,
    _C.FILE_UPLOAD: _file_upload,
    _C.RADIO_GROUP: _radio_group,
    _C.CHECKBOX_GROUP: _checkbox_group,
    _C.CHECKBOX: _checkbox,
}
