"""Webhooks that are made, changed, removed, and found again.

Source: https://docs.discord.com/developers/resources/webhook
"""

import hmac

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.token import make_secret
from wisp_sim.model.webhook import Webhook
from wisp_sim.state import audit_log
from wisp_sim.state.account_views import user_view
from wisp_sim.state.audit_log import changed
from wisp_sim.state.bus import Event
from wisp_sim.state.store import Store

# Both: https://docs.discord.com/developers/topics/opcodes-and-status-codes
_MAX_IN_CHANNEL = 15
_MAX_IN_GUILD = 1000
_INCOMING = 1


def create(
    store: Store, channel: Channel, actor_id: int, name: str, avatar: str | None, reason: str | None
) -> Webhook:
    """Let a channel have one more webhook.

    Raises:
        ApiError: 30007, it has as many as it may; 30058, its guild has; 50024, it is in no guild.
    """
    if channel.guild_id is None:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    if len(webhooks_of(store, channel_id=channel.id)) >= _MAX_IN_CHANNEL:
        raise ApiError(400, 30007, f"Maximum number of webhooks reached ({_MAX_IN_CHANNEL})")
    if len(webhooks_of(store, guild_id=channel.guild_id)) >= _MAX_IN_GUILD:
        raise ApiError(400, 30058, f"Maximum number of webhooks per guild reached ({_MAX_IN_GUILD})")
    webhook = Webhook(
        id=store.ids.make(),
        guild_id=channel.guild_id,
        channel_id=channel.id,
        name=name,
        token=make_secret(),
        user_id=actor_id,
        application_id=actor_id if actor_id in store.applications else None,
        avatar=avatar,
    )
    store.webhooks[webhook.id] = webhook
    _note(store, webhook, actor_id, AuditAction.WEBHOOK_CREATE, reason, {}, _audited(webhook))
    _tell(store, webhook.guild_id, channel.id)
    return webhook


def change(store: Store, webhook: Webhook, after: Webhook, actor_id: int | None, reason: str | None) -> None:
    """Let a webhook become like ``after``; without an actor its token did it, and no log says so."""
    before, place = _audited(webhook), webhook.channel_id
    webhook.name, webhook.avatar, webhook.channel_id = after.name, after.avatar, after.channel_id
    now = _audited(webhook)
    if now == before:
        return
    _note(store, webhook, actor_id, AuditAction.WEBHOOK_UPDATE, reason, before, now)
    for channel_id in dict.fromkeys((place, webhook.channel_id)):
        _tell(store, webhook.guild_id, channel_id)


def remove(store: Store, webhook: Webhook, actor_id: int | None, reason: str | None) -> None:
    """Let a webhook be no more; its messages stay."""
    del store.webhooks[webhook.id]
    _note(store, webhook, actor_id, AuditAction.WEBHOOK_DELETE, reason, _audited(webhook), {})
    _tell(store, webhook.guild_id, webhook.channel_id)


def webhooks_of(store: Store, *, guild_id: int | None = None, channel_id: int | None = None) -> list[Webhook]:
    """The webhooks of a guild or a channel."""
    return [
        webhook
        for webhook in store.webhooks.values()
        if guild_id in (None, webhook.guild_id)
        and channel_id in (None, webhook.channel_id)
        and webhook.channel_id in store.channels
    ]


def need_webhook(store: Store, webhook_id: int) -> Webhook:
    """The webhook with this id.

    Raises:
        ApiError: 10015; also when its channel is gone.
    """
    webhook = store.webhooks.get(webhook_id)
    if webhook is None or webhook.channel_id not in store.channels:
        raise ApiError(404, 10015, "Unknown Webhook")
    return webhook


def need_by_token(store: Store, webhook_id: int, token: str) -> Webhook:
    """The webhook with this id and token.

    Raises:
        ApiError: 10015, or 50027 for a wrong token.
    """
    webhook = need_webhook(store, webhook_id)
    if not hmac.compare_digest(webhook.token.encode(), token.encode("utf-8", "surrogatepass")):
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return webhook


def webhook_view(store: Store, webhook: Webhook, *, with_user: bool = True) -> Payload:
    """A webhook as it travels; who comes by its token does not see who made it."""
    view: Payload = {
        "id": str(webhook.id),
        "type": _INCOMING,
        "guild_id": str(webhook.guild_id),
        "channel_id": str(webhook.channel_id),
        "name": webhook.name,
        "avatar": webhook.avatar,
        "application_id": None if webhook.application_id is None else str(webhook.application_id),
        "token": webhook.token,
        "url": f"{store.base_url}/api/webhooks/{webhook.id}/{webhook.token}",
    }
    if with_user:
        view["user"] = user_view(store.users[webhook.user_id])
    return view


def _audited(webhook: Webhook) -> Payload:
    return {
        "name": webhook.name,
        "channel_id": str(webhook.channel_id),
        "avatar_hash": webhook.avatar,
        "type": _INCOMING,
        "application_id": None if webhook.application_id is None else str(webhook.application_id),
    }


def _note(
    store: Store,
    webhook: Webhook,
    actor_id: int | None,
    action: AuditAction,
    reason: str | None,
    before: Payload,
    after: Payload,
) -> None:
    guild = store.guilds[webhook.guild_id]
    if actor_id is not None:
        changes = changed(before, after)
        audit_log.note(store, guild, actor_id, action, webhook.id, reason=reason, changes=changes)


def _tell(store: Store, guild_id: int, channel_id: int) -> None:
    channel = store.channels.get(channel_id)
    if channel is not None:
        data: Payload = {"guild_id": str(guild_id), "channel_id": str(channel_id)}
        event = Event("WEBHOOKS_UPDATE", data, store.watchers(channel), guild_id, Intent.GUILD_WEBHOOKS)
        store.bus.publish(event)
