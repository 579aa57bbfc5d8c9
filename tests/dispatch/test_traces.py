"""One trace from the gateway's event to the answer, over the wire."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import discord
import pytest
from discord.ext import commands
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from typing_extensions import override

from support.offline import Offline, offline
from support.tea import SECRET_WORDS, TeaModule
from wisp_framework import BotContext, Module
from wisp_framework.services import TracingService


class Traces:
    """What one bot told of itself."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def follow(self, here: Offline) -> None:
        """Listen to a bot from now on."""
        here.app.services.get(TracingService).use(self.provider)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        """The only span of that name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def tree(self, span: ReadableSpan) -> dict[str, object]:
        """The names of all that hangs below a span."""
        below = [one for one in self.spans if one.parent and one.parent.span_id == span.context.span_id]
        return {one.name: self.tree(one) for one in below}


@pytest.fixture
def traces() -> Iterator[Traces]:
    """An exporter in memory."""
    found = Traces()
    yield found
    found.provider.shutdown()


CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"


async def test_one_trace_from_the_event_to_the_answer(traces: Traces, tmp_path: Path) -> None:
    """A command that writes and answers is one trace: event, gates, handler, statements and the answer."""
    async with offline(TeaModule(), data_dir=tmp_path, database_url=None) as here:
        await here.app.idle()
        traces.follow(here)
        await (await here.person("Ada")).slash("keep")
        await here.settle()

    root = traces.named("gateway INTERACTION_CREATE")
    assert root.parent is None
    (command,) = traces.tree(root).values()
    assert isinstance(command, dict)
    assert list(command) == ["gates", "handler"]
    handler = command["handler"]
    assert isinstance(handler, dict)
    assert CALLBACK in handler
    assert any(name.startswith("sql ") for name in handler)
    assert len({span.context.trace_id for span in traces.spans}) == 1


async def test_tells_the_reference_that_the_member_sees(traces: Traces) -> None:
    """The span of a command that failed has the reference of the answer, and the type of the error alone."""
    async with offline(TeaModule()) as here:
        traces.follow(here)
        seen = await (await here.person("Ada")).slash("spill")
        await here.settle()

    span = traces.named("command spill")
    about = dict(span.attributes or {})
    assert str(about["wisp.reference"]) in seen.text
    assert (about["wisp.module"], about["wisp.outcome"], about["error.type"]) == ("tea", "failed", "OSError")
    assert span.status.status_code is StatusCode.ERROR
    assert traces.named("handler").status.status_code is StatusCode.ERROR


async def test_a_refusal_names_its_gate(traces: Traces) -> None:
    """What a gate refuses has no handler, and is no error."""
    async with offline(TeaModule()) as here:
        await here.switch("tea", enabled=False)
        traces.follow(here)
        await (await here.person("Mallory")).slash("brew")
        await here.settle()

    span = traces.named("command brew")
    assert (span.attributes or {})["wisp.gate"] == "module"
    assert span.status.status_code is StatusCode.UNSET
    assert set(traces.tree(span)) == {"gates", CALLBACK}


async def test_a_button_is_named_by_its_kind(traces: Traces) -> None:
    """The span of a button bears no id in its name, and what its callback does hangs below the handler."""
    async with offline(TeaModule()) as here:
        ada = await here.person("Ada")
        await ada.slash("brew")
        traces.follow(here)
        await ada.click("Pour")
        await here.settle()

    assert traces.tree(traces.named("component")) == {"gates": {}, "handler": {CALLBACK: {}}}


async def test_a_command_by_message(traces: Traces) -> None:
    """A prefix command begins a trace; a message that is none makes no span at all."""
    async with offline(TeaModule()) as here:
        traces.follow(here)
        ada = await here.person("Ada")
        await ada.say("tea, please")
        await here.settle()
        assert traces.spans == ()
        await ada.say("!sip")
        await here.settle()

    assert traces.tree(traces.named("prefix sip")) == {
        "gates": {},
        "handler": {"POST /channels/{channel_id}/messages": {}},
    }


async def test_listeners_of_modules(traces: Traces) -> None:
    """A listener is a span of its own, with what it causes below, and its failure is told by its type."""

    class EarModule(Module):
        """Answers and breaks."""

        name = "ear"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            async def on_message(message: discord.Message) -> None:
                if not message.author.bot:
                    await message.channel.send("heard")
                    raise LookupError(SECRET_WORDS)

            bot.add_listener(on_message)

    async with offline(EarModule()) as here:
        traces.follow(here)
        await (await here.person("Ada")).say("psst")
        await here.settle()

    span = next(one for one in traces.spans if one.name == "event on_message" and one.status.description)
    assert traces.tree(span) == {"POST /channels/{channel_id}/messages": {}}
    assert (span.attributes or {})["error.type"] == "LookupError"


async def test_no_secret_in_any_span(traces: Traces, tmp_path: Path) -> None:
    """Neither tokens, which stand in paths, nor what was written or raised is told."""
    async with offline(TeaModule(), data_dir=tmp_path, database_url=None) as here:
        await here.app.idle()
        traces.follow(here)
        ada = await here.person("Ada")
        for name in ("keep", "spill", "brew"):
            await ada.slash(name)
        await here.settle()
        token = here.app.config.discord_token.get_secret_value()

    told = "\n".join(span.to_json() for span in traces.spans)
    assert token not in told
    assert SECRET_WORDS not in told
    assert "hunter2" not in told
    assert "/callback" in told


async def test_off_unless_somebody_wants_them() -> None:
    """Without OTEL_ENABLED there is no tracer, and nothing global was set."""
    async with offline(TeaModule()) as here:
        assert here.app.services.get(TracingService).tracer is None
        await (await here.person("Ada")).slash("brew")
