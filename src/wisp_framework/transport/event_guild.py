"""Which guild an event belongs to when no parser is running: events from tasks and from modules."""

import discord
from discord.ext import commands


def guild_of(args: tuple[object, ...]) -> int | None:
    """The id of the guild that the first argument of an event belongs to; None where it has none."""
    return _guild_of(args[0]) if args else None


def _guild_of(subject: object) -> int | None:
    if isinstance(subject, discord.Guild):
        return subject.id
    if isinstance(subject, list | tuple):
        return _guild_of(subject[0]) if subject else None
    if isinstance(subject, discord.Message | discord.Reaction | commands.Context):
        message = subject if isinstance(subject, discord.Message) else subject.message
        if message.guild is not None:
            return message.guild.id
        # A message of a guild that is not in the cache looks like a direct one; its channel knows better.
        channel = message.channel
        return channel.guild_id if isinstance(channel, discord.PartialMessageable) else None
    # Discord's models name their guild in one of two ways; what has neither belongs to none.
    guild = getattr(subject, "guild", None)
    if isinstance(guild, discord.Guild | discord.Object):
        return guild.id
    guild_id = getattr(subject, "guild_id", None)
    return guild_id if isinstance(guild_id, int) else None
