import os

import discord

discord.http.Route.API_BASE_URL = os.environ["DISCORD_API"]

bot = discord.Bot()


class Name(discord.ui.Modal):
    def __init__(self):
        super().__init__(discord.ui.InputText(label="Name"), title="Who are you?")

    async def callback(self, interaction):
        await interaction.response.send_message(f"Hello {self.children[0].value}!")


class Start(discord.ui.View):
    @discord.ui.button(label="Start")
    async def start(self, button, interaction):
        await interaction.response.send_modal(Name())


@bot.slash_command(description="Say hello")
async def hello(ctx: discord.ApplicationContext):
    await ctx.respond("Shall we?", view=Start())


bot.run(os.environ["DISCORD_TOKEN"])
