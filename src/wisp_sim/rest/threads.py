"""Routes about threads and who is in them."""

from dataclasses import replace
from datetime import datetime

from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, ThreadState
from wisp_sim.model.kinds import ChannelType, MessageFlag
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Call, Reply, Route
from wisp_sim.rules.channels import ARCHIVE_MINUTES, FORUM_TYPES, MAX_SLOWMODE_S, check_tags
from wisp_sim.rules.drafts import MessageDraft, read_draft_form, refuse_unfit
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state import threads
from wisp_sim.state.channel_views import channel_view, thread_member_view
from wisp_sim.state.channels import active_threads, own_parts
from wisp_sim.state.delivery import announce
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.message_views import message_view
from wisp_sim.state.messages import send
from wisp_sim.state.polls import make_poll

_THREAD_CREATED = 18
_STARTER = 21
_PINNED = 1 << 1
_PARENTS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_TRUE = ("1", "true")


def start_from_message(call: Call) -> Reply:
    """POST /channels/{channel_id}/messages/{message_id}/threads."""
    store, user_id = call.store, call.user.id
    parent = store.need_channel(call.id("channel_id"), user_id, Permission.CREATE_PUBLIC_THREADS)
    if parent.type not in _PARENTS:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    message = store.need_message(parent, call.id("message_id"))
    form = Form(call.body, Errors())
    channel = _drafted(call, form, parent, message.id)
    form.errors.check()
    if message.id in store.channels or message.flags & MessageFlag.HAS_THREAD:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    threads.begin(store, channel, call.reason)
    message.flags |= MessageFlag.HAS_THREAD
    announce(store, "MESSAGE_UPDATE", message)
    return Reply(channel_view(store, channel, user_id), 201)


def start(call: Call) -> Reply:
    """POST /channels/{channel_id}/threads: in a forum with its first message."""
    parent = call.store.need_channel(call.id("channel_id"), call.user.id)
    if parent.type in FORUM_TYPES:
        return _start_post(call, parent)
    if parent.type not in _PARENTS:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    store, form = call.store, Form(call.body, Errors())
    news = parent.type is ChannelType.ANNOUNCEMENT
    kinds = (10,) if news else (11, 12)
    kind = ChannelType(form.choice("type", kinds) or (10 if news else 12))
    channel = _drafted(call, form, parent, store.ids.make(), kind)
    form.errors.check()
    private = kind is ChannelType.PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    store.need_channel(parent.id, call.user.id, needed)
    threads.begin(store, channel, call.reason)
    if not private:
        send(store, parent, call.user.id, MessageDraft(content=channel.name), kind=_THREAD_CREATED)
    return Reply(channel_view(store, channel, call.user.id), 201)


def _start_post(call: Call, parent: Channel) -> Reply:
    store, user_id = call.store, call.user.id
    store.need_channel(parent.id, user_id, Permission.SEND_MESSAGES)
    form = Form(call.body, Errors())
    channel = _drafted(call, form, parent, store.ids.make())
    tags = form.snowflakes("applied_tags", most=5)
    _check_tags(call, form, parent, tags)
    inner = form.form("message", required=True)
    draft = read_draft_form(inner, call.uploads) if inner is not None else MessageDraft()
    form.errors.check()
    # A post begins: there is nothing yet that it could answer.
    draft = replace(draft, reply_to=None, forward_of=None)
    refuse_unfit(draft)
    if draft.poll is not None:
        make_poll(store, user_id, draft.poll)
    threads.need_thread(channel).applied_tags = tags
    threads.begin(store, channel, call.reason)
    message = send(store, channel, user_id, draft, message_id=channel.id)
    view = {**channel_view(store, channel, user_id), "message": message_view(store, message, user_id)}
    return Reply(view, 201)


def _drafted(
    call: Call, form: Form, parent: Channel, thread_id: int, kind: ChannelType = ChannelType.PUBLIC_THREAD
) -> Channel:
    if parent.type is ChannelType.ANNOUNCEMENT:
        kind = ChannelType.ANNOUNCEMENT_THREAD
    name = form.text("name", min_chars=1, max_chars=100, required=True)
    minutes = form.choice("auto_archive_duration", ARCHIVE_MINUTES)
    slowmode_s = form.integer("rate_limit_per_user", least=0, most=MAX_SLOWMODE_S)
    invitable, now = form.truth("invitable"), call.store.clock.now()
    state = ThreadState(call.user.id, now, now, now, invitable=invitable is not False)
    state.auto_archive_duration_minutes = minutes or parent.default_auto_archive_minutes or 1440
    if slowmode_s is None:
        slowmode_s = parent.default_thread_slowmode_s
    return Channel(
        thread_id, kind, name, parent.guild_id, parent_id=parent.id, thread=state, slowmode_s=slowmode_s
    )


def _check_tags(call: Call, form: Form, parent: Channel, tags: list[int]) -> None:
    known = {tag.id: tag for tag in parent.available_tags}
    manages = bool(call.store.permissions_in(parent, call.user.id) & Permission.MANAGE_THREADS)
    for tag_id in tags:
        if tag_id in known and known[tag_id].moderated and not manages:
            raise ApiError(403, 50013, "Missing Permissions")
    check_tags(form, parent, tags)


def edit_thread(call: Call, channel: Channel, state: ThreadState) -> Reply:
    """PATCH /channels/{channel_id} of a thread."""
    store, user_id = call.store, call.user.id
    form, draft = Form(call.body, Errors()), threads.copied(channel)
    thread = threads.need_thread(draft)
    _read_thread(form, draft, thread)
    if form.has("applied_tags"):
        thread.applied_tags = form.snowflakes("applied_tags", most=5)
        _check_tags(call, form, store.channels[channel.parent_id or 0], thread.applied_tags)
    form.errors.check()
    held = store.permissions_in(channel, user_id)
    if not held & Permission.MANAGE_THREADS:
        _refuse_edit(form, state, held, own=state.owner_id == user_id)
    if state.archived and thread.archived:
        threads.need_open(channel)
    threads.change(store, draft, user_id, call.reason)
    return Reply(channel_view(store, store.channels[channel.id], user_id))


def _read_thread(form: Form, draft: Channel, thread: ThreadState) -> None:
    draft.name = form.text("name", min_chars=1, max_chars=100) or draft.name
    minutes = form.choice("auto_archive_duration", ARCHIVE_MINUTES)
    thread.auto_archive_duration_minutes = minutes or thread.auto_archive_duration_minutes
    slowmode_s = form.integer("rate_limit_per_user", least=0, most=MAX_SLOWMODE_S)
    draft.slowmode_s = draft.slowmode_s if slowmode_s is None else slowmode_s
    archived, locked, invitable = (form.truth(key) for key in ("archived", "locked", "invitable"))
    thread.archived = thread.archived if archived is None else archived
    thread.locked = thread.locked if locked is None else locked
    thread.invitable = thread.invitable if invitable is None else invitable
    flags = form.integer("flags", least=0)
    draft.flags = draft.flags if flags is None else flags & _PINNED


def _refuse_edit(form: Form, state: ThreadState, held: Permission, *, own: bool) -> None:
    """Refuse what only those who manage threads may change; anyone who may write can wake a thread."""
    if state.locked:
        raise ApiError(403, 160005, "Thread is locked")
    if any(form.has(key) for key in ("locked", "rate_limit_per_user", "flags")):
        raise ApiError(403, 50013, "Missing Permissions")
    waking = set(form.data) == {"archived"} and form.truth("archived") is False
    if not own and not (waking and held & Permission.SEND_MESSAGES):
        raise ApiError(403, 50013, "Missing Permissions")


def _thread(call: Call) -> tuple[Channel, ThreadState]:
    channel = call.store.need_channel(call.id("channel_id"), call.user.id)
    return channel, threads.need_thread(channel)


def list_members(call: Call) -> Reply:
    """GET /channels/{channel_id}/thread-members."""
    channel, state = _thread(call)
    page = call.page()
    limit = page.integer("limit", least=1, most=100) or 100
    after = page.snowflake("after") or 0
    page.errors.check()
    chosen = sorted(user_id for user_id in state.members if user_id > after)
    if _with_member(call):
        chosen = chosen[:limit]
    return Reply([_member_view(call, channel, state, user_id) for user_id in chosen])


def _with_member(call: Call) -> bool:
    return call.query.get("with_member", "").lower() in _TRUE


def _member_view(call: Call, channel: Channel, state: ThreadState, user_id: int) -> Payload:
    view = thread_member_view(channel.id, user_id, state.members[user_id])
    member = call.store.guilds[channel.guild_id or 0].members.get(user_id)
    if _with_member(call) and member is not None:
        view["member"] = member_view(call.store, member)
    return view


def get_member(call: Call) -> Reply:
    """GET /channels/{channel_id}/thread-members/{user_id}."""
    channel, state = _thread(call)
    user_id = call.id("user_id")
    if user_id not in state.members:
        raise ApiError(404, 10007, "Unknown Member")
    return Reply(_member_view(call, channel, state, user_id))


def add_member(call: Call) -> Reply:
    """PUT /channels/{channel_id}/thread-members/{user_id}; ``@me`` joins."""
    channel, state = _thread(call)
    user_id, store = call.id("user_id"), call.store
    threads.need_open(channel)
    if user_id != call.user.id:
        held = store.permissions_in(channel, call.user.id)
        closed = channel.type is ChannelType.PRIVATE_THREAD and not state.invitable
        inviter = state.owner_id == call.user.id or held & Permission.MANAGE_THREADS
        if not held & Permission.SEND_MESSAGES or (closed and not inviter):
            raise ApiError(403, 50013, "Missing Permissions")
    store.need_member(store.guilds[channel.guild_id or 0], user_id)
    parent = store.channels[channel.parent_id or 0]
    if not store.permissions_in(parent, user_id) & Permission.VIEW_CHANNEL:
        raise ApiError(403, 50001, "Missing Access")
    threads.add(store, channel, user_id)
    return NO_CONTENT


def remove_member(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/thread-members/{user_id}; ``@me`` leaves."""
    channel, state = _thread(call)
    user_id = call.id("user_id")
    threads.need_open(channel)
    own_private = channel.type is ChannelType.PRIVATE_THREAD and state.owner_id == call.user.id
    if user_id != call.user.id and not own_private:
        call.store.need_channel(channel.id, call.user.id, Permission.MANAGE_THREADS)
    if user_id != call.user.id and user_id not in state.members:
        raise ApiError(404, 10007, "Unknown Member")
    threads.remove(call.store, channel, user_id)
    return NO_CONTENT


def list_active(call: Call) -> Reply:
    """GET /guilds/{guild_id}/threads/active."""
    guild = call.store.need_guild(call.id("guild_id"), call.user.id)
    return _listed(call, active_threads(call.store, guild, call.user.id), has_more=False)


def list_public(call: Call) -> Reply:
    """GET /channels/{channel_id}/threads/archived/public."""
    call.store.need_channel(call.id("channel_id"), call.user.id, Permission.READ_MESSAGE_HISTORY)
    return _archived(call, private=False)


def list_private(call: Call) -> Reply:
    """GET /channels/{channel_id}/threads/archived/private."""
    needed = Permission.READ_MESSAGE_HISTORY | Permission.MANAGE_THREADS
    call.store.need_channel(call.id("channel_id"), call.user.id, needed)
    return _archived(call, private=True)


def list_own_private(call: Call) -> Reply:
    """GET /channels/{channel_id}/users/@me/threads/archived/private; before a thread's id."""
    call.store.need_channel(call.id("channel_id"), call.user.id, Permission.READ_MESSAGE_HISTORY)
    return _archived(call, private=True, own=True)


def _archived(call: Call, *, private: bool, own: bool = False) -> Reply:
    parent, page = call.store.channels[call.id("channel_id")], call.page()
    if parent.type not in (*_PARENTS, *FORUM_TYPES):
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    limit = page.integer("limit", least=1, most=1000) or 50
    before_id = page.snowflake("before") if own else None
    before = None if own else _moment(page)
    page.errors.check()
    found = []
    for channel in call.store.guilds[parent.guild_id or 0].threads.values():
        state = threads.need_thread(channel)
        fits = (channel.type is ChannelType.PRIVATE_THREAD) == private and channel.parent_id == parent.id
        early = (before is None or state.archived_at < before) and (
            before_id is None or channel.id < before_id
        )
        if state.archived and fits and early and (not own or call.user.id in state.members):
            found.append((channel.id if own else state.archived_at.timestamp(), channel))
    found.sort(key=lambda pair: -pair[0])
    return _listed(call, [channel for _, channel in found[:limit]], has_more=len(found) > limit)


def _moment(page: Form) -> datetime | None:
    text = page.text("before", max_chars=64)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        page.fail("before", "DATE_TIME_TYPE_PARSE", f"Could not parse {text}. Should be ISO8601.")
        return None
    return moment


def _listed(call: Call, found: list[Channel], *, has_more: bool) -> Reply:
    user_id = call.user.id
    views: list[object] = [channel_view(call.store, channel, user_id) for channel in found]
    return Reply({"threads": views, "members": own_parts(found, user_id), "has_more": has_more})


_MEMBERS = "/channels/{channel_id}/thread-members"

ROUTES = (
    Route("POST", "/channels/{channel_id}/messages/{message_id}/threads", start_from_message),
    Route("POST", "/channels/{channel_id}/threads", start),
    Route("GET", _MEMBERS, list_members),
    Route("GET", f"{_MEMBERS}/{{user_id}}", get_member),
    Route("PUT", f"{_MEMBERS}/{{user_id}}", add_member),
    Route("DELETE", f"{_MEMBERS}/{{user_id}}", remove_member),
    Route("GET", "/guilds/{guild_id}/threads/active", list_active),
    Route("GET", "/channels/{channel_id}/threads/archived/public", list_public),
    Route("GET", "/channels/{channel_id}/threads/archived/private", list_private),
    Route("GET", "/channels/{channel_id}/users/@me/threads/archived/private", list_own_private),
)
