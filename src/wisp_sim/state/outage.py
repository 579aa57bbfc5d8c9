"""Guilds that are away for a while, which is not the same as gone.

Source: https://docs.discord.com/developers/events/gateway-events#guild-delete
"""

from wisp_sim.model.guild import Guild
from wisp_sim.model.kinds import Intent
from wisp_sim.state.bus import Event, only
from wisp_sim.state.guild_views import guild_create_view
from wisp_sim.state.store import Store, members_of


def guild_unavailable(store: Store, guild: Guild) -> None:
    """Let the guild be away: its members' sessions are told so, and hear no more of it."""
    if guild.unavailable:
        return
    guild.unavailable = True
    data = {"id": str(guild.id), "unavailable": True}
    store.bus.publish(Event("GUILD_DELETE", data, members_of(guild), guild.id, Intent.GUILDS))


def guild_available(store: Store, guild: Guild) -> None:
    """Let the guild be back: it arrives whole, as it is now."""
    if not guild.unavailable:
        return
    guild.unavailable = False
    for user_id in list(guild.members):
        complete = user_id not in store.applications
        data = guild_create_view(store, guild, user_id, complete=complete)
        store.bus.publish(Event("GUILD_CREATE", data, only(user_id), guild.id, Intent.GUILDS))
