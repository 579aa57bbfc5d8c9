"""What tests of requests to Discord share: a watch over the calls, and time that passes while one waits."""

from collections.abc import Awaitable, Callable

import discord

from support.fault_bot import Pending
from wisp_framework import WispApp
from wisp_framework.transport import RestCall
from wisp_sim import Sim

SENDING = "POST /channels/{channel_id}/messages"


class Watch:
    """Keeps the calls that it is told of."""

    def __init__(self) -> None:
        self.sent: list[RestCall] = []
        self.ended: list[RestCall] = []

    def __call__(self, call: RestCall) -> Callable[[], None]:
        self.sent.append(call)
        return lambda: self.ended.append(call)

    def of(self, route: str) -> list[RestCall]:
        """The calls of a route, as ``GET /users/@me``."""
        return [call for call in self.ended if f"{call.method} {call.route}" == route]


def channel_of(app: WispApp) -> discord.TextChannel:
    """Where the bot speaks."""
    return next(iter(app.bot.guilds[0].text_channels))


async def after(sim: Sim, seconds: float, started: Awaitable[object]) -> Pending:
    """What an awaitable came to once that much time has passed."""
    pending = Pending(started)
    await sim.settle()
    await sim.advance(seconds=seconds)
    return pending
