"""A bot as thousands are written: discord.py alone, a script with its token in the environment."""

import os
import sys

import discord
from discord import app_commands
from typing_extensions import override


class Client(discord.Client):
    """Answers ``/hello`` and shows a button."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)

    @override
    async def setup_hook(self) -> None:
        await self.tree.sync()


client = Client()


class Again(discord.ui.View):
    """One button."""

    @discord.ui.button(label="Again")
    async def again(self, interaction: discord.Interaction, _button: discord.ui.Button["Again"]) -> None:
        await interaction.response.edit_message(content="hello again")


@client.tree.command(description="Says hello")
async def hello(interaction: discord.Interaction) -> None:
    await interaction.response.send_message(f"hello {interaction.user.display_name}", view=Again())


@client.event
async def on_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    client.run(os.environ["DISCORD_TOKEN"])
