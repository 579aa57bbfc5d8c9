"""The first message of a new world: what there is to try."""

import discord
from discord import app_commands

from wisp_framework.app import WispApp
from wisp_sim import Sim

MOST_NAMED = 4
_OF_WISP = ("modules", "audit", "policy", "why", "health", "ping", "welcome")


async def greet(app: WispApp, sim: Sim, bot: str) -> None:
    """Have the bot say what can be done here, in the first channel of the first guild that it may write in.

    Args:
        app: the bot; it must be ready.
        sim: the offline Discord that it runs on.
        bot: its name there.
    """
    for guild in app.bot.guilds:
        for channel in guild.text_channels:
            if channel.permissions_for(guild.me).send_messages:
                owner = await guild.fetch_member(guild.owner_id or 0)
                await channel.send(greeting(bot, guild.name, owner.display_name, _names(app)))
                await sim.settle()
                return


def greeting(bot: str, guild: str, owner: str, names: list[str]) -> str:
    """The words.

    Args:
        bot: the name of who says it.
        guild: the name of where it is said.
        owner: the name of who reads it first.
        names: commands that are worth a try.
    """
    bot, guild, owner = map(discord.utils.escape_markdown, (bot, guild, owner))
    tries = ", ".join(f"`/{name}`" for name in names)
    return (
        f"## Welcome to {guild}\n"
        f"I am **{bot}**, and you are **{owner}**"
        ", who owns this server. Nothing here leaves your machine.\n"
        f"- Type `/` to see what I can do. Begin with {tries}.\n"
        "- Switch a module off with `/modules disable`, and see its commands vanish.\n"
        "- Be somebody else: choose a person below, or put two side by side.\n"
        "- Look behind the scenes: **Backstage** shows why each command did what it did."
    )


def _names(app: WispApp) -> list[str]:
    """Commands of the bot's own modules first."""
    names = [
        command.qualified_name
        for command in app.bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    ]
    firsts = {name.split()[0]: name for name in reversed(names)}
    own = [name for root, name in reversed(firsts.items()) if root not in _OF_WISP]
    return [*own[: MOST_NAMED - 1], "ping"] if "ping" in names else own[:MOST_NAMED]
