"""What `settle` promises for bots in the same loop."""

import asyncio
import time

import discord
from discord.ext import commands

from wisp_sim import Sim
from wisp_sim.pytest_plugin import RunBot


def make_bot() -> commands.Bot:
    return commands.Bot("!", intents=discord.Intents.all())


async def test_chain_of_requests(sim: Sim, run_bot: RunBot) -> None:
    """All requests of a handler are done when a person's action returns, however many follow each other."""
    bot = make_bot()

    @bot.command()
    async def chain(ctx: commands.Context[commands.Bot]) -> None:
        for number in range(12):
            message = await ctx.send(str(number))
            for _ in range(50):
                await asyncio.sleep(0)
            await message.edit(content=f"{number}!")

    await run_bot(bot)
    seen = await sim.person("Ada").say("!chain")

    assert seen.text.split() == [f"{number}!" for number in range(12)]


async def test_chain_of_events(sim: Sim, run_bot: RunBot) -> None:
    """What a bot does upon what it did itself is waited for, too."""
    bot = make_bot()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        if message.content.isdigit() and int(message.content) < 15:
            await message.channel.send(str(int(message.content) + 1))

    await run_bot(bot)
    seen = await sim.person("Ada").say("0")

    assert seen.text.split()[-1] == "15"


async def test_background_task_and_thread(sim: Sim, run_bot: RunBot) -> None:
    """A task that a handler leaves behind is waited for, and a thread that it waits for."""
    bot = make_bot()
    left: list[asyncio.Task[None]] = []
    pause_s = 0.05

    @bot.command()
    async def later(ctx: commands.Context[commands.Bot]) -> None:
        async def work() -> None:
            await asyncio.to_thread(time.sleep, pause_s)
            await asyncio.to_thread(time.sleep, pause_s)
            await ctx.send("worked")

        left.append(asyncio.create_task(work()))

    await run_bot(bot)

    assert (await sim.person("Ada").say("!later")).text == "worked"


async def test_budget_is_left_alone(sim: Sim, run_bot: RunBot) -> None:
    """A bot in the same loop is asked for no heartbeats, so two hundred rests take no minute."""
    bot = make_bot()
    await run_bot(bot)
    sent: list[object] = []
    send = bot.ws.send_heartbeat

    async def counted(data: object) -> None:
        sent.append(data)
        await send(data)

    bot.ws.send_heartbeat = counted  # type: ignore[method-assign]
    for _ in range(200):
        await sim.settle()

    assert sent == []
