"""Plain discord.py bots on an offline Discord."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import discord
import yarl
from discord.ext import commands

from wisp_sim import Sim


@contextmanager
def redirected(sim: Sim) -> Iterator[None]:
    """Let discord.py speak with this offline Discord, and with the real one afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = sim.api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sim.gateway_url)
    try:
        yield
    finally:
        discord.http.Route.BASE = base
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


@asynccontextmanager
async def running(bot: commands.Bot, sim: Sim, name: str = "Wisp") -> AsyncIterator[None]:
    """Log a bot in, wait until it is ready, and let it go afterwards."""
    with redirected(sim):
        ended = asyncio.create_task(bot.start(sim.bot(name).token))
        ready = asyncio.create_task(wait_ready(bot))
        await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if ended.done():
                ready.cancel()
                await ended
            yield
        finally:
            await bot.close()
            await asyncio.wait({ended})


async def wait_ready(bot: commands.Bot) -> None:
    """Return when the bot is ready; also before it has begun to log in."""
    reached = asyncio.Event()

    async def on_ready() -> None:
        reached.set()

    bot.add_listener(on_ready, "on_ready")
    await reached.wait()
