"""Runs discord.py bots on an offline Discord; the only file here that knows discord.py."""

import asyncio
from typing import Self

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from wisp_sim.model.errors import SimError
from wisp_sim.server.sim import Sim

# discord.py waits for silence after the last guild, by default 2 s of its own time.
_READY_LIMIT_S = 30.0
# For what no clock tells of, such as a database that a bot opens in on_ready.
_REAL_LIMIT_S = 10.0


class Bots:
    """The bots of one test.

    While it is entered, discord.py's class attributes lead to the offline Discord.

    Args:
        sim: where they log in.
    """

    def __init__(self, sim: Sim) -> None:
        self._sim = sim
        self._running: list[tuple[discord.Client, asyncio.Task[None]]] = []
        self._before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)

    async def __aenter__(self) -> Self:
        self._before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
        Route.BASE = self._sim.api_url
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._sim.gateway_url)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        try:
            for bot, task in self._running:
                await bot.close()
                await asyncio.wait([task])
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self._before

    async def run(self, bot: discord.Client, name: str | None = None) -> None:
        """Log in and return when the bot is ready and what it does then is done.

        Args:
            bot: not logged in yet.
            name: which bot of the world it is; the first that no other runs as if left out.

        Raises:
            SimError: there is no such bot, or it does not get ready.
        """
        names = self._sim.bot_names()
        chosen = name or next(iter(names[len(self._running) :]), None)
        if chosen is None:
            raise SimError(f"the world has only {len(names)} bots; add one to it")
        await bot.login(self._sim.bot(chosen).token)
        task = asyncio.create_task(bot.connect(), name=f"bot {chosen}")
        self._running.append((bot, task))
        await self._sim.pass_until(lambda: bot.is_ready() or task.done(), _READY_LIMIT_S)
        if not bot.is_ready():
            await self._wait_in_real_time(bot, task, chosen)
        await self._sim.settle()

    async def _wait_in_real_time(self, bot: discord.Client, task: asyncio.Task[None], name: str) -> None:
        ready = asyncio.create_task(bot.wait_until_ready())
        await asyncio.wait([ready, task], timeout=_REAL_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        if ready.done() and bot.is_ready():
            return
        ready.cancel()
        if task.done():
            task.result()
        raise SimError(f"the bot {name!r} did not get ready; look at its log above")
