"""What a user fills in, with all that it names looked up: options, choices, the fields of a form."""

from collections.abc import Iterator

from wisp_sim.model.command import Command
from wisp_sim.model.kinds import ComponentType, OptionType
from wisp_sim.model.message import Attachment
from wisp_sim.model.payload import Payload
from wisp_sim.model.snowflake import parse_snowflake
from wisp_sim.rules.components import walk
from wisp_sim.rules.drafts import Upload
from wisp_sim.rules.file_types import takes
from wisp_sim.rules.form import Form
from wisp_sim.rules.invocation import fill_modal, fill_options, fill_values
from wisp_sim.state.resolve import COMPONENT_TABLES, OPTION_TABLES, Resolver, leaves
from wisp_sim.state.store import Store


class Filling:
    """Reads one request of a user; whatever is wrong is noted in its form's errors.

    Args:
        store: where to look things up.
        data: what the user sent.
        uploads: the files that came along.
        resolver: collects what is named.
    """

    def __init__(self, store: Store, data: Form, uploads: tuple[Upload, ...], resolver: Resolver) -> None:
        self.resolver = resolver
        self._store = store
        self._data = data
        self._uploads = {upload.index: upload for upload in uploads}
        self._taken: list[Attachment] = []

    def options(self, command: Command, *, partial: bool) -> list[Payload]:
        """The options of a command; ``partial`` while the user still writes."""
        known = command.definition.get("options")
        defined = known if isinstance(known, list) else []
        options = fill_options(self._data, defined, partial=partial)
        focused = [option for option in leaves(options) if option.get("focused")]
        if partial and len(focused) != 1:
            message = "Exactly one option must be focused"
            self._data.fail("options", "APPLICATION_COMMAND_OPTION_FOCUS_INVALID", message)
        for option, definition in _with_definitions(options, defined):
            self._look_up(option, definition)
        return options

    def _look_up(self, option: Payload, definition: Payload) -> None:
        kind = OptionType(int(str(option["type"])))
        value = option["value"]
        if kind in OPTION_TABLES and value is not None:
            types = definition.get("channel_types")
            self.resolver.check(self._data, "options", value, OPTION_TABLES[kind], types)
        elif kind is OptionType.ATTACHMENT:
            file = self._take(value, definition)
            if file is None:
                message = "There is no attachment with this number, or it is of another kind"
                self._data.fail("options", "APPLICATION_COMMAND_OPTION_ENTITY_UNKNOWN", message)
            else:
                option["value"] = str(file.id)

    def _take(self, number: object, definition: Payload) -> Attachment | None:
        """The file with this number, if it is one that may be given here."""
        upload = self._uploads.get(number) if isinstance(number, int) else None
        if upload is None or not takes(definition.get("file_types"), upload.filename):
            return None
        file = Attachment(self._store.ids.make(), upload.filename, upload.data, upload.content_type)
        self.resolver.take_file(file)
        self._taken.append(file)
        return file

    def keep(self) -> None:
        """Keep the files; to be called when nothing was wrong."""
        self._store.files.update({file.id: file for file in self._taken})

    def choice(self, component: Payload) -> Payload:
        """What was chosen in a select of a message."""
        values = fill_values(self._data, component)
        kind = ComponentType(int(str(component["type"])))
        if kind not in COMPONENT_TABLES:
            return {"values": values}
        self._check(component, kind, values, "values")
        return {"values": values, "resolved": self.resolver.found}

    def form(self, shown: list[Payload]) -> list[Payload]:
        """The fields of a form as its bot gets them."""
        components = fill_modal(self._data, shown)
        definitions = {one.get("custom_id"): one for one in walk(shown) if "custom_id" in one}
        for component in walk(components):
            values = component.get("values")
            kind = ComponentType(int(str(component["type"])))
            if not isinstance(values, list):
                continue
            definition = definitions[component["custom_id"]]
            if kind in COMPONENT_TABLES:
                self._check(definition, kind, values, "components")
            elif kind is ComponentType.FILE_UPLOAD:
                component["values"] = self._files(values, definition)
        return components

    def _files(self, values: list[object], definition: Payload) -> list[str]:
        files = [self._take(parse_snowflake(value), definition) for value in values]
        if None in files:
            message = "There is no attachment with this number, or it is of another kind"
            self._data.fail("components", "COMPONENT_VALUE_INVALID", message)
        return [str(file.id) for file in files if file is not None]

    def _check(self, definition: Payload, kind: ComponentType, values: list[str], key: str) -> None:
        for value in values:
            types = definition.get("channel_types")
            self.resolver.check(self._data, key, value, COMPONENT_TABLES[kind], types)


def _with_definitions(options: list[Payload], defined: list[Payload]) -> Iterator[tuple[Payload, Payload]]:
    """The options that have a value, in all subcommands, each with its definition."""
    by_name = {definition["name"]: definition for definition in defined}
    for option in options:
        definition = by_name[option["name"]]
        nested, known = option.get("options"), definition.get("options")
        if isinstance(nested, list):
            yield from _with_definitions(nested, known if isinstance(known, list) else [])
        elif "value" in option:
            yield option, definition
