"""The figures of one bot in Prometheus' own words."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.registry import Collector
from typing_extensions import override

from wisp_framework.services.metric_names import METRICS, family_name
from wisp_framework.services.metrics import BUCKETS_S, Family, MetricsService, Timing

_HELP: Final[Mapping[tuple[str, str], str]] = {(metric.name, metric.kind): metric.help for metric in METRICS}
_TYPES: Final = {"counter": "counter", "gauge": "gauge", "timing": "histogram"}
_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
_BOUNDS: Final = (*(str(bound) for bound in BUCKETS_S), "+Inf")


class MetricsCollector(Collector):
    """Reads a `MetricsService` for Prometheus' client library."""

    def __init__(self, metrics: MetricsService) -> None:
        self._metrics = metrics

    @override
    def collect(self) -> Iterator[Exposed]:
        """Each name as a family, with the values of this moment."""
        for family in self._metrics.families():
            yield _exposed(family)


class Exposition:
    """The figures of one bot, and of its process where the system tells them, in a registry of their own."""

    def __init__(self, metrics: MetricsService) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(MetricsCollector(metrics))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """All of them as text, and what kind of text that is.

        Args:
            accept: what the asker understands, as in HTTP; OpenMetrics where it is named, else plain text.
        """
        encode: Callable[[CollectorRegistry], bytes]
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


def _exposed(family: Family) -> Exposed:
    full = family_name(family.name, family.kind)
    exposed = Exposed(
        full.removesuffix("_total") if family.kind == "counter" else full,
        _HELP.get((family.name, family.kind), family.name),
        _TYPES[family.kind],
    )
    for labels, value in family.values.items():
        told = {_label(name): text for name, text in labels}
        if isinstance(value, Timing):
            _add_histogram(exposed, full, told, value)
        else:
            exposed.add_sample(full, told, value)
    return exposed


def _add_histogram(exposed: Exposed, name: str, labels: dict[str, str], timing: Timing) -> None:
    so_far = 0
    for bound, count in zip(_BOUNDS, timing.buckets, strict=True):
        so_far += count
        exposed.add_sample(f"{name}_bucket", {**labels, "le": bound}, so_far)
    exposed.add_sample(f"{name}_count", labels, timing.count)
    exposed.add_sample(f"{name}_sum", labels, timing.sum)


def _label(name: str) -> str:
    """A label's name as Prometheus takes it; ``le`` is its own."""
    plain = _FOREIGN.sub("_", name)
    return f"label_{plain}" if plain == "le" or plain[:1].isdigit() else plain
