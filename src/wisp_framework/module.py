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

    version: str = ""
    """Its own, ``1.4.2``; of a module that a package brings, the package's unless it says one."""

    needs_wisp: str = ""
    """The versions of Wisp that it works with, ``>=0.1,<1``; with another it stays out."""

    depends_on: Collection[str] = ()
    """Names of modules that must be loaded before this one, and on wherever this one is on; as a mapping,
    with the versions that it needs: ``{"polls": ">=1.2"}``."""

    intents: Collection[str] = ()
    """What it listens to, by the names of `discord.Intents`; as a mapping, with what is lost where the bot
    does not: ``{"members": "nobody is greeted"}``. ``wisp check`` says which are missing."""

    bot_permissions: Collection[str] = ()
    """What the bot needs in a guild, by the names of `discord.Permissions`."""

    stored_per_guild: Collection[str] = ()
    """What it keeps of each guild, a line each, for people: ``("the channel of greetings",)``."""

    stored_per_user: Collection[str] = ()
    """What it keeps of each person, a line each."""

    migrations: str = ""
    """The folder with the migrations of its own tables, beside the file of its class; empty: it has none.
    They are applied before `setup`."""

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
