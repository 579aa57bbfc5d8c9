"""Ways around the gate that a review found: each is shut."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.clock import settle
from support.offline import Offline, offline
from support.probe import Panel, ProbeModule
from wisp_framework import BotContext, Module, WispBot, require_permissions
from wisp_framework.utils.ownership import current_owner

Bot = commands.AutoShardedBot
ran: list[str] = []


class MadeModule(Module):
    """Does what it was made for."""

    def __init__(self, register: Callable[[Bot], Awaitable[None]], name: str = "made") -> None:
        self.name = name
        self._register = register
        ran.clear()

    @override
    async def setup(self, bot: Bot, ctx: BotContext) -> None:
        await self._register(bot)


class VoteItem(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"vote:.*"):
    """Claims every id that begins with vote."""

    def __init__(self, custom_id: str) -> None:
        super().__init__(discord.ui.Button(label="Vote", custom_id=custom_id))

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        ran.append("made from its id")
        return cls(match.string)

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        ran.append("called")


class VoteView(discord.ui.View):
    """A button with an id that the dynamic item claims as well."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Press", custom_id="vote:yes")
    async def press(self, interaction: discord.Interaction, _: discord.ui.Button["VoteView"]) -> None:
        await interaction.response.send_message("voted")


class GuardedCog(commands.Cog):
    """Commands for moderators beside one for everybody."""

    @commands.command()
    @require_permissions(manage_guild=True)
    async def guarded(self, ctx: commands.Context[Bot]) -> None:
        """Do nothing."""

    @commands.command()
    async def plain(self, ctx: commands.Context[Bot]) -> None:
        """Do nothing."""

    @app_commands.command(description="For moderators")
    @require_permissions(manage_guild=True)
    async def secret(self, interaction: discord.Interaction, word: str) -> None:
        """Do nothing."""

    @secret.autocomplete("word")
    async def complete(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        ran.append("autocomplete")
        return [app_commands.Choice(name="a secret", value="s")]


async def guard(bot: Bot) -> None:
    await bot.add_cog(GuardedCog())


async def pass_on(bot: Bot) -> None:
    """Take the place of `on_message`, as discord.py's own documents teach it."""

    @bot.event
    async def on_message(message: discord.Message) -> None:
        await bot.process_commands(message)
        if message.content == "!ping":
            await message.channel.send("a panel", view=Panel(ran))


async def watch_users(bot: Bot) -> None:
    @bot.event
    async def on_user_update(before: discord.User, after: discord.User) -> None:
        ran.append(after.name)


async def rename(here: Offline) -> None:
    """Let Lab's member Ada come in with another name."""
    lab = here.app.bot.get_guild(here.guild_id())
    assert lab is not None
    ada = await lab.fetch_member(here.sim.user("Ada").id)
    lab._add_member(ada)
    here.app.bot._connection.parsers["GUILD_MEMBER_UPDATE"](
        {
            "guild_id": str(lab.id),
            "roles": [],
            "joined_at": "2020-01-01T00:00:00+00:00",
            "user": {"id": str(ada.id), "username": "renamed", "discriminator": "0", "avatar": None},
            "nick": None,
            "avatar": None,
            "flags": 0,
        }
    )
    await settle()


async def test_help_lists_what_the_member_may_use() -> None:
    """A command that the member may not use does not break the help for the others."""
    async with offline(MadeModule(guard)) as here:
        mallory = await here.person("Mallory")
        seen = await mallory.say("!help")

    assert "plain" in seen.text
    assert "guarded" not in seen.text


async def test_help_leaves_out_what_is_off() -> None:
    """The help of a guild does not name commands of modules that are off there."""
    async with offline(ProbeModule()) as here:
        await here.switch("probe", enabled=False)
        mallory = await here.person("Mallory")
        seen = await mallory.say("!help")

    assert "shout" not in seen.text


async def test_suggestions_ask_what_the_command_requires() -> None:
    """A member who may not use a command is given none of its suggestions."""
    async with offline(MadeModule(guard)) as here:
        mallory = await here.person("Mallory")
        await mallory.autocomplete("secret", "word", "x")

    assert ran == []


async def test_a_dynamic_item_that_is_off_does_not_run_beside_a_view() -> None:
    """A click that another module's view answers reaches no dynamic item of a module that is off."""

    async def show(bot: Bot) -> None:
        @bot.tree.command(description="Show a panel")
        async def panel(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("a panel", view=VoteView())

    async def claim(bot: Bot) -> None:
        bot.add_dynamic_items(VoteItem)

    async with offline(MadeModule(show, "shower"), MadeModule(claim, "claimer")) as here:
        await here.switch("claimer", enabled=False)
        ada = await here.person("Ada")
        await ada.slash("panel")
        seen = await ada.click("Press")

    assert seen.text == "voted"
    assert ran == []


async def test_one_function_on_two_events_stays_behind_the_gate() -> None:
    """Taking a listener off one event does not open the gate for the other."""

    async def listen(bot: Bot) -> None:
        async def heard(*_: object) -> None:
            ran.append("heard")

        bot.add_listener(heard, "on_message")
        bot.add_listener(heard, "on_message_edit")
        bot.remove_listener(heard, "on_message_edit")

    async with offline(MadeModule(listen)) as here:
        await here.switch("made", enabled=False)
        ada = await here.person("Ada")
        await ada.say("hi")

    assert ran == []


async def test_text_commands_live_where_the_module_that_passes_them_on_is_off() -> None:
    """The bot's own `on_message` stands in for a module's where that module is off."""
    async with offline(MadeModule(pass_on)) as here:
        ada = await here.person("Ada")
        before = await ada.say("!ping")
        await here.switch("made", enabled=False)
        after = await ada.say("!ping")

    assert "Pong" in before.text
    assert "Pong" in after.text


async def test_a_module_that_passes_commands_on_still_owns_what_it_sends() -> None:
    """A view that is sent after `process_commands` is shut with the module that sent it."""
    async with offline(MadeModule(pass_on)) as here:
        ada = await here.person("Ada")
        await ada.say("!ping")
        await here.switch("made", enabled=False)
        await ada.click("Press")

    assert ran == []


async def test_a_check_has_no_say_where_its_module_is_off() -> None:
    """A module that forbids every text command forbids none where it is off."""

    async def forbid(bot: Bot) -> None:
        def never(_: commands.Context[Bot]) -> bool:
            return False

        bot.add_check(never)

    async with offline(MadeModule(forbid), ProbeModule()) as here:
        ada = await here.person("Ada")
        assert "SHOUT" not in (await ada.say("!shout")).text
        await here.switch("made", enabled=False)
        assert "SHOUT" in (await ada.say("!shout")).text


async def test_a_wait_ends_with_its_module() -> None:
    """Once no guild has the module on, its `wait_for` sees no message any more."""

    async def ask(bot: Bot) -> None:
        def check(message: discord.Message) -> bool:
            ran.append(message.content)
            return False

        @bot.tree.command(name="ask", description="Wait for an answer")
        async def wait(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("?")
            bot.loop.create_task(bot.wait_for("message", check=check))

    async with offline(MadeModule(ask)) as here:
        ada = await here.person("Ada")
        await ada.slash("ask")
        await ada.say("heard")
        assert "heard" in ran
        await here.switch("made", enabled=False)
        await here.switch("made", enabled=False, guild="Tower")
        await here.settle()
        await ada.say("secret")

    assert "secret" not in ran


async def test_a_user_of_two_guilds_is_news_where_the_module_is_on() -> None:
    """An event of no guild reaches a module that is on in one guild, whichever guild's event told of it."""
    async with offline(MadeModule(watch_users)) as here:
        await here.switch("made", enabled=False)
        await rename(here)

    assert ran == ["renamed"]


async def test_the_answer_to_an_unknown_command_can_be_a_modules() -> None:
    """A module's listener hears that somebody used a command that is not there."""

    async def listen(bot: Bot) -> None:
        @bot.listen()
        async def on_command_error(ctx: commands.Context[Bot], error: commands.CommandError) -> None:
            ran.append(type(error).__name__)

    async with offline(MadeModule(listen)) as here:
        ada = await here.person("Ada")
        await ada.say("!nosuch")

    assert ran == ["CommandNotFound"]


async def test_the_bots_own_listener_belongs_to_nobody() -> None:
    """A listener of the bot's own runs without an owner, even for an event that a module sent."""

    async def send(bot: Bot) -> None:
        @bot.tree.command(description="Send an event")
        async def go(interaction: discord.Interaction) -> None:
            bot.dispatch("custom")
            await interaction.response.send_message("sent")

    async def heard() -> None:
        ran.append(repr(current_owner()))

    async with offline(MadeModule(send)) as here:
        here.app.bot.add_listener(heard, "on_custom")
        ada = await here.person("Ada")
        await ada.slash("go")

    assert ran == ["None"]


async def test_the_bots_own_handler_stands_where_the_module_that_replaced_it_is_off() -> None:
    """A module that put its handler in place of the bot's takes nothing from a guild where it is off."""

    class MyBot(WispBot):
        """Writes down what ran."""

        @override
        async def on_app_command_completion(self, interaction: discord.Interaction, command: object) -> None:
            ran.append("the bot's own")

    async def listen(bot: Bot) -> None:
        @bot.event
        async def on_app_command_completion(*_: object) -> None:
            ran.append("the module's")

    async with offline(MadeModule(listen), bot=MyBot) as here:
        ada = await here.person("Ada")
        await ada.slash("ping")
        await here.switch("made", enabled=False)
        await here.settle()
        ran.clear()
        await ada.slash("ping")
        await here.settle()

    assert ran == ["the bot's own"]
