"""``/note``: what a club wants to find again."""

from collections.abc import Mapping

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, GuildDataService, Module, require_guild

MODULE = "notes"
LONGEST_TITLE = 80
MOST_CHOICES = 25
MOST_LISTED = 10
LIFE_S = 600.0


class NotesModule(Module):
    """Keeps notes for each server: written in a form, found by their titles."""

    name = MODULE
    description = "Notes that this server keeps"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        bot.tree.add_command(NoteGroup(ctx.guild_data))


class NoteForm(discord.ui.Modal, title="A new note"):
    """Asks for a title and a text."""

    note_title: discord.ui.TextInput["NoteForm"] = discord.ui.TextInput(
        label="Title", max_length=LONGEST_TITLE
    )
    text: discord.ui.TextInput["NoteForm"] = discord.ui.TextInput(
        label="Text", style=discord.TextStyle.paragraph, max_length=1500
    )

    def __init__(self, guild_id: int, guild_data: GuildDataService) -> None:
        super().__init__()
        self._guild_id = guild_id
        self._guild_data = guild_data

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        await self._guild_data.set(self._guild_id, self.note_title.value, self.text.value, MODULE)
        await interaction.response.send_message(
            f"Kept: **{discord.utils.escape_markdown(self.note_title.value)}**"
        )


class ShowButton(discord.ui.Button["NoteList"]):
    """Shows one note to whoever presses it."""

    def __init__(self, text: str) -> None:
        super().__init__(label="Show")
        self._text = text

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(self._text, ephemeral=True)


class NoteList(discord.ui.LayoutView):
    """The titles, a section each, with a button beside it; after ten minutes the buttons go off.

    Args:
        notes: texts by titles.
    """

    def __init__(self, notes: Mapping[str, str]) -> None:
        super().__init__(timeout=LIFE_S)
        self.message: discord.InteractionMessage | None = None
        self._buttons = [ShowButton(text) for text in notes.values()]
        box: discord.ui.Container[NoteList] = discord.ui.Container(discord.ui.TextDisplay("### Notes"))
        for title, button in zip(notes, self._buttons, strict=True):
            box.add_item(discord.ui.Section(discord.utils.escape_markdown(title), accessory=button))
        self.add_item(box)

    @override
    async def on_timeout(self) -> None:
        for button in self._buttons:
            button.disabled = True
        if self.message is not None:
            # Fetched: the token of the interaction may be as old as the buttons.
            await (await self.message.fetch()).edit(view=self)


@app_commands.guild_only()
class NoteGroup(app_commands.Group, name="note", description="Notes that this server keeps"):
    """The commands below ``/note``."""

    def __init__(self, guild_data: GuildDataService) -> None:
        super().__init__()
        self._guild_data = guild_data

    @app_commands.command()
    @require_guild()
    async def add(self, interaction: discord.Interaction) -> None:
        """Write a new note."""
        await interaction.response.send_modal(NoteForm(interaction.guild_id or 0, self._guild_data))

    @app_commands.command()
    @app_commands.describe(title="The note's title")
    @require_guild()
    async def show(self, interaction: discord.Interaction, title: str) -> None:
        """Show a note to everyone here."""
        text = await self._guild_data.get(interaction.guild_id or 0, title, MODULE)
        if isinstance(text, str):
            await interaction.response.send_message(embed=discord.Embed(title=title, description=text))
        else:
            await interaction.response.send_message("There is no such note.", ephemeral=True)

    @app_commands.command(name="list")
    @require_guild()
    async def list_(self, interaction: discord.Interaction) -> None:
        """See the titles, with a button that shows the note."""
        kept = await self._guild_data.get_all(interaction.guild_id or 0, MODULE)
        notes = {title: text for title, text in sorted(kept.items())[:MOST_LISTED] if isinstance(text, str)}
        if not notes:
            await interaction.response.send_message(
                "No notes yet. Write one with `/note add`.", ephemeral=True
            )
            return
        view = NoteList(notes)
        await interaction.response.send_message(view=view)
        view.message = await interaction.original_response()

    @app_commands.command()
    @app_commands.describe(title="The note's title")
    @require_guild()
    async def delete(self, interaction: discord.Interaction, title: str) -> None:
        """Throw a note away."""
        gone = await self._guild_data.delete(interaction.guild_id or 0, title, MODULE)
        await interaction.response.send_message("Gone." if gone else "There is no such note.", ephemeral=True)

    @show.autocomplete("title")
    @delete.autocomplete("title")
    async def _complete(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        notes = await self._guild_data.get_all(interaction.guild_id or 0, MODULE)
        titles = sorted(title for title in notes if typed.lower() in title.lower())
        return [app_commands.Choice(name=title, value=title) for title in titles[:MOST_CHOICES]]
