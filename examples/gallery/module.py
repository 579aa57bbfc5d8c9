"""``/gallery`` and what goes with it."""

import asyncio
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from examples.gallery.parts import (
    Form,
    Shelf,
    boxes_and_file,
    buttons,
    selects,
    tell,
    text_file,
    texts_and_menus,
)
from examples.gallery.words import CODE, MARKDOWN, full_embed, mentions, picture_file, poll, small_embeds
from wisp_framework import BotContext, Module

THINKING_S = 1.0
TEAS = ("Assam", "Ceylon", "Darjeeling", "Oolong", "Sencha")


class GalleryModule(Module):
    """Shows all that a bot can show."""

    name = "gallery"
    description = "Everything that a bot can show"

    async def setup(self, bot: commands.AutoShardedBot, _: BotContext) -> None:
        """Add what stands in the menus of messages and members."""
        bot.tree.add_command(count_letters)
        bot.tree.add_command(wave)

    @app_commands.command()
    @app_commands.guild_only()
    async def gallery(self, interaction: discord.Interaction) -> None:
        """Show everything, one message after another."""
        await interaction.response.send_message("The gallery is open.")
        await _show_all(interaction)
        last = await interaction.followup.send("This message was edited, and has a thread.", wait=True)
        await last.edit(content="This message was edited, has reactions, a reply and a thread.")
        message = await interaction.channel.fetch_message(last.id)  # type: ignore[union-attr]
        for emoji in ("👍", "⭐"):
            await message.add_reaction(emoji)
        await message.forward(message.channel)
        await message.reply("A reply", mention_author=False)
        thread = await message.create_thread(name="A thread")
        await thread.send("The first words of the thread")

    @app_commands.command()
    async def form(self, interaction: discord.Interaction) -> None:
        """Open a form with texts and menus."""
        await interaction.response.send_modal(Form("A form", texts_and_menus()))

    @app_commands.command()
    async def choices(self, interaction: discord.Interaction) -> None:
        """Open a form with boxes to tick and a file."""
        await interaction.response.send_modal(Form("A form with boxes", boxes_and_file()))

    @app_commands.command()
    async def secret(self, interaction: discord.Interaction) -> None:
        """Say something that only you see."""
        await tell(interaction, "Between the two of us.")

    @app_commands.command()
    async def think(self, interaction: discord.Interaction) -> None:
        """Take a moment before the answer."""
        await interaction.response.defer()
        await asyncio.sleep(THINKING_S)
        await interaction.followup.send("I have thought about it.")

    @app_commands.command()
    async def silence(self, interaction: discord.Interaction) -> None:
        """Never answer."""

    @app_commands.command()
    @app_commands.describe(
        tea="Which one", cups="How many", size="How large", guest="For whom", milk="With milk", note="A file"
    )
    @app_commands.choices(size=[app_commands.Choice(name=size, value=size) for size in ("Small", "Large")])
    async def brew(
        self,
        interaction: discord.Interaction,
        tea: str,
        cups: app_commands.Range[int, 1, 10] = 1,
        size: str = "Small",
        guest: discord.Member | None = None,
        milk: bool = False,
        note: discord.Attachment | None = None,
    ) -> None:
        """Make tea: an option of almost every kind."""
        whom = guest.display_name if guest is not None else "nobody else"
        with_file = f" and {note.filename}" if note is not None else ""
        await interaction.response.send_message(
            f"{cups} x {tea}, {size}, for {whom}, milk: {milk}{with_file}"
        )

    @brew.autocomplete("tea")
    async def _teas(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=tea, value=tea) for tea in TEAS if typed.lower() in tea.lower()]


@app_commands.context_menu(name="Count the letters")
async def count_letters(interaction: discord.Interaction, message: discord.Message) -> None:
    """How long a message is."""
    await tell(interaction, f"{sum(letter.isalpha() for letter in message.content)} letters")


@app_commands.context_menu(name="Wave at")
async def wave(interaction: discord.Interaction, member: discord.Member) -> None:
    """Greet a member."""
    await interaction.response.send_message(f"👋 {member.display_name}")


async def _show_all(interaction: discord.Interaction) -> None:
    """Send one message after another."""

    async def show(content: str = "", **more: Any) -> None:  # noqa: ANN401
        await interaction.followup.send(content, wait=True, **more)

    await show(MARKDOWN)
    await show(CODE)
    await show(mentions(interaction.user, interaction.guild))
    await show("🎉🍵")
    small, wide = picture_file("small.png", (224, 166, 60)), picture_file("wide.png", (139, 123, 255))
    await show("Embeds", embed=full_embed(), files=[small, wide])
    await show(embeds=small_embeds())
    await show("A picture and a file", files=[picture_file("tea.png", (89, 209, 143)), text_file()])
    await show(poll=poll())
    await show("Buttons", view=buttons())
    await show("Select menus", view=selects())
    await show(view=Shelf(), files=Shelf.files())
