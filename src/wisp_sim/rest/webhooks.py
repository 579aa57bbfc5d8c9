"""Routes about webhooks: of channels, and those of interactions, which share their paths."""

import hashlib
from dataclasses import replace

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.permission import Permission
from wisp_sim.model.webhook import Webhook
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Handler, Reply, Route
from wisp_sim.rest.interactions import get_own, patch_own, post_follow_up, remove_own
from wisp_sim.rest.webhook_messages import delete_message, execute, get_message, patch_message
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.webhooks import read_name
from wisp_sim.state.webhooks import (
    change,
    create,
    need_by_token,
    need_webhook,
    remove,
    webhook_view,
    webhooks_of,
)

_PLACES = (
    ChannelType.TEXT,
    ChannelType.ANNOUNCEMENT,
    ChannelType.VOICE,
    ChannelType.STAGE,
    ChannelType.FORUM,
    ChannelType.MEDIA,
)
_MANAGE = Permission.MANAGE_WEBHOOKS


def _need_place(call: Call, channel_id: int) -> Channel:
    channel = call.store.need_channel(channel_id, call.user.id, _MANAGE)
    if channel.type not in _PLACES:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    return channel


def _read_avatar(form: Form) -> str | None:
    """The hash of an image that came as a data URI."""
    image = form.text("avatar")
    if not image:
        return None
    if not image.startswith("data:image/") or ";base64," not in image:
        form.fail("avatar", "BASE_TYPE_INVALID_IMAGE", "Invalid image data")
        return None
    return hashlib.md5(image.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def post_webhook(call: Call) -> Reply:
    """POST /channels/{channel_id}/webhooks."""
    channel = _need_place(call, call.id("channel_id"))
    form = Form(call.body, Errors())
    name, avatar = read_name(form, "name", required=True), _read_avatar(form)
    form.errors.check()
    webhook = create(call.store, channel, call.user.id, (name or "").strip(), avatar, call.reason)
    return Reply(webhook_view(call.store, webhook))


def list_of_channel(call: Call) -> Reply:
    """GET /channels/{channel_id}/webhooks."""
    channel = _need_place(call, call.id("channel_id"))
    found = webhooks_of(call.store, channel_id=channel.id)
    return Reply([webhook_view(call.store, webhook) for webhook in found])


def list_of_guild(call: Call) -> Reply:
    """GET /guilds/{guild_id}/webhooks."""
    guild = call.store.need_guild(call.id("guild_id"), call.user.id)
    call.store.need_permissions(guild, call.user.id, _MANAGE)
    return Reply(
        [webhook_view(call.store, webhook) for webhook in webhooks_of(call.store, guild_id=guild.id)]
    )


def _managed(call: Call) -> Webhook:
    webhook = need_webhook(call.store, call.id("webhook_id"))
    call.store.need_channel(webhook.channel_id, call.user.id, _MANAGE)
    return webhook


def _by_token(call: Call) -> Webhook:
    return need_by_token(call.store, call.id("application_id"), call.params["token"])


def get_webhook(call: Call) -> Reply:
    """GET /webhooks/{webhook_id}."""
    return Reply(webhook_view(call.store, _managed(call)))


def get_by_token(call: Call) -> Reply:
    """GET /webhooks/{webhook_id}/{token}."""
    return Reply(webhook_view(call.store, _by_token(call), with_user=False))


def patch_webhook(call: Call) -> Reply:
    """PATCH /webhooks/{webhook_id}."""
    webhook = _managed(call)
    form, after = _read_change(call, webhook)
    channel_id = form.snowflake("channel_id")
    form.errors.check()
    if channel_id is not None and channel_id != webhook.channel_id:
        if _need_place(call, channel_id).guild_id != webhook.guild_id:
            raise ApiError(404, 10003, "Unknown Channel")
        after = replace(after, channel_id=channel_id)
    change(call.store, webhook, after, call.user.id, call.reason)
    return Reply(webhook_view(call.store, webhook))


def patch_by_token(call: Call) -> Reply:
    """PATCH /webhooks/{webhook_id}/{token}."""
    webhook = _by_token(call)
    form, after = _read_change(call, webhook)
    form.errors.check()
    change(call.store, webhook, after, None, call.reason)
    return Reply(webhook_view(call.store, webhook, with_user=False))


def _read_change(call: Call, webhook: Webhook) -> tuple[Form, Webhook]:
    form = Form(call.body, Errors())
    name = read_name(form, "name")
    avatar = _read_avatar(form) if form.has("avatar") else webhook.avatar
    return form, replace(webhook, name=(name or webhook.name).strip(), avatar=avatar)


def delete_webhook(call: Call) -> Reply:
    """DELETE /webhooks/{webhook_id}."""
    remove(call.store, _managed(call), call.user.id, call.reason)
    return NO_CONTENT


def delete_by_token(call: Call) -> Reply:
    """DELETE /webhooks/{webhook_id}/{token}."""
    remove(call.store, _by_token(call), None, call.reason)
    return NO_CONTENT


def _either(of_interaction: Handler, of_webhook: Handler) -> Handler:
    """The id in the path tells whose token it is: an application's interaction, or a channel's webhook."""

    def handle(call: Call) -> Reply:
        known = call.id("application_id") in call.store.webhooks
        return of_webhook(call) if known else of_interaction(call)

    return handle


_WEBHOOK = "/webhooks/{webhook_id}"
_TOKEN = "/webhooks/{application_id}/{token}"  # noqa: S105 - a path
_MESSAGE = f"{_TOKEN}/messages/{{message_id}}"

ROUTES = (
    Route("POST", "/channels/{channel_id}/webhooks", post_webhook),
    Route("GET", "/channels/{channel_id}/webhooks", list_of_channel),
    Route("GET", "/guilds/{guild_id}/webhooks", list_of_guild),
    Route("GET", _WEBHOOK, get_webhook),
    Route("PATCH", _WEBHOOK, patch_webhook),
    Route("DELETE", _WEBHOOK, delete_webhook),
    Route("GET", _TOKEN, get_by_token, Access.ANYONE),
    Route("PATCH", _TOKEN, patch_by_token, Access.ANYONE),
    Route("DELETE", _TOKEN, delete_by_token, Access.ANYONE),
    Route("POST", _TOKEN, _either(post_follow_up, execute), Access.ANYONE),
    Route("GET", _MESSAGE, _either(get_own, get_message), Access.ANYONE),
    Route("PATCH", _MESSAGE, _either(patch_own, patch_message), Access.ANYONE),
    Route("DELETE", _MESSAGE, _either(remove_own, delete_message), Access.ANYONE),
)
