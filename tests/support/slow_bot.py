"""A bot for tests that stop it: commands that take their time, and one that never ends."""

import asyncio
import sys

import discord
from discord.ext import commands
from typing_extensions import override

from wisp_framework import AppConfig, BotContext, Module, WispApp, create_app


def begun() -> None:
    """Tell the test, over standard output, that one more command runs."""
    sys.stdout.write("begun\n")
    sys.stdout.flush()


class SlowModule(Module):
    """``/slow`` answers after half a second, ``/stuck`` never."""

    name = "slow"
    visibility = "global"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Answers after half a second")
        async def slow(interaction: discord.Interaction) -> None:
            await interaction.response.defer()
            begun()
            await asyncio.sleep(0.5)
            await interaction.followup.send("done after all")

        @bot.tree.command(description="Never answers")
        async def stuck(interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True)
            begun()
            await asyncio.Event().wait()

        @bot.tree.command(description="Never answers and takes no cancelling")
        async def stubborn(interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True)
            begun()
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    continue


def app(config: AppConfig | None = None) -> WispApp:
    """The bot, from the environment."""
    return create_app(config, modules=[SlowModule])
