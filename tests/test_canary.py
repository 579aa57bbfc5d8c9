"""Known secrets in every setting, every kind of failure, and a search for them in all that the bot leaves."""

import asyncio
import gzip
import json
import logging
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp
import asyncpg
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.ext import commands
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from typing_extensions import override

from support.fault_proxy import FaultProxy, fault_proxy
from support.offline import WORLD, offline_config
from support.redis import port_of
from support.servers import ValkeyServer, make_valkey
from wisp_framework import BotContext, Module, WispApp, create_app
from wisp_framework.config import AppConfig
from wisp_framework.config.described import settings_of
from wisp_framework.exceptions import ConnectError
from wisp_framework.services import HealthService, TracingService
from wisp_framework.services.webhook_logger import WebhookLoggerService
from wisp_sim import Sim, World
from wisp_sim.faults import (
    Corrupt,
    LateAnswer,
    RateLimit,
    Reset,
    ServerError,
    Truncated,
    Unauthorized,
    UnknownWebhook,
)
from wisp_sim.people import Person

PASSWORD = "canary-Database-8Kx2/Q"
REDIS_PASSWORD = "canary-Redis-7Yw3"
HOOK = "canaryhook_9Zv4-0123456789"
OPS = "canary-operators-6Tu5"
KEY = "ca0a12ca0a12ca0a12ca0a12ca0a12ff"
WRONG = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GcanarY.wrong-canary-wrong-canary-wrong-canary"


def secrets_of(config: AppConfig) -> dict[str, str]:
    """Every secret setting that has a value, whatever settings there are."""
    found = {name: value.get_secret_value() for name, value in config if isinstance(value, SecretStr)}
    return {**found, "all": " and ".join(found.values())}


class Careless(Module):
    """Does with the secrets of its bot all that must not be done."""

    name = "careless"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        secrets = secrets_of(ctx.config)

        @bot.tree.command(description="Raises, warns, logs")
        async def leak(interaction: discord.Interaction, how: str) -> None:
            text = secrets["all"]
            if how == "log":
                logging.getLogger("foreign.library").debug("connects to %s", secrets, extra={"held": text})
                asyncio.get_running_loop().call_exception_handler(
                    {"message": text, "exception": OSError(text)}
                )
                asyncio.get_running_loop().call_soon(_raise, text)
                with warnings.catch_warnings():
                    warnings.simplefilter("always")
                    warnings.warn(text, stacklevel=1)
                await interaction.response.send_message("logged")
            elif how == "cause":
                try:
                    _raise(text)
                except ValueError as error:
                    raise KeyError(text) from error
            _raise(text)

        @bot.listen()
        async def on_message(_: discord.Message) -> None:
            _raise(secrets["all"])


class Broken(Module):
    """Cannot be set up, and says why."""

    name = "broken"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        _raise(secrets_of(ctx.config)["all"])


def _raise(text: str) -> None:
    raise ValueError(f"it did not work with {text}")


@dataclass
class Outputs:
    """All that a run left, by where it was found."""

    found: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, what: object) -> None:
        self.found[where] = self.found.get(where, "") + str(what)

    def leaks(self, secrets: Mapping[str, str]) -> list[str]:
        """Where a secret stands, and which."""
        return [
            f"{name} in {where}: …{text[max(0, text.index(spelling) - 120) : text.index(spelling) + 40]}"
            for where, text in self.found.items()
            for name, secret in secrets.items()
            for spelling in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
            if spelling in text
        ]


@pytest.fixture
def locked(server_folder: Path, tmp_path: Path) -> Iterator[ValkeyServer]:
    """A Redis that asks for its password."""
    server = make_valkey(tmp_path, "--requirepass", REDIS_PASSWORD)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def sentry() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A Sentry of our own: its address, and the bodies of what came."""
    came: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        came.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/api/7/envelope/", take)
    async with TestServer(app) as server:
        yield f"http://{KEY}@127.0.0.1:{server.port}/7", came


class Run:
    """One bot with secrets in every setting, and the wires that can be cut."""

    def __init__(self, sim: Sim, config: AppConfig, wires: list[FaultProxy], outputs: Outputs) -> None:
        self.sim = sim
        self.config = config
        self.wires = wires
        self.outputs = outputs
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    async def __call__(self) -> None:
        """Start, fail in every way, stop."""
        app = create_app(self.config, modules=[Careless, Broken])
        app.services.get(TracingService).use(self.provider)
        await app.start()
        await app.idle()
        try:
            ada = self.sim.person("Ada", guild="Lab", channel="general")
            await self._use(ada)
            await self._fail_at_discord(app, ada)
            for wire in self.wires:
                await wire.cut()
                await self._use(ada)
                await self._look(app)
                await wire.mend()
            await app.services.get(WebhookLoggerService).log(secrets_of(self.config)["all"])
            await self._look(app)
        finally:
            await app.close()
        self.outputs.add("spans", [span.to_json() for span in self.exporter.get_finished_spans()])
        self.outputs.add(
            "reprs", [repr(app), repr(app.config), repr(app.bot), repr(app.bot.http), app.services]
        )

    async def _use(self, ada: Person) -> None:
        for how in ("log", "cause", "raise"):
            self.outputs.add("what members saw", await ada.slash("leak", how=how))
        self.outputs.add("what members saw", await ada.say("hello"))
        self.outputs.add("what members saw", await ada.slash("modules list"))

    async def _fail_at_discord(self, app: WispApp, ada: Person) -> None:
        callback, follow_up, messages = "/interactions/*", "/webhooks/*", "POST /channels/*"
        for fault, route in (
            (ServerError(500), callback),
            (ServerError(503), messages),
            (Reset(carried_out=True), callback),
            (Reset(), messages),
            (Truncated(), messages),
            (UnknownWebhook(), follow_up),
            (RateLimit("user", retry_after_s=0.2), messages),
            (LateAnswer(0.2), messages),
            (Unauthorized(), messages),
        ):
            self.sim.faults.add(fault, route=route)
            self.outputs.add("what members saw", await ada.slash("leak", how="raise"))
            sent = asyncio.ensure_future(app.bot.guilds[0].text_channels[0].send("hi"))
            (failed,) = await asyncio.gather(sent, return_exceptions=True)
            self.outputs.add("errors", f"{failed!r} {failed}")
            self.sim.faults.clear()
        self.sim.faults.add(Corrupt(), event="MESSAGE_CREATE")
        await ada.say("corrupt")
        self.sim.disconnect("Wisp", 4000)
        await self.sim.settle()

    async def _look(self, app: WispApp) -> None:
        """Ask the bot and the offline Discord for all that they tell."""
        self.outputs.add("health", await app.services.get(HealthService).get_all())
        async with aiohttp.ClientSession() as session:
            base = f"http://127.0.0.1:{app.ops.port}"
            for path in ("/livez", "/readyz", "/healthz", "/metrics"):
                for token in (OPS, "wrong"):
                    headers = {"Authorization": f"Bearer {token}"}
                    async with session.get(base + path, headers=headers) as answer:
                        self.outputs.add(f"ops {path}", f"{dict(answer.headers)} {await answer.text()}")
            for path in ("/health", "/world", "/faults"):
                async with session.get(self.sim.control_url + path) as answer:
                    self.outputs.add(f"offline Discord {path}", await answer.text())


async def rows_of(url: str) -> str:
    """Every row of every table."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [str(table["tablename"]) for table in tables]
        return str({name: await connection.fetch(f'SELECT * FROM "{name}"') for name in names})  # noqa: S608
    finally:
        await connection.close()


@pytest.mark.parametrize("log_format", ["console", "json"])
async def test_no_secret_is_left_anywhere(
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    postgres_url: str,
    locked: ValkeyServer,
    sentry: tuple[str, list[bytes]],
    log_format: str,
) -> None:
    """At DEBUG, with everything failing, none of the secrets is in any of the outputs."""
    outputs, data = Outputs(), tmp_path / "data"
    async with AsyncExitStack() as stack:
        sim = await stack.enter_async_context(Sim(World.from_mapping(WORLD), control_port=0))
        wires = [
            await stack.enter_async_context(fault_proxy(port_of(url))) for url in (postgres_url, locked.url)
        ]
        place = f"127.0.0.1:{wires[0].port}{urlsplit(postgres_url).path}"
        config = offline_config(
            sim,
            database_url=f"postgresql://wisp:{quote(PASSWORD, safe='')}@{place}",
            redis_url=f"redis://:{REDIS_PASSWORD}@127.0.0.1:{wires[1].port}/0",
            redis_namespace=f"canary{log_format}",
            webhook_logger_url=f"{sim.api_url}/webhooks/123456789012345678/{HOOK}",
            ops_port=0,
            ops_token=OPS,
            sentry_dsn=sentry[0],
            data_dir=data,
            log_level="DEBUG",
            log_format=log_format,
            log_file=tmp_path / "wisp.log",
            db_echo_sql=True,
        )
        await Run(sim, config, wires, outputs)()
        wrong = create_app(offline_config(sim, **{**vars(config), "discord_token": WRONG}))
        with pytest.raises(ConnectError) as refused:
            await wrong.start()
        outputs.add("errors", f"{refused.value!r} {refused.value}")

    captured = capfd.readouterr()
    outputs.add("standard output", captured.out)
    outputs.add("standard error", captured.err)
    for file in (tmp_path / "wisp.log", *(path for path in data.rglob("*") if path.is_file())):
        outputs.add(f"file {file.name}", file.read_text(encoding="utf-8", errors="replace"))
    outputs.add("database", await rows_of(postgres_url))
    outputs.add(
        "Sentry", [line for body in sentry[1] for line in body.splitlines() if b'"exception"' in line]
    )

    given = secrets_of(config)
    assert set(given) - {"all"} == {
        path[0] for path, setting in settings_of(AppConfig).items() if setting.secret
    }
    secrets = {
        **given,
        "password": PASSWORD,
        "Redis": REDIS_PASSWORD,
        "hook": HOOK,
        "key": KEY,
        "wrong": WRONG,
    }
    # The offline Discord's tokens are made up, and told to whoever starts a bot on it.
    outputs.found["offline Discord /world"] = outputs.found["offline Discord /world"].replace(
        config.discord_token.get_secret_value(), ""
    )
    leaks = outputs.leaks(secrets)
    assert not leaks, "\n".join(leaks)
    expected = {
        "errors",
        "standard error",
        "file wisp.log",
        "ops /metrics",
        "ops /healthz",
        "database",
        "Sentry",
    }
    assert all(
        len(outputs.found[where]) > 100 for where in expected | {"spans", "what members saw", "health"}
    )
    assert "broken" in outputs.found["health"]
    assert "broken" in outputs.found["what members saw"]
    assert "[hidden]" in outputs.found["file wisp.log"]
