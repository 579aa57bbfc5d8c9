"""How old an interaction is, by no wall clock: too old to be answered is too old to have effects."""

import math
from collections.abc import Callable
from typing import Final

from wisp_framework.context import Invocation, InvocationKind
from wisp_framework.exceptions import TooOldError
from wisp_framework.policy import Caller
from wisp_framework.utils.clock import Clock

LIMIT_S: Final = 3.0
"""How long Discord waits for the first answer.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback
"""
WINDOW_S: Final = 600.0
"""How long a quick delivery is the measure for later ones: clocks drift."""
LEAP_S: Final = 60.0
"""So much quicker than the quickest is nothing: the id is broken, or this machine has slept."""


class AgeGate:
    """Refuses interactions to which no answer is taken any more.

    Discord writes into each id when it was made, by its own clock. How far that is from ours is not known;
    but the quickest delivery of the last minutes cannot have taken less than no time, and one that comes
    seconds later than that, by the same two clocks, is seconds old. A clock that is wrong, by whatever,
    is wrong for both. The first interaction after the start is never too old: there is nothing to compare
    it with. An id from the future is no measure, unless the one right after it is from the same moment: then
    it was this machine's clock that stood still.

    Source: https://docs.discord.com/developers/reference#snowflakes

    Args:
        clock: its monotonic time, which nobody sets.
        measured: told each age, in seconds.
    """

    name = TooOldError.gate

    def __init__(self, clock: Clock, measured: Callable[[float], object] | None = None) -> None:
        self._clock = clock
        self._measured = measured
        self._begun_s = -math.inf
        self._least_s = math.inf
        self._least_before_s = math.inf
        self._leapt_s = math.inf

    def check(self, invocation: Invocation, caller: Caller) -> None:
        """Refuse what is older than `LIMIT_S`; a message can be answered at any age."""
        snowflake = caller.snowflake
        if snowflake is None or invocation.kind is InvocationKind.PREFIX:
            return
        age_s = self._age_s(snowflake)
        if self._measured is not None:
            self._measured(age_s)
        if age_s > LIMIT_S:
            raise TooOldError(age_s)

    def _age_s(self, snowflake: int) -> float:
        now_s = self._clock.monotonic()
        apart_s = now_s - (snowflake >> 22) / 1000
        if now_s - self._begun_s > WINDOW_S:
            self._begun_s, self._least_before_s, self._least_s = now_s, self._least_s, math.inf
        measure_s = min(self._least_s, self._least_before_s)
        leapt_s, self._leapt_s = self._leapt_s, math.inf
        if apart_s < measure_s - LEAP_S and measure_s < math.inf and abs(apart_s - leapt_s) > LEAP_S:
            self._leapt_s = apart_s
            return 0.0
        self._least_s = min(self._least_s, apart_s)
        return max(0.0, apart_s - measure_s)
