"""What a command may look like when a bot registers it.

Source: https://docs.discord.com/developers/interactions/application-commands#application-command-object
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wisp_sim.model.kinds import CommandType, Installation
from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Form
from wisp_sim.rules.localizations import Named, check_typed_name, longest, read_localizations
from wisp_sim.rules.options import read_options

MAX_COMMANDS = {CommandType.CHAT_INPUT: 100, CommandType.USER: 15, CommandType.MESSAGE: 15}
_MAX_TOTAL_CHARS = 8000
_MOST_PERMISSIONS = 2**54 - 1
APP_HANDLER, DISCORD_HANDLER = 1, 2


@dataclass(frozen=True, slots=True)
class CommandDraft:
    """A command as a bot described it, before it has ids."""

    type: CommandType
    name: str
    definition: Payload
    default_member_permissions: int | None
    contexts: tuple[int, ...] | None
    installations: tuple[Installation, ...]


def read_command(form: Form) -> CommandDraft | None:
    """The command that a request describes; None when its name or type cannot be read.

    Whatever is wrong is noted in the form's errors.
    """
    kind = CommandType(form.choice("type", (1, 2, 3, 4)) or CommandType.CHAT_INPUT)
    name = form.text("name", min_chars=1, max_chars=32, required=True)
    if name is None:
        return None
    definition = _definition(form, kind)
    if kind is CommandType.CHAT_INPUT:
        check_typed_name(form, "name", name)
        if _count_chars({"name": name, **definition}) > _MAX_TOTAL_CHARS:
            message = f"Command exceeds maximum size ({_MAX_TOTAL_CHARS})"
            form.errors.add(form.path, "APPLICATION_COMMAND_TOO_LARGE", message)
    contexts = None
    if form.has("contexts") and form.data["contexts"] is not None:
        contexts = tuple(form.numbers("contexts", (0, 1, 2), least=1))
    elif form.has("dm_permission") and form.truth("dm_permission") is False:
        contexts = (0,)
    installations = tuple(map(Installation, form.numbers("integration_types", (0, 1), least=1)))
    needed = form.integer("default_member_permissions", least=0, most=_MOST_PERMISSIONS)
    return CommandDraft(kind, name, definition, needed, contexts, installations or (Installation.GUILD,))


def _definition(form: Form, kind: CommandType) -> Payload:
    chat = kind is CommandType.CHAT_INPUT
    description = form.text("description", min_chars=int(chat), max_chars=100, required=chat)
    if description and kind in (CommandType.USER, CommandType.MESSAGE):
        form.fail(
            "description",
            "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
            "Context menu commands cannot have description",
        )
    definition: Payload = {
        "description": description or "",
        "nsfw": bool(form.truth("nsfw")),
    }
    definition |= read_localizations(form, Named.TYPED if chat else Named.MENU)
    handler = form.choice("handler", (APP_HANDLER, DISCORD_HANDLER))
    if kind is CommandType.PRIMARY_ENTRY_POINT:
        definition["handler"] = handler or APP_HANDLER
    elif handler is not None:
        message = "Only an Entry Point command has a handler"
        form.fail("handler", "APPLICATION_COMMAND_HANDLER_INVALID", message)
    options = read_options(form) if chat else []
    if options:
        definition["options"] = options
    elif form.data.get("options") and not chat:
        form.fail(
            "options",
            "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID",
            "Context menu commands cannot have options",
        )
    return definition


def _count_chars(named: Payload) -> int:
    """All names, descriptions and values, each in its longest language."""
    total = longest(named, "name") + longest(named, "description")
    options = named.get("options")
    for option in options if isinstance(options, list) else []:
        total += _count_chars(option)
        for choice in option.get("choices", []):
            total += longest(choice, "name") + len(str(choice["value"]))
    return total


def check_unique(forms: Iterable[Form], drafts: Iterable[CommandDraft | None]) -> None:
    """Note commands of one type that share a name, and too many of a type."""
    seen: dict[tuple[CommandType, str], int] = {}
    counts: dict[CommandType, int] = {}
    for form, draft in zip(forms, drafts, strict=True):
        if draft is None:
            continue
        key = (draft.type, draft.name)
        counts[draft.type] = counts.get(draft.type, 0) + 1
        if key in seen:
            message = "Application command names must be unique"
            form.fail("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        elif counts[draft.type] > MAX_COMMANDS.get(draft.type, 1):
            message = f"Must be {MAX_COMMANDS.get(draft.type, 1)} or fewer in length."
            form.errors.add((), "BASE_TYPE_MAX_LENGTH", message)
        seen[key] = 1
