"""A plain discord.py bot that tells what happens to it, for the tests of faults."""

import asyncio
from collections.abc import Awaitable, Callable

import discord
from discord.ext import commands
from typing_extensions import override


class Plain(commands.Bot):
    """A bot without any care for faults."""

    def __init__(self) -> None:
        super().__init__("!", intents=discord.Intents.all(), heartbeat_timeout=60.0)
        self.heard: list[str] = []
        self.said: list[str] = []

    async def on_socket_event_type(self, name: str) -> None:
        if name in {"READY", "RESUMED"}:
            self.heard.append(name)

    async def on_disconnect(self) -> None:
        self.heard.append("disconnect")

    @override
    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            self.said.append(message.content)


class Pending:
    """What an awaitable came to, once it did."""

    def __init__(self, started: Awaitable[object]) -> None:
        self.task = asyncio.ensure_future(started)

    @property
    def error(self) -> BaseException | None:
        """What it failed with."""
        return self.task.exception()


Act = Callable[..., Awaitable[Pending]]
"""Lets something happen: ``await act(what, seconds=5)``."""


def channel_of(bot: commands.Bot) -> discord.TextChannel:
    """Where the bot speaks."""
    return next(channel for channel in bot.guilds[0].text_channels if channel.name == "general")
