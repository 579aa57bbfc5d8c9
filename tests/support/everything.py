"""A module with one of every kind of thing that can be invoked; each answers where it was used."""

import asyncio
import re
from typing import Any, Literal, Self

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, GuildJobRun, Module, every
from wisp_framework.services import SchedulerService

Bot = commands.AutoShardedBot
JOB_EVERY_S = 60.0
PERSISTENT_ID = "everything:persistent"


class Panel(discord.ui.View):
    """A button and a menu that go with their message."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Press")
    async def press(self, interaction: discord.Interaction, _: discord.ui.Button["Panel"]) -> None:
        await interaction.response.send_message("pressed")

    @discord.ui.select(placeholder="Pick", options=[discord.SelectOption(label="One", value="1")])
    async def pick(self, interaction: discord.Interaction, _: discord.ui.Select["Panel"]) -> None:
        await interaction.response.send_message("picked")


class Layout(discord.ui.LayoutView):
    """A button of Components V2."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        section: discord.ui.Section[Layout] = discord.ui.Section("A section", accessory=LayoutButton())
        self.add_item(section)


class LayoutButton(discord.ui.Button[Layout]):
    """The button in the section."""

    def __init__(self) -> None:
        super().__init__(label="In a section")

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("in a section")


class Persistent(discord.ui.View):
    """Works on any message that carries its id, also after a restart."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Persist", custom_id=PERSISTENT_ID)
    async def persist(self, interaction: discord.Interaction, _: discord.ui.Button["Persistent"]) -> None:
        await interaction.response.send_message("persisted")


class Dynamic(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"everything:dynamic:(?P<number>\d+)"
):
    """One button for many ids."""

    def __init__(self, number: int) -> None:
        super().__init__(discord.ui.Button(label="Dynamic", custom_id=f"everything:dynamic:{number}"))
        self.number = number

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["number"]))

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"dynamic {self.number}")


class Form(discord.ui.Modal, title="Form"):
    """One field."""

    word: discord.ui.TextInput["Form"] = discord.ui.TextInput(label="Word")

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"submitted {self.word.value}")


class Group(app_commands.Group, name="group", description="A group"):
    """Subcommands."""

    @app_commands.command(description="Below a group")
    async def sub(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("sub")


class EverythingCog(commands.Cog):
    """Commands of every kind, and a listener."""

    def __init__(self, go_on: asyncio.Event) -> None:
        self._go_on = go_on

    @app_commands.command(description="A slash command")
    async def slash(self, interaction: discord.Interaction, word: str = "-") -> None:
        await interaction.response.send_message("slashed")

    @slash.autocomplete("word")
    async def complete(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}!", value=typed)]

    @app_commands.command(description="Ends when it is told to")
    async def hold(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("held")
        await self._go_on.wait()
        await interaction.followup.send("held to the end")

    @app_commands.command(description="Everything to press")
    async def panels(self, interaction: discord.Interaction) -> None:
        plain = discord.ui.View(timeout=None)
        plain.add_item(discord.ui.Button(label="Persist", custom_id=PERSISTENT_ID))
        plain.add_item(discord.ui.Button(label="Dynamic", custom_id="everything:dynamic:7"))
        await interaction.response.send_message("old", view=Panel())
        await interaction.followup.send(view=Layout())
        await interaction.followup.send("forever", view=plain)
        plain.stop()

    @app_commands.command(description="Opens a form")
    async def form(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())

    @commands.hybrid_command(description="Of both kinds")  # type: ignore[arg-type]  # its hint fits no method
    async def hybrid(self, ctx: commands.Context[Bot]) -> None:
        await ctx.send("hybrid")

    @commands.command()
    async def prefixed(self, ctx: commands.Context[Bot]) -> None:
        await ctx.send("prefixed")

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if message.content == "listen" and not message.author.bot:
            await message.channel.send("heard")


class Everything(Module):
    """One of every kind, listed everywhere, so that a member can try what is off."""

    name = "everything"
    visibility: Literal["guild", "global"] = "global"

    def __init__(self) -> None:
        self.go_on = asyncio.Event()

    @override
    async def setup(self, bot: Bot, ctx: BotContext) -> None:
        await bot.add_cog(EverythingCog(self.go_on))
        bot.tree.add_command(Group())
        bot.add_view(Persistent())
        bot.add_dynamic_items(Dynamic)

        @bot.tree.context_menu(name="Look at member")
        async def look(interaction: discord.Interaction, member: discord.Member) -> None:
            await interaction.response.send_message("looked at a member")

        @bot.tree.context_menu(name="Look at message")
        async def read(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message("looked at a message")

        @bot.event
        async def on_reaction_add(reaction: discord.Reaction, user: discord.User | discord.Member) -> None:
            if not user.bot:
                await reaction.message.channel.send("reacted")

        async def wait() -> None:
            while True:
                message = await bot.wait_for("message", check=lambda message: message.content == "wait")
                await message.channel.send("waited")

        @every(seconds=JOB_EVERY_S)
        async def remind(run: GuildJobRun) -> None:
            guild = bot.get_guild(run.guild_id)
            if guild is not None:
                await guild.text_channels[0].send("reminded")

        bot.loop.create_task(wait())
        ctx.service(SchedulerService).add(remind)
