"""Code written for plain discord.py, loaded unchanged: it works, obeys the switch and leaves nothing."""

import asyncio
import gc
import sys
import weakref
from pathlib import Path

import pytest
from discord.ext import commands

from support.offline import offline
from wisp_framework import ExtensionModule, WispBot
from wisp_framework.exceptions import ModuleError

EXTENSIONS = ("economy", "reminders", "moderation", "tickets", "trivia")
LISTED = {"/coins give", "/remind me", "/warn", "/panel", "/quiz ask", "Warn author", "Quiz score"}
"""Some of their commands, at least one of each."""


def extension(name: str) -> ExtensionModule:
    """One of the extensions in tests/extensions."""
    return ExtensionModule(f"extensions.{name}")


async def test_hybrid_commands_keep_their_checks_cooldowns_and_errors() -> None:
    """Slash and prefix do the same, and what fails is answered by the cog's own handler."""
    async with offline(extension("economy")) as here:
        ada = await here.person("Ada")
        assert (await ada.slash("coins work")).text == "You earned 10 coins."
        assert "One wage a day." in (await ada.slash("coins work")).text
        assert (
            "You need more coins: 50 of 10"
            in (await ada.slash("coins give", member="Mallory", amount=50)).text
        )
        assert (await ada.say("!coins give Mallory 4")).text == "4 coins for Mallory."
        assert (await ada.say("!coins")).text == "Ada has 6 coins."
        mallory = await here.person("Mallory")
        assert "Not here (MissingPermissions)." in (await mallory.say("!purse 99")).text


async def test_loops_run_while_any_guild_wants_them() -> None:
    """A loop starts with the module, and stops when the last guild has switched it off."""
    async with offline(extension("reminders")) as here:
        cog = here.app.bot.get_cog("Reminders")
        assert cog is not None
        look = vars(cog)["look"]
        ada = await here.person("Ada")
        choices = (await ada.autocomplete("remind me", "text", "t")).choices or ()
        assert [choice.name for choice in choices] == ["tea"]
        assert (await ada.slash("remind every day", text="tea")).text == "Every day: tea"
        daily = vars(cog)["daily"]
        assert look.is_running()
        assert daily.is_running()

        await here.switch("reminders", enabled=False)
        assert look.is_running()
        await here.switch("reminders", enabled=False, guild="Tower")
        await here.app.idle()

        assert not here.app.modules.is_loaded("reminders")
        await asyncio.sleep(0)
        assert not look.is_running()
        assert not daily.is_running()


async def test_menus_checks_and_error_handlers_of_application_commands() -> None:
    """Context menus made by hand work, and the cog's handler answers for its checks and failures."""
    async with offline(extension("moderation")) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        await mallory.say("rude")
        assert (await ada.context_menu("Warn author")).text == "Mallory was warned."
        assert (await ada.context_menu("Warnings", "Mallory")).text == "Mallory: 1"
        assert (await ada.slash("fail")).text == "That went wrong."
        assert (await ada.slash("warn", member="Mallory")).text == "Mallory was warned."
        cog = here.app.bot.get_cog("Moderation")
        assert cog is not None
        vars(cog)["alarmed"] = True
        assert (await ada.slash("warn", member="Mallory")).text == "Not now."


async def test_views_forms_and_dynamic_items() -> None:
    """Buttons, menus, forms and dynamic items of a package work, also what it keeps at the bot."""
    async with offline(extension("tickets")) as here:
        ada = await here.person("Ada")
        assert "Open a ticket" in (await ada.slash("panel")).text
        assert "So it is worse." in (await ada.select("How bad?", "Worse")).text
        await ada.click("Open")
        assert "Ticket 1: Broken" in (await ada.submit(Subject="Broken")).text
        assert "Ticket 1 is closed." in (await ada.click("Close")).text


async def test_groups_waits_and_listeners_set_by_hand() -> None:
    """A cog that is a group, a wait for a message, a paged view, a listener and a check work."""
    async with offline(extension("trivia")) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        await ada.slash("quiz pages")
        assert "Ask for your own." in (await mallory.click("Next")).text
        assert "capital of France" in (await ada.click("Next")).text
        assert (await ada.say("!quizrules")).text == "Be quick."
        assert (await ada.context_menu("Quiz score", "Mallory")).text == "0"
        cog = here.app.bot.get_cog("TriviaGame")
        assert cog is not None
        assert vars(cog)["chatter"] > 0


async def test_the_switch_of_one_guild_rules_all_of_them() -> None:
    """Off in a guild: nothing listed, buttons and prefix refused, events unheard; elsewhere all goes on."""
    async with offline(*(extension(name) for name in EXTENSIONS)) as here:
        ada, grace = await here.person("Ada"), await here.person("Grace", "Tower")
        listed = {command.name for command in await ada.commands()}
        assert listed >= LISTED
        for person in (ada, grace):
            await person.slash("panel")
        game = here.app.bot.get_cog("TriviaGame")
        assert game is not None

        for name in EXTENSIONS:
            await here.switch(name, enabled=False)
        await here.settle()
        heard = vars(game)["chatter"]
        assert "off" in (await ada.click("Open")).text
        assert "off" in (await ada.say("!coins")).text
        assert vars(game)["chatter"] == heard
        names = {command.name for command in await ada.commands()}
        assert not names & LISTED

        assert (await grace.click("Open")).form is not None
        assert (await grace.say("!coins")).text == "Grace has 0 coins."
        assert vars(game)["chatter"] > heard

        for name in EXTENSIONS:
            await here.switch(name, enabled=True)
        assert (await ada.say("!coins")).text == "Ada has 0 coins."
        assert (await ada.click("Open")).form is not None
        assert {command.name for command in await ada.commands()} == listed


class Plain(commands.Cog, name="Plain"):
    """Says plain things.

    At length.
    """

    @commands.command()
    async def plain(self, ctx: commands.Context[WispBot]) -> None:
        await ctx.send("plain")


class WithBot(commands.Cog):
    def __init__(self, bot: WispBot) -> None:
        self.bot = bot

    @commands.command()
    async def whoami(self, ctx: commands.Context[WispBot]) -> None:
        await ctx.send(str(self.bot.user))


async def test_a_cog_is_a_module_too() -> None:
    """A Cog class is made, with the bot if it takes one, and is called what it calls itself."""
    async with offline(ExtensionModule(Plain), ExtensionModule(WithBot, name="who")) as here:
        ada = await here.person("Ada")
        assert (await ada.say("!plain")).text == "plain"
        assert "Wisp" in (await ada.say("!whoami")).text
        told = {status.name: status.description for status in here.app.modules.statuses(here.guild_id())}
        assert told["Plain"] == "Says plain things."
        assert told["who"] == ""


class Grouped(commands.Cog):
    @commands.hybrid_group(fallback="show")  # type: ignore[arg-type]
    async def purse(self, ctx: commands.Context[WispBot]) -> None:
        await ctx.send("empty")

    @purse.command()  # type: ignore[arg-type]
    async def fill(self, ctx: commands.Context[WispBot]) -> None:
        await ctx.send("full")


async def test_a_class_keeps_no_cog_of_a_bot_that_went() -> None:
    """A hybrid group works by message and slash, and its class holds neither cog nor bot at the end."""
    async with offline(ExtensionModule(Grouped)) as here:
        ada = await here.person("Ada")
        assert (await ada.say("!purse fill")).text == "full"
        assert (await ada.slash("purse show")).text == "empty"
        cog = weakref.ref(here.app.bot.cogs["Grouped"])

    gc.collect()
    assert cog() is None


@pytest.mark.parametrize("path", ["extensions.nothing", "no_such_package.cog", "", ".relative"])
def test_a_path_without_an_extension_is_refused_at_once(path: str) -> None:
    """The line that names it raises, and says how extensions are named."""
    with pytest.raises(ModuleError, match="is no extension"):
        ExtensionModule(path)


BROKEN = {
    "no_setup": ("x = 1", "has no function setup"),
    "no_import": ("import nothing_of_that_name", "ModuleNotFoundError"),
    "not_async": ("def setup(bot): pass", "TypeError"),
    "raises": (
        "from discord.ext import commands\n"
        "class Economy(commands.Cog):\n"
        "    @commands.command()\n    async def coins(self, ctx): pass\n"
        "async def setup(bot):\n"
        "    await bot.add_cog(Economy())\n    bot.left = 1\n    raise OSError('no disk')",
        "OSError: no disk",
    ),
    "slash_clash": (
        "import discord\nfrom discord import app_commands\n"
        "async def setup(bot):\n"
        "    @bot.tree.command(description='x')\n    async def before(i: discord.Interaction): pass\n"
        "    @bot.tree.command(description='x')\n    async def ping(i: discord.Interaction): pass\n",
        "the command 'ping' is the module 'ping''s already",
    ),
    "prefix_clash": (
        "from discord.ext import commands\n"
        "@commands.command()\nasync def earlier(ctx): pass\n"
        "@commands.command()\nasync def ping(ctx): pass\n"
        "async def setup(bot):\n    bot.add_command(earlier)\n    bot.add_command(ping)\n",
        "the command 'ping' is the module 'ping''s already",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_extension_stays_out_and_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is said in one sentence, nothing half done is left, and the other modules run."""
    source, said = BROKEN[name]
    (tmp_path / f"broken_{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    async with offline(ExtensionModule(f"broken_{name}")) as here:
        bot = here.app.bot
        assert said in here.app.modules.failures[f"broken_{name}"].reason
        assert bot.extensions == {}
        assert f"broken_{name}" not in sys.modules
        assert bot.get_cog("Economy") is None
        assert bot.get_command("coins") is None
        assert bot.get_command("earlier") is None
        assert bot.tree.get_command("before") is None
        assert "left" not in vars(bot)
        assert (await (await here.person("Ada")).slash("ping")).text.startswith("Pong!")


async def test_an_extension_is_loaded_once() -> None:
    """Of two modules around one extension the second stays out and says why."""
    async with offline(extension("economy"), ExtensionModule("extensions.economy", name="twice")) as here:
        assert "is loaded already" in here.app.modules.failures["twice"].reason
        assert (await (await here.person("Ada")).say("!coins")).text == "Ada has 0 coins."
