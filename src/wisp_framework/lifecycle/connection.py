"""The connection to Discord over the life of one app: login, READY, guilds that come and go, the end."""

import asyncio
import logging
from typing import Protocol

import aiohttp
import discord

from wisp_framework.bot import WispBot
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ConnectError, DatabaseError
from wisp_framework.feature_flags import FeatureFlags
from wisp_framework.lifecycle.departures import Departures
from wisp_framework.policy import RuleBook
from wisp_framework.registry import CommandSync, ModuleHost, ModuleRegistry, Need
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.scheduler import SchedulerService

_log = logging.getLogger(__name__)

PORTAL = "https://discord.com/developers/applications"
PRIVILEGED = {
    "members": "Server Members Intent",
    "presences": "Presence Intent",
    "message_content": "Message Content Intent",
}
BAD_TOKEN = 4004
NOT_ALLOWED_INTENTS = 4014


class ConnectionParts(Protocol):
    """What the connection needs of the app."""

    @property
    def config(self) -> AppConfig:
        """The settings."""

    @property
    def bot(self) -> WispBot:
        """The client."""

    @property
    def services(self) -> ServiceContainer:
        """The services."""

    @property
    def flags(self) -> FeatureFlags:
        """Which module is on where."""

    @property
    def rules(self) -> RuleBook:
        """Who may use what, as the guilds say."""

    @property
    def modules(self) -> ModuleRegistry:
        """The modules."""

    @property
    def sync(self) -> CommandSync:
        """Keeps the visible lists."""

    @property
    def host(self) -> ModuleHost:
        """Says when lists may be looked at."""


class Connection:
    """Logs in, connects, and says in plain words why Discord does not let the bot in."""

    def __init__(self, parts: ConnectionParts) -> None:
        self._parts = parts
        self._departures: Departures | None = None
        self._task: asyncio.Task[None] | None = None
        self._logged_in = False

    async def log_in(self) -> None:
        """Check the token and learn who the bot is.

        Raises:
            ConnectError: the token is wrong, or nobody answers at the API's address.
        """
        bot, config = self._parts.bot, self._parts.config
        bot.add_listener(self._on_guild_join, "on_guild_join")
        bot.add_listener(self._on_guild_remove, "on_guild_remove")
        try:
            self._logged_in = True
            await bot.login(config.discord_token.get_secret_value())
        except discord.LoginFailure as error:
            raise ConnectError(
                f"Discord refused DISCORD_TOKEN (401 at {config.discord_api_url}). Make a new one: "
                f"{PORTAL} -> your application -> Bot -> Reset Token, and put it into DISCORD_TOKEN."
            ) from error
        except discord.HTTPException as error:
            raise ConnectError(
                f"DISCORD_API_URL {config.discord_api_url} answered {error.status} to a login: {error}. "
                "It is no address of Discord's API, or Discord has trouble."
            ) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ConnectError(
                f"Nobody answers at DISCORD_API_URL {config.discord_api_url}: {error}. "
                "Check the address and this machine's network."
            ) from error

    async def open(self) -> None:
        """Connect the gateway; returns once the bot is ready and its lists are being kept.

        Raises:
            ConnectError: Discord ended the connection before that, and says why.
        """
        bot = self._parts.bot
        self._task = asyncio.create_task(self._run(), name="wisp-gateway")
        ready = asyncio.create_task(bot.wait_until_ready())
        try:
            await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_ready = ready.done()
            ready.cancel()
        if not was_ready:
            await self._task
            raise ConnectError("The connection was closed before the bot was ready.")
        await self._parts.modules.reconcile()
        self._parts.services.get(SchedulerService).look()
        await self._watch_departures()
        self._parts.sync.start()
        if self._parts.config.sync_on_startup:
            self.sync_all()
        if not bot.guilds:
            _log.warning("The bot is in no guild. Invite it: %s", invite_link(bot.application_id))

    async def _watch_departures(self) -> None:
        parts = self._parts
        self._departures = Departures(
            parts.bot, parts.services, parts.flags, parts.rules, parts.config.guild_purge_after_days
        )
        self._departures.start()
        try:
            await self._departures.look()
        except DatabaseError as error:
            _log.warning("which guilds have left is looked at later: %s", error)

    def sync_all(self) -> None:
        """Have the global list and that of every guild compared with what they should be."""
        for scope in (None, *(guild.id for guild in self._parts.bot.guilds)):
            self._parts.host.lists_changed(scope, Need.STARTED)

    async def wait_closed(self) -> None:
        """Return when the gateway is closed for good.

        Raises:
            ConnectError: Discord ended it, and says why.
        """
        if self._task is not None:
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """Leave the gateway and close the HTTP session."""
        if not self._logged_in:
            return
        await self._parts.sync.stop()
        if self._parts.bot.http.token is not None or self._task is not None:
            await self._parts.bot.close()
        else:
            await self._parts.bot.http.close()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            await self._parts.bot.connect()
        except discord.PrivilegedIntentsRequired as error:
            raise self._missing_intents() from error
        except discord.ConnectionClosed as error:
            if error.code == NOT_ALLOWED_INTENTS:
                raise self._missing_intents() from error
            if error.code == BAD_TOKEN:
                raise ConnectError(
                    "Discord's gateway refused DISCORD_TOKEN (4004). Reset it in the portal."
                ) from error
            raise ConnectError(f"Discord closed the connection for good, with code {error.code}.") from error
        except (discord.GatewayNotFound, discord.HTTPException, aiohttp.ClientError) as error:
            raise ConnectError(f"Discord's gateway cannot be reached: {error}") from error

    def _missing_intents(self) -> ConnectError:
        asked = [name for name in PRIVILEGED if dict(self._parts.bot.intents)[name]]
        switches = ", ".join(f'"{PRIVILEGED[name]}"' for name in asked)
        settings = ", ".join(f"DISCORD_INTENTS_{name.upper()}=false" for name in asked)
        return ConnectError(
            f"Discord refused the privileged intents (4014). Switch on {switches} at "
            f"{PORTAL}/{self._parts.bot.application_id}/bot, or do without: {settings}."
        )

    async def _on_guild_join(self, guild: discord.Guild) -> None:
        self._parts.sync.forget(guild.id)  # Discord may have dropped its list, whatever is remembered
        self._parts.host.lists_changed(guild.id)
        self._parts.modules.soon(self._parts.modules.guild_came(guild.id))
        if self._departures is not None:
            await self._departures.came(guild.id)

    async def _on_guild_remove(self, guild: discord.Guild) -> None:
        self._parts.sync.forget(guild.id)
        self._parts.modules.soon(self._parts.modules.guild_went(guild))
        if self._departures is not None:
            await self._departures.left(guild.id)


def invite_link(application_id: int | None) -> str:
    """Where a moderator of a guild lets the bot in, with its commands."""
    return f"https://discord.com/oauth2/authorize?client_id={application_id}&scope=bot+applications.commands"
