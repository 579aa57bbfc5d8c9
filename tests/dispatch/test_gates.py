"""The gates behind the switch, over the wire: what each refuses, and what it says."""

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock
from support.offline import WORLD, offline
from wisp_framework import BotContext, Module
from wisp_framework.policy import concurrency, cooldown, require_bot_permissions, require_permissions
from wisp_framework.services.decisions import Decision, DecisionQuery, DecisionService, Outcome

WAIT = "Please wait 60 s and try again."
BUSY = "This is running already. Please wait until it is done."


class Panel(discord.ui.View):
    """A button with ids of discord.py's making, on a message of its own."""

    @discord.ui.button(label="Press")
    @cooldown(per_s=60)
    async def press(self, interaction: discord.Interaction, _button: discord.ui.Button["Panel"]) -> None:
        await interaction.response.send_message("pressed")


class LimitedCog(commands.Cog):
    """Commands with limits."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()

    @app_commands.command(description="Once a minute for each member")
    @cooldown(per_s=60)
    async def mine(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    @app_commands.command(description="Once a minute for the guild")
    @cooldown(per_s=60, by="guild")
    async def ours(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    @app_commands.command(description="Once a minute for the channel")
    @cooldown(per_s=60, by="channel")
    async def place(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    @app_commands.command(description="Once a minute for each person, anywhere")
    @cooldown(per_s=60, by="user")
    async def person(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    @commands.hybrid_command(description="Both ways")  # type: ignore[arg-type]  # discord.py's overloads do not agree
    @cooldown(per_s=60)
    async def both(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        await ctx.send("done")

    @app_commands.command(description="One at a time")
    @concurrency(by="guild")
    async def alone(self, interaction: discord.Interaction) -> None:
        self.entered.set()
        await self.go_on.wait()
        if interaction.user.display_name == "Mallory":
            raise ValueError("broken")
        await interaction.response.send_message("done")

    @app_commands.command(description="Needs the bot to be let")
    @require_bot_permissions(attach_files=True)
    async def banish(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    @app_commands.command(description="A panel")
    async def panel(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("a panel", view=Panel())

    @app_commands.command(description="All at once")
    @cooldown(per_s=60)
    @require_permissions(ban_members=True)
    async def strict(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")


class LimitedModule(Module):
    """Limits."""

    name = "limited"
    visibility = "global"

    def __init__(self) -> None:
        self.cog = LimitedCog()

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(self.cog)


@pytest.mark.parametrize(
    ("command", "other_member", "other_channel", "other_guild"),
    [
        ("mine", "done", WAIT, "done"),
        ("ours", WAIT, WAIT, "done"),
        ("place", WAIT, "done", "done"),
        ("person", "done", WAIT, WAIT),
    ],
)
async def test_uses_are_counted_by_whom_it_says(
    command: str, other_member: str, other_channel: str, other_guild: str
) -> None:
    """The second use is refused where the first was counted, and only there, until the time is over."""
    clock = FakeClock()
    async with offline(LimitedModule(), clock=clock) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        assert "done" in (await ada.slash(command)).text
        assert WAIT in (await ada.slash(command)).text
        assert other_member in (await mallory.slash(command)).text
        ada.go(guild="Lab", channel="lobby")
        assert other_channel in (await ada.slash(command)).text
        ada.go(guild="Tower", channel="general")
        assert other_guild in (await ada.slash(command)).text
        ada.go(guild="Lab", channel="general")
        clock.now_s += 60.0
        assert "done" in (await ada.slash(command)).text


async def test_a_hybrid_command_has_one_count() -> None:
    """Typed or picked from the list, it is the same command, and asking the help uses nothing up."""
    async with offline(LimitedModule(), clock=FakeClock()) as here:
        ada = await here.person("Ada")
        assert "both" in (await ada.say("!help")).text
        assert "done" in (await ada.say("!both")).text
        assert WAIT in (await ada.slash("both")).text
        assert WAIT in (await ada.say("!both")).text


async def test_a_button_is_counted_by_its_code() -> None:
    """A new panel is no way around the limit of its button."""
    async with offline(LimitedModule(), clock=FakeClock()) as here:
        ada = await here.person("Ada")
        for answer in ("pressed", WAIT):
            await ada.slash("panel")
            assert answer in (await ada.click("Press")).text


async def test_one_at_a_time_and_the_place_is_given_back() -> None:
    """While it runs a second use is refused; when it has ended, also by an error, the next one may."""
    module = LimitedModule()
    async with offline(module) as here:
        mallory, ada = await here.person("Mallory"), await here.person("Ada")
        first = asyncio.create_task((await here.onlooker("Mallory")).slash("alone"))
        await module.cog.entered.wait()
        second = await (await here.onlooker("Ada")).slash("alone")
        assert BUSY in second.text
        module.cog.go_on.set()
        await first
        await here.settle()
        assert "done" in (await ada.slash("alone")).text
        assert "Something went wrong" in (await mallory.slash("alone")).text
        assert "done" in (await ada.slash("alone")).text


async def test_the_bot_says_what_it_lacks() -> None:
    """Where the bot may not do it, the member reads so instead of an error."""
    shut = [{"name": "general", "overwrites": [{"role": "@everyone", "deny": ["attach_files"]}]}]
    world = {**WORLD, "guilds": [{**WORLD["guilds"][0], "channels": [*shut, {"name": "lobby"}]}]}
    async with offline(LimitedModule(), world=world) as here:
        ada = await here.person("Ada")
        assert "I need the permission Attach Files for that." in (await ada.slash("banish")).text
        ada.go(guild="Lab", channel="lobby")
        assert "done" in (await ada.slash("banish")).text


async def test_a_refused_member_uses_nothing_up() -> None:
    """Permissions come before the cooldown, which counts only what it lets through."""
    clock = FakeClock()
    async with offline(LimitedModule(), clock=clock) as here:
        mallory = await here.person("Mallory")
        for _ in range(2):
            assert "You need the permission Ban Members" in (await mallory.slash("strict")).text


async def test_the_gates_have_one_order() -> None:
    """From the outermost in: each is asked before what it guards."""
    async with offline() as here:
        assert here.app.road.gate.names == (
            "draining",
            "age",
            "module",
            "guild_only",
            "owner",
            "permissions",
            "bot_permissions",
            "policy",
            "cooldown",
            "concurrency",
        )


class CheckedCog(commands.Cog):
    """Checks of an author, with discord.py's own means, and an error handler that hides what happened."""

    @app_commands.command(description="Checked")
    @app_commands.check(lambda _: False)
    async def checked(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    @app_commands.command(description="Cooling")
    @app_commands.checks.cooldown(1, 60)
    async def cooling(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    @app_commands.command(description="Broken")
    async def broken(self, interaction: discord.Interaction) -> None:
        raise ValueError("a wheel came off")

    @broken.error
    async def on_broken(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await interaction.response.send_message("never mind")

    @commands.group()
    async def sub(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        """Nothing."""

    @sub.command()  # type: ignore[arg-type]  # discord.py's overloads do not agree
    async def way(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        raise ValueError("no way")


class OddPanel(discord.ui.View):
    """Hides its errors, and does not let everybody."""

    @discord.ui.button(label="Break")
    async def break_(self, interaction: discord.Interaction, _button: discord.ui.Button["OddPanel"]) -> None:
        raise ValueError("a wheel came off")

    @override
    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        if interaction.user.display_name == "Ada":
            return True
        await interaction.response.send_message("not you")
        return False

    @override
    async def on_error(
        self, interaction: discord.Interaction, error: Exception, item: discord.ui.Item[Any], /
    ) -> None:
        await interaction.response.send_message("never mind")


class CheckedModule(Module):
    """Checked things."""

    name = "checked"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(CheckedCog())

        @bot.tree.command(description="An odd panel")
        async def odd(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("odd", view=OddPanel())


@pytest.mark.parametrize(
    ("what", "name", "outcome", "gate", "detail"),
    [
        (["checked"], "checked", Outcome.REFUSED, "checks", "CheckFailure"),
        (["cooling", "cooling"], "cooling", Outcome.REFUSED, "checks", "CommandOnCooldown"),
        (["broken"], "broken", Outcome.FAILED, None, "ValueError: a wheel came off"),
        (["!sub way"], "sub way", Outcome.FAILED, None, "ValueError: no way"),
        (["ping"], "ping", Outcome.RAN, None, ""),
    ],
)
async def test_every_end_is_written_down(
    what: list[str], name: str, outcome: Outcome, gate: str | None, detail: str
) -> None:
    """Also what an author's check refused, or an author's handler hid, is on record under its full name."""
    async with offline(CheckedModule()) as here:
        ada = await here.person("Ada")
        for one in what:
            await (ada.say(one) if one.startswith("!") else ada.slash(one))
        [last, *_] = await decisions(here.app, DecisionQuery(name=name))

    assert (last.invocation.name, last.outcome, last.gate) == (name, outcome, gate)
    assert detail in (last.detail or "")
    assert last.took_ms > 0


async def decisions(app: Any, query: DecisionQuery) -> list[Decision]:
    return list(await app.services.get(DecisionService).recent(query))


@pytest.mark.parametrize(
    ("name", "answer", "outcome", "gate"),
    [("Ada", "never mind", Outcome.FAILED, None), ("Mallory", "not you", Outcome.REFUSED, "checks")],
)
async def test_a_view_that_answers_for_itself_hides_nothing(
    name: str, answer: str, outcome: Outcome, gate: str | None
) -> None:
    """What a view's own error handler or check did with a press is its affair, and on record."""
    async with offline(CheckedModule()) as here:
        await (await here.person("Ada")).slash("odd")
        seen = await (await here.person(name)).click("Break")
        [last, *_] = await decisions(here.app, DecisionQuery())

    assert seen.text == answer
    assert (last.invocation.kind, last.outcome, last.gate) == ("component", outcome, gate)
