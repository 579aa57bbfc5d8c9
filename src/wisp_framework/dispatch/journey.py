"""The trace of one invocation: the whole way, its gates, its handler; what they cause hangs below them."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Final

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from wisp_framework.services.decisions import Decision, Invocation, InvocationKind, Outcome
from wisp_framework.utils.ownership import Owner

_NAMED_BY_IDS: Final = (InvocationKind.COMPONENT, InvocationKind.MODAL)
_NOT_WELL: Final = (Outcome.FAILED, Outcome.GIVEN_UP)


class Journey:
    """The spans of one invocation; begun, admitted and ended in the same task."""

    def __init__(self, tracer: Tracer, invocation: Invocation) -> None:
        kind = invocation.kind.value
        named = kind if invocation.kind in _NAMED_BY_IDS else f"{kind} {invocation.name}"
        about: dict[str, str] = {
            "wisp.reference": invocation.reference,
            "wisp.kind": kind,
            "wisp.name": invocation.name,
            "wisp.module": invocation.module or "",
        }
        if invocation.guild_id is not None:
            about["discord.guild_id"] = str(invocation.guild_id)
        self._tracer = tracer
        self._whole = tracer.start_span(named, attributes=about)
        self._outer = context.attach(set_span_in_context(self._whole))
        self._part = tracer.start_span("gates")
        self._inner: Token[Context] | None = None

    def admitted(self) -> None:
        """The gates have let it through, and the handler begins; a second handler runs in the same part."""
        if self._inner is None:
            self._part.end()
            self._part = self._tracer.start_span("handler")
            self._inner = context.attach(set_span_in_context(self._part))

    def ended(self, decision: Decision) -> None:
        """It is over. What went wrong is told by its type alone: its text may hold anything."""
        if self._inner is not None:
            context.detach(self._inner)
        self._whole.set_attribute("wisp.outcome", decision.outcome.value)
        if decision.gate is not None:
            self._whole.set_attribute("wisp.gate", decision.gate)
        if decision.outcome in _NOT_WELL:
            kind = (decision.detail or "").partition(":")[0] if decision.outcome is Outcome.FAILED else ""
            for span in (self._part, self._whole):
                _mark_failed(span, kind or decision.outcome.value)
        self._part.end()
        self._whole.end()
        context.detach(self._outer)


_journey: ContextVar[Journey | None] = ContextVar("wisp_journey", default=None)


def begin_journey(tracer: Tracer, invocation: Invocation) -> None:
    """Begin the trace of an invocation, for the rest of this task."""
    _journey.set(Journey(tracer, invocation))


def current_journey() -> Journey | None:
    """The trace of the invocation that runs; None where none is traced."""
    return _journey.get()


@contextmanager
def gateway_span(tracer: Tracer, event: str) -> Iterator[None]:
    """Let everything that begins inside hang below the event that came over the gateway."""
    with tracer.start_as_current_span(f"gateway {event}", kind=SpanKind.CONSUMER):
        yield


def traced_listener(
    tracer: Tracer | None, event: str, owner: Owner | None, work: Awaitable[object]
) -> Awaitable[object]:
    """What is to be awaited of one listener: the listener alone, or in a span, which only modules' have."""
    return work if tracer is None or owner is None else _in_span(tracer, event, owner, work)


async def _in_span(tracer: Tracer, event: str, owner: Owner, work: Awaitable[object]) -> None:
    """The span tells by its type what the listener raises."""
    about = {"wisp.kind": "event", "wisp.name": event, "wisp.module": owner.name}
    with tracer.start_as_current_span(
        f"event {event}", attributes=about, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            await work
        except Exception as error:
            _mark_failed(span, type(error).__name__)
            raise


def _mark_failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR, kind))
