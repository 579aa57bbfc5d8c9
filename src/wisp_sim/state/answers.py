"""How a bot answers an interaction: first, and then through its token.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding#responding-to-an-interaction
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from wisp_sim.model.errors import ApiError
from wisp_sim.model.interaction import Interaction, Modal, Stage
from wisp_sim.model.kinds import CallbackType, InteractionType, MessageFlag, OptionType
from wisp_sim.model.message import Message
from wisp_sim.model.payload import Payload
from wisp_sim.rules.components import read_modal_components
from wisp_sim.rules.drafts import MessageDraft, Upload, read_draft, read_draft_form, refuse_unfit
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.localizations import localized
from wisp_sim.rules.options import MAX_CHOICES, read_choice
from wisp_sim.state.availability import is_guest, must_whisper
from wisp_sim.state.delivery import announce
from wisp_sim.state.interactions import (
    mark_answered,
    origin_of,
    show_modal,
    tell_user,
    token_expired,
)
from wisp_sim.state.messages import delete, edit, fill, send
from wisp_sim.state.resolve import leaves
from wisp_sim.state.store import Store

_CHAT_INPUT = 20
_CONTEXT_MENU = 23
_PLAIN = 0
_MAX_GUEST_FOLLOW_UPS = 5
_T = CallbackType


@dataclass(frozen=True, slots=True)
class _Answer:
    """A first answer: to what, saying what, with which files."""

    store: Store
    interaction: Interaction
    data: Form
    uploads: tuple[Upload, ...]


# Which first answers an interaction may get.
_ALLOWED = {
    InteractionType.COMMAND: (_T.MESSAGE, _T.DEFERRED_MESSAGE, _T.MODAL),
    InteractionType.COMPONENT: (
        _T.MESSAGE, _T.DEFERRED_MESSAGE, _T.DEFERRED_UPDATE, _T.UPDATE_MESSAGE, _T.MODAL,
    ),
    InteractionType.AUTOCOMPLETE: (_T.AUTOCOMPLETE_RESULT,),
    InteractionType.MODAL_SUBMIT: (_T.MESSAGE, _T.DEFERRED_MESSAGE, _T.DEFERRED_UPDATE, _T.UPDATE_MESSAGE),
}  # fmt: skip


def answer(
    store: Store, interaction_id: int, token: str, body: object, uploads: tuple[Upload, ...]
) -> Interaction:
    """Give the first answer.

    Raises:
        ApiError: 10062 for an unknown interaction or one that waited too long, 40060 for a second
            answer, 50035 for a wrong one.
    """
    interaction = store.interactions.get(interaction_id)
    if interaction is None or interaction.token != token or interaction.stage is Stage.FAILED:
        raise ApiError(404, 10062, "Unknown interaction")
    if interaction.stage is Stage.ANSWERED:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    errors = Errors()
    form = Form(body, errors)
    kind = form.choice("type", (1, 4, 5, 6, 7, 8, 9, 10, 12), required=True)
    errors.check()
    if kind is None or kind not in _allowed(interaction):
        message = f"Interaction callback type {kind} is not allowed here"
        form.fail("type", "INTERACTION_CALLBACK_TYPE_INVALID", message)
        errors.check()
    callback = CallbackType(kind or _T.MESSAGE)
    if callback in (_T.MESSAGE, _T.DEFERRED_MESSAGE):
        _need_place(store, interaction)
    data = form.form("data", required=callback in (_T.MESSAGE, _T.AUTOCOMPLETE_RESULT, _T.MODAL))
    errors.check()
    part = data if data is not None else Form({}, errors, ("data",))
    _ANSWERS[callback](_Answer(store, interaction, part, uploads))
    return interaction


def _need_place(store: Store, interaction: Interaction) -> None:
    """Refuse to write where there is no channel any more."""
    if interaction.channel_id not in store.channels:
        raise ApiError(404, 10003, "Unknown Channel")


def _allowed(interaction: Interaction) -> tuple[CallbackType, ...]:
    allowed = _ALLOWED[interaction.type]
    if interaction.message is None:
        return tuple(kind for kind in allowed if kind not in (_T.DEFERRED_UPDATE, _T.UPDATE_MESSAGE))
    return allowed


def _settle(store: Store, interaction: Interaction, callback: CallbackType) -> None:
    interaction.callback = callback
    mark_answered(store, interaction)


def _send(store: Store, interaction: Interaction, draft: MessageDraft, own_flags: int = 0) -> Message:
    ephemeral = (draft.flags or 0) & MessageFlag.EPHEMERAL
    channel = store.channels[interaction.channel_id]
    if must_whisper(store, interaction.owners, channel, interaction.user_id):
        ephemeral = MessageFlag.EPHEMERAL
    kind = _PLAIN
    if interaction.original is None and interaction.command_type is not None:
        kind = _CHAT_INPUT if interaction.command_type == 1 else _CONTEXT_MENU
    origin = origin_of(interaction)
    if interaction.original is not None and interaction.callback is not _T.UPDATE_MESSAGE:
        origin.original_message_id = interaction.original.id
    message = send(
        store,
        channel,
        interaction.application_id,
        replace(draft, nonce=interaction.nonce if interaction.original is None else None),
        kind=kind,
        origin=origin,
        own_flags=own_flags | ephemeral,
        only_for=interaction.user_id if ephemeral else None,
    )
    interaction.message_ids.add(message.id)
    return message


def _message(act: _Answer) -> None:
    store, interaction = act.store, act.interaction
    draft = read_draft_form(act.data, act.uploads)
    act.data.errors.check()
    refuse_unfit(draft)
    _settle(store, interaction, _T.MESSAGE)
    tell_user(store, interaction, "INTERACTION_SUCCESS")
    interaction.original = _send(store, interaction, draft)


def _deferred_message(act: _Answer) -> None:
    store, interaction = act.store, act.interaction
    flags = act.data.integer("flags", least=0) or 0
    act.data.errors.check()
    _settle(store, interaction, _T.DEFERRED_MESSAGE)
    tell_user(store, interaction, "INTERACTION_SUCCESS")
    draft = MessageDraft(flags=flags & MessageFlag.EPHEMERAL)
    interaction.original = _send(store, interaction, draft, MessageFlag.LOADING)


def _deferred_update(act: _Answer) -> None:
    store, interaction = act.store, act.interaction
    interaction.original = interaction.message
    _settle(store, interaction, _T.DEFERRED_UPDATE)
    tell_user(store, interaction, "INTERACTION_SUCCESS")


def _update_message(act: _Answer) -> None:
    store, interaction = act.store, act.interaction
    message = interaction.message
    if message is None or not _exists(store, message):
        raise ApiError(404, 10008, "Unknown Message")
    draft = read_draft_form(act.data, act.uploads, base_flags=message.flags, there=message.file_names)
    act.data.errors.check()
    edit(store, message, draft)
    interaction.original = message
    _settle(store, interaction, _T.UPDATE_MESSAGE)
    tell_user(store, interaction, "INTERACTION_SUCCESS")


def _autocomplete(act: _Answer) -> None:
    store, interaction = act.store, act.interaction
    options = interaction.data.get("options")
    given = leaves(options) if isinstance(options, list) else iter(())
    typed = OptionType(int(str(next(option["type"] for option in given if option.get("focused")))))
    choices = [read_choice(entry, typed) for entry in act.data.forms("choices", most=MAX_CHOICES)]
    act.data.errors.check()
    _settle(store, interaction, _T.AUTOCOMPLETE_RESULT)
    locale = store.users[interaction.user_id].locale
    shown: Payload = {"choices": [localized(choice, locale) for choice in choices]}
    tell_user(store, interaction, "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE", shown)


def _modal(act: _Answer) -> None:
    store, interaction = act.store, act.interaction
    title = act.data.text("title", min_chars=1, max_chars=45, required=True)
    custom_id = act.data.text("custom_id", min_chars=1, max_chars=100, required=True)
    components = read_modal_components(act.data)
    act.data.errors.check()
    _settle(store, interaction, _T.MODAL)
    modal = Modal(store.ids.make(), custom_id or "", components, interaction)
    show_modal(store, interaction, modal, title or "")


_ANSWERS: dict[CallbackType, Callable[[_Answer], None]] = {
    _T.MESSAGE: _message,
    _T.DEFERRED_MESSAGE: _deferred_message,
    _T.DEFERRED_UPDATE: _deferred_update,
    _T.UPDATE_MESSAGE: _update_message,
    _T.AUTOCOMPLETE_RESULT: _autocomplete,
    _T.MODAL: _modal,
}


def need_answered(store: Store, application_id: int, token: str) -> Interaction:
    """The interaction whose token may be used to send and change messages now.

    Raises:
        ApiError: 10015 before the first answer or for a wrong token, 50027 after 15 minutes.
    """
    interaction = store.interaction_tokens.get(token)
    if interaction is None or interaction.application_id != application_id:
        raise ApiError(404, 10015, "Unknown Webhook")
    if token_expired(store, interaction):
        raise ApiError(401, 50027, "Invalid Webhook Token")
    if interaction.stage is not Stage.ANSWERED:
        raise ApiError(404, 10015, "Unknown Webhook")
    return interaction


def follow_up(store: Store, interaction: Interaction, body: object, uploads: tuple[Upload, ...]) -> Message:
    """Send one more message; the first one after a deferred answer fills it in."""
    _need_place(store, interaction)
    draft = read_draft(body, uploads)
    refuse_unfit(draft)
    _count_follow_up(store, interaction)
    original = interaction.original
    if original is not None and original.flags & MessageFlag.LOADING and _exists(store, original):
        _fill_in(store, original, draft)
        return original
    return _send(store, interaction, draft)


def _count_follow_up(store: Store, interaction: Interaction) -> None:
    """Refuse one too many; only where the application is not in the guild is there a limit.

    Source: https://docs.discord.com/developers/interactions/receiving-and-responding#create-followup-message
    """
    if is_guest(interaction.owners, store.channels[interaction.channel_id]):
        if interaction.follow_ups >= _MAX_GUEST_FOLLOW_UPS:
            message = "This interaction has hit the maximum number of follow up messages"
            raise ApiError(400, 40094, message)
        interaction.follow_ups += 1


def need_own_message(store: Store, interaction: Interaction, message_id: int | None) -> Message:
    """A message of this interaction; None means the original answer.

    Raises:
        ApiError: 10008.
    """
    if message_id is None:
        message = interaction.original
    elif message_id in interaction.message_ids:
        message = store.ephemeral.get(message_id) or _kept(store, interaction.channel_id).get(message_id)
    else:
        message = None
    if message is None or not _exists(store, message):
        raise ApiError(404, 10008, "Unknown Message")
    return message


def edit_own(store: Store, message: Message, body: object, uploads: tuple[Upload, ...]) -> None:
    """Change a message through the token."""
    draft = read_draft(body, uploads, base_flags=message.flags, there=message.file_names)
    if message.flags & MessageFlag.LOADING:
        if draft.is_empty:
            raise ApiError(400, 50006, "Cannot send an empty message")
        _fill_in(store, message, draft)
    else:
        edit(store, message, draft)


def delete_own(store: Store, message: Message) -> None:
    """Delete a message through the token."""
    delete(store, message)


def _fill_in(store: Store, message: Message, draft: MessageDraft) -> None:
    message.flags &= ~MessageFlag.LOADING
    message.flags |= (draft.flags or 0) & (MessageFlag.COMPONENTS_V2 | MessageFlag.SUPPRESS_EMBEDS)
    fill(store, message, draft)
    announce(store, "MESSAGE_UPDATE", message)


def _exists(store: Store, message: Message) -> bool:
    if message.channel_id not in store.channels:
        return False
    return message.id in store.ephemeral or message.id in _kept(store, message.channel_id)


def _kept(store: Store, channel_id: int) -> dict[int, Message]:
    return store.messages.get(channel_id, {})
