"""What the components of a message or a modal may look like.

Source: https://docs.discord.com/developers/components/reference
"""

from collections.abc import Collection, Iterator

from wisp_sim.model.kinds import ComponentType
from wisp_sim.model.payload import Payload
from wisp_sim.rules.component_kinds import Finder, read_kind
from wisp_sim.rules.form import Form

_MAX_ROWS = 5
_MAX_TOTAL_V2 = 40
_MAX_TEXT_V2_CHARS = 4000
_MAX_BUTTONS = 5
_C = ComponentType

_SELECTS = {_C.STRING_SELECT, _C.USER_SELECT, _C.ROLE_SELECT, _C.MENTIONABLE_SELECT, _C.CHANNEL_SELECT}
_IN_MODAL = {_C.ACTION_ROW, _C.LABEL, _C.TEXT_DISPLAY}
_V2_TOP = {
    _C.ACTION_ROW,
    _C.SECTION,
    _C.TEXT_DISPLAY,
    _C.MEDIA_GALLERY,
    _C.FILE,
    _C.SEPARATOR,
    _C.CONTAINER,
}
_LABELLED = _SELECTS | {_C.TEXT_INPUT, _C.FILE_UPLOAD, _C.RADIO_GROUP, _C.CHECKBOX_GROUP, _C.CHECKBOX}
_CHILDREN = {
    _C.ACTION_ROW: _SELECTS | {_C.BUTTON},
    _C.SECTION: {_C.TEXT_DISPLAY},
    _C.CONTAINER: _V2_TOP - {_C.CONTAINER},
}


def read_message_components(form: Form, *, v2: bool, files: Collection[str] = ()) -> list[Payload]:
    """The components of a message, as Discord writes them back, numbered depth first from 1.

    Args:
        form: the request.
        v2: the message is one of version 2.
        files: the names of the message's files.
    """
    reader = _Reader(Finder(files=files))
    allowed = _V2_TOP if v2 else {_C.ACTION_ROW}
    entries = form.forms("components", most=None if v2 else _MAX_ROWS)
    components = reader.read_all(entries, allowed)
    total = number(components)
    if v2 and total > _MAX_TOTAL_V2:
        message = f"Must be {_MAX_TOTAL_V2} or fewer in length."
        form.fail("components", "BASE_TYPE_MAX_LENGTH", message)
    texts = sum(len(str(one.get("content", ""))) for one in walk(components))
    if texts > _MAX_TEXT_V2_CHARS:
        message = f"Total text must be {_MAX_TEXT_V2_CHARS} or fewer in length."
        form.fail("components", "COMPONENT_MAX_TOTAL_TEXT_LENGTH_EXCEEDED", message)
    return components


def read_modal_components(form: Form) -> list[Payload]:
    """The components of a modal: rows with a text input, labels, and text."""
    reader = _Reader(Finder(modal=True))
    entries = form.forms("components", least=1, most=_MAX_ROWS, required=True)
    components = reader.read_all(entries, _IN_MODAL)
    number(components)
    return components


def walk(components: list[Payload]) -> Iterator[Payload]:
    """All components, depth first."""
    for component in components:
        yield component
        yield from walk(_below(component))


def number(components: list[Payload]) -> int:
    """Give each component that has none an id of its own, depth first from 1; returns how many there are."""
    everything = list(walk(components))
    taken = {component["id"] for component in everything if component.get("id")}
    following = 1
    for component in everything:
        if not component.get("id"):
            while following in taken:
                following += 1
            taken.add(following)
            component["id"] = following
    return len(everything)


def _below(component: Payload) -> list[Payload]:
    below: list[Payload] = []
    children = component.get("components")
    if isinstance(children, list):
        below += children
    for key in ("accessory", "component"):
        child = component.get(key)
        if isinstance(child, dict):
            below.append(child)
    return below


class _Reader:
    """Reads one tree of components; a custom id may occur in it only once."""

    def __init__(self, seen: Finder) -> None:
        self._seen = seen

    def read_all(self, entries: list[Form], allowed: set[ComponentType]) -> list[Payload]:
        """These components, each of which must be of an ``allowed`` type."""
        found = [self._read(entry, allowed) for entry in entries]
        return [component for component in found if component is not None]

    def _read(self, form: Form, allowed: set[ComponentType]) -> Payload | None:
        number_ = form.integer("type", required=True)
        if number_ is not None and number_ not in allowed:
            shown = ", ".join(str(int(kind)) for kind in sorted(allowed))
            form.fail("type", "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({shown}).')
        if number_ not in allowed:
            return None
        kind = ComponentType(number_)
        component: Payload = {"type": int(kind)}
        own_id = self._seen.own_id(form)
        if own_id is not None:
            component["id"] = own_id
        component |= read_kind(form, kind, self._seen)
        if kind in _CHILDREN:
            component["components"] = self._read_children(form, kind)
        elif kind is _C.LABEL:
            component["component"] = self._read_one(form, "component", _LABELLED)
        if kind is _C.SECTION:
            component["accessory"] = self._read_one(form, "accessory", {_C.BUTTON, _C.THUMBNAIL})
        return component

    def _read_children(self, form: Form, kind: ComponentType) -> list[Payload]:
        if kind is _C.ACTION_ROW and self._seen.modal:
            inputs = form.forms("components", least=1, most=1, required=True)
            for entry in inputs:
                entry.text("label", min_chars=1, required=True)
            return self.read_all(inputs, {_C.TEXT_INPUT})
        most = {_C.ACTION_ROW: _MAX_BUTTONS, _C.SECTION: 3}.get(kind)
        entries = form.forms("components", least=1, most=most, required=True)
        children = self.read_all(entries, _CHILDREN[kind])
        if kind is _C.ACTION_ROW and len(children) > 1 and any(_is_select(child) for child in children):
            message = "The specified component exceeds the maximum width"
            form.fail("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
        return children

    def _read_one(self, form: Form, key: str, allowed: set[ComponentType]) -> Payload | None:
        child = form.form(key, required=True)
        return None if child is None else self._read(child, allowed)


def _is_select(component: Payload) -> bool:
    return component["type"] in _SELECTS
