"""The start-up and the shut-down list: in order, whole, and with an end."""

import asyncio

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock, settle
from support.offline import WORLD, offline, offline_config
from wisp_framework import AppConfig, BaseService, BotContext, Module, create_app
from wisp_framework.exceptions import ConnectError, ServiceStartError
from wisp_sim import Sim, World

STARTUP = [
    "load configuration",
    "set up logging",
    "create service container",
    "answer operators",
    "start services",
    "create feature flags",
    "create module registry",
    "register and discover modules",
    "create bot context",
    "initialize bot",
    "load modules",
    "start bot",
]
SHUTDOWN = [
    "stop accepting new commands",
    "let running commands finish",
    "unload modules",
    "disconnect from Discord",
    "stop services",
    "close database connections",
    "stop answering operators",
    "clean up",
]

events: list[str] = []


class FirstService(BaseService):
    """Writes down its life."""

    @override
    async def startup(self) -> None:
        events.append("first starts")

    @override
    async def shutdown(self) -> None:
        events.append("first stops")


class SecondService(FirstService):
    """Needs the first."""

    def __init__(self, config: AppConfig, first: FirstService) -> None:
        super().__init__(config)

    @override
    async def startup(self) -> None:
        events.append("second starts")

    @override
    async def shutdown(self) -> None:
        events.append("second stops")


class WitnessModule(Module):
    """Writes down its life, and the bot's."""

    name = "witness"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        events.append(
            "setup" + (" after login" if bot.user else "") + (" before READY" if not bot.is_ready() else "")
        )

    @override
    async def teardown(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        events.append("teardown" + (" while connected" if not bot.is_closed() else ""))


async def test_the_lists_run_in_the_order_of_the_architecture() -> None:
    """Services start before modules are set up, these before READY; all is undone in reverse."""
    events.clear()
    async with offline(WitnessModule(), services=[SecondService, FirstService]) as here:
        lifecycle = here.app.lifecycle
        assert lifecycle.history == STARTUP
    assert lifecycle.history == STARTUP + SHUTDOWN
    assert events == [
        "first starts",
        "second starts",
        "setup after login before READY",
        "teardown while connected",
        "second stops",
        "first stops",
    ]


async def test_a_module_that_raises_stays_out_and_the_rest_runs(caplog: pytest.LogCaptureFixture) -> None:
    """The failure is named in log and health, nothing of the module stays, other commands answer."""

    class Broken(Module):
        """Registers half and raises."""

        name = "broken"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            @bot.tree.command(description="half")
            async def half(interaction: discord.Interaction) -> None:
                """Never there."""

            raise ValueError("no such file: weather.json")

    async with offline(Broken()) as here:
        ada = await here.person("Ada")
        assert "Pong" in (await ada.slash("ping")).text
        assert "/half" not in [command.name for command in await ada.commands()]
        assert here.app.bot.tree.get_command("half") is None
        assert "weather.json" in here.app.modules.failures["broken"].reason
        assert any(
            "broken" in record.getMessage() and "weather.json" in record.getMessage()
            for record in caplog.records
        )


async def test_a_service_that_fails_stops_the_start_and_what_had_started() -> None:
    """No bot without a required service; the error names it and what happened."""

    class BrokenService(BaseService):
        """Needs the first and does not start."""

        def __init__(self, config: AppConfig, first: FirstService) -> None:
            super().__init__(config)

        @override
        async def startup(self) -> None:
            raise OSError("disk is full")

    events.clear()
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim), services=[FirstService, BrokenService])
        with pytest.raises(ServiceStartError, match=r"'broken'.*disk is full"):
            await app.start()
    assert events == ["first starts", "first stops"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"discord_token": "MTAwMDAwMDAwMDAwMDAwMDAwMA.GhijKl.abcdefghijklmnopqrstuvwxyz0123456789AB"},
            "Reset Token",
        ),
        ({"discord_api_url": "http://127.0.0.1:9/api/v10"}, "DISCORD_API_URL"),
    ],
)
async def test_a_closed_door_says_what_to_do(settings: dict[str, str], sentence: str) -> None:
    """A wrong token and a wrong address each get one sentence with the remedy."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim, **settings))
        with pytest.raises(ConnectError, match=sentence):
            await app.start()


async def test_a_missing_privileged_intent_names_the_switch() -> None:
    """Close code 4014 becomes the name of the switch, its page, and the setting to do without."""
    world = dict(WORLD) | {"bots": [{"name": "Wisp", "privileged_intents": ["members"]}]}
    async with Sim(World.from_mapping(world)) as sim:
        app = create_app(offline_config(sim))
        with pytest.raises(ConnectError) as refused:
            await app.start()
    message = str(refused.value)
    assert '"Message Content Intent"' in message
    assert "DISCORD_INTENTS_MESSAGE_CONTENT=false" in message
    assert f"applications/{sim.bot('Wisp').id}/bot" in message


async def test_a_bot_without_guilds_says_how_to_invite_it(caplog: pytest.LogCaptureFixture) -> None:
    """An app that is in no guild starts, and logs the invite link."""
    async with offline(world={"bots": [{"name": "Wisp"}], "users": [{"name": "Ada"}]}) as here:
        link = f"client_id={here.sim.bot('Wisp').id}&scope=bot+applications.commands"
        assert any(link in record.getMessage() for record in caplog.records)


class PatientModule(Module):
    """``/wait`` answers when told to."""

    name = "patient"
    visibility = "global"

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Answers when told to")
        async def wait(interaction: discord.Interaction) -> None:
            self.begun.set()
            await self.go_on.wait()
            await interaction.response.send_message("done after all")


async def test_a_stop_waits_for_what_runs_and_refuses_what_comes() -> None:
    """While the bot drains, a running command gives its answer and a new one gets a sentence."""
    patient = PatientModule()
    async with offline(patient) as here:
        ada, mallory = await here.onlooker("Ada"), await here.onlooker("Mallory")
        running = asyncio.create_task(ada.slash("wait"))
        await patient.begun.wait()
        closing = asyncio.create_task(here.app.close())
        await settle()

        assert "restarting" in (await mallory.slash("ping")).text
        patient.go_on.set()
        assert "done after all" in (await running).text
        await closing


async def test_who_waits_for_a_command_that_never_ends_is_told() -> None:
    """After the grace time the command is given up, its member reads why, and the bot stops."""
    patient, clock = PatientModule(), FakeClock()
    async with offline(patient, clock=clock, shutdown_grace_s=10) as here:
        ada = await here.onlooker("Ada")
        running = asyncio.create_task(ada.slash("wait"))
        await patient.begun.wait()
        closing = asyncio.create_task(here.app.close())
        await settle()
        await clock.advance(6.9)
        assert not closing.done()
        await clock.advance(0.2)

        assert "restarting" in (await running).text
        await closing
