"""What the author of a module writes. Never run: it only has to type-check, under mypy and under pyright."""

from typing import assert_type

import discord
from discord import app_commands
from discord.ext import commands

from wisp_framework import (
    AppConfig,
    BaseService,
    BotContext,
    ExtensionModule,
    GuildDataService,
    Module,
    ModuleRegistry,
    ServiceContainer,
    WispApp,
    WispBot,
    create_app,
    require_guild,
    require_owner,
    require_permissions,
)
from wisp_framework.services import CacheService, HealthService, MetricsService, SchedulerService


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
        ctx.service(SchedulerService).register(self.look, 60.0, name="look out")
        ctx.service(MetricsService).increment("weather.setups")

    async def look(self) -> None:
        """The job."""

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
    )
    assert_type(made.bot, WispBot)
    assert_type(made.modules, ModuleRegistry)
    assert_type(made.services, ServiceContainer)
    assert_type(made.ctx, BotContext)
    return made
