"""What is pressed and filled in."""

import re

import discord


def panel(guild: discord.Guild) -> str:
    return f"Something wrong in {guild.name}? Open a ticket."


class Opener(discord.ui.View):
    def __init__(self):
        super().__init__(timeout=None)

    @discord.ui.button(label="Open", style=discord.ButtonStyle.green, custom_id="tickets:open")
    async def open(self, interaction: discord.Interaction, button: discord.ui.Button):
        await interaction.response.send_modal(Form())

    @discord.ui.select(
        placeholder="How bad?",
        custom_id="tickets:grade",
        options=[discord.SelectOption(label="Bad"), discord.SelectOption(label="Worse")],
    )
    async def grade(self, interaction: discord.Interaction, select: discord.ui.Select):
        await interaction.response.send_message(f"So it is {select.values[0].lower()}.", ephemeral=True)


class Form(discord.ui.Modal, title="New ticket"):
    subject = discord.ui.TextInput(label="Subject", max_length=100)

    async def on_submit(self, interaction: discord.Interaction):
        interaction.client.tickets_opened += 1
        number = interaction.client.tickets_opened
        view = discord.ui.View(timeout=None)
        view.add_item(Close(number))
        await interaction.response.send_message(f"Ticket {number}: {self.subject.value}", view=view)

    async def on_error(self, interaction: discord.Interaction, error: Exception):
        await interaction.response.send_message("The ticket was lost.", ephemeral=True)


class Close(discord.ui.DynamicItem[discord.ui.Button], template=r"tickets:close:(?P<number>[0-9]+)"):
    def __init__(self, number: int):
        self.number = number
        super().__init__(discord.ui.Button(label="Close", custom_id=f"tickets:close:{number}"))

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item, match: re.Match):
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction):
        await interaction.response.edit_message(content=f"Ticket {self.number} is closed.", view=None)
