"""The fixture for Wisp apps."""

from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, Module
from wisp_framework.modules import PingModule
from wisp_framework.testing import StartApp
from wisp_sim import Sim


async def test_app_answers(sim: Sim, start_app: StartApp) -> None:
    """A Wisp app is ready, with its commands listed, when the fixture returns."""
    app = await start_app(PingModule)

    seen = await sim.person("Ada").slash("ping")

    assert seen.answered
    assert app.bot.is_ready()


async def test_a_bot_that_writes_much_is_not_slowed(sim: Sim, start_app: StartApp) -> None:
    """All that one message leads to is seen at once, be it more than Discord takes in a second."""

    class Talker(Module):
        """Writes 60 messages to one."""

        name = "talker"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            @bot.command()
            async def count(ctx: commands.Context[commands.Bot]) -> None:
                for number in range(60):
                    await ctx.send(str(number))

    await start_app(Talker)

    seen = await sim.person("Ada").say("!count")

    assert [message.text for message in seen.messages] == [str(number) for number in range(60)]
