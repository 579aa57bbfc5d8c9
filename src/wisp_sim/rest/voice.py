"""Routes about who is in which voice channel."""

from wisp_sim.model.errors import ApiError
from wisp_sim.rest.call import Access, Call, Reply, Route
from wisp_sim.state.guild_views import voice_state_view


def get_voice_state(call: Call) -> Reply:
    """GET /guilds/{guild_id}/voice-states/{user_id}; also of ``@me``."""
    guild = call.store.need_guild(call.id("guild_id"), call.user.id)
    state = guild.voice_states.get(call.id("user_id"))
    if state is None:
        raise ApiError(404, 10065, "Unknown Voice State")
    return Reply(voice_state_view(guild, state))


def get_regions(call: Call) -> Reply:  # noqa: ARG001 - every handler is called alike
    """GET /voice/regions."""
    region: dict[str, object] = {
        "id": "us-west", "name": "US West", "custom": False, "deprecated": False, "optimal": True,
    }  # fmt: skip
    return Reply([region])


ROUTES = (
    Route("GET", "/guilds/{guild_id}/voice-states/{user_id}", get_voice_state, Access.BOT),
    Route("GET", "/voice/regions", get_regions),
)
