"""The world in which a bot is tried: the same ids every time, so that what the bot keeps stays true."""

from dataclasses import replace
from itertools import count
from pathlib import Path

from wisp_framework.exceptions import CommandLineError
from wisp_sim import SimError, World
from wisp_sim.world import WorldGuild, WorldUser

FIRST_ID = 1_100_000_000_000_000_001
NEWCOMERS = ("Joan", "Radia", "Hedy")


def read_world(path: Path | None) -> World:
    """The world of a file, or the one to play in.

    Raises:
        CommandLineError: the file is no world, or its world is no place for a dialogue.
    """
    try:
        world = World.from_file(path) if path else play_world()
    except SimError as error:
        raise CommandLineError(str(error)) from error
    missing = [name for name, there in _needed(world).items() if not there]
    if missing:
        raise CommandLineError(f"The world of {str(path)!r} has no {' and no '.join(missing)}; add one.")
    return world


def play_world() -> World:
    """The demo world with fixed ids, and with a few people more, who are in no guild yet and can join one."""
    world, ids = World.demo(), count(FIRST_ID)
    people = (*world.users, *(WorldUser(name) for name in NEWCOMERS))

    def fixed(guild: WorldGuild) -> WorldGuild:
        return replace(
            guild,
            id=next(ids),
            roles=tuple(replace(role, id=next(ids)) for role in guild.roles),
            channels=tuple(replace(channel, id=next(ids)) for channel in guild.channels),
        )

    return World(
        bots=tuple(replace(bot, id=next(ids)) for bot in world.bots),
        users=tuple(replace(user, id=next(ids)) for user in people),
        guilds=tuple(fixed(guild) for guild in world.guilds),
    )


def _needed(world: World) -> dict[str, bool]:
    return {"bot": bool(world.bots), "user": bool(world.users), "guild": bool(world.guilds)}
