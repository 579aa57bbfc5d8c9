"""``/welcome``: greets each new member where the guild said to."""

from collections.abc import Mapping

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.context import BotContext
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.module import Module
from wisp_framework.policy import require_permissions

MODULE_NAME = "welcome"
STOPPED = "stopped"
"""The key under which a guild wants no greetings, the default channel's included."""


def greeting(display_name: str) -> str:
    """The line a new member is greeted with."""
    return f"Welcome, {discord.utils.escape_markdown(display_name)}."


class WelcomeModule(Module):
    """Greets each new member once, where ``/welcome`` said to, or else in ``WELCOME_CHANNEL_ID``."""

    name = MODULE_NAME
    description = "Greets new members"
    intents: Mapping[str, str] = {"members": "nobody is greeted"}
    bot_permissions = ("view_channel", "send_messages")
    stored_per_guild = ("the channel of greetings",)

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(WelcomeCog(bot, ctx.guild_data, ctx.config.welcome_channel_id))


class WelcomeCog(commands.Cog):
    """The command and the listener of the welcome module."""

    def __init__(
        self, bot: commands.AutoShardedBot, guild_data: GuildDataService, default_channel_id: int | None
    ) -> None:
        self._bot = bot
        self._guild_data = guild_data
        self._default_channel_id = default_channel_id

    @app_commands.command()
    @app_commands.describe(channel="Where new members are greeted; leave it out to stop")
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @require_permissions(manage_guild=True)
    async def welcome(
        self, interaction: discord.Interaction, channel: discord.TextChannel | None = None
    ) -> None:
        """Choose where new members are greeted."""
        guild_id = interaction.guild_id
        if guild_id is None:
            return
        if channel is None:
            await self._guild_data.set(guild_id, STOPPED, True, MODULE_NAME)
        await self._guild_data.set_welcome_channel(guild_id, channel.id if channel is not None else None)
        text = (
            f"New members are greeted in {channel.mention}."
            if channel is not None
            else "Nobody is greeted any more."
        )
        if channel is not None and not self._bot.intents.members:
            text += "\nThe bot is not told of new members: its owner must set `DISCORD_INTENTS_MEMBERS=true`."
        await interaction.response.send_message(text, ephemeral=True)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Greet a new member."""
        channel_id = await self._channel_id(member.guild.id)
        channel = member.guild.get_channel(channel_id) if channel_id is not None else None
        if isinstance(channel, discord.TextChannel):
            await channel.send(greeting(member.display_name))

    async def _channel_id(self, guild_id: int) -> int | None:
        settings = await self._guild_data.get_config(guild_id)
        if settings.welcome_channel_id is not None or self._default_channel_id is None:
            return settings.welcome_channel_id
        stopped = await self._guild_data.get(guild_id, STOPPED, MODULE_NAME, default=False)
        return None if stopped else self._default_channel_id
