"""What became of every invocation: a record while it travels, kept for whoever asks why."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec


class Outcome(StrEnum):
    """How an invocation ended."""

    RUNNING = "running"
    """It has not ended yet."""
    RAN = "ran"
    """The handler came to its end."""
    DEFERRED = "deferred"
    """The handler came to its end, after its answer had been deferred for it."""
    REFUSED = "refused"
    """A gate, or a check of the author, did not let it through."""
    FAILED = "failed"
    """The handler raised."""
    GIVEN_UP = "given up"
    """The bot was stopping, or the module going, and did not wait any longer."""


class Step(NamedTuple):
    """One gate or part of the way, and when it was over."""

    name: str
    verdict: str
    at_ms: float
    """Milliseconds since the invocation arrived."""


PASSED = "passed"
DEFER_STEP = "deferred"
HANDLER_STEP = "handler"


class Decision(msgspec.Struct, gc=False, kw_only=True):
    """Who called what, where, and what became of it; filled while the invocation travels.

    Times are read from the clock of the road by whoever notes them, so that tests can move it.
    """

    reference: str
    kind: str
    name: str
    module: str | None
    guild_id: int | None
    channel_id: int | None
    user_id: int
    at: datetime = datetime.min.replace(tzinfo=UTC)
    began_s: float = 0.0
    outcome: Outcome = Outcome.RUNNING
    gate: str | None = None
    """Which gate refused."""
    detail: str | None = None
    """The operator's sentence about a refusal or failure."""
    steps: list[Step] = msgspec.field(default_factory=list)

    def note(self, name: str, verdict: str, now_s: float) -> None:
        """Write down that a part of the way is over.

        Args:
            name: the gate, or the part.
            verdict: what came of it.
            now_s: the monotonic time of the road's clock.
        """
        self.steps.append(Step(name, verdict, (now_s - self.began_s) * 1000))

    def defer(self, now_s: float) -> None:
        """Write down that Wisp deferred the answer, because the handler had not answered by then."""
        self.note(DEFER_STEP, "not answered in time", now_s)

    @property
    def deferred_after_ms(self) -> float | None:
        """When the answer was deferred, since the invocation arrived; None if it was not."""
        return next((step.at_ms for step in self.steps if step.name == DEFER_STEP), None)

    @property
    def took_ms(self) -> float:
        """How long all of it took, so far."""
        return self.steps[-1].at_ms if self.steps else 0.0

    def refuse(self, gate: str, detail: str) -> None:
        """Write down which gate refused, and why."""
        self.outcome, self.gate, self.detail = Outcome.REFUSED, gate, detail

    def fail(self, detail: str) -> None:
        """Write down what went wrong."""
        self.outcome, self.detail = Outcome.FAILED, detail

    def give_up(self, detail: str) -> None:
        """Write down that nobody waited for the end."""
        self.outcome, self.detail = Outcome.GIVEN_UP, detail

    def close(self, now_s: float) -> None:
        """Write down the end; what has no other outcome by then ran."""
        if self.outcome is Outcome.RUNNING:
            late = any(step.name == DEFER_STEP for step in self.steps)
            self.outcome = Outcome.DEFERRED if late else Outcome.RAN
        self.note(HANDLER_STEP, self.outcome.value, now_s)
