"""``/policy``, over the wire: rules that hold, for whom they are made, and the reason told."""

from collections.abc import Mapping
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.offline import WORLD, Offline, offline
from wisp_framework import BotContext, Module, require_permissions
from wisp_framework.context import current_invocation
from wisp_framework.policy import cooldown
from wisp_sim.people import Person, Seen

DENIED = "A rule of this server does not let you use this here."
ROLES: Mapping[str, Any] = {
    **WORLD,
    "guilds": [
        {**WORLD["guilds"][0], "roles": [{"name": "Crew", "members": ["Mallory"]}]},
        WORLD["guilds"][1],
    ],
}


class Panel(discord.ui.View):
    """A button of the module."""

    @discord.ui.button(label="Press")
    async def press(self, interaction: discord.Interaction, _button: discord.ui.Button["Panel"]) -> None:
        await interaction.response.send_message("pressed")


class Doors(app_commands.Group, name="doors", description="Doors"):
    """A group of commands."""

    @app_commands.command(name="open", description="Open")
    async def open_(self, interaction: discord.Interaction, word: str = "") -> None:
        await interaction.response.send_message("opened")

    @open_.autocomplete("word")
    async def complete(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name="a hint", value=typed or "x")]

    @app_commands.command(name="shut", description="Shut")
    async def shut(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("shut")


class HouseCog(commands.Cog):
    """Other commands."""

    @app_commands.command(description="Knock")
    async def knock(self, interaction: discord.Interaction) -> None:
        invocation = current_invocation()
        assert invocation is not None
        await interaction.response.send_message(f"knocked {invocation.reference}")

    @app_commands.command(description="A panel")
    async def panel(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("a panel", view=Panel())

    @app_commands.command(description="Paint")
    @require_permissions(manage_messages=True)
    async def paint(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("painted")

    @app_commands.command(description="Ring")
    @cooldown(per_s=60)
    async def ring(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("rung")

    @commands.group(invoke_without_command=True)
    async def tell(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        await ctx.send("told")

    @tell.command()  # type: ignore[arg-type]  # discord.py's overloads do not agree
    async def all(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        await ctx.send("told all")


class HouseModule(Module):
    """A house."""

    name = "house"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        bot.tree.add_command(Doors())
        await bot.add_cog(HouseCog())


async def say_no(here: Offline, target: str, **whom: Any) -> None:
    ada = await here.person("Ada")
    seen = await ada.slash("policy set", rule="deny", target=target, **whom)
    assert "deny" in seen.text, seen


async def act(person: Person, what: str) -> Seen:
    return await (person.say(what) if what.startswith("!") else person.slash(what))


@pytest.mark.parametrize(
    ("target", "denied", "left"),
    [
        ("doors open", ["doors open"], ["doors shut", "knock"]),
        ("doors", ["doors open", "doors shut"], ["knock", "!tell"]),
        ("module:house", ["doors shut", "knock", "!tell", "!tell all"], ["ping"]),
        ("*", ["knock", "ping", "!tell all"], []),
        ("tell all", ["!tell all"], ["!tell", "knock"]),
        ("tell", ["!tell", "!tell all"], ["knock"]),
    ],
)
async def test_what_a_rule_denies_is_refused(target: str, denied: list[str], left: list[str]) -> None:
    """A command, its group, its module or everything; the rest, and the other guild, are as before."""
    async with offline(HouseModule()) as here:
        mallory = await here.person("Mallory")
        await say_no(here, target, who="Mallory")

        for what in denied:
            assert (await act(mallory, what)).text.endswith(DENIED), what
        for what in left:
            assert DENIED not in (await act(mallory, what)).text, what
        for name, guild in (("Ada", "Lab"), ("Grace", "Tower")):
            assert DENIED not in (await act(await here.person(name, guild), (denied + left)[0])).text


async def test_a_member_a_role_a_channel_or_everybody() -> None:
    """Each kind of subject is met, the narrower wins over the broader, and rules can be taken back."""
    async with offline(HouseModule(), world=ROLES) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")

        async def may() -> bool:
            return DENIED not in (await mallory.slash("knock")).text

        await ada.slash("policy set", rule="deny", target="*")
        assert not await may()
        await ada.slash("policy set", rule="allow", target="knock", channel="lobby")
        assert not await may()
        mallory.go(guild="Lab", channel="lobby")
        assert await may()
        await ada.slash("policy set", rule="deny", target="module:house", who="Crew")
        assert not await may()
        await ada.slash("policy set", rule="allow", target="*", who="Mallory")
        assert await may()

        listed = (await ada.slash("policy list")).text
        assert listed.index("deny `*` for everybody") < listed.index("allow `knock` for <#")
        assert "The narrowest subject wins" in listed
        for target, who in (("*", "Mallory"), ("module:house", "Crew")):
            assert "Removed" in (await ada.slash("policy remove", target=target, who=who)).text
        assert "There is no such rule" in (await ada.slash("policy remove", target="*", who="Crew")).text


async def test_suggestions_and_buttons_obey_too() -> None:
    """A denied command suggests nothing, and a denied module's old buttons refuse."""
    async with offline(HouseModule()) as here:
        mallory = await here.person("Mallory")
        await mallory.slash("panel")
        assert (await mallory.autocomplete("doors open", "word", "x")).choices
        await say_no(here, "module:house", who="Mallory")

        assert (await mallory.autocomplete("doors open", "word", "x")).choices == ()
        assert DENIED in (await mallory.click("Press")).text


async def test_yes_does_not_stand_in_for_a_permission() -> None:
    """A member who is allowed a command by a rule still needs what the command demands of members."""
    async with offline(HouseModule()) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        await ada.slash("policy set", rule="allow", target="paint", who="Mallory")

        assert "You need the permission Manage Messages" in (await mallory.slash("paint")).text


async def test_a_guild_cannot_lock_itself_out() -> None:
    """What sets the rules cannot be denied, not even with everything; to name it is refused."""
    async with offline(HouseModule()) as here:
        ada = await here.person("Ada")
        await ada.slash("policy set", rule="deny", target="*")

        assert "knocked" not in (await ada.slash("knock")).text
        assert "Rules" in (await ada.slash("policy list")).text
        assert "modules" in (await ada.slash("modules list")).text.lower()
        for target in ("policy set", "module:admin"):
            refused = await ada.slash("policy set", rule="deny", target=target)
            assert refused.text == "What cannot be switched off cannot be denied either."


async def test_rules_are_for_members_with_manage_guild() -> None:
    """A plain member can neither set, remove, see nor ask, whatever Discord shows to whom."""
    async with offline() as here:
        ada = await here.person("Ada")
        for command in ("policy set", "policy remove", "policy list", "policy explain"):
            seen = await ada.slash("policy explain", member="Mallory", command=command)
            assert "is refused by **permissions**" in seen.text
            assert "⛔ permissions: missing permissions: manage_guild" in seen.text
            assert "is let through" in (await ada.slash("policy explain", member="Ada", command=command)).text


async def test_explain_is_asked_of_commands() -> None:
    """A group and a name that nobody has are told apart."""
    async with offline() as here:
        ada = await here.person("Ada")
        seen = await ada.slash("policy explain", member="Ada", command="policy")
        assert "`policy` is a group. Take one of its commands, as `policy " in seen.text
        seen = await ada.slash("policy explain", member="Ada", command="polic")
        assert "There is no command `polic`" in seen.text


async def test_explain_shows_the_gate_that_refuses() -> None:
    """The trace names every gate up to the one that refuses, with the rule, and counts nothing."""
    async with offline(HouseModule()) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")

        for _ in range(3):
            seen = await ada.slash("policy explain", member="Mallory", command="ring")
            assert "is let through" in seen.text
            assert "✅ cooldown" in seen.text
        assert "rung" in (await mallory.slash("ring")).text
        seen = await ada.slash("policy explain", member="Mallory", command="ring")
        assert "⛔ cooldown: used too often" in seen.text

        await say_no(here, "doors", who="Mallory")
        seen = await ada.slash("policy explain", member="Mallory", command="doors shut")
        assert "is refused by **policy**" in seen.text
        assert f"⛔ policy: deny `doors` for <@{here.sim.user('Mallory').id}>" in seen.text
        assert "✅ module" in seen.text
        assert "▫️ cooldown: not asked" in seen.text

        await here.switch("house", enabled=False)
        seen = await ada.slash("policy explain", member="Mallory", command="doors shut")
        assert "is refused by **module**" in seen.text
