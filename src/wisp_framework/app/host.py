"""The bot, as the rooms below it need to see it."""

from collections.abc import Sequence

from wisp_framework.config import AppConfig
from wisp_framework.lifecycle import Parts
from wisp_framework.registry import Need
from wisp_framework.services import MetricsService
from wisp_framework.services.job_store import Shards
from wisp_framework.services.scheduler import SchedulerService
from wisp_framework.transport import LocalRestGate
from wisp_framework.utils.clock import SystemClock
from wisp_framework.utils.ownership import Owner


class WireRestGate(LocalRestGate):
    """Keeps Discord's time, the machine's: that of the app may be a test's, and stand still."""

    def __init__(self, config: AppConfig, metrics: MetricsService) -> None:
        super().__init__(config, SystemClock(), metrics)


class GuildsInUse:
    """`ActiveGuilds`: asks the switches about the guilds that the bot is in."""

    def __init__(self, app: Parts) -> None:
        self._app = app

    def guilds(self, module: str) -> Sequence[int]:
        """Ids of the guilds of this process in which the module of that name is on now."""
        return self._app.flags.guilds_on(module, self._app.host.guild_ids())

    def is_on(self, module: str, guild_id: int | None) -> bool:
        """Whether the module is on in a guild of this process; None asks for any guild at all."""
        there = guild_id is None or self._app.bot.get_guild(guild_id) is not None
        return there and self._app.flags.is_enabled(guild_id, module)

    def shards(self) -> Shards | None:
        """Which guilds are this process's; None until the bot is ready, and once it stops."""
        bot = self._app.bot
        if not bot.is_ready() or not self._app.flags.loaded or self._app.road.gate.closed:
            return None
        count = bot.shard_count or 1
        return Shards(count, frozenset(bot.shard_ids or range(count)))


class BotHost:
    """`ModuleHost`: the bot, its views and its lists, as the registry needs them."""

    def __init__(self, app: Parts) -> None:
        self._app = app

    def guild_ids(self) -> Sequence[int]:
        """The guilds that the bot is in."""
        return [guild.id for guild in self._app.bot.guilds]

    def name_of(self, user_id: int) -> str | None:
        """What a user is called, as far as Discord has told."""
        user = self._app.bot.get_user(user_id)
        return user.name if user is not None else None

    def release(self, owner: Owner) -> None:
        """Forget the views of a module."""
        self._app.bot.view_store.release(owner)

    async def drain(self, module: str, grace_s: float) -> None:
        """Let the running handlers of a module finish."""
        await self._app.road.running.drain(grace_s, module)

    def lists_changed(self, guild_id: int | None, need: Need = Need.SWITCHED) -> None:
        """Send the lists of a guild, or of all, once there is something true to send; jobs follow as well."""
        self._app.services.get(SchedulerService).look()
        # Before READY the guilds are not known, without the switches nothing is, and a bot that stops
        # leaves its lists as they are: the next start would make every command anew.
        if not self._app.bot.is_ready() or not self._app.flags.loaded or self._app.road.gate.closed:
            return
        self._app.sync.request(guild_id, need)
