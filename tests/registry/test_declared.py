"""A module without a setup: what stands in the body of its class is registered and taken back."""

import discord
from discord import app_commands
from discord.ext import commands

from support.offline import offline
from wisp_framework import Module, WispBot


class CountingModule(Module):
    """Commands of each kind, a listener, and two views, all without a word of registration."""

    name = "counting"
    description = "Counts"

    def __init__(self) -> None:
        self.heard: list[str] = []

    @app_commands.command()
    async def count(self, interaction: discord.Interaction, number: int) -> None:
        """Count on."""
        await interaction.response.send_message(str(number + len(self.heard)), view=self.Again())

    @count.autocomplete("number")
    async def numbers(self, _: discord.Interaction, __: str) -> list[app_commands.Choice[int]]:
        return [app_commands.Choice(name="three", value=3)]

    tools = app_commands.Group(name="tools", description="Tools of counting")

    @tools.command()
    async def reset(self, interaction: discord.Interaction) -> None:
        """Forget what was heard."""
        self.heard.clear()
        await interaction.response.send_message("forgotten")

    @commands.hybrid_command()  # type: ignore[arg-type]  # as mypy reads discord.py's own cogs
    async def heard_so_far(self, ctx: commands.Context[WispBot]) -> None:
        """Say what was heard."""
        await ctx.send(", ".join(self.heard) or "nothing")

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            self.heard.append(message.content)

    class Again(discord.ui.View):
        """Goes on working after a restart."""

        def __init__(self) -> None:
            super().__init__(timeout=None)

        @discord.ui.button(label="Again", custom_id="counting:again")
        async def again(
            self, interaction: discord.Interaction, _button: discord.ui.Button[discord.ui.View]
        ) -> None:
            await interaction.response.send_message("again")

    class Passing(discord.ui.View):
        """Ends after some minutes, as views do: it is for the author to send."""

    class Needy(discord.ui.View):
        """Is made with something that only the author has."""

        def __init__(self, question: str) -> None:
            super().__init__(timeout=None)
            self.question = question

    class Number(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"number:(?P<n>\d+)"):
        """A button for every number."""

        def __init__(self, n: int) -> None:
            super().__init__(discord.ui.Button(label=str(n), custom_id=f"number:{n}"))


class OtherCountingModule(Module):
    """Has a command before, and one of the name of another module's."""

    name = "other"

    @app_commands.command(description="Fine")
    async def alone(self, interaction: discord.Interaction) -> None:
        """Do nothing."""

    @app_commands.command(description="Clashes")
    async def count(self, interaction: discord.Interaction) -> None:
        """Do nothing."""


async def test_methods_are_commands_and_listeners() -> None:
    """Slash, group, hybrid and prefix commands, suggestions and listeners work on the module itself."""
    async with offline(CountingModule, bot=WispBot) as here:
        ada = await here.person("Ada")
        assert (await ada.slash("count", number=4)).text == "4"
        assert [c.name for c in (await ada.autocomplete("count", "number", "t")).choices or ()] == ["three"]
        await ada.say("one more")
        assert (await ada.slash("count", number=4)).text == "5"
        assert (await ada.slash("heard_so_far")).text == "one more"
        assert (await ada.say("!heard_so_far")).text.startswith("one more")
        assert (await ada.slash("tools reset")).text == "forgotten"


async def test_views_of_the_class_are_registered() -> None:
    """A persistent view and a dynamic item stand ready after a start; other views are left to the author."""
    async with offline(CountingModule) as here:
        store = here.app.bot.view_store
        assert [type(view) for view in here.app.bot.persistent_views] == [CountingModule.Again]
        assert CountingModule.Number in store._dynamic_items.values()


async def test_all_of_it_obeys_the_switch() -> None:
    """Off in one guild, the methods are refused there, their buttons too, and the other guild keeps them."""
    async with offline(CountingModule) as here:
        ada, grace = await here.person("Ada"), await here.person("Grace", "Tower")
        await ada.slash("count", number=1)
        await here.switch("counting", enabled=False)
        assert "off" in (await ada.click("Again")).text
        await ada.say("not heard")

        assert (await grace.slash("count", number=1)).text == "1"
        assert (await grace.click("Again")).text == "again"


async def test_the_same_module_comes_back_after_an_unload() -> None:
    """Unloaded nothing of it is left, and loaded again it works: it is one object for both lives."""
    async with offline(CountingModule) as here:
        bot, modules = here.app.bot, here.app.modules
        for _ in range(3):
            await modules.unload("counting")
            assert bot.get_cog("counting") is None
            assert bot.tree.get_command("count") is None
            assert bot.get_command("heard_so_far") is None
            assert bot.persistent_views == []
            await modules.load("counting")
        await here.app.idle()

        assert (await (await here.person("Ada")).slash("count", number=2)).text == "2"


async def test_a_method_that_clashes_keeps_the_module_out() -> None:
    """Of two modules with one command the second stays out, names the first, and leaves nothing."""
    async with offline(CountingModule, OtherCountingModule) as here:
        failure = here.app.modules.failures["other"]
        assert "the command 'count' is the module 'counting'" in failure.reason
        assert here.app.bot.tree.get_command("alone") is None
        assert here.app.modules.holdings("other") == 0
        assert here.app.bot.get_cog("other") is None

        assert (await (await here.person("Ada")).slash("count", number=2)).text == "2"


async def test_a_module_is_described_by_its_own_words() -> None:
    """The help lists its prefix commands under its name, and what it says of itself is not lost."""
    async with offline(CountingModule) as here:
        helped = await (await here.person("Ada")).say("!help")

        assert "counting:" in helped.text
        assert CountingModule().description == "Counts"


class GroupedModule(Module, commands.GroupCog, group_name="shelf"):
    """Its methods are below one command."""

    name = "grouped"

    @app_commands.command()
    async def look(self, interaction: discord.Interaction) -> None:
        """Look at the shelf."""
        await interaction.response.send_message("books")


async def test_a_module_can_be_a_group() -> None:
    """As a GroupCog it is one command with its methods below, which goes and comes with it."""
    async with offline(GroupedModule) as here:
        bot, modules = here.app.bot, here.app.modules
        await modules.unload("grouped")
        assert bot.tree.get_command("shelf") is None
        await modules.load("grouped")
        await here.app.idle()

        assert (await (await here.person("Ada")).slash("shelf look")).text == "books"
