"""Decorators that say how often and how many at once, and the counts behind them."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from wisp_framework.policy.demands import Concurrency, Cooldown, Demands, Per, demanding
from wisp_framework.utils.clock import Clock

TargetT = TypeVar("TargetT")

SWEEP_EVERY = 1024
"""After this many uses the keys that nobody uses any more are dropped."""


def cooldown(uses: int = 1, *, per_s: float, by: Per | str = Per.MEMBER) -> Callable[[TargetT], TargetT]:
    """Refuse what is used more than ``uses`` times in any ``per_s`` seconds, with `CooldownError`.

    A use that a cooldown refuses is not counted. Several cooldowns on one handler hold together.

    Args:
        uses: how many, 1 or more.
        per_s: the length of the window.
        by: whose uses are counted together: ``user``, ``member``, ``channel`` or ``guild``.

    Raises:
        ValueError: when the code is read: a number is out of range, or ``by`` is none of the four.
    """
    if uses < 1 or not 0 < per_s < math.inf:
        raise ValueError(f"a cooldown takes uses >= 1 and per_s > 0, not {uses!r} and {per_s!r}")
    return demanding(Demands(cooldowns=(Cooldown(uses, per_s, Per(by)),)))


def concurrency(limit: int = 1, *, by: Per | str = Per.MEMBER) -> Callable[[TargetT], TargetT]:
    """Refuse what runs ``limit`` times already, with `BusyError`.

    Args:
        limit: how many may run at the same time in one process, 1 or more.
        by: whose are counted together: ``user``, ``member``, ``channel`` or ``guild``.

    Raises:
        ValueError: when the code is read: the number is out of range, or ``by`` is none of the four.
    """
    if limit < 1:
        raise ValueError(f"a concurrency takes limit >= 1, not {limit!r}")
    return demanding(Demands(concurrencies=(Concurrency(limit, Per(by)),)))


@dataclass(frozen=True, slots=True)
class Bucket:
    """One count: whose uses of what, and how many are let through in which time."""

    key: str
    uses: int
    per_s: float


class RateStore(Protocol):
    """Where uses are counted; one that several processes share counts for all of them."""

    async def take(self, buckets: Sequence[Bucket]) -> float:
        """Count one use in each bucket, or in none.

        Returns:
            0.0 where it was counted, else the seconds until every bucket has room.
        """

    async def wait_s(self, buckets: Sequence[Bucket]) -> float:
        """What `take` would answer now, without counting."""


class MemoryRateStore:
    """Counts in this process; lost with it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: dict[str, tuple[float, deque[float]]] = {}
        self._until_sweep = SWEEP_EVERY

    def __len__(self) -> int:
        return len(self._uses)

    async def take(self, buckets: Sequence[Bucket]) -> float:
        """Count one use in each bucket, or in none; returns the seconds to wait, 0.0 where it was counted."""
        now_s = self._clock.monotonic()
        wait_s = self._longest(buckets, now_s)
        if wait_s <= 0:
            for bucket in buckets:
                self._uses.setdefault(bucket.key, (bucket.per_s, deque()))[1].append(now_s)
            self._sweep(now_s, len(buckets))
        return wait_s

    async def wait_s(self, buckets: Sequence[Bucket]) -> float:
        """What `take` would answer now, without counting."""
        return self._longest(buckets, self._clock.monotonic())

    def _longest(self, buckets: Sequence[Bucket], now_s: float) -> float:
        return max((self._wait(bucket, now_s) for bucket in buckets), default=0.0)

    def _wait(self, bucket: Bucket, now_s: float) -> float:
        if bucket.key not in self._uses:
            return 0.0
        uses = self._uses[bucket.key][1]
        while uses and now_s - uses[0] >= bucket.per_s:
            uses.popleft()
        return uses[-bucket.uses] + bucket.per_s - now_s if len(uses) >= bucket.uses else 0.0

    def _sweep(self, now_s: float, taken: int) -> None:
        self._until_sweep -= taken
        if self._until_sweep > 0:
            return
        self._until_sweep = max(SWEEP_EVERY, len(self._uses))
        self._uses = {
            key: (per_s, uses)
            for key, (per_s, uses) in self._uses.items()
            if uses and now_s - uses[-1] < per_s
        }
