"""What Wisp itself measures: each name with its labels and its meaning, for Prometheus and the docs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from wisp_framework.services.metrics import prometheus_name

MetricKind = Literal["counter", "gauge", "timing"]

_ENDINGS: Final = {"counter": "_total", "gauge": "", "timing": "_seconds"}


@dataclass(frozen=True, slots=True)
class Metric:
    """One name that Wisp measures under; ``labels`` are the names of its labels."""

    name: str
    kind: MetricKind
    labels: tuple[str, ...]
    help: str

    @property
    def family(self) -> str:
        """The name that Prometheus knows it by."""
        return family_name(self.name, self.kind)


def family_name(name: str, kind: str) -> str:
    """What Prometheus calls the values that are kept under a name."""
    ending = _ENDINGS[kind]
    return prometheus_name(name).removesuffix(ending) + ending


def _metrics() -> Iterator[Metric]:
    for line in _LINES.strip().splitlines():
        kind, name, labels, text = (part.strip() for part in line.split("|"))
        yield Metric(name, _KINDS[kind], tuple(labels.split()), text)


_KINDS: Final[dict[str, MetricKind]] = {"counter": "counter", "gauge": "gauge", "timing": "timing"}
_LINES: Final = """
counter | commands | kind module name outcome | commands, components and forms that ended
timing | command | kind module name | how long they took, from their arrival to their end
counter | commands.refused | gate | what gates refused
gauge | handlers.running | | handlers that run now
counter | event.failed | | listeners that raised
counter | gateway.events | event | events that came over the gateway
counter | gateway.quarantined | | events that could not be read and were set aside
timing | gateway.lag | | how long interactions took to come, measured against the quickest
gauge | shard.latency_seconds | shard | how long Discord took to answer the last heartbeat
gauge | shard.connected | shard | 1 while the shard is connected
gauge | guilds | shard | guilds that the bot is in
timing | loop.lag | | how late the event loop ran what was due
counter | loop.stalled | | times at which the event loop stood still for more than a second
counter | rest.calls | method route status | calls to Discord's API, each attempt for itself
timing | rest.duration | method route | how long they took
timing | rest.wait | priority | how long they were held back before, by Discord's limits or ours
counter | rest.refused | reason | calls that were not made at all
gauge | rest.invalid | | calls that Discord called invalid within its window
counter | rest.webhooks_gone | | webhooks that turned out to be gone
counter | cache.hits | namespace | values that the cache had
counter | cache.misses | namespace | values that it had not
counter | changes.messages | outcome | messages between processes about what has changed
gauge | jobs.registered | | handlers of jobs that this process has
gauge | jobs.running | | runs of jobs under way
counter | jobs.runs | handler outcome | due times of jobs that were taken up, by what became of them
timing | jobs.duration | handler | how long runs of jobs took
timing | jobs.lateness | handler | how late they began, after the instant at which they were due
timing | db.query | operation | statements on the database
counter | db.failed | operation | statements that failed
gauge | db.connections | state | connections to the database that are in use, and that wait for use
counter | webhook.messages | outcome | messages of the webhook logger that were posted or dropped
gauge | webhook.gone | | 1 once the webhook of the webhook logger was found to be gone
counter | audit.events | outcome | audit events that were stored, spooled, replayed from the spool, or dropped
gauge | modules.loaded | | modules that are set up
"""

METRICS: Final[tuple[Metric, ...]] = tuple(_metrics())
"""All of them. Whoever measures under a new name adds it here; a test holds the code to it."""
