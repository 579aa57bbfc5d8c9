"""The command lists at Discord over the wire: read when they must be, sent when they differ."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.offline import WORLD, offline, offline_config
from wisp_framework import AppConfig, BotContext, Module, WispApp, create_app
from wisp_framework.transport import WispHTTP
from wisp_sim import Sim, World
from wisp_sim.faults import CloudflarePage, RateLimit

THIRD: Mapping[str, Any] = {
    "name": "Annex",
    "owner": "Grace",
    "members": ["Wisp", "Grace"],
    "channels": [{"name": "general"}],
}


class Paint(Module):
    """Has a command of which a test changes the description."""

    name = "paint"
    description = "Paints"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description=self.description)
        async def paint(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("painted")


class BetterPaint(Paint):
    """The same after an update of the bot."""

    description = "Paints better"


class Requests:
    """What the bots of a test ask Discord about their lists."""

    def __init__(self, sim: Sim) -> None:
        self._sim = sim
        self.made: list[tuple[str, str]] = []

    def note(self, method: str, guild_id: int | None) -> None:
        names = {self._sim.guild(str(guild["name"])).id: str(guild["name"]) for guild in guilds()}
        self.made.append((method, names[guild_id] if guild_id is not None else "global"))


def guilds() -> list[Mapping[str, Any]]:
    return [*WORLD["guilds"], THIRD]


@pytest.fixture
async def sim() -> AsyncIterator[Sim]:
    """A Discord with three guilds that outlives the bots of a test."""
    async with Sim(World.from_mapping({**WORLD, "guilds": guilds()})) as running:
        yield running


@pytest.fixture
def requests(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> Requests:
    """All that is asked from here on."""
    noted = Requests(sim)
    stock = WispHTTP.request

    def request(http: WispHTTP, route: discord.http.Route, **options: Any) -> Any:
        if route.path.endswith("/commands"):
            noted.note(route.method, int(route.guild_id) if route.guild_id else None)
        return stock(http, route, **options)

    monkeypatch.setattr(WispHTTP, "request", request)
    return noted


@pytest.fixture
def at_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bots of a test take the offline Discord for Discord, which does not begin anew."""
    monkeypatch.setattr(AppConfig, "is_at_discord", True)


@asynccontextmanager
async def running(sim: Sim, folder: Path, module: type[Module] = Paint) -> AsyncIterator[WispApp]:
    """One run of the bot, from start to end."""
    app = create_app(offline_config(sim, database_url=None, data_dir=folder), modules=[module])
    await app.start()
    try:
        await app.idle()
        yield app
    finally:
        await app.close()


@pytest.mark.usefixtures("at_discord")
async def test_an_unchanged_bot_asks_nothing_after_a_restart(
    sim: Sim, tmp_path: Path, requests: Requests
) -> None:
    """The first start reads and sends every list, the second not one; an update sends what it changed."""
    places = ["global", "Lab", "Tower", "Annex"]
    async with running(sim, tmp_path):
        assert sorted(requests.made) == sorted((method, name) for name in places for method in ("GET", "PUT"))

    requests.made.clear()
    async with running(sim, tmp_path):
        assert requests.made == []

    async with running(sim, tmp_path, BetterPaint):
        assert sorted(requests.made) == sorted(
            (method, name) for name in places[1:] for method in ("GET", "PUT")
        )


async def test_an_offline_discord_is_asked_for_one_list_after_a_restart(
    sim: Sim, tmp_path: Path, requests: Requests
) -> None:
    """It may have begun anew since: where the global list is still there, the others are, too."""
    async with running(sim, tmp_path):
        pass

    requests.made.clear()
    async with running(sim, tmp_path):
        assert requests.made == [("GET", "global")]


@pytest.mark.usefixtures("at_discord")
@pytest.mark.parametrize("fault", [CloudflarePage(403), CloudflarePage(520)], ids=repr)
async def test_after_a_failure_half_way_the_rest_is_done_without_repeating(
    sim: Sim,
    tmp_path: Path,
    requests: Requests,
    fault: CloudflarePage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What stops one list stops no other; the next start sends that one, and none of the others again."""
    lab = sim.guild("Lab").id
    sim.faults.add(fault, route=f"PUT /applications/*/guilds/{lab}/commands", times=None)
    async with running(sim, tmp_path) as app:
        assert f"the list of guild {lab}" in (await app.sync.check_health()).detail
        assert f"the list of guild {lab}" in caplog.text
    sim.faults.clear()
    requests.made.clear()

    async with running(sim, tmp_path):
        assert requests.made == [("GET", "Lab"), ("PUT", "Lab")]
    assert "/paint" in {command.name for command in await sim.person("Ada", guild="Lab").commands()}


async def test_a_command_that_only_discord_knows_to_be_wrong_costs_only_itself(
    sim: Sim, tmp_path: Path, requests: Requests
) -> None:
    """What Discord says of it is in health, with its module; the list is sent once more without it."""

    class Odd(Paint):
        """Asks for a permission that nobody has heard of."""

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            await super().setup(bot, ctx)

            @bot.tree.command(description="Odd")
            @app_commands.default_permissions(discord.Permissions(2**60))
            async def odd(interaction: discord.Interaction) -> None:
                await interaction.response.send_message("odd")

    async with running(sim, tmp_path, Odd) as app:
        seen = {command.name for command in await sim.person("Ada", guild="Lab").commands()}
        assert "/paint" in seen
        assert "/odd" not in seen
        detail = (await app.sync.check_health()).detail
        assert "command 'odd' of module 'paint' is left out: Discord refused it: default_member" in detail
        # The first list shows it; the others are right at once.
        assert sum(method == "PUT" for method, _ in requests.made) == 5


async def test_a_rate_limit_is_waited_for(sim: Sim, tmp_path: Path, requests: Requests) -> None:
    """A 429 on a list delays it by as long as Discord says, and nothing is lost."""
    lab = sim.guild("Lab").id
    fault = sim.faults.add(
        RateLimit("user", retry_after_s=0.05), route=f"PUT /applications/*/guilds/{lab}/commands"
    )
    async with running(sim, tmp_path):
        assert fault.hits == 1
        assert requests.made.count(("PUT", "Lab")) == 1
    assert "/paint" in {command.name for command in await sim.person("Ada", guild="Lab").commands()}


async def test_a_switch_costs_one_request_and_is_seen_at_once() -> None:
    """When everything has settled, the members of that guild see the list; others see theirs."""
    async with offline(Paint) as here:
        ada, grace = await here.person("Ada"), await here.person("Grace", "Tower")
        for enabled in (False, True, False):
            await here.switch("paint", enabled=enabled)
            seen = {command.name for command in await ada.commands()}
            assert ("/paint" in seen) is enabled
            assert "/paint" in {command.name for command in await grace.commands()}


async def test_names_are_sent_in_all_languages() -> None:
    """What the tree's translator knows is listed, and compared: it is not sent again."""

    class German(app_commands.Translator):
        """Knows one word."""

        @override
        async def translate(
            self,
            string: app_commands.locale_str,
            locale: discord.Locale,
            context: app_commands.TranslationContextTypes,
        ) -> str | None:
            return "malen" if (str(string), locale) == ("paint", discord.Locale.german) else None

    class Painter(Module):
        """Brings the translator along."""

        name = "painter"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            await bot.tree.set_translator(German())
            bot.tree.add_command(app_commands.Command(name="paint", description="Paints", callback=paint))

    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("gemalt")

    async with offline(Painter) as here:
        guild_id = here.guild_id()
        (found,) = [command for command in await here.app.lists.fetch(guild_id) if command["name"] == "paint"]
        assert found["name_localizations"] == {"de": "malen"}
        wanted = await here.app.lists.wanted(guild_id)
        assert "malen" in str(wanted.commands)


async def test_a_command_says_nothing_of_where_it_is_installed_and_is_not_sent_again(
    sim: Sim, tmp_path: Path, requests: Requests
) -> None:
    """Discord fills in what the application is set to; that is no difference."""
    async with running(sim, tmp_path) as app:
        requests.made.clear()
        app.sync.forget(sim.guild("Lab").id)
        app.sync.request(None)
        app.sync.request(sim.guild("Lab").id)
        await app.idle()

        assert [method for method, _ in requests.made] == ["GET"]
