"""Counters, gauges and timings of this process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ServiceError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.utils.clock import Clock, SystemClock

MAX_SERIES = 5_000
"""How many counters, gauges and timings together are kept; what comes later is only counted as dropped."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What is known of the durations under one name, in seconds."""

    count: int
    min: float
    max: float
    avg: float


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


class MetricsService(BaseService):
    """Counts and measures; cheap enough for every command.

    Labels become part of the name: ``increment("jobs", outcome="ok")`` counts under
    ``jobs{outcome="ok"}``. Give labels few values: never ids of guilds or members.
    """

    def __init__(self, config: AppConfig, clock: Clock | None = None) -> None:
        super().__init__(config)
        self._clock = clock or SystemClock()
        self._counters: dict[str, float] = {}
        self._gauges: dict[str, float] = {}
        self._timings: dict[str, list[float]] = {}
        self._dropped = 0

    def increment(self, name: str, value: float = 1, **labels: str) -> None:
        """Add ``value`` to a counter.

        Raises:
            ServiceError: ``value`` is negative; what goes down is a `gauge`.
        """
        if labels:
            name = _series(name, labels)
        if value < 0:
            raise ServiceError(f"Counter {name!r} was given {value}; a counter never goes down, use gauge()")
        if name in self._counters:
            self._counters[name] += value
        elif self._has_room():
            self._counters[name] = value

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Remember ``value`` as the present one."""
        if labels:
            name = _series(name, labels)
        if name in self._gauges or self._has_room():
            self._gauges[name] = value

    def timing(self, name: str, duration_s: float, **labels: str) -> None:
        """Take one duration into account."""
        if labels:
            name = _series(name, labels)
        known = self._timings.get(name)
        if known is not None:
            known[0] += 1
            known[1] += duration_s
            known[2] = min(known[2], duration_s)
            known[3] = max(known[3], duration_s)
        elif self._has_room():
            self._timings[name] = [1, duration_s, duration_s, duration_s]

    @contextmanager
    def timeit(self, name: str, **labels: str) -> Iterator[None]:
        """Time what happens inside, also when it raises."""
        started_s = self._clock.monotonic()
        try:
            yield
        finally:
            self.timing(name, self._clock.monotonic() - started_s, **labels)

    def get_metrics(self) -> MetricsSnapshot:
        """All values now; later changes do not show in it."""
        timings = {
            name: Timing(int(count), low, high, total / count)
            for name, (count, total, low, high) in self._timings.items()
        }
        return MetricsSnapshot(
            MappingProxyType(dict(self._counters)),
            MappingProxyType(dict(self._gauges)),
            MappingProxyType(timings),
            self._dropped,
        )

    @override
    async def check_health(self) -> Health:
        """Degraded once names had to be dropped: then the figures are incomplete."""
        if self._dropped:
            detail = f"more than {MAX_SERIES} names; {self._dropped} values under new names were dropped"
            return Health(HealthState.DEGRADED, detail)
        return await super().check_health()

    def _has_room(self) -> bool:
        if len(self._counters) + len(self._gauges) + len(self._timings) < MAX_SERIES:
            return True
        self._dropped += 1
        return False


def _series(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{key}="{labels[key]}"' for key in sorted(labels))
    return f"{name}{{{inside}}}"
