"""When a job is due: at an interval, by a line of cron, at an instant."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from typing_extensions import override

from wisp_framework.exceptions import ScheduleError

LEAST_INTERVAL_S: Final = 0.01
MOST_INTERVAL_S: Final = 100 * 366 * 86_400.0
_LOOKED_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, ``interval_s`` seconds from one due time to the next, however long a run takes.

    Raises:
        ScheduleError: the interval is no number from 0.01 seconds to 100 years.
    """

    interval_s: float

    def __post_init__(self) -> None:
        fits = math.isfinite(self.interval_s) and LEAST_INTERVAL_S <= self.interval_s <= MOST_INTERVAL_S
        if not fits:
            raise ScheduleError(
                f"every {self.interval_s} s", f"cannot be kept; give {LEAST_INTERVAL_S} s to 100 years"
            )

    def first(self, now: datetime) -> datetime:
        """One interval from now."""
        return now + timedelta(seconds=self.interval_s)

    def following(self, due: datetime, after: datetime) -> datetime | None:
        """The first whole multiple of the interval, counted from ``due``, later than ``after``."""
        interval = timedelta(seconds=self.interval_s)
        return due + ((after - due) // interval + 1) * interval

    @override
    def __str__(self) -> str:
        return f"every {self.interval_s!r} s"


@dataclass(frozen=True, slots=True)
class Cron:
    """By a line of cron, on the clocks of a time zone.

    At a fixed hour that a change of the clocks leaves out, it is due as soon as that hour would have been
    over; at one that comes twice, once, the first time. What is due each hour or more often goes on through
    both.

    Args:
        line: minute, hour, day of the month, month, day of the week; with six fields, seconds first.
        timezone: a name of the IANA database, for example ``Europe/Berlin``.

    Raises:
        ScheduleError: the line cannot be read or never comes, or there is no such time zone.
    """

    line: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ScheduleError(str(self), "has an unknown time zone; write one as Europe/Berlin") from error
        try:
            comes = self.following(_LOOKED_FROM, _LOOKED_FROM) is not None
        except CronSimError as error:
            raise ScheduleError(
                str(self), f"cannot be read: {error}; write minute, hour, day, month, day of the week"
            ) from error
        if not comes:
            raise ScheduleError(str(self), "never comes; check the day and the month")

    def first(self, now: datetime) -> datetime | None:
        """The next time from now on."""
        return self.following(now, now)

    def following(self, due: datetime, after: datetime) -> datetime | None:  # noqa: ARG002 - as of the others
        """The first time later than ``after``; None if the next fifty years have none."""
        for found in CronSim(self.line, after.astimezone(ZoneInfo(self.timezone))):
            # In the hour that comes twice the clocks alone would lead back into its first half.
            instant = found.astimezone(UTC)
            if instant > after:
                return instant
        return None

    @override
    def __str__(self) -> str:
        return f"cron {self.timezone} {self.line}"


@dataclass(frozen=True, slots=True)
class At:
    """Once, at an instant.

    Raises:
        ScheduleError: it has no time zone.
    """

    instant: datetime

    def __post_init__(self) -> None:
        if self.instant.tzinfo is None:
            raise ScheduleError(
                f"at {self.instant.isoformat()}", "has no time zone; write datetime(…, tzinfo=UTC)"
            )

    def first(self, now: datetime) -> datetime:  # noqa: ARG002 - as of the others
        """That instant, also when it has passed."""
        return self.instant.astimezone(UTC)

    def following(self, due: datetime, after: datetime) -> datetime | None:  # noqa: ARG002 - as of the others
        """None: it comes once."""
        return None

    @override
    def __str__(self) -> str:
        return f"at {self.instant.astimezone(UTC).isoformat()}"


Schedule: TypeAlias = Every | Cron | At
"""When a job is due."""


def read_schedule(text: str) -> Schedule:
    """The schedule that ``str`` wrote.

    Raises:
        ScheduleError: it wrote no such text.
    """
    kind, _, rest = text.partition(" ")
    try:
        if kind == "every":
            return Every(float(rest.removesuffix(" s")))
        if kind == "at":
            return At(datetime.fromisoformat(rest))
    except ValueError as error:
        raise ScheduleError(text, f"cannot be read: {error}") from error
    if kind != "cron":
        raise ScheduleError(text, "is no schedule; it begins with every, cron or at")
    timezone, _, line = rest.partition(" ")
    return Cron(line, timezone)
