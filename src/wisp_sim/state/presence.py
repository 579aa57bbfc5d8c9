"""Who is there: told to those who share a guild and asked for presences.

Source: https://docs.discord.com/developers/events/gateway-events#presence-update
"""

from wisp_sim.model.kinds import Intent
from wisp_sim.model.presence import OFFLINE, Presence
from wisp_sim.state.bus import Event, only
from wisp_sim.state.guild_views import presence_view
from wisp_sim.state.store import Store


def show(store: Store, user_id: int, presence: Presence) -> None:
    """Let this user be seen so from now on; nobody is told of himself (assumed)."""
    if store.presences.get(user_id, OFFLINE) == presence:
        return
    if presence == OFFLINE:
        store.presences.pop(user_id, None)
    else:
        store.presences[user_id] = presence
    for guild in store.guilds.values():
        if user_id in guild.members:
            data = {**presence_view(store, user_id), "guild_id": str(guild.id)}
            others = only(*(guild.members.keys() - {user_id}))
            event = Event("PRESENCE_UPDATE", data, others, guild.id, Intent.GUILD_PRESENCES)
            store.bus.publish(event)
