import os

import disnake
from disnake.ext import commands

disnake.http.Route.BASE = os.environ["DISCORD_API"]

bot = commands.InteractionBot()


class Name(disnake.ui.Modal):
    def __init__(self):
        super().__init__(
            title="Who are you?", components=disnake.ui.TextInput(label="Name", custom_id="name")
        )

    async def callback(self, interaction):
        await interaction.response.send_message(f"Hello {interaction.text_values['name']}!")


class Start(disnake.ui.View):
    @disnake.ui.button(label="Start")
    async def start(self, button, interaction):
        await interaction.response.send_modal(Name())


@bot.slash_command(description="Say hello")
async def hello(interaction: disnake.ApplicationCommandInteraction):
    await interaction.response.send_message("Shall we?", view=Start())


bot.run(os.environ["DISCORD_TOKEN"])
