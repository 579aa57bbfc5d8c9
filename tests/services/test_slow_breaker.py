"""When a slow database is no longer waited for, and when it is again."""

import pytest

from support.clock import FakeClock
from wisp_framework.services.slow_breaker import LIMIT, PAUSE_S, WINDOW_S, SlowBreaker

SLOW_S = 2.0


@pytest.fixture
def breaker(clock: FakeClock) -> SlowBreaker:
    return SlowBreaker(clock, SLOW_S)


def test_opens_after_five_slow_answers_in_ten_seconds(breaker: SlowBreaker, clock: FakeClock) -> None:
    """Four are borne with, and so is a fifth that comes when the first is long ago."""
    for _ in range(LIMIT - 1):
        breaker.note(SLOW_S)
    assert breaker.admit()
    clock.now_s = WINDOW_S + 0.1
    breaker.note_slow()
    assert breaker.admit()

    for _ in range(LIMIT - 1):
        breaker.note_slow()
    assert breaker.is_open
    assert not breaker.admit()


def test_quick_answers_are_not_counted(breaker: SlowBreaker) -> None:
    """However many quick answers come, the breaker stays closed."""
    for _ in range(100):
        breaker.note(SLOW_S - 0.1)
    assert not breaker.is_open


def test_one_tries_for_all(breaker: SlowBreaker, clock: FakeClock) -> None:
    """After the pause one caller may go; a quick answer to it lets all go, as if nothing had been."""
    for _ in range(LIMIT):
        breaker.note_slow()
    breaker.note(0.1)
    assert not breaker.admit(), "an answer that was on its way when it opened proves nothing"
    clock.now_s = PAUSE_S
    assert breaker.admit()
    assert not breaker.admit()

    breaker.note(0.1)
    assert breaker.admit()
    breaker.note_slow()
    assert not breaker.is_open


def test_a_slow_trial_keeps_it_open(breaker: SlowBreaker, clock: FakeClock) -> None:
    """A trial that is slow again, or never ends, leaves the next one to come a pause later."""
    for _ in range(LIMIT):
        breaker.note_slow()
    clock.now_s = PAUSE_S
    assert breaker.admit()
    clock.now_s += 1
    breaker.note_slow()
    clock.now_s += PAUSE_S - 0.1
    assert not breaker.admit()
    clock.now_s += 0.1
    assert breaker.admit()
    clock.now_s += PAUSE_S
    assert breaker.admit()
