"""Who may: the decorators refuse through the one road, wherever they stand."""

from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.offline import offline
from wisp_framework import BotContext, Module, require_guild, require_owner, require_permissions


class Guarded(discord.ui.View):
    """A button that not everybody may press."""

    @discord.ui.button(label="Guarded")
    @require_permissions(manage_messages=True)
    async def guarded(self, interaction: discord.Interaction, _button: discord.ui.Button["Guarded"]) -> None:
        await interaction.response.send_message("let in")


class GuardedForm(discord.ui.Modal, title="Form"):
    """A form that not everybody may send."""

    word: discord.ui.TextInput["GuardedForm"] = discord.ui.TextInput(label="Word")

    @override
    @require_permissions(manage_messages=True)
    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("let in")


class GuardedCog(commands.Cog):
    """Guarded commands of every kind, and an error handler that must not see refusals."""

    def __init__(self, seen: list[Exception]) -> None:
        self._seen = seen

    @app_commands.command(description="Guarded")
    @require_permissions(manage_messages=True)
    async def slash(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("let in")

    @require_owner()
    @app_commands.command(description="For the owner")
    async def mine(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("let in")

    @app_commands.command(description="For guilds")
    @require_guild()
    async def here(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("let in")

    @app_commands.command(description="Shows a guarded button to everybody")
    async def panel(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("a panel", view=Guarded())

    @app_commands.command(description="Opens a guarded form for everybody")
    async def form(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(GuardedForm())

    @commands.command()
    @require_permissions(manage_messages=True)
    async def prefix(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        await ctx.send("let in")

    @override
    async def cog_app_command_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        self._seen.append(error)

    @override
    async def cog_command_error(self, ctx: commands.Context[Any], error: Exception) -> None:
        self._seen.append(error)


class GuardedModule(Module):
    """Everything guarded."""

    name = "guarded"
    visibility = "global"

    def __init__(self) -> None:
        self.seen: list[Exception] = []

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(GuardedCog(self.seen))


REFUSED = "You need the permission Manage Messages for that."


@pytest.mark.parametrize("kind", ["slash", "prefix", "button", "form"])
async def test_a_member_without_the_permission_is_refused(kind: str) -> None:
    """The owner is let in, a plain member reads what is missing, and no handler of the module sees it."""
    module = GuardedModule()
    async with offline(module) as here:
        for name, answer in (("Ada", "let in"), ("Mallory", REFUSED)):
            person = await here.person(name)
            if kind == "slash":
                seen = await person.slash("slash")
            elif kind == "prefix":
                seen = await person.say("!prefix")
            elif kind == "button":
                await person.slash("panel")
                seen = await person.click("Guarded")
            else:
                await person.slash("form")
                seen = await person.submit(Word="x")
            assert answer in seen.text
        assert module.seen == []


async def test_owners_are_those_of_the_configuration() -> None:
    """Only who is named in the settings passes, a guild's owner does not."""
    module = GuardedModule()
    async with offline(module) as here:
        here.app.bot.owner_ids = {here.sim.user("Mallory").id}
        ada, mallory = await here.person("Ada"), await here.person("Mallory")

        assert "Only the owner of this bot" in (await ada.slash("mine")).text
        assert "let in" in (await mallory.slash("mine")).text


def test_a_misspelt_permission_is_named_when_the_code_is_read() -> None:
    """A typo does not become a check that lets everybody in."""
    with pytest.raises(TypeError, match="'manage_gild'; did you mean 'manage_guild'"):
        require_permissions(manage_gild=True)


def test_a_group_cannot_carry_a_requirement() -> None:
    """Where it would have no effect, the decorator says so."""
    with pytest.raises(TypeError, match="put the requirement on the commands"):
        require_guild()(app_commands.Group(name="group", description="a group"))
