"""When jobs are due: intervals, lines of cron over changes of the clocks, instants."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from wisp_framework.exceptions import ScheduleError
from wisp_framework.services.schedules import At, Cron, Every, Schedule, read_schedule

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def times(schedule: Schedule, begin: datetime, count: int) -> list[str]:
    """The next due times, in UTC."""
    found: list[str] = []
    moment = begin
    for _ in range(count):
        following = schedule.following(moment, moment)
        assert following is not None
        assert following.tzinfo is UTC
        moment = following
        found.append(f"{moment:%m-%d %H:%M}")
    return found


def test_an_interval_is_counted_from_its_due_time() -> None:
    """However late it is looked at, the next time is a whole multiple away, and later than that moment."""
    every = Every(60)
    assert every.first(NOW) == NOW + timedelta(seconds=60)
    for late_s, next_s in ((0, 60), (59.999, 60), (60, 120), (12_345, 12_360), (-30, 0), (-60, 0)):
        assert every.following(NOW, NOW + timedelta(seconds=late_s)) == NOW + timedelta(seconds=next_s)


def test_small_intervals_do_not_drift() -> None:
    """A million intervals of a third of a second later the due time is on its grid to the microsecond."""
    every = Every(1 / 3)
    step = timedelta(seconds=1 / 3)
    assert every.following(NOW, NOW + step * 1_000_000) == NOW + step * 1_000_001


def test_a_line_of_cron_goes_by_the_clocks_of_its_zone() -> None:
    """Nine o'clock in Berlin is eight in winter and seven in summer."""
    assert times(Cron("0 9 * * 1-5", "Europe/Berlin"), NOW, 2) == ["01-02 08:00", "01-05 08:00"]
    assert times(Cron("0 9 * * *", "Europe/Berlin"), NOW.replace(month=7), 1) == ["07-02 07:00"]
    assert times(Cron("*/15 * * * *"), NOW, 2) == ["01-01 12:15", "01-01 12:30"]


def test_an_hour_that_is_left_out_is_made_up_for() -> None:
    """On the day in spring without half past two, what is due then comes at three, and no day is missed."""
    due = times(Cron("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 28, tzinfo=UTC), 3)
    assert due == ["03-28 01:30", "03-29 01:00", "03-30 00:30"]


@pytest.mark.parametrize("minutes", range(0, 180, 7))
def test_an_hour_that_comes_twice_counts_once(minutes: int) -> None:
    """On the day in autumn with two of them, from whenever one looks, the next time is never in the past."""
    cron = Cron("30 2 * * *", "Europe/Berlin")
    moment = datetime(2026, 10, 24, 23, 45, tzinfo=UTC) + timedelta(minutes=minutes)
    following = cron.following(moment, moment)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert following == (first if moment < first else datetime(2026, 10, 26, 1, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]
)
def test_what_comes_each_hour_goes_on_through_both(day: datetime) -> None:
    """Twelve hours have twelve of them, an hour apart, whatever the clocks do."""
    cron, moments = Cron("0 * * * *", "Europe/Berlin"), [day]
    for _ in range(12):
        following = cron.following(moments[-1], moments[-1])
        assert following is not None
        moments.append(following)
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(hours=1)}


def test_an_instant_comes_once() -> None:
    """In whatever zone it is told."""
    at = At(datetime.fromisoformat("2026-01-01T15:00:00+02:00"))
    assert at.first(NOW) == NOW + timedelta(hours=1)
    assert at.following(NOW, NOW) is None


@pytest.mark.parametrize(
    ("line", "timezone", "says"),
    [
        ("0 0 30 2 *", "UTC", "cannot be read"),
        ("0 0 29 2 MON#5", "Europe/Berlin", ""),
        ("61 * * * *", "UTC", "cannot be read"),
        ("* * *", "UTC", "cannot be read"),
        ("", "UTC", "cannot be read"),
        ("every day", "UTC", "cannot be read"),
        ("0 9 * * *", "Europe/Atlantis", "unknown time zone"),
        ("0 9 * * *", "../etc/passwd", "unknown time zone"),
        ("0 9 * * *", "", "unknown time zone"),
    ],
)
def test_lines_that_never_come_are_refused(line: str, timezone: str, says: str) -> None:
    """The 30th of February, nonsense, and zones that are none, each with a word; a rare day is fine."""
    if not says:
        assert Cron(line, timezone).first(NOW) is not None
        return
    with pytest.raises(ScheduleError, match=says):
        Cron(line, timezone)


@pytest.mark.parametrize("interval_s", [0.0, -1.0, 0.001, float("nan"), float("inf"), 1e12])
def test_intervals_that_cannot_be_kept_are_refused(interval_s: float) -> None:
    """No rest, backwards, never, or longer than a datetime can tell."""
    with pytest.raises(ScheduleError, match="cannot be kept"):
        Every(interval_s)


def test_an_instant_needs_a_zone() -> None:
    """A naive one could mean anything."""
    with pytest.raises(ScheduleError, match="has no time zone"):
        At(datetime(2030, 1, 1))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    "schedule", [Every(0.1), Every(86_400), Cron("0 9 * * 1-5", "Europe/Berlin"), At(NOW + timedelta(days=1))]
)
def test_what_is_written_is_read(schedule: Schedule) -> None:
    """A schedule rests as a text that says the same."""
    assert read_schedule(str(schedule)) == schedule


@pytest.mark.parametrize(
    "text", ["", "every", "every x s", "at noon", "cron", "cron UTC", "cron UTC * *", "never"]
)
def test_texts_that_say_no_schedule_are_refused(text: str) -> None:
    """Whatever stands in the store, no other error comes out of it."""
    with pytest.raises(ScheduleError):
        read_schedule(text)
