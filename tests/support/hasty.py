"""A bot that does not wait between its attempts to connect, and writes down how long it would have."""

import asyncio

import yarl
from discord.shard import Shard
from typing_extensions import override

from support.clock import FakeClock
from wisp_framework import WispBot
from wisp_framework.transport import WispShard, shards_of


class NoWait(FakeClock):
    """Whoever sleeps on it goes on at once, and it is later.

    Attributes:
        slept_s: how long each wait would have been.
    """

    def __init__(self) -> None:
        super().__init__()
        self.slept_s: list[float] = []

    @override
    async def sleep(self, delay_s: float) -> None:
        self.slept_s.append(delay_s)
        self.now_s += delay_s
        await asyncio.sleep(0)


class HastyBot(WispBot):
    """Identifies without the five seconds in between that Discord asks for."""

    @property
    def shard(self) -> WispShard:
        """Its first shard."""
        shard: Shard = shards_of(self)[0]
        assert isinstance(shard, WispShard)
        return shard

    @property
    def slept_s(self) -> list[float]:
        """The waits between attempts, in seconds."""
        clock = self.shard.clock
        assert isinstance(clock, NoWait)
        return clock.slept_s

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Lets the shard identify at once."""

    @override
    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        await super().launch_shard(gateway, shard_id, initial=initial)
        self.shard.clock = NoWait()
