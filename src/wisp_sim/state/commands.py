"""Registering application commands."""

from collections.abc import Iterable

from wisp_sim.model.account import Application
from wisp_sim.model.command import Command
from wisp_sim.model.errors import ApiError
from wisp_sim.model.kinds import CommandType, Installation
from wisp_sim.model.payload import Payload
from wisp_sim.rules.commands import MAX_COMMANDS, CommandDraft, check_unique, read_command
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.command_permissions import forget
from wisp_sim.state.command_views import command_view
from wisp_sim.state.store import Store

_DAY_S = 86_400
_MAX_CREATIONS_A_DAY = 200


def list_commands(store: Store, application_id: int, guild_id: int | None) -> list[Command]:
    """The commands of this application, global or of one guild."""
    return [
        command
        for command in store.commands.values()
        if command.application_id == application_id and command.guild_id == guild_id
    ]


def need_command(store: Store, application_id: int, guild_id: int | None, command_id: int) -> Command:
    """The command with this id in this scope.

    Raises:
        ApiError: 10063.
    """
    command = store.commands.get(command_id)
    if command is None or command.application_id != application_id or command.guild_id != guild_id:
        raise ApiError(404, 10063, "Unknown application command")
    return command


def put_commands(store: Store, application: Application, guild_id: int | None, body: object) -> list[Command]:
    """Replace all commands of a scope; those of the same type and name keep their ids."""
    if not isinstance(body, list):
        raise ApiError(400, 50035, "Invalid Form Body", _not_a_list())
    errors = Errors()
    forms = [Form(entry, errors, (str(index),)) for index, entry in enumerate(body)]
    drafts = [read_command(form) for form in forms]
    for form, draft in zip(forms, drafts, strict=True):
        _refuse_local_entry_point(form, draft, guild_id)
    check_unique(forms, drafts)
    errors.check()
    before = {
        (command.type, command.name): command for command in list_commands(store, application.id, guild_id)
    }
    _keep_entry_point(before, drafts)
    new = [draft for draft in drafts if draft is not None and (draft.type, draft.name) not in before]
    _need_budget(store, application, guild_id, len(new))
    for command in before.values():
        del store.commands[command.id]
    for draft in drafts:
        if draft is not None:
            known = before.pop((draft.type, draft.name), None)
            _save(store, application, guild_id, draft, known)
    for command in before.values():
        forget(store, command)
    return list_commands(store, application.id, guild_id)


def post_command(
    store: Store, application: Application, guild_id: int | None, body: object
) -> tuple[Command, bool]:
    """Add a command, or replace the one of its type and name; tells whether it is new."""
    draft = _read_one(body, guild_id)
    existing = list_commands(store, application.id, guild_id)
    known = next((c for c in existing if (c.type, c.name) == (draft.type, draft.name)), None)
    if known is None and sum(c.type == draft.type for c in existing) >= MAX_COMMANDS.get(draft.type, 1):
        raise ApiError(400, 30032, "Maximum number of application commands reached")
    return _save(store, application, guild_id, draft, known), known is None


def patch_command(store: Store, application: Application, command: Command, body: object) -> Command:
    """Change what the request speaks of."""
    if not isinstance(body, dict):
        return _save(store, application, command.guild_id, _read_one(body, command.guild_id), command)
    merged: Payload = {**command_view(command), **body, "type": int(command.type)}
    draft = _read_one(merged, command.guild_id)
    taken = [
        other
        for other in list_commands(store, application.id, command.guild_id)
        if other.type == draft.type and other.name == draft.name and other.id != command.id
    ]
    if taken:
        errors = Errors()
        message = "Application command names must be unique"
        errors.add(("name",), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        errors.check()
    if draft.name != command.name:
        forget(store, command)
    return _save(store, application, command.guild_id, draft, command)


def delete_command(store: Store, command: Command) -> None:
    """Let a command be gone, with what guilds decided about it."""
    del store.commands[command.id]
    forget(store, command)


def visible_commands(store: Store, application_ids: Iterable[int], guild_id: int | None) -> list[Command]:
    """The commands of these applications that exist in this guild, or in direct messages (None)."""
    wanted = frozenset(application_ids)
    return [
        command
        for command in store.commands.values()
        if command.application_id in wanted and command.guild_id in (None, guild_id)
    ]


def _keep_entry_point(
    before: dict[tuple[CommandType, str], Command], drafts: list[CommandDraft | None]
) -> None:
    """Refuse a list that leaves out the command by which an activity is opened."""
    kind = CommandType.PRIMARY_ENTRY_POINT
    had = any(command.type is kind for command in before.values())
    if had and not any(draft is not None and draft.type is kind for draft in drafts):
        message = (
            "You cannot remove this app's Entry Point command in a bulk update operation. Please include the "
            "Entry Point command in your update request or delete it separately."
        )
        raise ApiError(400, 50240, message)


def _refuse_local_entry_point(form: Form, draft: CommandDraft | None, guild_id: int | None) -> None:
    if draft is not None and guild_id is not None and draft.type is CommandType.PRIMARY_ENTRY_POINT:
        message = "An Entry Point command cannot belong to a guild"
        form.fail("type", "APPLICATION_COMMAND_ENTRY_POINT_GUILD_INVALID", message)


def _read_one(body: object, guild_id: int | None) -> CommandDraft:
    errors = Errors()
    form = Form(body, errors)
    draft = read_command(form)
    _refuse_local_entry_point(form, draft, guild_id)
    errors.check()
    if draft is None:
        raise ApiError(400, 50035, "Invalid Form Body")
    return draft


def _save(
    store: Store,
    application: Application,
    guild_id: int | None,
    draft: CommandDraft,
    known: Command | None,
) -> Command:
    if known is None:
        _need_budget(store, application, guild_id, 1).append(store.clock.now().timestamp())
    command = Command(
        id=store.ids.make() if known is None else known.id,
        application_id=application.id,
        guild_id=guild_id,
        type=draft.type,
        name=draft.name,
        version=store.ids.make(),
        definition=draft.definition,
        default_member_permissions=draft.default_member_permissions,
        contexts=draft.contexts if guild_id is None else None,
        installations=draft.installations if guild_id is None else (Installation.GUILD,),
    )
    store.commands[command.id] = command
    return command


def _need_budget(store: Store, application: Application, guild_id: int | None, wanted: int) -> list[float]:
    """The moments of today's creations in this scope, if ``wanted`` more fit.

    Raises:
        ApiError: 30034, they do not.

    Source: https://docs.discord.com/developers/interactions/application-commands#registering-a-command
    """
    now = store.clock.now().timestamp()
    made = store.command_creations.setdefault((application.id, guild_id or 0), [])
    made[:] = [moment for moment in made if now - moment < _DAY_S]
    if len(made) + wanted > _MAX_CREATIONS_A_DAY:
        raise ApiError(400, 30034, "Max number of daily application command creates has been reached (200)")
    return made


def _not_a_list() -> Payload:
    problem = {"code": "LIST_TYPE_CONVERT", "message": "Only iterables may be used in a ListType"}
    return {"_errors": [problem]}
