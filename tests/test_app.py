"""create_app: the parts, joined once."""

import asyncio
import sys
from importlib.util import find_spec
from pathlib import Path

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.offline import WORLD, offline, offline_config
from support.probe import ProbeModule
from wisp_framework import AppConfig, BaseService, BotContext, Module, WispApp, WispBot, create_app
from wisp_framework.app import service_name
from wisp_framework.exceptions import ModuleError, ServiceGraphError
from wisp_framework.services import AuditQuery, AuditService, AuditSink, SchedulerService
from wisp_framework.services.audit import MemoryAuditSink
from wisp_sim import Sim, World

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMA.GhijKl.abcdefghijklmnopqrstuvwxyz0123456789AB"


def config() -> AppConfig:
    return AppConfig(discord_token=TOKEN, database_url="memory://")


async def test_two_apps_on_two_offline_discords_in_one_process() -> None:
    """Each app speaks to its own Discord, and discord.py's constants stay as they were."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    async with offline(ProbeModule()) as one, offline(ProbeModule()) as two:
        assert one.sim.api_url != two.sim.api_url
        for here in (one, two):
            ada = await here.person("Ada")
            assert "probed both" in (await ada.slash("probe", word="both")).text
        await one.switch("probe", enabled=False)
        ada = await two.person("Ada")
        assert "probed two" in (await ada.slash("probe", word="two")).text
    assert (base, gateway) == (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)


def test_the_parts_of_an_app_are_made_once() -> None:
    """What an app hands out is what runs: one bot, one context, one registry."""
    app = create_app(config())

    assert app.bot is app.bot
    assert app.bot.ctx is app.ctx
    assert app.bot.modules is app.modules
    assert app.ctx.services is app.services
    assert app.bot.services is app.services


def test_bot_and_context_may_be_subclasses() -> None:
    """An app is made of the classes that it was given."""

    class MyBot(WispBot):
        """Has a method of its own."""

    class MyContext(BotContext):
        """Has a name of its own."""

    app = create_app(config(), bot=MyBot, context=MyContext)

    assert type(app.bot) is MyBot
    assert type(app.ctx) is MyContext


def test_services_are_registered_by_the_name_of_their_class() -> None:
    """`WeatherReportService` becomes ``weather_report``, and is found by name and by type."""

    class WeatherReportService(BaseService):
        """Needs another service, by type."""

        def __init__(self, config: AppConfig, scheduler: SchedulerService) -> None:
            super().__init__(config)
            self.scheduler = scheduler

    app = create_app(config(), services=[WeatherReportService])

    found = app.services.get(WeatherReportService)
    assert found is app.services.get("weather_report")
    assert found.scheduler is app.services.get(SchedulerService)
    assert service_name(WeatherReportService) == "weather_report"


async def test_a_backend_of_ones_own_stands_behind_a_port(tmp_path: Path) -> None:
    """What is put behind a port takes the place of Wisp's own, and has a start if it is a service, too."""

    class FileSinkService(BaseService, MemoryAuditSink):
        """Keeps events, once it is started."""

        def __init__(self, config: AppConfig) -> None:
            BaseService.__init__(self, config)
            MemoryAuditSink.__init__(self)

    kept_in_sql = AppConfig(discord_token=TOKEN, data_dir=tmp_path)
    app = create_app(kept_in_sql, services=[FileSinkService], ports={AuditSink: FileSinkService})
    await app.services.startup_all()
    try:
        await app.services.get(AuditService).record("shop.closed", actor_id=None)
        sink = app.services.get(FileSinkService)
        assert sink.initialized
        assert [event.action for event in await sink.query(AuditQuery())] == ["shop.closed"]
    finally:
        await app.services.shutdown_all()


def test_a_missing_dependency_is_drawn() -> None:
    """A service that needs what nobody provides is named with the path to the gap."""

    class Oracle:
        """Nobody provides it."""

    class FortuneService(BaseService):
        """Needs an oracle."""

        def __init__(self, config: AppConfig, oracle: Oracle) -> None:
            super().__init__(config)

    app = create_app(config(), services=[FortuneService])
    with pytest.raises(ServiceGraphError, match=r"FortuneService -> .*Oracle: nobody provides it"):
        _ = app.services


def test_a_module_of_ones_own_takes_the_place_of_a_built_in_one() -> None:
    """A module with a built-in name replaces it; two of the same name are refused."""

    class Ping(Module):
        """Another ping."""

        name = "ping"

    app = create_app(config(), modules=[Ping])
    app.register_modules()
    assert isinstance(app.modules.get_module("ping"), Ping)

    twice = create_app(config(), modules=[Ping, Ping])
    with pytest.raises(ModuleError, match=r"'ping'.*registered twice"):
        twice.register_modules()


def test_modules_are_named_by_configuration_or_discovered() -> None:
    """``WISP_MODULES`` names classes or packages, ``discover`` packages; a typo is named."""
    named = create_app(AppConfig(discord_token=TOKEN, modules=("examples.demo.notes:NotesModule",)))
    named.register_modules()
    assert "notes" in named.modules.list_modules()

    found = create_app(config(), discover=["examples.demo"])
    found.register_modules()
    assert {"notes", "meetings", "stars"} <= set(found.modules.list_modules())

    wrong = create_app(AppConfig(discord_token=TOKEN, modules=("examples.demo.notes:Notes",)))
    with pytest.raises(ModuleError, match=r"is no Module class; examples.demo.notes defines: .*NotesModule"):
        wrong.register_modules()


async def test_a_required_service_that_is_missing_keeps_the_module_out() -> None:
    """A module without its service is named with the remedy; the others run."""

    class Needy(Module):
        """Needs a service by name."""

        name = "needy"
        required_services = ("weather",)

    async with offline(Needy()) as here:
        assert "create_app(services=[...])" in here.app.modules.failures["needy"].reason
        ada = await here.person("Ada")
        assert "out of order" in (await ada.slash("modules enable", module="needy")).text


async def test_a_bot_subclass_adds_to_the_completion_of_commands() -> None:
    """The completion of each command is seen where the architecture draws it, and may be overridden."""
    completed: list[str] = []

    class MyBot(WispBot):
        """Writes down what ran."""

        @override
        async def on_app_command_completion(self, interaction: discord.Interaction, command: object) -> None:
            await super().on_app_command_completion(interaction, command)  # type: ignore[arg-type]
            completed.append(command.qualified_name)  # type: ignore[attr-defined]

    async with offline(bot=MyBot) as here:
        ada = await here.person("Ada")
        await ada.slash("ping")
        assert completed == ["ping"]


async def test_code_outside_modules_works_as_in_discord_py() -> None:
    """Commands and listeners that belong to no module run everywhere and are listed globally."""

    class MyBot(WispBot):
        """Registers a command in ``setup_hook``, as bots do, and syncs it, as bots do."""

        @override
        async def setup_hook(self) -> None:
            @self.tree.command(description="Says hello")
            async def hello(interaction: discord.Interaction) -> None:
                await interaction.response.send_message("hello")

            await self.tree.sync()

    async with offline(bot=MyBot) as here:
        ada = await here.person("Ada")
        assert "hello" in (await ada.slash("hello")).text
        assert [command.name for command in await ada.commands()].count("/hello") == 1


async def test_a_failing_handler_shows_a_reference_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """What a handler raises is for the log; the member gets a sentence and the reference to find it by."""

    class Leaky(Module):
        """Raises what nobody should read."""

        name = "leaky"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            @bot.tree.command(description="Fails")
            async def leak(interaction: discord.Interaction) -> None:
                raise RuntimeError("password is hunter2")

    async with offline(Leaky()) as here:
        ada = await here.person("Ada")
        seen = await ada.slash("leak")
        assert "Something went wrong" in seen.text
        assert "hunter2" not in seen.text
        reference = seen.text.split("`")[1]
        failed = [record for record in caplog.records if reference in record.getMessage()]
        assert failed
        assert failed[0].exc_info


async def test_nothing_is_lost_when_the_start_fails() -> None:
    """After a failed start the same process can start another app."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        broken = create_app(offline_config(sim, discord_token=TOKEN))
        with pytest.raises(Exception, match="DISCORD_TOKEN"):
            await broken.start()
        good = create_app(offline_config(sim))
        await good.start()
        assert good.bot.is_ready()
        await good.close()


def test_runs_on_the_quicker_loop_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the ``speed`` extra a bot runs on its loop, without it on Python's own."""
    loops: list[str] = []

    async def serve(_app: WispApp) -> None:
        loops.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])

    monkeypatch.setattr(WispApp, "serve", serve)
    installed = find_spec("uvloop") is not None
    create_app(config()).run()
    monkeypatch.setitem(sys.modules, "uvloop", None)
    create_app(config()).run()

    assert loops == ["uvloop" if installed else "asyncio", "asyncio"]
