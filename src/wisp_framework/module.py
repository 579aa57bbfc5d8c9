"""What a module is: all that the author of a bot has to read."""

from collections.abc import Collection
from typing import ClassVar, Literal

import discord
from discord.ext import commands

from wisp_framework.context import BotContext
from wisp_framework.services.base import BaseService


class Module(commands.Cog):
    """A feature that each guild switches on and off, live.

    Set up once per process, when the first guild wants it, and torn down when the
    last one stops. It is a cog: its methods that are commands or listeners are
    registered without a word, and so are the persistent views and dynamic items
    whose classes stand in its body. What `setup` registers with the bot (commands, cogs,
    listeners, views, dynamic items, jobs, tasks) belongs to the module as well: a
    gate in front of it asks the guild's switch at each use, and all of it is taken
    back on unload.
    """

    name: str
    """Unique in a bot; what members type after ``/modules``."""

    description: str = ""
    """One line for ``/modules list``."""

    default_enabled: bool = True
    """Whether the module is on in a guild that never said otherwise."""

    can_disable: ClassVar[bool] = True
    """False for what a guild must not lose, such as the switch itself."""

    visibility: Literal["guild", "global"] = "guild"
    """``guild``: commands are listed only where the module is on. ``global``: listed everywhere, direct
    messages included, and refused politely where the module is off; set up in every process."""

    depends_on: Collection[str] = ()
    """Names of modules that must be loaded before this one, and on wherever this one is on."""

    required_services: Collection[type[BaseService] | str] = ()
    """Services, by type or name, without which the module stays out."""

    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        """Register commands, listeners and jobs; an exception leaves nothing behind and the module out."""

    async def teardown(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        """Give back what Wisp cannot see: threads, own sessions, patches in other places."""

    async def guild_enabled(self, guild: discord.Guild, ctx: BotContext) -> None:
        """The module went on in a guild: by its switch, or because the bot came into the guild.

        Not called at start, for guilds in which it is on already. What it raises is logged and stops
        nothing; it has 10 seconds. The same holds for `guild_disabled`.
        """

    async def guild_disabled(self, guild: discord.Guild, ctx: BotContext) -> None:
        """The module went off in a guild, or the bot was removed from it; an outage is neither."""
