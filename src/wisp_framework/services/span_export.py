"""Where spans go with ``OTEL_ENABLED``: in batches, from a thread of their own, by OTLP over HTTP."""

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import MissingExtraError
from wisp_framework.version import __version__

try:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
except ImportError as error:
    raise MissingExtraError("OTEL_ENABLED", "otel") from error

EXPORT_TIMEOUT_S = 5.0
PATH = "/v1/traces"


class Exporter:
    """The SDK of one bot.

    The exporter reads further variables of OpenTelemetry by itself, such as
    ``OTEL_EXPORTER_OTLP_HEADERS``.
    """

    def __init__(self, config: AppConfig) -> None:
        about = {"service.name": config.otel_service_name, "service.version": __version__}
        self.provider = TracerProvider(
            resource=Resource.create(about),
            sampler=ParentBased(TraceIdRatioBased(config.otel_sample_rate)),
            shutdown_on_exit=False,
        )
        endpoint = config.otel_exporter_otlp_endpoint.rstrip("/") + PATH
        self.provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=EXPORT_TIMEOUT_S))
        )

    def close(self) -> None:
        """Send what waits and end the thread; blocks for some seconds where nobody answers."""
        self.provider.shutdown()
