"""What the author of a module writes. Never run: it only has to type-check, under mypy and under pyright."""

from datetime import UTC, datetime, timedelta
from typing import assert_type

import discord
import msgspec
from discord import app_commands
from discord.ext import commands

from wisp_framework import (
    AppConfig,
    BaseService,
    BotContext,
    ExtensionModule,
    GuildDataService,
    GuildJobRun,
    JobRun,
    Module,
    ModuleRegistry,
    ServiceContainer,
    WispApp,
    WispBot,
    at,
    create_app,
    cron,
    every,
    job,
    require_guild,
    require_owner,
    require_permissions,
)
from wisp_framework.services import (
    AuditSink,
    CacheService,
    Cron,
    Every,
    HealthService,
    MetricsService,
    SchedulerService,
)
from wisp_framework.services.audit import MemoryAuditSink


class WeatherService(BaseService):
    """A service that needs another one."""

    def __init__(self, config: AppConfig, cache: CacheService) -> None:
        super().__init__(config)
        self.cache = cache

    async def startup(self) -> None:
        self._mark_initialized()


class WeatherCog(commands.Cog):
    def __init__(self, data: GuildDataService, weather: WeatherService) -> None:
        self.data = data
        self.weather = weather

    @app_commands.command()
    @app_commands.guild_only()
    @require_guild()
    @require_permissions(manage_guild=True)
    async def forecast(self, interaction: discord.Interaction, town: str) -> None:
        """Say what tomorrow brings."""
        if interaction.guild_id is not None:
            await self.data.set(interaction.guild_id, "town", town, "weather")
        await interaction.response.send_message(town)

    @commands.command()
    @require_owner()
    async def reset(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        """Forget everything."""
        await ctx.send("Forgotten.")

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Look out of the window."""


class Confirm(discord.ui.View):
    @discord.ui.button(label="Yes")
    @require_permissions(manage_guild=True)
    async def yes(self, interaction: discord.Interaction, button: discord.ui.Button["Confirm"]) -> None:
        await interaction.response.edit_message(view=None)


class Storm(msgspec.Struct):
    day: str


class WeatherModule(Module):
    """A module with a dependency, a required service and a job."""

    name = "weather"
    description = "What tomorrow brings"
    default_enabled = False
    visibility = "global"
    depends_on = ("ping",)
    required_services = (WeatherService, "cache")

    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        weather = assert_type(ctx.service(WeatherService), WeatherService)
        assert_type(ctx.services.get(HealthService), HealthService)
        assert_type(ctx.services.get("cache"), BaseService)
        assert_type(ctx.guilds(), list[int])
        await bot.add_cog(WeatherCog(ctx.guild_data, weather))
        ctx.service(MetricsService).increment("weather.setups")

    @every(minutes=1, each_process=True)
    async def look(self, run: JobRun) -> None:
        """A job that each process runs."""
        assert_type(run.payload, None)

    @cron("0 7 * * *", "Europe/Berlin", missed="skip", retries=0)
    async def announce(self, run: GuildJobRun) -> None:
        """A job of each guild."""
        assert_type(run.guild_id, int)

    @at(datetime(2030, 1, 1, tzinfo=UTC))
    async def celebrate(self, run: JobRun) -> None:
        """A job that comes once."""

    @job(retries=5)
    async def warn(self, run: JobRun[Storm]) -> None:
        """A job that carries something."""
        assert_type(run.payload, Storm)

    @job()
    async def unban(self, run: GuildJobRun[int]) -> None:
        """A job of one guild that carries something."""
        assert_type(run.payload, int)

    async def plan(self, scheduler: SchedulerService) -> None:
        """Schedule them."""
        soon = timedelta(minutes=5)
        assert_type(await scheduler.schedule(self.warn, soon, Storm("Thursday")), str)
        await scheduler.schedule(self.warn, Every(3600), Storm("each hour"), guild_id=1, name="storm")
        await scheduler.schedule(self.warn, Cron("0 7 * * *"), Storm("each day"), name="storm", replace=True)
        await scheduler.schedule(self.unban, datetime(2030, 1, 1, tzinfo=UTC), 5, guild_id=1)
        await scheduler.schedule(self.unban, soon, 5)  # type: ignore[arg-type]
        await scheduler.schedule(self.unban, soon, guild_id=1)  # type: ignore[arg-type]
        await scheduler.schedule(self.warn, soon, 5)  # type: ignore[arg-type]

    async def teardown(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await ctx.service(CacheService).clear()


class DiceModule(Module):
    """A module whose commands are methods, and that declares what it needs."""

    name = "dice"
    version = "1.2.0"
    needs_wisp = ">=0.1"
    depends_on = {"weather": ">=1"}  # noqa: RUF012 - what an author writes
    intents = {"members": "newcomers get no die"}  # noqa: RUF012
    bot_permissions = ("send_messages",)
    stored_per_user = ("their last throw",)

    @app_commands.command()
    async def roll(self, interaction: discord.Interaction, sides: int = 6) -> None:
        """Roll a die."""
        await interaction.response.send_message(f"{self.name}: {sides}")

    @commands.command()
    async def throw(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        """Throw a die."""
        await ctx.send("4")

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Hand out a die."""


class MyContext(BotContext):
    """A context with a service of its own."""

    @property
    def weather(self) -> WeatherService:
        return self.service(WeatherService)


class MyBot(WispBot):
    """A bot with a method of its own."""

    async def on_ready(self) -> None:
        """Say so."""


def app(config: AppConfig | None = None) -> WispApp:
    made = create_app(
        config,
        modules=[
            WeatherModule,
            WeatherModule(),
            DiceModule,
            ExtensionModule("weather_cog"),
            ExtensionModule(WeatherCog),
        ],
        services=[WeatherService],
        bot=MyBot,
        context=MyContext,
        ports={AuditSink: MemoryAuditSink},
    )
    assert_type(made.bot, WispBot)
    assert_type(made.modules, ModuleRegistry)
    assert_type(made.services, ServiceContainer)
    assert_type(made.ctx, BotContext)
    return made
