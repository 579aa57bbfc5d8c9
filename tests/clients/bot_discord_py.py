"""A bot in discord.py alone that offers every kind of interaction; it knows of no simulator."""

import io
import os

import discord
import yarl
from discord import app_commands, ui
from discord.ext import commands
from typing_extensions import override

discord.http.Route.BASE = os.environ["DISCORD_API"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY"])

bot = commands.Bot("!", intents=discord.Intents.all(), guild_ready_timeout=0.1)
deep = app_commands.Group(name="deep", description="Things in it")
settings = app_commands.Group(name="settings", description="Settings")
settings.add_command(deep)
bot.tree.add_command(settings)


@bot.event
async def setup_hook() -> None:
    await bot.tree.sync()


@bot.tree.command(description="One option of each kind")
@app_commands.choices(colour=[app_commands.Choice(name=name, value=name[0]) for name in ("Red", "Blue")])
async def kinds(
    interaction: discord.Interaction,
    word: str,
    count: int,
    ratio: float,
    flag: bool,
    who: discord.Member,
    where: discord.TextChannel,
    role: discord.Role,
    anyone: discord.Member | discord.Role,
    colour: str,
    file: discord.Attachment | None = None,
) -> None:
    attached = (await file.read()).decode() if file else "no file"
    told = [word, count, ratio, flag, who.name, where.name, role.name, anyone.name, colour, attached]
    await interaction.response.send_message("|".join(map(str, told)))


@deep.command(description="A command in a group in a group")
async def put(interaction: discord.Interaction, word: str) -> None:
    await interaction.response.send_message(f"put {word}")


@bot.tree.context_menu(name="Greet")
async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"hello {member.name}")


@bot.tree.context_menu(name="Quote")
async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"{message.author.name} said {message.content}")


@bot.tree.command(description="With suggestions")
async def find(interaction: discord.Interaction, term: str) -> None:
    await interaction.response.send_message(f"found {term}")


@find.autocomplete("term")
async def suggest(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{typed}-{number}", value=f"{typed}{number}") for number in (1, 2)]


def options(*words: str) -> list[discord.SelectOption]:
    """What a select offers."""
    return [discord.SelectOption(label=word) for word in words]


class Panel(ui.View):
    @ui.button(label="Press", custom_id="press")
    async def press(self, interaction: discord.Interaction, _button: ui.Button["Panel"]) -> None:
        await interaction.response.edit_message(content="pressed")

    @ui.select(
        placeholder="Words", max_values=2, options=[discord.SelectOption(label=word) for word in ("A", "B")]
    )
    async def words(self, interaction: discord.Interaction, select: ui.Select["Panel"]) -> None:
        await interaction.response.send_message("words " + " ".join(select.values))

    @ui.select(cls=ui.UserSelect, placeholder="Users")
    async def users(self, interaction: discord.Interaction, select: ui.UserSelect["Panel"]) -> None:
        await interaction.response.send_message(f"user {select.values[0].name}")

    @ui.select(cls=ui.RoleSelect, placeholder="Roles")
    async def roles(self, interaction: discord.Interaction, select: ui.RoleSelect["Panel"]) -> None:
        await interaction.response.send_message(f"role {select.values[0].name}")

    @ui.select(cls=ui.ChannelSelect, placeholder="Channels")
    async def channels(self, interaction: discord.Interaction, select: ui.ChannelSelect["Panel"]) -> None:
        await interaction.response.send_message(f"channel {select.values[0].name}")


class Anyone(ui.MentionableSelect["Board"]):
    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"anyone {self.values[0].name}")


class Board(ui.LayoutView):
    def __init__(self) -> None:
        super().__init__()
        row = ui.ActionRow["Board"](Anyone(placeholder="Anyone"))
        self.add_item(ui.Container(ui.TextDisplay("on the board"), row))


@bot.tree.command(description="A button and four kinds of select")
async def panel(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("panel", view=Panel())


@bot.tree.command(description="Components V2, and the fifth kind of select")
async def board(interaction: discord.Interaction) -> None:
    await interaction.response.send_message(view=Board())


class Form(ui.Modal, title="Form"):
    name = ui.TextInput["Form"](label="Name")

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"name {self.name.value}")


class Labels(ui.Modal, title="Labels"):
    size = ui.Label["Labels"](
        text="Size",
        component=ui.Select(options=[discord.SelectOption(label=word) for word in ("Small", "Large")]),
    )
    member = ui.Label["Labels"](text="Member", component=ui.UserSelect())
    paper = ui.Label["Labels"](text="Paper", component=ui.FileUpload(required=False))

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        size, member, paper = self.size.component, self.member.component, self.paper.component
        assert isinstance(size, ui.Select)
        assert isinstance(member, ui.UserSelect)
        assert isinstance(paper, ui.FileUpload)
        read = [(await file.read()).decode() for file in paper.values]
        told = [*size.values, *(value.name for value in member.values), *read]
        await interaction.response.send_message(f"labels {' '.join(told)}")


@bot.tree.command(description="A modal with a text input")
async def form(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Form())


@bot.tree.command(description="A modal with labels")
async def labels(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Labels())


@bot.tree.command(description="Answers later, and more than once")
async def later(interaction: discord.Interaction) -> None:
    await interaction.response.defer(thinking=True)
    await interaction.edit_original_response(content="at last")
    more = await interaction.followup.send("mroe", wait=True)
    await more.edit(content="more")


@bot.tree.command(description="Answers later, to one person")
async def whisper(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send("psst")
    await interaction.followup.send("again", ephemeral=True)


@bot.tree.command(description="A file")
async def file(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("here", file=discord.File(io.BytesIO(b"paper"), "note.txt"))


@bot.command()
async def echo(ctx: commands.Context[commands.Bot], *, text: str) -> None:
    await ctx.reply(text)


@bot.event
async def on_reaction_add(reaction: discord.Reaction, user: discord.Member | discord.User) -> None:
    await reaction.message.channel.send(f"{user.name} reacted with {reaction.emoji}")


if __name__ == "__main__":
    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
