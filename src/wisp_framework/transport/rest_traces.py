"""Every call to Discord as a span, below whatever caused it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from opentelemetry.trace import SpanKind, Status, StatusCode

from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.tracing import TracingService
from wisp_framework.transport.rest_call import RestCall, RestMetrics, RestObserver

_NO_ANSWER: Final = "cancelled"


class RestTraces:
    """A `RestObserver` that traces each call by its route: paths hold tokens of interactions and webhooks."""

    def __init__(self, tracing: TracingService) -> None:
        self._tracing = tracing

    def __call__(self, call: RestCall) -> Callable[[], None] | None:
        """Begin a span, if traces are wanted, to be ended with the call."""
        tracer = self._tracing.tracer
        if tracer is None:
            return None
        about: dict[str, str | int | float] = {
            "http.request.method": call.method,
            "url.template": call.route,
            "http.request.resend_count": call.attempt - 1,
            "wisp.waited_s": call.waited_s,
        }
        span = tracer.start_span(f"{call.method} {call.route}", kind=SpanKind.CLIENT, attributes=about)

        def ended() -> None:
            if call.status is not None:
                span.set_attribute("http.response.status_code", call.status)
            if call.status is None or call.status >= HTTPStatus.BAD_REQUEST:
                kind = str(call.status or call.error or _NO_ANSWER)
                span.set_attribute("error.type", kind)
                span.set_status(Status(StatusCode.ERROR, kind))
            span.end()

        return ended


def rest_observers(metrics: MetricsService, tracing: TracingService) -> list[RestObserver]:
    """Who is told of every call of every bot."""
    return [RestMetrics(metrics), RestTraces(tracing)]
