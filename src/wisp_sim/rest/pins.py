"""Routes about pinned messages: the present ones and those of before."""

from datetime import UTC, datetime

from wisp_sim.model.errors import ApiError
from wisp_sim.model.message import WRITTEN, Message
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Call, Reply, Route
from wisp_sim.rest.places import message_in_path, text_channel
from wisp_sim.rules.form import Form
from wisp_sim.state.message_views import message_view
from wisp_sim.state.pins import pin, pinned, pinned_stamp, unpin

_MAX_LISTED = 50


def list_pins(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages/pins; the latest pin first."""
    page = call.page()
    limit = page.integer("limit", least=1, most=_MAX_LISTED) or _MAX_LISTED
    before = _read_before(page)
    page.errors.check()
    found = [
        message
        for message in _readable(call)
        if before is None or (message.pinned_at is not None and message.pinned_at < before)
    ]
    items = [
        {"pinned_at": pinned_stamp(message), "message": message_view(call.store, message, call.user.id)}
        for message in found[:limit]
    ]
    return Reply({"items": items, "has_more": len(found) > limit})


def list_old_pins(call: Call) -> Reply:
    """GET /channels/{channel_id}/pins: the first of them, as messages."""
    found = _readable(call)[:_MAX_LISTED]
    return Reply([message_view(call.store, message, call.user.id) for message in found])


def _readable(call: Call) -> list[Message]:
    channel = text_channel(call)
    if not call.store.permissions_in(channel, call.user.id) & Permission.READ_MESSAGE_HISTORY:
        return []
    return pinned(call.store, channel)


def _read_before(page: Form) -> datetime | None:
    text = page.text("before")
    if text is None:
        return None
    try:
        # A query's plus sign reads as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        page.fail("before", "DATE_TIME_TYPE_PARSE", f"Could not parse {text:.40}. Should be ISO8601.")
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def put_pin(call: Call) -> Reply:
    """PUT /channels/{channel_id}/messages/pins/{message_id}."""
    message = message_in_path(call, Permission.PIN_MESSAGES)
    if message.type not in WRITTEN:
        raise ApiError(403, 50021, "Cannot execute action on a system message")
    pin(call.store, message, call.user.id, call.reason)
    return NO_CONTENT


def delete_pin(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/pins/{message_id}."""
    unpin(call.store, message_in_path(call, Permission.PIN_MESSAGES), call.user.id, call.reason)
    return NO_CONTENT


_PINS = "/channels/{channel_id}/messages/pins"
_OLD_PINS = "/channels/{channel_id}/pins"

ROUTES = (
    Route("GET", _PINS, list_pins),
    Route("PUT", f"{_PINS}/{{message_id}}", put_pin),
    Route("DELETE", f"{_PINS}/{{message_id}}", delete_pin),
    Route("GET", _OLD_PINS, list_old_pins),
    Route("PUT", f"{_OLD_PINS}/{{message_id}}", put_pin),
    Route("DELETE", f"{_OLD_PINS}/{{message_id}}", delete_pin),
)
