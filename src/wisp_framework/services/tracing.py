"""Traces: what led to what, and how long each part took, told to OpenTelemetry."""

import asyncio
from typing import TYPE_CHECKING, Final

from opentelemetry.trace import Tracer, TracerProvider
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.services.base import BaseService
from wisp_framework.version import __version__

if TYPE_CHECKING:  # an optional package, which few bots use and which takes long to load
    from wisp_framework.services.span_export import Exporter

SCOPE: Final = "wisp_framework"


class TracingService(BaseService):
    """Says whether traces are wanted, and hands out the tracer.

    With ``OTEL_ENABLED`` spans go to ``OTEL_EXPORTER_OTLP_ENDPOINT``. A program that sets the OpenTelemetry
    SDK up by itself hands in its provider with `use` instead. Nothing global is set or read.
    """

    def __init__(self, config: AppConfig) -> None:
        super().__init__(config)
        self._exporter: Exporter | None = None
        self.tracer: Tracer | None = None
        """Begins spans; None where nobody wants them, and then nothing is spent on any."""

    def use(self, provider: TracerProvider) -> None:
        """Hand spans to that provider from now on; its life stays the caller's."""
        self.tracer = provider.get_tracer(SCOPE, __version__)

    @override
    async def startup(self) -> None:
        """Set the export up, if it is wanted.

        Raises:
            MissingExtraError: it is wanted, and the ``[otel]`` extra is not installed.
        """
        if self.config.otel_enabled and self.tracer is None:
            self._exporter = await asyncio.to_thread(_make_exporter, self.config)
            self.use(self._exporter.provider)
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Send what still waits, as far as that is possible within a few seconds."""
        exporter, self._exporter = self._exporter, None
        if exporter is not None:
            self.tracer = None
            await asyncio.to_thread(exporter.close)


def _make_exporter(config: AppConfig) -> "Exporter":
    from wisp_framework.services.span_export import Exporter

    return Exporter(config)
