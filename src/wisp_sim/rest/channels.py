"""Routes about channels."""

from wisp_sim.rest.call import Call, Reply, Route
from wisp_sim.state.channel_views import channel_view


def get_channel(call: Call) -> Reply:
    """GET /channels/{channel_id}."""
    channel = call.store.need_channel(call.id("channel_id"), call.user.id)
    return Reply(channel_view(call.store, channel, call.user.id))


ROUTES = (Route("GET", "/channels/{channel_id}", get_channel),)
