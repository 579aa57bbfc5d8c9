"""The waits between attempts to connect."""

from wisp_framework.transport.pace import CALM_S, LONGEST_S, Pace


def test_the_first_attempt_is_made_at_once() -> None:
    """A connection that breaks now and then is replaced without a wait."""
    pace = Pace()
    assert [pace.next_delay_s(hour * 3600.0) for hour in range(3)] == [0.0, 0.0, 0.0]


def test_each_further_attempt_waits_longer_up_to_a_minute() -> None:
    """Waits double, with a random part, and never exceed the longest."""
    pace, now_s, waits = Pace(), 1000.0, []
    for _ in range(12):
        waits.append(pace.next_delay_s(now_s))
        now_s += waits[-1]
    assert waits[0] == 0.0
    assert all(2.0**n / 2 <= wait <= 2.0**n for n, wait in enumerate(waits[1:6]))
    assert all(LONGEST_S / 2 <= wait <= LONGEST_S for wait in waits[8:])


def test_a_connection_that_held_makes_the_next_attempt_the_first() -> None:
    """After a calm minute nothing of the former trouble is remembered."""
    pace = Pace()
    for _ in range(5):
        last_s = pace.next_delay_s(1000.0)
    assert pace.next_delay_s(1001.0 + last_s + CALM_S) == 0.0
