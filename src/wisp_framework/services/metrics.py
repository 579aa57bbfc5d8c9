"""Counters, gauges and timings of this process."""

import logging
import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Final

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ServiceError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.ownership import current_owner

MAX_SERIES = 5_000
"""How many counters, gauges and timings together are kept; what comes later is only counted as dropped."""

MAX_SERIES_OF_NAME = 500
"""How many sets of labels one name may have: one that takes ids must not crowd out all others."""

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Upper bounds, in seconds, by which durations are told apart; Discord waits three seconds for an answer."""

_COUNT, _SUM, _LEAST, _MOST, _FIRST_BUCKET = range(5)
_FOREIGN = re.compile(r"[^A-Za-z0-9_]")

_log = logging.getLogger(__name__)

Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]


@dataclass(frozen=True, slots=True)
class Timing:
    """What is known of the durations under one name, in seconds.

    ``buckets`` are numbers of durations, one for each of `BUCKETS_S` and one for what took longer.
    """

    count: int
    min: float
    max: float
    avg: float
    buckets: tuple[int, ...] = field(default=(), compare=False)

    @property
    def sum(self) -> float:
        """All durations together."""
        return self.avg * self.count


@dataclass(frozen=True, slots=True)
class MetricsSnapshot:
    """All values at one moment.

    Args:
        counters: sums since the start.
        gauges: last values.
        timings: durations, in seconds.
        dropped_series: how many times a new name was refused because there were too many.
    """

    counters: Mapping[str, float]
    gauges: Mapping[str, float]
    timings: Mapping[str, Timing]
    dropped_series: int


@dataclass(frozen=True, slots=True)
class Family:
    """All values of one name.

    Args:
        name: as it was given.
        kind: ``counter``, ``gauge`` or ``timing``.
        values: for each set of labels, sorted by their names.
    """

    name: str
    kind: str
    values: Mapping[Labels, float | Timing]


class _Table:
    """The values of one kind: by name and labels, and by what was written in the call."""

    def __init__(self) -> None:
        self.cells: dict[Series, list[float]] = {}
        self.aliases: dict[tuple[object, ...], list[float]] = {}
        self.sizes: Counter[str] = Counter()
        self._names: dict[str, str] = {}

    def series(self, name: str, labels: Mapping[str, str]) -> Series:
        """The name, as it was first written, and the labels in their order."""
        plain = prometheus_name(name)
        if plain not in self._names and len(self._names) < MAX_SERIES:
            self._names[plain] = name
        return self._names.get(plain, name), tuple(sorted((key, str(value)) for key, value in labels.items()))


class MetricsService(BaseService):
    """Counts and measures; cheap enough for every command.

    Name a thing by words with dots, ``"db.query"``, and tell cases apart by labels:
    ``increment("jobs", outcome="ok")``. Labels take few values: kinds, names of commands, of routes, of
    modules; never ids of guilds or members. Prometheus reads the same values under names of its own:

    * ``increment("jobs")`` as the counter ``wisp_jobs_total``;
    * ``gauge("memory_bytes", 1)`` as the gauge ``wisp_memory_bytes``: put the unit last, if there is one;
    * ``timing("db.query", 0.2)`` as the histogram ``wisp_db_query_seconds``, with `BUCKETS_S`.

    What Wisp itself measures is listed in `metric_names`.
    """

    def __init__(self, config: AppConfig, clock: Clock | None = None) -> None:
        super().__init__(config)
        self._clock = clock or SystemClock()
        self._counters: _Table = _Table()
        self._gauges: _Table = _Table()
        self._timings: _Table = _Table()
        self._readers: dict[object, Callable[[], None]] = {}
        self._dropped: Counter[str] = Counter()

    def increment(self, name: str, /, value: float = 1, **labels: str) -> None:
        """Add ``value`` to a counter.

        Raises:
            ServiceError: ``value`` is negative; what goes down is a `gauge`.
        """
        if value < 0:
            raise ServiceError(f"Counter {name!r} was given {value}; a counter never goes down, use gauge()")
        cell = self._counters.aliases.get((name, *labels, *labels.values()))
        if cell is None:
            cell = self._cell(self._counters, name, labels, [0.0])
        cell[0] += value

    def count_to(self, name: str, total: float, /, **labels: str) -> None:
        """Bring a counter up to what somebody else has counted; it never goes down."""
        cell = self._cell(self._counters, name, labels, [0.0])
        cell[0] = max(cell[0], total)

    def gauge(self, name: str, /, value: float, **labels: str) -> None:
        """Remember ``value`` as the present one."""
        cell = self._gauges.aliases.get((name, *labels, *labels.values()))
        if cell is None:
            cell = self._cell(self._gauges, name, labels, [0.0])
        cell[0] = value

    def timing(self, name: str, /, duration_s: float, **labels: str) -> None:
        """Take one duration into account."""
        cell = self._timings.aliases.get((name, *labels, *labels.values()))
        if cell is None:
            cell = self._cell(self._timings, name, labels, _no_durations())
        _take(cell, duration_s)

    def counter_of(self, name: str, /, **labels: str) -> Callable[[], None]:
        """What adds one to that counter: for who counts it at every command, and need not look it up."""
        return partial(_add_one, self._cell(self._counters, name, labels, [0.0]))

    def timer_of(self, name: str, /, **labels: str) -> Callable[[float], None]:
        """What takes one duration, in seconds, into account there; the same for durations."""
        return partial(_take, self._cell(self._timings, name, labels, _no_durations()))

    @contextmanager
    def timeit(self, name: str, /, **labels: str) -> Iterator[None]:
        """Time what happens inside, also when it raises."""
        started_s = self._clock.monotonic()
        try:
            yield
        finally:
            self.timing(name, self._clock.monotonic() - started_s, **labels)

    def on_read(self, read: Callable[[], None]) -> None:
        """Have ``read`` called before values are handed out, to set gauges; a module's goes with the module.

        It runs in the event loop, so it has to be quick. What it raises is logged.
        """
        owner, key = current_owner(), object()
        if owner is not None:
            owner.record(lambda: self._readers.pop(key, None))
        self._readers[key] = read

    def get_metrics(self) -> MetricsSnapshot:
        """All values now; later changes do not show in it."""
        self._read()
        return MetricsSnapshot(
            MappingProxyType({_shown(key): cell[0] for key, cell in self._counters.cells.items()}),
            MappingProxyType({_shown(key): cell[0] for key, cell in self._gauges.cells.items()}),
            MappingProxyType({_shown(key): _timing(cell) for key, cell in self._durations()}),
            self._dropped.total(),
        )

    def families(self) -> list[Family]:
        """As `get_metrics`, by name; names that only differ in signs that Prometheus has not are one."""
        self._read()
        found: dict[tuple[str, str], dict[Labels, float | Timing]] = {}
        for kind, table in (("counter", self._counters), ("gauge", self._gauges)):
            for (name, labels), cell in table.cells.items():
                found.setdefault((kind, name), {})[labels] = cell[0]
        for (name, labels), cell in self._durations():
            found.setdefault(("timing", name), {})[labels] = _timing(cell)
        return [Family(name, kind, values) for (kind, name), values in found.items()]

    @override
    async def check_health(self) -> Health:
        """Degraded once names had to be dropped: then the figures are incomplete."""
        if self._dropped:
            names = ", ".join(name for name, _ in self._dropped.most_common(3))
            detail = f"{self._dropped.total()} values under too many names or labels were dropped: {names}"
            return Health(HealthState.DEGRADED, detail)
        return await super().check_health()

    def _durations(self) -> list[tuple[Series, list[float]]]:
        """Without those of which somebody holds the timer and took no time yet."""
        return [(series, cell) for series, cell in self._timings.cells.items() if cell[_COUNT]]

    def _cell(self, table: _Table, name: str, labels: Mapping[str, str], empty: list[float]) -> list[float]:
        """Where the values of a series are kept; what there is no room for goes into ``empty`` alone."""
        alias: tuple[object, ...] = (name, *labels, *labels.values())
        known = table.aliases.get(alias)
        if known is not None:
            return known
        series = table.series(name, labels)
        cell = table.cells.get(series)
        if cell is None:
            total = len(self._counters.cells) + len(self._gauges.cells) + len(self._timings.cells)
            if total >= MAX_SERIES or table.sizes[series[0]] >= MAX_SERIES_OF_NAME:
                self._dropped[name if name in self._dropped or len(self._dropped) < MAX_SERIES else "…"] += 1
                return empty
            cell = table.cells[series] = empty
            table.sizes[series[0]] += 1
        if len(table.aliases) < MAX_SERIES:
            table.aliases[alias] = cell
        return cell

    def _read(self) -> None:
        for read in tuple(self._readers.values()):
            try:
                read()
            except Exception:  # noqa: BLE001 - foreign code; the other values are still wanted
                _log.exception("gauges could not be read by %r", read)


def prometheus_name(name: str) -> str:
    """A name as Prometheus takes it, without the ending that says what it is."""
    return f"wisp_{_FOREIGN.sub('_', name)}"


def _no_durations() -> list[float]:
    return [0.0, 0.0, math.inf, -math.inf, *[0.0] * (len(BUCKETS_S) + 1)]


def _add_one(cell: list[float]) -> None:
    cell[0] += 1


def _take(cell: list[float], duration_s: float) -> None:
    cell[_COUNT] += 1
    cell[_SUM] += duration_s
    if duration_s < cell[_LEAST]:
        cell[_LEAST] = duration_s
    if duration_s > cell[_MOST]:
        cell[_MOST] = duration_s
    cell[_FIRST_BUCKET + bisect_left(BUCKETS_S, duration_s)] += 1


def _timing(cell: list[float]) -> Timing:
    count = int(cell[_COUNT])
    buckets = tuple(int(number) for number in cell[_FIRST_BUCKET:])
    return Timing(count, cell[_LEAST], cell[_MOST], cell[_SUM] / count, buckets)


def _shown(series: Series) -> str:
    name, labels = series
    inside = ",".join(f'{key}="{value}"' for key, value in labels)
    return f"{name}{{{inside}}}" if labels else name
