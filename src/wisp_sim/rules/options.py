"""What the options of a command may look like.

Source: https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-structure
"""

from wisp_sim.model.kinds import OptionType
from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Form
from wisp_sim.rules.localizations import Named, check_distinct, check_typed_name, read_localizations

_MAX_OPTIONS = 25
_MAX_CHOICES = 25
_MAX_TEXT_CHARS = 6000
_NESTED = (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP)
_CHOOSABLE = (OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER)


def read_options(form: Form, parent: OptionType | None = None) -> list[Payload]:
    """The options of a command, of a group or of a subcommand, as Discord writes them back."""
    options: list[Payload] = []
    read: list[Form] = []
    names: set[str] = set()
    optional_seen = nested_seen = False
    for entry in form.forms("options", most=_MAX_OPTIONS):
        kind_number = entry.choice("type", tuple(int(kind) for kind in OptionType), required=True)
        name = entry.text("name", min_chars=1, max_chars=32, required=True)
        if kind_number is None or name is None:
            continue
        kind = OptionType(kind_number)
        _check_place(entry, kind, parent)
        if name in names:
            message = "Option names must be unique"
            entry.fail("name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        names.add(name)
        nested_seen |= kind in _NESTED
        if nested_seen and kind not in _NESTED:
            message = (
                "Sub-command and sub-command group option types are mutually exclusive to all other types"
            )
            entry.fail("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
        option = _read_option(entry, kind, name)
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            entry.errors.add(entry.path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen |= not option.get("required")
        options.append(option)
        read.append(entry)
    check_distinct(read, options)
    return options


def _check_place(form: Form, kind: OptionType, parent: OptionType | None) -> None:
    allowed = {
        None: tuple(OptionType),
        OptionType.SUB_COMMAND_GROUP: (OptionType.SUB_COMMAND,),
        OptionType.SUB_COMMAND: tuple(option for option in OptionType if option not in _NESTED),
    }[parent]
    if kind not in allowed:
        message = "Sub-command and sub-command group option types cannot be nested here"
        form.fail("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


def _read_option(form: Form, kind: OptionType, name: str) -> Payload:
    check_typed_name(form, "name", name)
    option: Payload = {
        "type": int(kind),
        "name": name,
        "description": form.text("description", min_chars=1, max_chars=100, required=True) or "",
    }
    option |= read_localizations(form, Named.TYPED)
    if kind in _NESTED:
        nested = read_options(form, kind)
        if nested:
            option["options"] = nested
        return option
    if form.truth("required"):
        option["required"] = True
    if kind in _CHOOSABLE:
        _read_choosing(form, kind, option)
    if kind is OptionType.CHANNEL and form.data.get("channel_types"):
        option["channel_types"] = form.snowflakes("channel_types")
    _read_bounds(form, kind, option)
    return option


def _read_choosing(form: Form, kind: OptionType, option: Payload) -> None:
    choices = _read_choices(form, kind)
    if choices:
        option["choices"] = choices
    if form.truth("autocomplete"):
        option["autocomplete"] = True
        if choices:
            message = "Option cannot have choices and autocomplete at once"
            form.fail("autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_INVALID", message)


def _read_choices(form: Form, kind: OptionType) -> list[Payload]:
    choices: list[Payload] = []
    for entry in form.forms("choices", most=_MAX_CHOICES):
        name = entry.text("name", min_chars=1, max_chars=100, required=True)
        value = entry.data.get("value")
        if value is None:
            entry.fail("value", "BASE_TYPE_REQUIRED", "This field is required")
        elif kind is OptionType.STRING:
            value = entry.text("value", min_chars=1, max_chars=100)
        elif kind is OptionType.INTEGER:
            value = entry.integer("value")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            entry.fail("value", "NUMBER_TYPE_COERCE", f'Value "{value!s:.80}" is not float.')
        if name in [choice["name"] for choice in choices]:
            message = "Option choice names must be unique"
            entry.fail("name", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", message)
        choices.append({"name": name, "value": value, **read_localizations(entry, Named.CHOICE)})
    return choices


def _read_bounds(form: Form, kind: OptionType, option: Payload) -> None:
    if kind is OptionType.STRING:
        for key in ("min_length", "max_length"):
            bound = form.integer(key, least=int(key == "max_length"), most=_MAX_TEXT_CHARS)
            if bound is not None:
                option[key] = bound
    if kind in (OptionType.INTEGER, OptionType.NUMBER):
        for key in ("min_value", "max_value"):
            value = form.data.get(key)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                form.fail(key, "NUMBER_TYPE_COERCE", f'Value "{value!s:.80}" is not float.')
            else:
                option[key] = value
