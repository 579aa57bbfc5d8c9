"""What a user does with a bot: invoke a command, ask for choices, press, choose, submit.

Source: the client's own ``POST /interactions``; Discord does not document it.
"""

from dataclasses import dataclass

from wisp_sim.model.account import User
from wisp_sim.model.command import Command
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.interaction import Interaction
from wisp_sim.model.kinds import (
    CommandType,
    ComponentType,
    Installation,
    InteractionType,
)
from wisp_sim.model.message import Message
from wisp_sim.model.payload import Payload
from wisp_sim.rules.commands import DISCORD_HANDLER
from wisp_sim.rules.components import walk
from wisp_sim.rules.drafts import Upload
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.availability import installations, owners_of, ways_to_use
from wisp_sim.state.filling import Filling
from wisp_sim.state.interactions import open_interaction
from wisp_sim.state.resolve import USERS, Resolver
from wisp_sim.state.store import Store


@dataclass(frozen=True, slots=True)
class _Act:
    """One request, read as far as all kinds have in common."""

    store: Store
    user: User
    application_id: int
    channel: Channel
    form: Form
    data: Form
    nonce: str | None
    uploads: tuple[Upload, ...]


def invoke(store: Store, user: User, body: object, uploads: tuple[Upload, ...]) -> Interaction:
    """Do what a user's ``POST /interactions`` asks for.

    Raises:
        ApiError: Discord would not let this user do it, or not here, or not so.
    """
    errors = Errors()
    form = Form(body, errors)
    kind = form.choice("type", (2, 3, 4, 5), required=True)
    application_id = form.snowflake("application_id", required=True)
    channel_id = form.snowflake("channel_id", required=True)
    guild_id = form.snowflake("guild_id")
    nonce = form.text("nonce", max_chars=64)
    data = form.form("data", required=True)
    errors.check()
    if application_id not in store.applications:
        raise ApiError(404, 10002, "Unknown Application")
    channel = store.need_channel(channel_id or 0, user.id)
    if guild_id is not None and guild_id != channel.guild_id:
        raise ApiError(404, 10003, "Unknown Channel")
    part = data if data is not None else Form({}, errors, ("data",))
    act = _Act(store, user, application_id or 0, channel, form, part, nonce, uploads)
    if kind == InteractionType.COMPONENT:
        return _press(act)
    if kind == InteractionType.MODAL_SUBMIT:
        return _submit(act)
    return _command(act, InteractionType(kind or 2))


def _filling(act: _Act) -> Filling:
    resolver = Resolver(act.store, act.channel, act.user.id)
    return Filling(act.store, act.data, act.uploads, resolver)


def _command(act: _Act, kind: InteractionType) -> Interaction:
    command = _need_command(act)
    owners = owners_of(_need_ways(act, command), act.channel, act.user.id)
    filling = _filling(act)
    data: Payload = {"id": str(command.id), "name": command.name, "type": int(command.type)}
    if command.guild_id is not None:
        data["guild_id"] = str(command.guild_id)
    if command.type is CommandType.CHAT_INPUT:
        data["options"] = filling.options(command, partial=kind is InteractionType.AUTOCOMPLETE)
    elif command.type is CommandType.PRIMARY_ENTRY_POINT:
        _refuse_launch(command)
    else:
        data["target_id"] = str(_target(act, command, filling.resolver))
    act.form.errors.check()
    filling.keep()
    if filling.resolver.found:
        data["resolved"] = filling.resolver.found
    return _open(act, kind, data, owners, command=command)


def _refuse_launch(command: Command) -> None:
    """Discord itself opens the activity of such a command, without asking the bot; there are none here."""
    if command.definition.get("handler") == DISCORD_HANDLER:
        raise ApiError(501, 0, "501: the offline Discord does not launch activities")


def _need_command(act: _Act) -> Command:
    command_id = act.data.snowflake("id", required=True)
    version = act.data.snowflake("version")
    act.form.errors.check()
    command = act.store.commands.get(command_id or 0)
    if (
        command is None
        or command.application_id != act.application_id
        or command.guild_id not in (None, act.channel.guild_id)
    ):
        raise ApiError(404, 10063, "Unknown application command")
    if version is not None and version != command.version:
        message = "This command is outdated, please try again in a few minutes"
        act.data.fail("version", "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION", message)
        act.form.errors.check()
    return command


def _need_ways(act: _Act, command: Command) -> set[Installation]:
    """Through which installations the user may use the command here.

    Raises:
        ApiError: 50001, the application is not there at all; 50013, the user may not use it.
    """
    if not installations(act.store, act.application_id, act.channel, act.user.id):
        raise ApiError(403, 50001, "Missing Access")
    ways = ways_to_use(act.store, command, act.channel, act.user.id)
    if not ways:
        raise ApiError(403, 50013, "Missing Permissions")
    return ways


def _target(act: _Act, command: Command, resolver: Resolver) -> int:
    target_id = act.data.snowflake("target_id", required=True) or 0
    act.form.errors.check()
    if command.type is CommandType.MESSAGE:
        resolver.take_message(act.store.need_message(act.channel, target_id))
    else:
        resolver.check(act.data, "target_id", target_id, (USERS,))
    return target_id


def _press(act: _Act) -> Interaction:
    message = _need_pressed_message(act)
    owners = _need_reach(act, message)
    custom_id = act.data.text("custom_id", required=True)
    kind = act.data.integer("component_type", required=True)
    act.form.errors.check()
    component = next((c for c in walk(message.components) if c.get("custom_id") == custom_id), None)
    if component is None or component["type"] != kind or component.get("disabled"):
        act.data.fail("custom_id", "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    act.form.errors.check()
    data: Payload = {"custom_id": custom_id, "component_type": kind}
    if component is not None:
        data["id"] = component["id"]
        if kind != ComponentType.BUTTON:
            data |= _filling(act).choice(component)
    act.form.errors.check()
    return _open(act, InteractionType.COMPONENT, data, owners, message=message)


def _need_reach(act: _Act, message: Message) -> dict[int, int]:
    """Who authorized the application that a message comes from: the guild now, or a user with a command.

    Raises:
        ApiError: 50001, nobody does any more.
    """
    ways = installations(act.store, act.application_id, act.channel, act.user.id) - {Installation.USER}
    owners = owners_of(ways, act.channel, act.user.id)
    if message.origin is not None and Installation.USER in message.origin.owners:
        owners[int(Installation.USER)] = message.origin.owners[Installation.USER]
    if not owners:
        raise ApiError(403, 50001, "Missing Access")
    return owners


def _need_pressed_message(act: _Act) -> Message:
    message_id = act.form.snowflake("message_id", required=True) or 0
    act.form.errors.check()
    hidden = act.store.ephemeral.get(message_id)
    if hidden is not None and hidden.only_for == act.user.id and hidden.channel_id == act.channel.id:
        return hidden
    message = act.store.need_message(act.channel, message_id)
    if message.author_id != act.application_id:
        raise ApiError(404, 10008, "Unknown Message")
    return message


def _submit(act: _Act) -> Interaction:
    modal_id = act.data.snowflake("id", required=True) or 0
    custom_id = act.data.text("custom_id", required=True)
    act.form.errors.check()
    modal = act.store.modals.get(modal_id)
    known = modal is not None and modal.source.user_id == act.user.id and modal.custom_id == custom_id
    if modal is None or not known or modal.source.application_id != act.application_id:
        message = "This form is not open any more"
        act.data.fail("id", "INTERACTION_MODAL_UNKNOWN", message)
        act.form.errors.check()
        raise ApiError(404, 10062, "Unknown interaction")
    filling = _filling(act)
    data: Payload = {"custom_id": custom_id, "components": filling.form(modal.components)}
    act.form.errors.check()
    filling.keep()
    if filling.resolver.found:
        data["resolved"] = filling.resolver.found
    del act.store.modals[modal.id]
    source = modal.source
    kind = InteractionType.MODAL_SUBMIT
    return _open(act, kind, data, source.owners, message=source.message, source=source)


def _open(
    act: _Act,
    kind: InteractionType,
    data: Payload,
    owners: dict[int, int],
    *,
    message: Message | None = None,
    source: Interaction | None = None,
    command: Command | None = None,
) -> Interaction:
    return open_interaction(
        act.store,
        kind=kind,
        user_id=act.user.id,
        application_id=act.application_id,
        channel=act.channel,
        owners=dict(owners),
        data=data,
        nonce=act.nonce,
        message=message,
        source=source,
        command=command,
    )
