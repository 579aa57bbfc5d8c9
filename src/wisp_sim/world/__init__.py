"""Worlds: which bots, users and guilds the offline Discord starts with."""

from wisp_sim.model.errors import WorldError
from wisp_sim.world.shapes import (
    WorldBot,
    WorldChannel,
    WorldGuild,
    WorldOverwrite,
    WorldRole,
    WorldUser,
)
from wisp_sim.world.world import World

__all__ = [
    "World",
    "WorldBot",
    "WorldChannel",
    "WorldError",
    "WorldGuild",
    "WorldOverwrite",
    "WorldRole",
    "WorldUser",
]
