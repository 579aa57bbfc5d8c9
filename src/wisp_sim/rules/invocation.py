"""What a user may fill in: the options of a command, the values of a component, the fields of a modal."""

from wisp_sim.model.kinds import ComponentType, OptionType
from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Form
from wisp_sim.rules.options import MAX_TEXT_CHARS, NESTED, read_number

_MAX_INPUT_CHARS = 4000
_ENTITIES = (OptionType.USER, OptionType.CHANNEL, OptionType.ROLE, OptionType.MENTIONABLE)
_C = ComponentType


def fill_options(form: Form, defined: list[Payload], *, partial: bool) -> list[Payload]:
    """The options as the bot gets them.

    Args:
        form: what the user filled in, under ``options``.
        defined: the options that the command has.
        partial: the user is still writing: nothing is required, numbers may be unfinished.
    """
    by_name = {option["name"]: option for option in defined}
    filled: list[Payload] = []
    for entry in form.forms("options", most=25):
        name = entry.text("name", min_chars=1, required=True)
        option = by_name.get(name)
        if name is None or option is None:
            entry.fail(
                "name", "APPLICATION_COMMAND_OPTION_UNKNOWN", f"This command has no option {name!r:.50}"
            )
        elif name in [other["name"] for other in filled]:
            entry.fail("name", "APPLICATION_COMMAND_OPTION_DUPLICATE", "This option is already filled")
        else:
            filled.append(_fill(entry, option, partial=partial))
    given = [option["name"] for option in filled]
    for option in defined:
        if option.get("required") and not partial and option["name"] not in given:
            message = f"This option is required: {option['name']}"
            form.fail("options", "APPLICATION_COMMAND_OPTION_REQUIRED", message)
    if any(option["type"] in NESTED for option in defined) and len(filled) != 1:
        form.fail("options", "APPLICATION_COMMAND_OPTION_REQUIRED", "Exactly one subcommand is needed")
    return filled


def _fill(form: Form, option: Payload, *, partial: bool) -> Payload:
    kind = OptionType(int(str(option["type"])))
    filled: Payload = {"name": option["name"], "type": int(kind)}
    if kind in NESTED:
        nested = option.get("options")
        filled["options"] = fill_options(form, nested if isinstance(nested, list) else [], partial=partial)
        return filled
    focused = partial and form.truth("focused") is True
    if focused:
        filled["focused"] = True
        filled["value"] = str(form.data.get("value", ""))[:MAX_TEXT_CHARS]
        if not option.get("autocomplete"):
            message = "This option has no autocomplete"
            form.fail("focused", "APPLICATION_COMMAND_OPTION_FOCUS_INVALID", message)
    else:
        filled["value"] = _value(form, kind, option, partial=partial)
    return filled


def _value(form: Form, kind: OptionType, option: Payload, *, partial: bool) -> object:
    if form.data.get("value") is None:
        form.fail("value", "BASE_TYPE_REQUIRED", "This field is required")
        return None
    if kind in _ENTITIES:
        snowflake = form.snowflake("value")
        return None if snowflake is None else str(snowflake)
    if kind is OptionType.ATTACHMENT:
        return form.integer("value", least=0)
    if kind is OptionType.BOOLEAN:
        return form.truth("value")
    value = _plain_value(form, kind, option)
    if value is not None and not partial:
        _check_choice(form, value, option)
    return value


def _plain_value(form: Form, kind: OptionType, option: Payload) -> str | int | float | None:
    if kind is OptionType.STRING:
        least, most = option.get("min_length"), option.get("max_length")
        return form.text(
            "value",
            min_chars=least if isinstance(least, int) else 0,
            max_chars=most if isinstance(most, int) else MAX_TEXT_CHARS,
        )
    number = read_number(form, "value", kind)
    if number is not None:
        _check_bounds(form, number, option)
    return number


def _check_bounds(form: Form, number: float, option: Payload) -> None:
    least, most = option.get("min_value"), option.get("max_value")
    if isinstance(least, int | float) and number < least:
        form.fail("value", "NUMBER_TYPE_MIN", f"value should be greater than or equal to {least}.")
    if isinstance(most, int | float) and number > most:
        form.fail("value", "NUMBER_TYPE_MAX", f"value should be less than or equal to {most}.")


def _check_choice(form: Form, value: object, option: Payload) -> None:
    choices = option.get("choices")
    if isinstance(choices, list) and value not in [choice["value"] for choice in choices]:
        form.fail("value", "APPLICATION_COMMAND_OPTION_CHOICE_INVALID", "Value must be one of the choices")


def fill_values(form: Form, component: Payload) -> list[str]:
    """The values that a user chose in a select, a group or a file upload."""
    values = [str(value) for value in form.entries("values")]
    least, most = component.get("min_values"), component.get("max_values")
    floor = least if isinstance(least, int) else 1
    ceiling = most if isinstance(most, int) else max(1, len(values))
    if component.get("required") is False:
        floor = 0 if not values else floor
    if not floor <= len(values) <= ceiling:
        form.fail("values", "BASE_TYPE_BAD_LENGTH", f"Must be between {floor} and {ceiling} in length.")
    options = component.get("options")
    if isinstance(options, list):
        known = [option["value"] for option in options]
        if len(set(values)) != len(values) or any(value not in known for value in values):
            form.fail("values", "COMPONENT_VALUE_INVALID", "Value must be one of the options, each once")
    return values


def fill_modal(form: Form, shown: list[Payload]) -> list[Payload]:
    """The fields of a modal as the bot gets them, in the order and the shape in which they were shown."""
    given = {str(entry.data.get("custom_id")): entry for entry in _fields(form)}
    return [_fill_field(form, component, given) for component in shown]


def _fields(form: Form) -> list[Form]:
    found: list[Form] = []
    for entry in form.forms("components", required=True):
        if entry.data.get("type") == _C.ACTION_ROW:
            found += entry.forms("components")
        elif entry.data.get("type") == _C.LABEL:
            child = entry.form("component", required=True)
            found += [] if child is None else [child]
    return found


def _fill_field(form: Form, shown: Payload, given: dict[str, Form]) -> Payload:
    filled: Payload = {"type": shown["type"], "id": shown["id"]}
    if shown["type"] == _C.ACTION_ROW:
        rows = shown.get("components")
        children = rows if isinstance(rows, list) else []
        filled["components"] = [_fill_input(form, child, given) for child in children]
    elif shown["type"] == _C.LABEL and isinstance(shown.get("component"), dict):
        child = shown["component"]
        filled["component"] = _fill_input(form, child if isinstance(child, dict) else {}, given)
    return filled


def _fill_input(form: Form, shown: Payload, given: dict[str, Form]) -> Payload:
    custom_id = str(shown["custom_id"])
    filled: Payload = {"type": shown["type"], "id": shown["id"], "custom_id": custom_id}
    entry = given.get(custom_id, Form({}, form.errors, (*form.path, custom_id)))
    if shown["type"] == _C.TEXT_INPUT:
        filled["value"] = _text_value(entry, shown)
    elif shown["type"] == _C.CHECKBOX:
        filled["value"] = bool(entry.truth("value"))
    elif shown["type"] == _C.RADIO_GROUP:
        filled["value"] = _radio_value(entry, shown)
    else:
        filled["values"] = fill_values(entry, shown)
    return filled


def _radio_value(form: Form, shown: Payload) -> str | None:
    value = form.text("value", required=shown.get("required") is not False)
    options = shown.get("options")
    known = [option["value"] for option in options] if isinstance(options, list) else []
    if value is not None and value not in known:
        form.fail("value", "COMPONENT_VALUE_INVALID", "Value must be one of the options")
    return value


def _text_value(form: Form, shown: Payload) -> str:
    least, most = shown.get("min_length"), shown.get("max_length")
    required = shown.get("required") is not False
    floor = least if isinstance(least, int) else 0
    if not required and not form.data.get("value"):
        floor = 0
    text = form.text(
        "value",
        min_chars=floor,
        max_chars=most if isinstance(most, int) else _MAX_INPUT_CHARS,
        required=required,
    )
    return text or ""
