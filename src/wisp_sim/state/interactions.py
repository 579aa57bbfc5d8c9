"""The life of an interaction: opened by a user, answered by a bot in time, or failed.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from datetime import timedelta
from functools import partial

from wisp_sim.model.command import Command
from wisp_sim.model.guild import Channel
from wisp_sim.model.interaction import Interaction, Modal, Stage
from wisp_sim.model.kinds import InteractionType
from wisp_sim.model.message import Message, Origin
from wisp_sim.model.payload import Payload
from wisp_sim.model.token import make_secret
from wisp_sim.rules.options import NESTED
from wisp_sim.state.account_views import application_view
from wisp_sim.state.bus import Event, only
from wisp_sim.state.interaction_views import interaction_view
from wisp_sim.state.store import Store

FIRST_ANSWER_S = 3.0
TOKEN_LIFE = timedelta(minutes=15)
# How long what can no longer be answered is remembered, so that late calls get the right refusal.
_MEMORY = timedelta(minutes=60)
_TIMEOUT = 2


def open_interaction(
    store: Store,
    *,
    kind: InteractionType,
    user_id: int,
    application_id: int,
    channel: Channel,
    owners: dict[int, int],
    data: Payload,
    nonce: str | None,
    message: Message | None = None,
    source: Interaction | None = None,
    command: Command | None = None,
) -> Interaction:
    """Let a user act on a bot, tell both, and start the 3 seconds."""
    _forget_old(store)
    interaction = Interaction(
        id=store.ids.make(),
        token=make_secret(),
        application_id=application_id,
        type=kind,
        user_id=user_id,
        channel_id=channel.id,
        guild_id=channel.guild_id,
        created_at=store.clock.now(),
        data=data,
        nonce=nonce,
        message=message,
        source=source,
        command_name=None if command is None else _full_name(command, data),
        command_type=None if command is None else int(command.type),
        owners=owners,
    )
    store.interactions[interaction.id] = interaction
    store.interaction_tokens[interaction.token] = interaction
    watch(store, interaction)
    tell_user(store, interaction, "INTERACTION_CREATE")
    data = interaction_view(store, interaction)
    store.bus.publish(Event("INTERACTION_CREATE", data, only(application_id), channel.guild_id))
    return interaction


def _full_name(command: Command, data: Payload) -> str:
    """With the group and the subcommand, as a message tells what it came from.

    Source: https://docs.discord.com/developers/interactions/receiving-and-responding#message-interaction-object
    """
    names, options = [command.name], data.get("options")
    while isinstance(options, list) and options and options[0]["type"] in NESTED:
        names.append(options[0]["name"])
        options = options[0].get("options")
    return " ".join(names)


def watch(store: Store, interaction: Interaction) -> None:
    """Let an interaction that waits fail 3 seconds after it was made."""
    waited_s = (store.clock.now() - interaction.created_at).total_seconds()
    left_s = max(FIRST_ANSWER_S - waited_s, 0.0)
    store.timers[interaction.id] = store.clock.call_later(left_s, partial(_fail, store, interaction))


def tell_user(store: Store, interaction: Interaction, name: str, extra: Payload | None = None) -> None:
    """Tell the user who acted what became of it."""
    data: Payload = {"id": str(interaction.id), "nonce": interaction.nonce, **(extra or {})}
    store.bus.publish(Event(name, data, only(interaction.user_id), interaction.guild_id))


def mark_answered(store: Store, interaction: Interaction) -> None:
    """The bot answered in time."""
    interaction.stage = Stage.ANSWERED
    timer = store.timers.pop(interaction.id, None)
    if timer is not None:
        timer.cancel()


def show_modal(store: Store, interaction: Interaction, modal: Modal, title: str) -> None:
    """Open a form before the user; one at a time."""
    for other in [known for known in store.modals.values() if known.source.user_id == interaction.user_id]:
        del store.modals[other.id]
    store.modals[modal.id] = modal
    tell_user(store, interaction, "INTERACTION_SUCCESS")
    extra: Payload = {
        "id": str(modal.id),
        "channel_id": str(interaction.channel_id),
        "title": title,
        "custom_id": modal.custom_id,
        "application": application_view(store, store.applications[interaction.application_id]),
        "application_id": str(interaction.application_id),
        "components": modal.components,
    }
    tell_user(store, interaction, "INTERACTION_MODAL_CREATE", extra)


def origin_of(interaction: Interaction) -> Origin:
    """What a message tells of the interaction that it answers."""
    message = interaction.message
    return Origin(
        interaction_id=interaction.id,
        interaction_type=int(interaction.type),
        user_id=interaction.user_id,
        command_name=interaction.command_name,
        command_type=interaction.command_type,
        interacted_message_id=None if message is None else message.id,
        triggered_by=None if interaction.source is None else origin_of(interaction.source),
        owners=dict(interaction.owners),
    )


def token_expired(store: Store, interaction: Interaction) -> bool:
    """The interaction's token is too old."""
    return store.clock.now() - interaction.created_at >= TOKEN_LIFE


def _fail(store: Store, interaction: Interaction) -> None:
    store.timers.pop(interaction.id, None)
    if interaction.stage is Stage.WAITING:
        interaction.stage = Stage.FAILED
        tell_user(store, interaction, "INTERACTION_FAILURE", {"reason_code": _TIMEOUT})


def _forget_old(store: Store) -> None:
    horizon = store.clock.now() - _MEMORY
    while store.interactions:
        oldest = next(iter(store.interactions.values()))
        if oldest.created_at > horizon:
            return
        del store.interactions[oldest.id]
        store.interaction_tokens.pop(oldest.token, None)
