"""Traces that are sent: to an OTLP endpoint, over HTTP."""

import asyncio
import sys

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from support.offline import offline
from support.tea import TeaModule
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import MissingExtraError
from wisp_framework.services import TracingService
from wisp_framework.services.sql_watch import operation_of


async def test_sends_spans_to_the_endpoint() -> None:
    """With OTEL_ENABLED the spans of a command have come, under the bot's name, once it has stopped."""
    taken = ExportTraceServiceRequest()

    async def take(request: web.Request) -> web.Response:
        taken.MergeFromString(await request.read())
        return web.Response()

    collector = web.Application()
    collector.router.add_post("/v1/traces", take)
    async with TestServer(collector) as server:
        endpoint = str(server.make_url("/"))
        async with offline(
            TeaModule(),
            otel_enabled=True,
            otel_service_name="tea bot",
            otel_exporter_otlp_endpoint=endpoint,
        ) as here:
            await (await here.person("Ada")).slash("brew")
            await here.settle()

    names = {span.name for one in taken.resource_spans for two in one.scope_spans for span in two.spans}
    services = {
        about.value.string_value
        for one in taken.resource_spans
        for about in one.resource.attributes
        if about.key == "service.name"
    }
    assert {"gateway INTERACTION_CREATE", "command brew", "handler"} <= names
    assert services == {"tea bot"}


async def test_an_endpoint_that_is_away_stops_nothing(config: AppConfig) -> None:
    """Where nobody answers, start and stop are over in their time."""
    settings = {"otel_enabled": True, "otel_exporter_otlp_endpoint": "http://127.0.0.1:9"}
    tracing = TracingService(config.model_copy(update=settings))
    await tracing.start()
    assert tracing.tracer is not None
    tracing.tracer.start_span("lost").end()

    async with asyncio.timeout(30):
        await tracing.stop()

    assert tracing.tracer is None


async def test_a_missing_package_is_named(config: AppConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the bot says in one line how to install it, if traces are wanted."""
    monkeypatch.delitem(sys.modules, "wisp_framework.services.span_export", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
    for name in [name for name in sys.modules if name.startswith("opentelemetry.exporter.")]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(MissingExtraError) as missing:
        await TracingService(config.model_copy(update={"otel_enabled": True})).start()
    assert str(missing.value) == "OTEL_ENABLED needs the [otel] extra: pip install 'wisp-framework[otel]'"


@pytest.mark.parametrize(
    ("statement", "operation"),
    [
        ("SELECT 1", "select"),
        ("  insert into tea values (?)", "insert"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "select"),
        ("PRAGMA journal_mode=WAL", "other"),
        ("", "other"),
    ],
)
def test_operations_are_few(statement: str, operation: str) -> None:
    """A label has one of five words, whatever the statement."""
    assert operation_of(statement) == operation
