"""Routes of interactions: what users do, and how bots answer."""

from wisp_sim.model.message import Message
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rest.uploads import files_of
from wisp_sim.state.answers import (
    answer,
    delete_own,
    edit_own,
    follow_up,
    need_answered,
    need_own_message,
)
from wisp_sim.state.interaction_views import callback_view
from wisp_sim.state.invocations import invoke
from wisp_sim.state.message_views import message_view

ORIGINAL = "@original"


def act(call: Call) -> Reply:
    """POST /interactions: a user acts on a bot."""
    invoke(call.store, call.user, call.body, files_of(call, part="data"))
    return NO_CONTENT


def first_answer(call: Call) -> Reply:
    """POST /interactions/{interaction_id}/{token}/callback."""
    interaction = answer(call.store, call.id("interaction_id"), call.params["token"], call.body, call.uploads)
    if call.query.get("with_response", "").lower() in ("1", "true"):
        return Reply(callback_view(call.store, interaction))
    return NO_CONTENT


def post_follow_up(call: Call) -> Reply:
    """POST /webhooks/{application_id}/{token}."""
    interaction = need_answered(call.store, call.id("application_id"), call.params["token"])
    message = follow_up(call.store, interaction, call.body, call.uploads)
    return Reply(message_view(call.store, message, interaction.application_id))


def _own(call: Call) -> Message:
    interaction = need_answered(call.store, call.id("application_id"), call.params["token"])
    message_id = None if call.params["message_id"] == ORIGINAL else call.id("message_id")
    return need_own_message(call.store, interaction, message_id)


def get_own(call: Call) -> Reply:
    """GET /webhooks/{application_id}/{token}/messages/{message_id}."""
    return Reply(message_view(call.store, _own(call), call.id("application_id")))


def patch_own(call: Call) -> Reply:
    """PATCH /webhooks/{application_id}/{token}/messages/{message_id}."""
    message = _own(call)
    edit_own(call.store, message, call.body, call.uploads)
    return Reply(message_view(call.store, message, call.id("application_id")))


def remove_own(call: Call) -> Reply:
    """DELETE /webhooks/{application_id}/{token}/messages/{message_id}."""
    delete_own(call.store, _own(call))
    return NO_CONTENT


ROUTES = (
    Route("POST", "/interactions", act, Access.USER),
    Route("POST", "/interactions/{interaction_id}/{token}/callback", first_answer, Access.ANYONE),
)
