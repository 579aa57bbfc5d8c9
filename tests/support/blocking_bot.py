"""A Wisp bot with a command that blocks the event loop until somebody has answered in its place."""

import logging
import os
import threading
import time

import discord
from discord.ext import commands
from typing_extensions import override

from wisp_framework import AppConfig, BotContext, Module, create_app

LIMIT_S = 20.0


class Seen(logging.Handler):
    """Notes that an answer was deferred from outside the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.deferred = threading.Event()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if "was deferred while the event loop stands still" in record.getMessage():
            self.deferred.set()


class Blocking(Module):
    """Blocks."""

    name = "blocking"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        seen = Seen()
        logging.getLogger("wisp_framework").addHandler(seen)

        @bot.tree.command(description="Blocks the loop")
        async def block(interaction: discord.Interaction) -> None:
            end_s = time.monotonic() + LIMIT_S
            while not seen.deferred.is_set() and time.monotonic() < end_s:
                time.sleep(0.01)  # noqa: ASYNC251 - the very mistake
            await interaction.response.send_message("after all")


if __name__ == "__main__":
    create_app(
        AppConfig(
            discord_token=os.environ["DISCORD_TOKEN"],
            discord_api_url=os.environ["DISCORD_API"],
            database_url="memory://",
        ),
        modules=[Blocking],
    ).run()
