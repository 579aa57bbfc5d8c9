"""What a webhook of a channel writes: sent, read, changed and deleted with its token.

Source: https://docs.discord.com/developers/resources/webhook#execute-webhook
"""

from dataclasses import replace

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, ThreadState
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.message import Guise, Message
from wisp_sim.model.payload import Payload
from wisp_sim.model.webhook import Webhook
from wisp_sim.rest.call import NO_CONTENT, Call, Reply
from wisp_sim.rules.channels import FORUM_TYPES, check_tags
from wisp_sim.rules.drafts import MessageDraft, read_draft, read_draft_form, refuse_unfit
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.webhooks import read_name, refuse_interactive
from wisp_sim.state import threads
from wisp_sim.state.message_views import message_view
from wisp_sim.state.messages import delete, edit, send
from wisp_sim.state.polls import make_poll
from wisp_sim.state.store import Store
from wisp_sim.state.webhooks import need_by_token


def execute(call: Call) -> Reply:
    """POST /webhooks/{webhook_id}/{token}; answers with the message only if asked to wait."""
    webhook, page = _webhook(call), call.page()
    form = Form(call.body, page.errors)
    wait, thread_id = page.truth("wait"), page.snowflake("thread_id")
    draft = _read(call, form, webhook)
    name, avatar_url = read_name(form, "username"), form.text("avatar_url", max_chars=2048)
    thread_name = form.text("thread_name", min_chars=1, max_chars=100)
    tags = form.snowflakes("applied_tags", most=5)
    page.errors.check()
    refuse_unfit(draft)
    if draft.poll is not None:
        make_poll(call.store, webhook.user_id, draft.poll)
    guise = Guise(webhook.id, name or webhook.name, avatar_url or webhook.avatar, webhook.application_id)
    channel = _place(call.store, webhook, thread_id)
    if thread_name is not None and thread_id is not None:
        problem = "Webhooks posted to forum channels cannot have both a thread_name and thread_id"
        raise ApiError(400, 220002, problem)
    post_id = _begin_post(call, channel, webhook, thread_name, tags)
    place = channel if post_id is None else call.store.channels[post_id]
    message = send(call.store, place, webhook.id, draft, guise=guise, message_id=post_id)
    return Reply(message_view(call.store, message, webhook.id)) if wait else NO_CONTENT


def _read(call: Call, form: Form, webhook: Webhook) -> MessageDraft:
    # A webhook neither answers nor sends on.
    draft = replace(read_draft_form(form, call.uploads), reply_to=None, forward_of=None)
    return _shown(call, draft, webhook, unasked=[])


def _shown(
    call: Call, draft: MessageDraft, webhook: Webhook, *, unasked: list[Payload] | None
) -> MessageDraft:
    """What a webhook shows of its components; ``unasked`` stands for a person's that nobody asked for."""
    if draft.components and webhook.application_id is None:
        if not call.page().truth("with_components"):
            return replace(draft, components=unasked)
        refuse_interactive(draft.components)
    return draft


def _place(store: Store, webhook: Webhook, thread_id: int | None) -> Channel:
    if thread_id is None:
        return store.channels[webhook.channel_id]
    thread = store.channels.get(thread_id)
    if thread is None or thread.thread is None or thread.parent_id != webhook.channel_id:
        raise ApiError(404, 10003, "Unknown Channel")
    return thread


def _begin_post(
    call: Call, channel: Channel, webhook: Webhook, name: str | None, tags: list[int]
) -> int | None:
    if channel.type not in FORUM_TYPES:
        if name is not None:
            raise ApiError(400, 220003, "Webhooks can only create threads in forum channels")
        return None
    if name is None:
        message = "Webhooks posted to forum channels must have a thread_name or thread_id"
        raise ApiError(400, 220001, message)
    form = Form(call.body, Errors())
    check_tags(form, channel, tags)
    form.errors.check()
    now = call.store.clock.now()
    post = Channel(
        call.store.ids.make(),
        ChannelType.PUBLIC_THREAD,
        name,
        channel.guild_id,
        parent_id=channel.id,
        thread=ThreadState(webhook.user_id, now, now, now, applied_tags=tags),
    )
    threads.begin(call.store, post)
    return post.id


def _webhook(call: Call) -> Webhook:
    return need_by_token(call.store, call.id("application_id"), call.params["token"])


def _own(call: Call) -> Message:
    webhook, page = _webhook(call), call.page()
    thread_id = page.snowflake("thread_id")
    page.errors.check()
    if call.params["message_id"] == "@original":
        raise ApiError(404, 10008, "Unknown Message")
    message = call.store.need_message(_place(call.store, webhook, thread_id), call.id("message_id"))
    if message.guise is None or message.guise.webhook_id != webhook.id:
        raise ApiError(404, 10008, "Unknown Message")
    return message


def get_message(call: Call) -> Reply:
    """GET /webhooks/{webhook_id}/{token}/messages/{message_id}."""
    return Reply(message_view(call.store, _own(call), call.id("application_id")))


def patch_message(call: Call) -> Reply:
    """PATCH /webhooks/{webhook_id}/{token}/messages/{message_id}."""
    message, webhook = _own(call), _webhook(call)
    draft = read_draft(call.body, call.uploads, base_flags=message.flags, there=message.file_names)
    draft = _shown(call, draft, webhook, unasked=None)
    edit(call.store, message, draft)
    return Reply(message_view(call.store, message, webhook.id))


def delete_message(call: Call) -> Reply:
    """DELETE /webhooks/{webhook_id}/{token}/messages/{message_id}."""
    delete(call.store, _own(call))
    return NO_CONTENT
