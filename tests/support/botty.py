"""Botty: a bot with one of everything, in plain discord.py, for tests that need a bot but not Wisp."""

import asyncio

import discord
from discord import app_commands
from typing_extensions import override


class FormModal(discord.ui.Modal, title="Feedback"):
    """A form with a text input of the old kind and a labelled select menu."""

    reason: discord.ui.TextInput["FormModal"] = discord.ui.TextInput(label="Reason", default="none")
    kind: discord.ui.Label["FormModal"] = discord.ui.Label(
        text="Kind of thing",
        component=discord.ui.Select(
            custom_id="kind",
            options=[
                discord.SelectOption(label="Bug", value="b", default=True),
                discord.SelectOption(label="Idea", value="i"),
            ],
        ),
    )

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Repeat what was filled in."""
        select = self.kind.component
        chosen = select.values if isinstance(select, discord.ui.Select) else []
        await interaction.response.send_message(f"{self.reason.value}: {','.join(map(str, chosen))}")


class Panel(discord.ui.View):
    """One of each control."""

    def __init__(self) -> None:
        super().__init__()
        self.add_item(discord.ui.Button(label="Docs", url="https://example.org"))

    @discord.ui.button(label="Press me")
    async def press(self, interaction: discord.Interaction, _: discord.ui.Button["Panel"]) -> None:
        """Edit the message."""
        await interaction.response.edit_message(content="Pressed.")

    @discord.ui.button(label="Dead", disabled=True)
    async def dead(self, interaction: discord.Interaction, _: discord.ui.Button["Panel"]) -> None:
        """Nobody can press it."""

    @discord.ui.button(label="Open form", emoji="\N{MEMO}")
    async def form(self, interaction: discord.Interaction, _: discord.ui.Button["Panel"]) -> None:
        """Open the modal."""
        await interaction.response.send_modal(FormModal())

    @discord.ui.select(
        placeholder="Colour",
        max_values=2,
        options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue", value="b")],
    )
    async def colour(self, interaction: discord.Interaction, select: discord.ui.Select["Panel"]) -> None:
        """Say what was chosen."""
        await interaction.response.send_message(",".join(select.values), ephemeral=True)

    @discord.ui.select(cls=discord.ui.UserSelect, placeholder="Who")
    async def who(self, interaction: discord.Interaction, select: discord.ui.UserSelect["Panel"]) -> None:
        """Say who was chosen."""
        await interaction.response.send_message(select.values[0].display_name)


class Botty(discord.Client):
    """A bot with one of everything, written without Wisp."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents.all(), chunk_guilds_at_startup=False, guild_ready_timeout=0.01
        )
        self.tree = app_commands.CommandTree(self)
        self.up = asyncio.Event()
        self.muted = asyncio.Event()
        self.deferred = asyncio.Event()
        self.may_answer = asyncio.Event()

    @override
    async def setup_hook(self) -> None:
        """Register and send the commands."""
        add_commands(self.tree)
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say that the guilds are there."""
        self.up.set()

    async def on_message(self, message: discord.Message) -> None:
        """Answer some words."""
        if message.content == "hello":
            await message.channel.send(f"Hello {message.author.display_name}")
        if message.content == "react":
            await message.add_reaction("\N{THUMBS UP SIGN}")
        if message.content == "gone":
            await message.delete()


def add_commands(tree: app_commands.CommandTree[Botty]) -> None:
    """One command of each kind."""
    add_answers(tree)
    add_views(tree)
    add_options(tree)
    add_menus(tree)


def add_answers(tree: app_commands.CommandTree[Botty]) -> None:
    """Commands that answer in different ways, or not at all."""

    @tree.command()
    async def ping(interaction: discord.Interaction) -> None:
        """Answer."""
        await interaction.response.send_message("Pong!")

    @tree.command()
    async def secret(interaction: discord.Interaction) -> None:
        """Answer in private, with an embed."""
        embed = discord.Embed(title="Secret", description="Shh.").add_field(name="level", value="7")
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @tree.command()
    async def slow(interaction: discord.Interaction) -> None:
        """Defer, then answer when it may."""
        await interaction.response.defer()
        tree.client.deferred.set()
        await tree.client.may_answer.wait()
        await interaction.followup.send("Slowly.")

    @tree.command()
    async def mute(interaction: discord.Interaction) -> None:
        """Never answer."""
        tree.client.muted.set()


def add_views(tree: app_commands.CommandTree[Botty]) -> None:
    """Commands that answer with components."""

    @tree.command()
    async def panel(interaction: discord.Interaction) -> None:
        """Show the controls."""
        await interaction.response.send_message("Panel", view=Panel())

    @tree.command()
    async def layout(interaction: discord.Interaction) -> None:
        """Answer with components alone."""
        view = discord.ui.LayoutView()
        view.add_item(discord.ui.Container(discord.ui.TextDisplay("First"), discord.ui.TextDisplay("Second")))
        await interaction.response.send_message(view=view)


def add_options(tree: app_commands.CommandTree[Botty]) -> None:
    """Commands with options, suggestions and subcommands."""

    @tree.command()
    @app_commands.choices(
        size=[app_commands.Choice(name="Huge", value=3), app_commands.Choice(name="Tiny", value=1)]
    )
    async def echo(
        interaction: discord.Interaction,
        text: str,
        times: int = 1,
        ratio: float = 0.5,
        loud: bool = False,
        who: discord.Member | None = None,
        where: discord.TextChannel | None = None,
        role: discord.Role | None = None,
        size: int = 0,
    ) -> None:
        """Say which values came in."""
        named = [who and who.display_name, where and where.name, role and role.name]
        await interaction.response.send_message(repr([text, times, ratio, loud, *named, size]))

    @tree.command()
    async def roll(interaction: discord.Interaction, sides: int, dice: str) -> None:
        """Has suggestions."""
        await interaction.response.send_message(f"{dice} of {sides}")

    @roll.autocomplete("dice")
    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Suggest from what is typed and what is given."""
        sides = interaction.namespace.sides
        return [app_commands.Choice(name=f"{current}{sides}!", value=f"{current}{sides}")]

    notes = app_commands.Group(name="notes", description="Notes")

    @notes.command()
    async def add(interaction: discord.Interaction, text: str) -> None:
        """Is a subcommand."""
        await interaction.response.send_message(f"Noted: {text}")

    tree.add_command(notes)


def add_menus(tree: app_commands.CommandTree[Botty]) -> None:
    """Context menus."""

    @tree.context_menu(name="Show name")
    async def show_name(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(member.display_name)

    @tree.context_menu(name="Quote")
    async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"> {message.content}")
