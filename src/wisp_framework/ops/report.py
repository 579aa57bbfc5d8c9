"""How the bot is, for operators: each service, each probe, each shard."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

import msgspec

from wisp_framework.bot import WispBot
from wisp_framework.config import AppConfig
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.health import HealthService, worst_of
from wisp_framework.utils.clock import Clock
from wisp_framework.version import __version__


class OpsParts(Protocol):
    """What operators may ask about."""

    @property
    def config(self) -> AppConfig:
        """The settings."""

    @property
    def services(self) -> ServiceContainer:
        """The services, built; perhaps not started."""

    @property
    def made_bot(self) -> WispBot | None:
        """The client, if it was made by now."""

    @property
    def is_serving(self) -> bool:
        """Whether the bot has started, and takes commands."""

    @property
    def clock(self) -> Clock:
        """The time."""


class Told(msgspec.Struct, omit_defaults=True):
    """How one part is."""

    state: HealthState
    detail: str = ""


class ToldShard(msgspec.Struct):
    """How one connection to the gateway is; ``latency_s`` is null before the first heartbeat was answered."""

    id: int
    connected: bool
    latency_s: float | None
    guilds: int


class Report(msgspec.Struct):
    """How the bot is, at one moment."""

    state: HealthState
    ready: bool
    version: str
    services: dict[str, Told]
    shards: list[ToldShard]


async def report_of(parts: OpsParts) -> Report:
    """Ask everything, now; takes three seconds at most, whatever hangs."""
    health = parts.services.get(HealthService)
    answers: Mapping[str, Health] = await health.get_all()
    state = worst_of(answers, health.is_required)
    return Report(
        state=state if parts.is_serving else HealthState.DOWN,
        ready=parts.is_serving and state is not HealthState.DOWN,
        version=__version__,
        services={name: Told(one.state, one.detail) for name, one in answers.items()},
        shards=shards_of(parts.made_bot),
    )


def shards_of(bot: WispBot | None) -> list[ToldShard]:
    """Every shard that was launched by now."""
    if bot is None:
        return []
    guilds = Counter(guild.shard_id for guild in bot.guilds)
    return [
        ToldShard(
            id=number,
            connected=not shard.is_closed(),
            latency_s=shard.latency if math.isfinite(shard.latency) else None,
            guilds=guilds[number],
        )
        for number, shard in bot.shards.items()
    ]
