"""A module that has one of everything, and writes down what of it ran."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, Module


class Panel(discord.ui.View):
    """One button, on a message of its own."""

    def __init__(self, ran: list[str]) -> None:
        super().__init__(timeout=None)
        self._ran = ran

    @discord.ui.button(label="Press")
    async def press(self, interaction: discord.Interaction, _button: discord.ui.Button["Panel"]) -> None:
        self._ran.append("component")
        await interaction.response.send_message("pressed")


class Form(discord.ui.Modal, title="Form"):
    """One field."""

    word: discord.ui.TextInput["Form"] = discord.ui.TextInput(label="Word")

    def __init__(self, ran: list[str]) -> None:
        super().__init__()
        self._ran = ran

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        self._ran.append("modal")
        await interaction.response.send_message(f"you wrote {self.word.value}")


class ProbeCog(commands.Cog):
    """Commands and listeners."""

    def __init__(self, ran: list[str]) -> None:
        self.ran = ran

    @app_commands.command(description="Probe")
    async def probe(self, interaction: discord.Interaction, word: str = "-") -> None:
        self.ran.append("slash")
        await interaction.response.send_message(f"probed {word}")

    @probe.autocomplete("word")
    async def complete(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        self.ran.append("autocomplete")
        return [app_commands.Choice(name=f"{typed}!", value=typed)]

    @app_commands.command(description="Shows a button")
    async def panel(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("a panel", view=Panel(self.ran))

    @app_commands.command(description="Opens a form")
    async def form(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form(self.ran))

    @commands.command()
    async def shout(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        self.ran.append("prefix")
        await ctx.send("SHOUT")

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot and message.content == "hello":
            self.ran.append("event")
            await message.channel.send("hello yourself")


class ProbeModule(Module):
    """One of everything."""

    name = "probe"
    description = "One of everything"

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.setups = 0
        self.teardowns = 0

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.setups += 1
        await bot.add_cog(ProbeCog(self.ran))

        @bot.tree.context_menu(name="Look at")
        async def look(interaction: discord.Interaction, member: discord.Member) -> None:
            self.ran.append("menu")
            await interaction.response.send_message(f"this is {member.display_name}")

    @override
    async def teardown(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        self.teardowns += 1
