"""What is read off the bot at the moment somebody wants its figures."""

from wisp_framework.bot import WispBot
from wisp_framework.ops.report import OpsParts, shards_of
from wisp_framework.services.metrics import MetricsService


class Gauges:
    """Brings the figures that nobody keeps up to date to what they are now."""

    def __init__(self, parts: OpsParts) -> None:
        self._parts = parts
        self._metrics = parts.services.get(MetricsService)

    def read(self) -> None:
        """Look; costs a moment for each guild of the process."""
        bot = self._parts.made_bot
        if bot is None:
            return
        metrics = self._metrics
        metrics.gauge("handlers.running", len(bot.road.running))
        loaded = [name for name in bot.modules.list_modules() if bot.modules.is_loaded(name)]
        metrics.gauge("modules.loaded", len(loaded))
        metrics.count_to("gateway.quarantined", bot.quarantine.total)
        self._read_events(bot)
        for shard in shards_of(bot):
            label = str(shard.id)
            metrics.gauge("guilds", shard.guilds, shard=label)
            metrics.gauge("shard.connected", shard.connected, shard=label)
            if shard.latency_s is not None:
                metrics.gauge("shard.latency_seconds", shard.latency_s, shard=label)

    def _read_events(self, bot: WispBot) -> None:
        for event, count in bot.state.events.items():
            if count:
                self._metrics.count_to("gateway.events", count, event=event)
