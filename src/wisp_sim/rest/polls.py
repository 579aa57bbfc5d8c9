"""Routes about polls."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rest.places import message_in_path
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.account_views import user_view
from wisp_sim.state.message_views import message_view
from wisp_sim.state.polls import finish, need_poll, need_running, vote

_MAX_VOTES = 10


def list_voters(call: Call) -> Reply:
    """GET /channels/{channel_id}/polls/{message_id}/answers/{answer_id}."""
    poll, page = need_poll(message_in_path(call, Permission.READ_MESSAGE_HISTORY)), call.page()
    limit = page.integer("limit", least=1, most=100) or 25
    after = page.snowflake("after") or 0
    page.errors.check()
    voters = poll.votes.get(call.id("answer_id"))
    if voters is None:
        problem = {"code": "POLL_INVALID_ANSWER_IDS", "message": "Invalid poll answers"}
        raise ApiError(400, 50035, "Invalid Form Body", {"answer_id": {"_errors": [problem]}})
    who = sorted(user_id for user_id in voters if user_id > after)
    return Reply({"users": [user_view(call.store.users[user_id]) for user_id in who[:limit]]})


def expire(call: Call) -> Reply:
    """POST /channels/{channel_id}/polls/{message_id}/expire."""
    message = message_in_path(call)
    if message.poll is None:
        raise ApiError(400, 520006, "Cannot expire a non-poll message")
    need_running(message)
    if message.author_id != call.user.id:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    finish(call.store, message)
    return Reply(message_view(call.store, message, call.user.id))


def put_vote(call: Call) -> Reply:
    """PUT /channels/{channel_id}/polls/{message_id}/answers/@me: a user's own votes."""
    message = message_in_path(call, Permission.READ_MESSAGE_HISTORY)
    form = Form(call.body, Errors())
    answer_ids = form.snowflakes("answer_ids", most=_MAX_VOTES)
    form.errors.check()
    vote(call.store, message, call.user.id, answer_ids)
    return NO_CONTENT


_POLL = "/channels/{channel_id}/polls/{message_id}"

ROUTES = (
    Route("PUT", f"{_POLL}/answers/@me", put_vote, Access.USER),
    Route("GET", f"{_POLL}/answers/{{answer_id}}", list_voters),
    Route("POST", f"{_POLL}/expire", expire),
)
