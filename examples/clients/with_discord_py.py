import os

import discord
import yarl
from discord import app_commands, ui

discord.http.Route.BASE = os.environ["DISCORD_API"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY"])

client = discord.Client(intents=discord.Intents.default())
tree = app_commands.CommandTree(client)


class Name(ui.Modal, title="Who are you?"):
    name = ui.TextInput["Name"](label="Name")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Hello {self.name.value}!")


class Start(ui.View):
    @ui.button(label="Start")
    async def start(self, interaction: discord.Interaction, button: ui.Button["Start"]) -> None:
        await interaction.response.send_modal(Name())


@tree.command(description="Say hello")
async def hello(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("Shall we?", view=Start())


@client.event
async def setup_hook() -> None:
    await tree.sync()


client.run(os.environ["DISCORD_TOKEN"])
