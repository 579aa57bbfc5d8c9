"""An unmodified discord.py lives on the offline Discord."""

import io

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.plain_bot import running
from support.raw_user import RawUser
from wisp_sim import ManualClock, Sim

LAB = "Lovelace's Lab"


async def test_logs_in_and_sees_its_guilds(sim: Sim, bot: commands.Bot) -> None:
    """The client is ready with guilds, channels, roles and all members."""
    async with running(bot, sim):
        lab = discord.utils.get(bot.guilds, name=LAB)
        assert lab is not None
        assert {guild.name for guild in bot.guilds} == {LAB, "Hopper's Harbour"}
        assert {member.display_name for member in lab.members} == {"Ada", "Grace", "Mallory", "Wisp"}
        assert [channel.name for channel in lab.text_channels] == ["general", "lobby", "bots"]
        moderators = discord.utils.get(lab.roles, name="Moderators")
        assert moderators is not None
        assert [member.display_name for member in moderators.members] == ["Grace"]
        assert lab.owner is not None
        assert lab.owner.display_name == "Ada"


async def test_syncs_global_and_guild_commands(sim: Sim, bot: commands.Bot) -> None:
    """Both kinds come back as they were registered."""
    guild = discord.Object(sim.guild(LAB).id)

    @bot.tree.command(description="Everywhere.")
    async def everywhere(interaction: discord.Interaction) -> None: ...

    @bot.tree.command(description="Here.", guild=guild)
    @app_commands.describe(size="How much.")
    async def here(interaction: discord.Interaction, size: app_commands.Range[int, 1, 9]) -> None: ...

    async with running(bot, sim):
        await bot.tree.sync()
        await bot.tree.sync(guild=guild)
        (found,) = await bot.tree.fetch_commands()
        (local,) = await bot.tree.fetch_commands(guild=guild)

    assert (found.name, found.description) == ("everywhere", "Everywhere.")
    assert local.guild_id == guild.id
    (size,) = local.options
    assert isinstance(size, app_commands.Argument)
    assert (size.name, size.required, size.min_value, size.max_value) == ("size", True, 1, 9)


async def test_answers_a_slash_command(sim: Sim, bot: commands.Bot, ada: RawUser, general: int) -> None:
    """The user sees the reply to the command that was invoked, with its nonce."""

    @bot.tree.command(description="Echo.")
    async def echo(interaction: discord.Interaction, text: str, member: discord.Member) -> None:
        await interaction.response.send_message(f"{text} {member.display_name}")

    async with running(bot, sim):
        await bot.tree.sync()
        options = [
            {"type": 3, "name": "text", "value": "hello"},
            {"type": 6, "name": "member", "value": str(sim.user("Grace").id)},
        ]
        status, _ = await ada.slash(general, "echo", options)
        await sim.settle()

    assert status == 204
    assert [event for event, _ in ada.events if event.startswith("INTERACTION")] == [
        "INTERACTION_CREATE",
        "INTERACTION_SUCCESS",
    ]
    (reply,) = ada.told("MESSAGE_CREATE")
    assert reply["content"] == "hello Grace"
    assert reply["type"] == 20
    assert reply["nonce"] == ada.told("INTERACTION_CREATE")[0]["nonce"]
    assert reply["interaction_metadata"]["user"]["id"] == str(sim.user("Ada").id)


async def test_a_reply_names_the_subcommand(sim: Sim, bot: commands.Bot, ada: RawUser, general: int) -> None:
    """A reply tells which command it came from, with its group and subcommand."""
    shop = app_commands.Group(name="shop", description="Buy and sell.")
    price = app_commands.Group(name="price", description="What it costs.", parent=shop)

    @price.command(description="Tell a price.")
    async def show(interaction: discord.Interaction, ware: str) -> None:
        await interaction.response.send_message(f"{ware}: 7")

    bot.tree.add_command(shop)
    async with running(bot, sim):
        await bot.tree.sync()
        filled = [{"type": 3, "name": "ware", "value": "tea"}]
        nested = [{"type": 1, "name": "show", "options": filled}]
        await ada.slash(general, "shop", [{"type": 2, "name": "price", "options": nested}])
        await sim.settle()

    (reply,) = ada.told("MESSAGE_CREATE")
    assert reply["interaction_metadata"]["name"] == "shop price show"
    assert reply["interaction"]["name"] == "shop price show"


async def test_defers_follows_up_and_edits(sim: Sim, bot: commands.Bot, ada: RawUser, general: int) -> None:
    """A deferred answer is filled by an edit; follow-ups are their own; deletion removes the original."""

    @bot.tree.command(description="Slow.")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content="done")
        more = await interaction.followup.send("more", wait=True)
        await more.edit(content="much more")
        file = discord.File(io.BytesIO(b"data"), "notes.txt")
        await interaction.followup.send("a file", file=file)
        await interaction.delete_original_response()

    async with running(bot, sim):
        await bot.tree.sync()
        await ada.slash(general, "slow")
        await sim.settle()

    created = ada.told("MESSAGE_CREATE")
    assert [message["content"] for message in created] == ["", "more", "a file"]
    assert created[0]["flags"] & 128
    assert [message["content"] for message in ada.told("MESSAGE_UPDATE")] == ["done", "much more"]
    assert not ada.told("MESSAGE_UPDATE")[0]["flags"] & 128
    assert created[2]["attachments"][0]["filename"] == "notes.txt"
    assert ada.told("MESSAGE_DELETE")[0]["id"] == created[0]["id"]


async def test_first_follow_up_fills_a_deferred_answer(
    sim: Sim, bot: commands.Bot, ada: RawUser, general: int
) -> None:
    """After a deferred answer the first follow-up becomes that answer."""

    @bot.tree.command(description="Slow.")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("filled")
        original = await interaction.original_response()
        assert original.content == "filled"

    async with running(bot, sim):
        await bot.tree.sync()
        await ada.slash(general, "slow")
        await sim.settle()

    assert len(ada.told("MESSAGE_CREATE")) == 1
    (update,) = ada.told("MESSAGE_UPDATE")
    assert (update["content"], update["flags"] & 64) == ("filled", 64)


async def test_suggests_choices(sim: Sim, bot: commands.Bot, ada: RawUser, general: int) -> None:
    """The choices of an autocompletion reach the user who writes."""

    async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}!", value=current)]

    @bot.tree.command(description="Guess.")
    @app_commands.autocomplete(word=complete)
    async def guess(interaction: discord.Interaction, word: str) -> None: ...

    async with running(bot, sim):
        await bot.tree.sync()
        options = [{"type": 3, "name": "word", "value": "ap", "focused": True}]
        await ada.slash(general, "guess", options, kind=4)
        await sim.settle()

    (answer,) = ada.told("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE")
    assert answer["choices"] == [{"name": "ap!", "value": "ap"}]


class _Menu(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.chosen: list[str] = []

    @discord.ui.button(label="Press", custom_id="press")
    async def press(self, interaction: discord.Interaction, button: discord.ui.Button["_Menu"]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="pressed", view=self)

    @discord.ui.select(
        custom_id="pick", options=[discord.SelectOption(label="A"), discord.SelectOption(label="B")]
    )
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select["_Menu"]) -> None:
        self.chosen += select.values
        await interaction.response.defer()

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
    async def who(self, interaction: discord.Interaction, select: discord.ui.UserSelect["_Menu"]) -> None:
        self.chosen += [user.display_name for user in select.values]
        await interaction.response.send_modal(_Form())


class _Form(discord.ui.Modal, title="Tell us"):
    name: discord.ui.TextInput["_Form"] = discord.ui.TextInput(label="Name", custom_id="name")

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"thanks {self.name.value}", ephemeral=True)


async def test_components_and_modals(sim: Sim, bot: commands.Bot, ada: RawUser, general: int) -> None:
    """A button edits its message, selects bring their values, a modal comes back filled."""
    menu = _Menu()

    @bot.tree.command(description="Menu.")
    async def show(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("choose", view=menu)

    async with running(bot, sim):
        await bot.tree.sync()
        await ada.slash(general, "show")
        await sim.settle()
        (message,) = ada.told("MESSAGE_CREATE")
        assert await ada.press(message, "press") == (204, None)
        await sim.settle()
        refused, _ = await ada.press(message, "press")
        assert await ada.press(message, "pick", 3, ["B"]) == (204, None)
        assert await ada.press(message, "who", 5, [str(sim.user("Grace").id)]) == (204, None)
        await sim.settle()
        (modal,) = ada.told("INTERACTION_MODAL_CREATE")
        assert await ada.submit(modal, {"name": "Ada"}) == (204, None)
        await sim.settle()

    assert menu.chosen == ["B", "Grace"]
    assert refused == 400
    assert ada.told("MESSAGE_UPDATE")[0]["content"] == "pressed"
    assert modal["title"] == "Tell us"
    assert ada.told("MESSAGE_CREATE")[1]["content"] == "thanks Ada"


async def test_reads_and_writes_messages(sim: Sim, bot: commands.Bot, ada: RawUser, general: int) -> None:
    """A prefix command reads what a user wrote, replies, edits, reacts and deletes."""

    @bot.command()
    async def hello(ctx: commands.Context[commands.Bot]) -> None:
        reply = await ctx.reply(f"hello {ctx.author.display_name}", file=_file())
        await reply.edit(content="edited", attachments=[])
        await ctx.message.add_reaction("👋")
        assert [message.content async for message in ctx.channel.history(limit=5)] == ["edited", "!hello"]
        await reply.delete()

    def _file() -> discord.File:
        return discord.File(io.BytesIO(b"abc"), "a.txt", description="letters")

    async with running(bot, sim):
        await ada.say(general, "!hello")
        await sim.settle()

    reply = ada.told("MESSAGE_CREATE")[1]
    assert (reply["content"], reply["type"]) == ("hello Ada", 19)
    assert reply["referenced_message"]["content"] == "!hello"
    assert reply["attachments"][0]["description"] == "letters"
    assert [user["id"] for user in reply["mentions"]] == [str(sim.user("Ada").id)]
    (update,) = ada.told("MESSAGE_UPDATE")
    assert (update["content"], update["attachments"]) == ("edited", [])
    assert ada.told("MESSAGE_REACTION_ADD")[0]["emoji"] == {"id": None, "name": "👋"}
    assert ada.told("MESSAGE_DELETE")[0]["id"] == reply["id"]


async def test_hears_reactions_and_members(sim: Sim, bot: commands.Bot, ada: RawUser, general: int) -> None:
    """Reactions of users, members who join and leave, and a changed role arrive as events."""
    heard: list[str] = []

    @bot.event
    async def on_raw_reaction_add(event: discord.RawReactionActionEvent) -> None:
        heard.append(f"reaction {event.emoji} {event.member}")

    @bot.event
    async def on_member_join(member: discord.Member) -> None:
        heard.append(f"join {member.display_name}")
        moderators = discord.utils.get(member.guild.roles, name="@everyone")
        assert moderators is not None

    @bot.event
    async def on_member_remove(member: discord.Member) -> None:
        heard.append(f"leave {member.display_name}")

    async with running(bot, sim):
        message = await ada.say(general, "react to this")
        path = f"/channels/{general}/messages/{message['id']}/reactions/%F0%9F%91%8D/@me"
        await ada.ok("PUT", path)
        await sim.settle()
        await sim.leave("Mallory", LAB)
        await sim.join("Mallory", LAB)
        await sim.settle()

    assert heard == ["reaction 👍 ada", "leave Mallory", "join Mallory"]


async def test_writes_direct_messages(sim: Sim, bot: commands.Bot, ada: RawUser) -> None:
    """A bot can write to a user directly, and hears the answer with its content."""
    heard: list[str] = []

    @bot.event
    async def on_message(message: discord.Message) -> None:
        if message.guild is None and message.author != bot.user:
            heard.append(message.content)

    async with running(bot, sim):
        user = await bot.fetch_user(sim.user("Ada").id)
        sent = await user.send("psst")
        await sim.settle()
        await ada.say(sent.channel.id, "yes?")
        await sim.settle()

    assert ada.told("MESSAGE_CREATE")[0]["content"] == "psst"
    assert heard == ["yes?"]


async def test_late_answer_is_refused(
    sim: Sim, bot: commands.Bot, ada: RawUser, general: int, clock: ManualClock
) -> None:
    """After 3 seconds the user is told that it failed, and an answer gets 10062."""
    codes: list[int] = []

    @bot.tree.command(description="Late.")
    async def late(interaction: discord.Interaction) -> None:
        clock.advance(3.0)
        try:
            await interaction.response.send_message("too late")
        except discord.NotFound as error:
            codes.append(error.code)

    async with running(bot, sim):
        await bot.tree.sync()
        await ada.slash(general, "late")
        await sim.settle()

    assert codes == [10062]
    assert [failure["reason_code"] for failure in ada.told("INTERACTION_FAILURE")] == [2]
    assert not ada.told("MESSAGE_CREATE")


async def test_token_ends_after_fifteen_minutes(
    sim: Sim, bot: commands.Bot, ada: RawUser, general: int, clock: ManualClock
) -> None:
    """A follow-up works until 15 minutes have passed, then it is refused."""
    codes: list[int] = []

    @bot.tree.command(description="Talk.")
    async def talk(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("one")
        clock.advance(15 * 60 - 1)
        await interaction.followup.send("two")
        clock.advance(1)
        try:
            await interaction.followup.send("three")
        except discord.HTTPException as error:
            codes.append(error.code)

    async with running(bot, sim):
        await bot.tree.sync()
        await ada.slash(general, "talk")
        await sim.settle()

    assert codes == [50027]
    assert [message["content"] for message in ada.told("MESSAGE_CREATE")] == ["one", "two"]


async def test_ephemeral_answers_are_private(
    sim: Sim, bot: commands.Bot, ada: RawUser, mallory: RawUser, general: int
) -> None:
    """Nobody but the invoking user sees an ephemeral answer, and it is not in the history."""

    @bot.tree.command(description="Secret.")
    async def secret(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("only you", ephemeral=True)

    async with running(bot, sim):
        await bot.tree.sync()
        await ada.slash(general, "secret")
        await sim.settle()
        history = await mallory.ok("GET", f"/channels/{general}/messages")

    (reply,) = ada.told("MESSAGE_CREATE")
    assert (reply["content"], reply["flags"]) == ("only you", 64)
    assert not mallory.told("MESSAGE_CREATE")
    assert history == []
