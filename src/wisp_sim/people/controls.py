"""Finding the button, menu or input that a person means, and what it sends when it is used."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from wisp_sim.model.kinds import ComponentType, OptionType
from wisp_sim.people.errors import NotThereError, UnusableError
from wisp_sim.people.memory import GuildView, Note
from wisp_sim.people.options import Value, entity_id, entity_names
from wisp_sim.people.payload import Payload, number, part, parts, text, walk
from wisp_sim.people.reading import SELECTS, form_fields, read_control
from wisp_sim.people.seen import Control

ENTITY_KINDS: dict[int, OptionType] = {
    ComponentType.USER_SELECT: OptionType.USER,
    ComponentType.ROLE_SELECT: OptionType.ROLE,
    ComponentType.MENTIONABLE_SELECT: OptionType.MENTIONABLE,
    ComponentType.CHANNEL_SELECT: OptionType.CHANNEL,
}
"""Select menus whose values are ids."""

_TRUE_WORDS = frozenset({"true", "yes", "on", "1", "x"})


def find_control(
    notes: Iterable[Note], name: str, kinds: frozenset[int], what: str, nth: int = 1
) -> tuple[Note, Payload]:
    """The newest component of these kinds with that label, custom id or placeholder, and its message.

    Args:
        notes: where to look, the newest first.
        name: what a person calls it.
        kinds: the types of component.
        what: how it is called in errors.
        nth: which of those in the message, counted from 1 at the top.

    Raises:
        NotThereError: there is none.
        UnusableError: it is disabled, or a link, or there are fewer in the message.
    """
    known: list[str] = []
    for note in notes:
        if hits := controls_named(note.raw, name, kinds):
            if not 0 < nth <= len(hits):
                there = f"There {'is' if len(hits) == 1 else 'are'} {len(hits)} {what}(s) {name!r}"
                raise UnusableError(f"{there} in that message, so nth cannot be {nth}; it counts from 1.")
            hit = hits[nth - 1]
            _check_usable(read_control(hit), what)
            return note, hit
        known += [read_control(item).label for item in _of_kinds(note.raw, kinds)]
    raise NotThereError(what, name, known, where="in this channel")


def controls_named(message: Payload, name: str, kinds: frozenset[int]) -> list[Payload]:
    """The components of these kinds that a person means by that name, from the top of the message."""
    usable = _of_kinds(message, kinds)
    exact = [item for item in usable if name in _names_of(item)]
    folded = name.casefold()
    return exact or [item for item in usable if folded in map(str.casefold, _names_of(item))]


def _of_kinds(message: Payload, kinds: frozenset[int]) -> list[Payload]:
    return [item for item in walk(parts(message, "components")) if number(item, "type") in kinds]


def _names_of(item: Payload) -> list[str]:
    own = [
        text(item, "label"),
        text(item, "custom_id"),
        text(item, "placeholder"),
        text(part(item, "emoji"), "name"),
    ]
    return [name for name in own if name]


def _check_usable(control: Control, what: str) -> None:
    if control.kind == "link":
        raise UnusableError(f"The {what} {control.label!r} is a link to {control.url}; no bot hears of it.")
    if control.disabled:
        raise UnusableError(f"The {what} {control.label!r} is disabled.")


def select_values(item: Payload, values: Sequence[Value], guild: GuildView | None) -> list[str]:
    """What a select menu, a radio group or a checkbox group sends for the named values.

    Raises:
        NotThereError: one of them is not on offer.
    """
    kind = number(item, "type")
    where = f"in {read_control(item).label!r}"
    if entity := ENTITY_KINDS.get(kind):
        return [_entity(entity, value, guild, where) for value in values]
    return [_option(item, str(value), where) for value in values]


def _entity(kind: OptionType, value: Value, guild: GuildView | None, where: str) -> str:
    found = entity_id(kind, value, guild)
    if found is None:
        raise NotThereError(kind.name.lower(), str(value), entity_names(kind, guild), where=where)
    return found


def _option(item: Payload, value: str, where: str) -> str:
    options = parts(item, "options")
    for key in ("label", "value"):
        for option in options:
            if text(option, key).casefold() == value.casefold():
                return text(option, "value")
    raise NotThereError("choice", value, [text(option, "label") for option in options], where=where)


def fill_form(form: Payload, given: Mapping[str, Value], guild: GuildView | None) -> list[dict[str, object]]:
    """The components that submitting this modal sends; inputs that are not named keep what they held.

    Raises:
        NotThereError: no such field or choice.
    """
    fields = form_fields(form)
    by_input: dict[int, Value] = {}
    for name, value in given.items():
        hit = next((item for item, control in fields if name in {control.label, control.custom_id}), None)
        hit = hit or next(
            (item for item, control in fields if name.casefold() == control.label.casefold()), None
        )
        if hit is None:
            labels = [control.label for _, control in fields]
            raise NotThereError("field", name, labels, where=f"in the form {text(form, 'title')!r}")
        by_input[id(hit)] = value

    def answer(item: Payload) -> dict[str, object]:
        return _answer(item, by_input.get(id(item)), guild)

    return [filled for row in parts(form, "components") if (filled := _fill_row(row, answer))]


def _fill_row(row: Payload, answer: Callable[[Payload], dict[str, object]]) -> dict[str, object] | None:
    kind, shell = number(row, "type"), {"type": number(row, "type"), "id": number(row, "id")}
    if kind == ComponentType.LABEL:
        return {**shell, "component": answer(part(row, "component"))}
    if kind == ComponentType.ACTION_ROW:
        return {**shell, "components": [answer(item) for item in parts(row, "components")]}
    return None


def _answer(item: Payload, value: Value | None, guild: GuildView | None) -> dict[str, object]:
    kind = number(item, "type")
    shell: dict[str, object] = {"type": kind, "id": number(item, "id"), "custom_id": text(item, "custom_id")}
    if kind == ComponentType.TEXT_INPUT:
        return {**shell, "value": text(item, "value") if value is None else str(value)}
    if kind == ComponentType.CHECKBOX:
        ticked = item.get("default") is True if value is None else str(value).casefold() in _TRUE_WORDS
        return {**shell, "value": ticked}
    if value is None:
        chosen = [text(option, "value") for option in parts(item, "options") if option.get("default") is True]
    else:
        chosen = select_values(item, _several(value), guild)
    if kind == ComponentType.RADIO_GROUP:
        return {**shell, "value": chosen[0] if chosen else None}
    return {**shell, "values": chosen}


def _several(value: Value) -> list[Value]:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]


BUTTONS: frozenset[int] = frozenset({ComponentType.BUTTON})
MENUS: frozenset[int] = frozenset(SELECTS)
