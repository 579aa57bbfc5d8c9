"""What the options of a command may look like.

Source: https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-structure
"""

from wisp_sim.model.kinds import ChannelType, OptionType
from wisp_sim.model.payload import Payload
from wisp_sim.rules.file_types import read_file_types
from wisp_sim.rules.form import Form
from wisp_sim.rules.localizations import Named, check_distinct, check_typed_name, read_localizations

_MAX_OPTIONS = 25
MAX_CHOICES = 25
MAX_TEXT_CHARS = 6000
# Beyond it a double cannot tell whole numbers apart.
_NUMBERS_END = 2**53
NESTED = (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP)
"""Options that hold others, down to what is filled in."""
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
        nested_seen |= kind in NESTED
        if nested_seen and kind not in NESTED:
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
        OptionType.SUB_COMMAND: tuple(option for option in OptionType if option not in NESTED),
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
    if kind in NESTED:
        nested = read_options(form, kind)
        if nested:
            option["options"] = nested
        return option
    if form.truth("required"):
        option["required"] = True
    if kind in _CHOOSABLE:
        _read_choosing(form, kind, option)
    if kind is OptionType.CHANNEL:
        types = form.numbers("channel_types", tuple(int(one) for one in ChannelType))
        option |= {"channel_types": types} if types else {}
    if kind is OptionType.ATTACHMENT:
        file_types = read_file_types(form)
        option |= {"file_types": file_types} if file_types else {}
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
    for entry in form.forms("choices", most=MAX_CHOICES):
        choice = read_choice(entry, kind)
        if choice["name"] in [other["name"] for other in choices]:
            message = "Option choice names must be unique"
            entry.fail("name", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", message)
        choices.append(choice)
    return choices


def read_choice(form: Form, kind: OptionType) -> Payload:
    """A choice for an option of this kind: text, whole number or number."""
    value: object
    if kind is OptionType.STRING:
        value = form.text("value", min_chars=1, max_chars=100, required=True)
    else:
        value = read_number(form, "value", kind, required=True)
    name = form.text("name", min_chars=1, max_chars=100, required=True)
    return {"name": name, "value": value, **read_localizations(form, Named.CHOICE)}


def read_number(form: Form, key: str, kind: OptionType, *, required: bool = False) -> int | float | None:
    """What an option of this kind may hold: a whole number, or any."""
    if kind is OptionType.INTEGER:
        return form.integer(key, least=1 - _NUMBERS_END, most=_NUMBERS_END - 1, required=required)
    return form.number(key, least=-_NUMBERS_END, most=_NUMBERS_END, required=required)


def _read_bounds(form: Form, kind: OptionType, option: Payload) -> None:
    if kind is OptionType.STRING:
        for key in ("min_length", "max_length"):
            length = form.integer(key, least=int(key == "max_length"), most=MAX_TEXT_CHARS)
            if length is not None:
                option[key] = length
    if kind in (OptionType.INTEGER, OptionType.NUMBER):
        for key in ("min_value", "max_value"):
            bound = read_number(form, key, kind)
            if bound is not None:
                option[key] = bound
