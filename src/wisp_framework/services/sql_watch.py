"""Every statement of one engine, measured and traced, by SQLAlchemy's own events."""

from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_current_span
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine, ExceptionContext, ExecutionContext
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from wisp_framework.config.credentials import hide_shapes
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.tracing import TracingService
from wisp_framework.utils.clock import Clock

OPERATIONS: Final = frozenset({"select", "insert", "update", "delete"})
OTHER: Final = "other"
MOST_SHOWN_CHARS: Final = 1_000


class _Begun(NamedTuple):
    operation: str
    at_s: float
    span: Span | None


def operation_of(statement: str) -> str:
    """What a statement does, in one word of few; a WITH counts as what most of them are, a select."""
    word = statement.split(None, 1)[0].lower() if statement.strip() else OTHER
    word = "select" if word == "with" else word
    return word if word in OPERATIONS else OTHER


class SqlWatch:
    """Measures and traces what an engine does."""

    def __init__(
        self, engine: AsyncEngine, metrics: MetricsService, tracing: TracingService, clock: Clock
    ) -> None:
        self._engine: Engine = engine.sync_engine
        self._metrics = metrics
        self._tracing = tracing
        self._clock = clock
        self._under_way: WeakKeyDictionary[ExecutionContext, _Begun] = WeakKeyDictionary()

    def begin(self) -> None:
        """Watch from now on, as long as the engine lives."""
        event.listen(self._engine, "before_cursor_execute", self._before)
        event.listen(self._engine, "after_cursor_execute", self._after)
        event.listen(self._engine, "handle_error", self._failed)
        self._metrics.on_read(self._read_pool)

    # SQLAlchemy calls these with values of which we need only some.

    def _before(
        self,
        _connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        execution: ExecutionContext | None,
        _many: bool,
    ) -> None:
        if execution is None:
            return
        operation, span = operation_of(statement), None
        tracer = self._tracing.tracer
        if tracer is not None and get_current_span().is_recording():
            # What nobody asked for, such as a batch of records, would be a trace of a single line.
            # The statement holds placeholders; values travel beside it and are never told.
            about = {
                "db.system.name": self._engine.dialect.name,
                "db.operation.name": operation.upper(),
                "db.query.text": hide_shapes(statement[:MOST_SHOWN_CHARS]),
            }
            span = tracer.start_span(f"sql {operation}", kind=SpanKind.CLIENT, attributes=about)
        self._under_way[execution] = _Begun(operation, self._clock.monotonic(), span)

    def _after(
        self,
        _connection: Connection,
        _cursor: object,
        _statement: str,
        _parameters: object,
        execution: ExecutionContext | None,
        _many: bool,
    ) -> None:
        begun = self._under_way.pop(execution, None) if execution is not None else None
        if begun is not None:
            self._metrics.timing("db.query", self._clock.monotonic() - begun.at_s, operation=begun.operation)
            if begun.span is not None:
                begun.span.end()

    def _failed(self, failure: ExceptionContext) -> None:
        execution = failure.execution_context
        begun = self._under_way.pop(execution, None) if execution is not None else None
        if begun is None:
            return
        self._metrics.increment("db.failed", operation=begun.operation)
        if begun.span is not None:
            kind = type(failure.original_exception).__name__
            begun.span.set_attribute("error.type", kind)
            begun.span.set_status(Status(StatusCode.ERROR, kind))
            begun.span.end()

    def _read_pool(self) -> None:
        pool = self._engine.pool
        if isinstance(pool, QueuePool):
            self._metrics.gauge("db.connections", pool.checkedout(), state="in use")
            self._metrics.gauge("db.connections", pool.checkedin(), state="idle")
