"""No secret in anything that a bot tells operators, whatever a handler does with it."""

from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from typing_extensions import override

from ops.conftest import OPS_TOKEN, Operator
from ops.test_sentry import KEY, Sentry, sentry
from support.offline import offline
from wisp_framework import BaseService, BotContext, Module
from wisp_framework.services import TracingService
from wisp_framework.services.base import Health

__all__ = ["sentry"]


class LooseModule(Module):
    """Puts every secret that it can reach where none belongs."""

    name = "loose"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Tell all")
        async def tell(interaction: discord.Interaction) -> None:
            config = ctx.config
            secrets = [config.discord_token, config.ops_token, config.sentry_dsn]
            told = [one.get_secret_value() for one in secrets if one is not None]
            seen.append(interaction.token)
            raise OSError(f"https://discord.com/api/webhooks/1/{interaction.token}", told)


class LooseService(BaseService):
    """Says why it is down in words that it should not use."""

    @override
    async def check_health(self) -> Health:
        raise OSError(self.config.discord_token.get_secret_value())


seen: list[str] = []


async def test_secrets_are_told_nowhere(
    operator: Operator, sentry: Sentry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Logs at DEBUG, health, metrics, spans and reports of a failure are free of tokens, keys and DSNs."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    settings: dict[str, Any] = {"ops_port": 0, "ops_token": OPS_TOKEN, "sentry_dsn": sentry.dsn}
    file = tmp_path / "wisp.log"
    async with offline(
        LooseModule(), services=[LooseService], log_level="DEBUG", log_file=file, **settings
    ) as here:
        here.app.services.get(TracingService).use(provider)
        token = here.app.config.discord_token.get_secret_value()
        await (await here.person("Ada")).slash("tell")
        bearer = {"Authorization": f"Bearer {OPS_TOKEN}"}
        bodies = [
            (await operator.get(here.app, path, **bearer))[1] for path in ("/healthz", "/readyz", "/metrics")
        ]
    provider.shutdown()

    spans = "\n".join(span.to_json() for span in exporter.get_finished_spans())
    told = {"log": file.read_text("utf-8"), "console": capsys.readouterr().err, "spans": spans}
    told |= {"answers": "\n".join(bodies), "reports": "\n".join(map(str, sentry.events))}
    assert all(told.values())
    assert seen
    for secret in (token, OPS_TOKEN, KEY, sentry.dsn, *seen):
        for where, text in told.items():
            assert secret not in text, where
