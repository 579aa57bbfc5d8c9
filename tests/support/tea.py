"""A module with a command that works, one that writes and one that breaks: for what watches them."""

import discord
from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, Module

SECRET_WORDS = "the kettle's password is hunter2-hunter2"


class TeaModule(Module):
    """Brews, keeps and spills."""

    name = "tea"
    visibility = "global"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Brew")
        async def brew(interaction: discord.Interaction) -> None:
            view = discord.ui.View(timeout=None)
            view.add_item(Pour())
            await interaction.response.send_message("Brewed", view=view)

        @bot.tree.command(description="Keep")
        async def keep(interaction: discord.Interaction) -> None:
            assert interaction.guild_id is not None
            await ctx.guild_data.set(interaction.guild_id, "kept", 1)
            await interaction.response.send_message("Kept")

        @bot.tree.command(description="Spill")
        async def spill(interaction: discord.Interaction) -> None:
            raise OSError(SECRET_WORDS)

        @bot.command()
        async def sip(context: commands.Context[commands.AutoShardedBot]) -> None:
            await context.send("Sipped")


class Pour(discord.ui.Button[discord.ui.View]):
    """A button with an id that is made up each time."""

    def __init__(self) -> None:
        super().__init__(label="Pour")

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Poured")
