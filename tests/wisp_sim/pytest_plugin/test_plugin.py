"""The plugin as its users meet it: in runs of pytest of their own."""

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

pytest_plugins = ["pytester"]

BOT = """
import discord
import pytest
from discord.ext import commands

@pytest.fixture
def bot():
    bot = commands.Bot("!", intents=discord.Intents.all())

    @bot.command()
    async def ping(ctx):
        print("pinged")
        await ctx.send("pong")

    @bot.command()
    async def odd(ctx):
        try:
            await bot.http.request(discord.http.Route("GET", "/no/such/route"))
        except discord.HTTPException:
            await ctx.send("got over it")

    return bot
"""
ARGUMENTS = (
    "-p",
    "wisp_sim.pytest_plugin",
    "-o",
    "asyncio_default_fixture_loop_scope=function",
    "-W",
    "ignore::DeprecationWarning",
)


def run(pytester: pytest.Pytester, test: str, *more: str) -> pytest.RunResult:
    """What pytest says to a test beside the bot."""
    pytester.makepyfile(BOT + test)
    return pytester.runpytest_inprocess(*ARGUMENTS, *more)


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_passes_in_both_modes(pytester: pytest.Pytester, mode: str) -> None:
    """A plain bot is tested in a few lines, in either mode of pytest-asyncio."""
    result = run(
        pytester,
        """
@pytest.mark.asyncio
async def test_ping(sim, run_bot, bot):
    await run_bot(bot)
    assert (await sim.person("Ada").say("!ping")).text == "pong"
""",
        f"--asyncio-mode={mode}",
    )

    result.assert_outcomes(passed=1)


def test_failure_shows_the_dialogue(pytester: pytest.Pytester) -> None:
    """A failing test prints who said what, what came back, and what the bot logged."""
    result = run(
        pytester,
        """
import logging

@pytest.mark.asyncio
async def test_ping(sim, run_bot, bot):
    await run_bot(bot)

    @bot.listen()
    async def on_message(message):
        logging.getLogger("mybot").warning("heard %s", message.content)

    assert (await sim.person("Ada").say("!ping")).text == "ping"
""",
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*dialogue*", "*log: WARNING mybot: heard !ping*", "Ada: says '!ping'", "  Bot: pong"]
    )


def test_unserved_route_fails_the_test(pytester: pytest.Pytester) -> None:
    """A route that is not served fails the test by its name, even if the bot got over it."""
    result = run(
        pytester,
        """
@pytest.mark.asyncio
async def test_odd(sim, run_bot, bot):
    await run_bot(bot)
    assert (await sim.person("Ada").say("!odd")).text == "got over it"
""",
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*does not serve GET */no/such/route*wisp sim --routes*"])


def test_world_of_a_mark(pytester: pytest.Pytester) -> None:
    """A mark names the world of one test."""
    result = run(
        pytester,
        """
@pytest.mark.asyncio
@pytest.mark.sim_world({
    "bots": [{"name": "Botty"}],
    "users": [{"name": "Hedy"}],
    "guilds": [{"name": "G", "owner": "Hedy", "members": ["Botty", "Hedy"], "channels": [{"name": "c"}]}],
})
async def test_world(sim, run_bot, bot):
    await run_bot(bot)
    assert bot.user.name == "Botty"
    assert (await sim.person("Hedy", guild="G", channel="c").say("!ping")).text == "pong"
""",
        "--strict-markers",
    )

    result.assert_outcomes(passed=1)


def test_bot_that_cannot_start(pytester: pytest.Pytester) -> None:
    """A bot that does not get in fails the test with the library's own error."""
    result = run(
        pytester,
        """
@pytest.mark.asyncio
@pytest.mark.sim_world({
    "bots": [{"name": "Bot", "privileged_intents": []}],
    "users": [{"name": "Ada"}],
    "guilds": [{"name": "G", "owner": "Ada", "members": ["Bot", "Ada"], "channels": [{"name": "c"}]}],
})
async def test_intents(run_bot, bot):
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await run_bot(bot)
""",
    )

    result.assert_outcomes(passed=1)


def test_class_attributes_are_restored(pytester: pytest.Pytester) -> None:
    """After a test discord.py leads to Discord again."""
    before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    result = run(
        pytester,
        """
@pytest.mark.asyncio
async def test_base(sim, run_bot, bot):
    await run_bot(bot)
    assert discord.http.Route.BASE == sim.api_url
""",
    )

    result.assert_outcomes(passed=1)
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    assert discord.http.Route.BASE == "https://discord.com/api/v10"
