"""Interactions as Discord writes them in JSON."""

from wisp_sim.model.guild import Channel
from wisp_sim.model.interaction import Interaction
from wisp_sim.model.kinds import CallbackType, MessageFlag
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.state.account_views import user_view
from wisp_sim.state.availability import app_permissions, context_of
from wisp_sim.state.channel_views import channel_view
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.message_views import message_view
from wisp_sim.state.store import Store

ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024


def interaction_view(store: Store, interaction: Interaction) -> Payload:
    """An interaction as the gateway brings it to its bot."""
    channel = store.channels[interaction.channel_id]
    guild_id = interaction.guild_id
    view: Payload = {
        "id": str(interaction.id),
        "application_id": str(interaction.application_id),
        "type": int(interaction.type),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": channel_view(store, channel, interaction.application_id),
        "locale": store.users[interaction.user_id].locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {
            str(kind): str(owner) for kind, owner in interaction.owners.items()
        },
        "context": int(context_of(interaction.application_id, channel)),
        "attachment_size_limit": ATTACHMENT_LIMIT_BYTES,
        "app_permissions": str(int(_app_permissions(store, interaction, channel))),
    }
    if guild_id is None:
        view["user"] = user_view(store.users[interaction.user_id])
    else:
        view |= _guild_part(store, interaction, guild_id)
    if interaction.message is not None:
        view["message"] = message_view(store, interaction.message, interaction.application_id)
    return view


def _app_permissions(store: Store, interaction: Interaction, channel: Channel) -> Permission:
    return app_permissions(
        store, interaction.application_id, interaction.owners, channel, interaction.user_id
    )


def _guild_part(store: Store, interaction: Interaction, guild_id: int) -> Payload:
    guild = store.guilds[guild_id]
    locale = guild.settings.preferred_locale
    channel = store.channels[interaction.channel_id]
    member = guild.members.get(interaction.user_id)
    held = store.permissions_in(channel, interaction.user_id) if member else NO_PERMISSIONS
    shown = {} if member is None else member_view(store, member)
    view = channel_view(store, channel, interaction.application_id)
    return {
        "guild_id": str(guild_id),
        "guild": {"id": str(guild_id), "locale": locale, "features": guild.settings.features},
        "guild_locale": locale,
        "member": {**shown, "permissions": str(int(held)), "unusual_dm_activity_until": None},
        "channel": {**view, "permissions": str(int(held))},
    }


def callback_view(store: Store, interaction: Interaction) -> Payload:
    """What a first answer with ``with_response`` gets back."""
    answered: Payload = {"id": str(interaction.id), "type": int(interaction.type)}
    view: Payload = {"interaction": answered}
    original, callback = interaction.original, interaction.callback
    if callback is None or original is None or callback is CallbackType.DEFERRED_UPDATE:
        return view
    answered |= {
        "response_message_id": str(original.id),
        "response_message_loading": bool(original.flags & MessageFlag.LOADING),
        "response_message_ephemeral": bool(original.flags & MessageFlag.EPHEMERAL),
    }
    if callback is not CallbackType.DEFERRED_MESSAGE:
        message = message_view(store, original, interaction.application_id)
        view["resource"] = {"type": int(callback), "message": message}
    return view
