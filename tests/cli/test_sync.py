"""``wisp sync``: a plan before anything is sent, over the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner, Result

from support.offline import WORLD
from wisp_framework.cli import app
from wisp_sim import Sim, World
from wisp_sim.faults import CloudflarePage, Reset

BOT = """
from discord import app_commands
from wisp_framework import Module, create_app

class Paint(Module):
    name = "paint"
    required_services = {needs}

    async def setup(self, bot, ctx):
        for number in range({count}):
            @bot.tree.command(name=f"paint{{number}}", description="{description}")
            async def paint(interaction) -> None: ...

def app(config=None):
    return create_app(config, modules=[Paint])
"""


NAMES = count()
"""A module that was imported is not read again."""


class Bot:
    """A bot in a file, the offline Discord that it is on, and ``wisp sync`` for both."""

    def __init__(self, sim: Sim, folder: Path) -> None:
        self.sim = sim
        self._folder = folder
        self.write()

    def write(self, commands: int = 2, description: str = "Paints", needs: tuple[str, ...] = ()) -> None:
        """Change its code."""
        self._name = f"painter{next(NAMES)}"
        text = BOT.format(count=commands, description=description, needs=needs)
        (self._folder / f"{self._name}.py").write_text(text)

    async def sync(self, *arguments: str) -> Result:
        """Run ``wisp sync`` as its own process would: in another loop."""
        command, *options = arguments
        target = f"{self._name}:app"
        result = await asyncio.to_thread(CliRunner().invoke, app, ["sync", command, target, *options])
        await self.sim.settle()
        return result

    async def told(self, *arguments: str) -> dict[str, Any]:
        """What it says for programs."""
        result = await self.sync(*arguments, "--json")
        assert result.stdout.startswith("{"), result.output
        told: dict[str, Any] = json.loads(result.stdout)
        return told

    async def listed(self, guild: str | None = "Lab") -> set[str]:
        """What Discord lists of it: globally, or for a guild besides."""
        found = await self._ask("GET", guild)
        return {command["name"] for command in found} - {"welcome"}

    async def put(self, guild: str | None, *names: str) -> None:
        """Have another program replace a list."""
        await self._ask("PUT", guild, [{"name": name, "type": 1, "description": "Other"} for name in names])

    async def _ask(self, method: str, guild: str | None, body: object = None) -> list[dict[str, Any]]:
        bot = self.sim.bot("Wisp")
        scope = "" if guild is None else f"/guilds/{self.sim.guild(guild).id}"
        url = f"{self.sim.api_url}/applications/{bot.id}{scope}/commands"
        headers = {"Authorization": f"Bot {bot.token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()
            found: list[dict[str, Any]] = await answer.json()
            return found


@pytest.fixture
async def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """A bot whose data is kept in this folder, and whose Discord lasts as long as the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    async with Sim(World.from_mapping(WORLD)) as sim:
        monkeypatch.setenv("DISCORD_TOKEN", sim.bot("Wisp").token)
        monkeypatch.setenv("DISCORD_API_URL", sim.api_url)
        monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("LOG_LEVEL", "ERROR")
        yield Bot(sim, tmp_path)


async def test_a_plan_shows_what_would_be_sent_and_sends_nothing(bot: Bot) -> None:
    """Every list and command by name, how many requests, and how long; Discord stays as it is."""
    result = await bot.sync("plan")

    assert result.exit_code == 0, result.output
    lab = f"{bot.sim.guild('Lab').id} Lab"
    tower = f"{bot.sim.guild('Tower').id} Tower"
    assert f"{lab}    +  /paint0   new" in result.stdout.splitlines()
    assert f"{tower}  +  /paint1   new" in result.stdout.splitlines()
    assert "0 of 3 lists in step; 3 requests, about 0." in result.stdout
    assert await bot.listed() == set()


async def test_an_applied_plan_leaves_nothing_to_do(bot: Bot) -> None:
    """Each list is sent once; afterwards, and in another process, no request is left."""
    assert (await bot.told("apply"))["requests"] == 3
    assert await bot.listed() == {"paint0", "paint1"}
    assert "admin" not in await bot.listed()

    told = await bot.told("plan")

    assert (told["requests"], told["seconds"], told["refused"]) == (0, 0, [])


async def test_one_changed_description_is_one_request(bot: Bot) -> None:
    """The plan names the field, what it was and what it will be."""
    await bot.sync("apply")
    bot.write(description="Paints better")
    told = await bot.told("plan", "--guild", str(bot.sim.guild("Lab").id))

    assert told["requests"] == 1
    (found,) = told["lists"]
    assert (found["guild"], found["creates"], found["removals"]) == ("Lab", [], [])
    assert found["updates"][0] == {
        "type": 1,
        "name": "paint0",
        "fields": [{"path": "description", "before": "Paints", "after": "Paints better"}],
    }
    assert 'description: "Paints" -> "Paints better"' in (await bot.sync("plan")).stdout


async def test_130_commands_are_refused_with_the_list(bot: Bot) -> None:
    """Each that Discord would refuse is named with the reason, and nothing at all is sent."""
    bot.write(commands=129)  # besides /welcome
    told = await bot.told("plan")

    assert len(told["refused"]) == 30
    assert all("one more than the 100 of its type that Discord lists" in text for text in told["refused"])
    assert (await bot.sync("plan")).exit_code == 1
    assert (await bot.sync("apply")).exit_code == 1
    assert await bot.listed() == set()


async def test_what_discord_refuses_is_said_before(bot: Bot) -> None:
    """A description that is too long is named with module and command; the global list is not sent either."""
    bot.write(description="x" * 101)
    result = await bot.sync("apply")

    assert result.exit_code == 1
    assert (
        "refused  command 'paint0' of module 'paint' is left out: its description has 101 characters, "
        "Discord takes 100"
    ) in result.stdout
    assert await bot.listed(None) == set()


async def test_a_guild_over_its_budget_is_refused(bot: Bot) -> None:
    """Creates are counted over runs; the plan says how many are left."""
    for commands in (99, 0, 99, 0):  # besides /welcome
        bot.write(commands=commands)
        await bot.sync("apply")
    bot.write(commands=2)

    told = await bot.told("plan", "--guild", str(bot.sim.guild("Lab").id))

    (refused,) = told["refused"]
    assert "gets 2 new commands, and of the 200 that Discord takes a day 1 are left" in refused


async def test_cleaning_deletes_what_is_stale_or_double_and_nothing_else(bot: Bot) -> None:
    """Commands that no module has, or that are listed globally as well, go; what is missing stays so."""
    await bot.put("Lab", "paint0", "ping", "former")
    await bot.put("Tower", "paint0")
    await bot.put(None, "ancient", "paint1")
    told = await bot.told("clean")

    removals = {
        (found["guild"], removal["name"]): removal["why"]
        for found in told["lists"]
        for removal in found["removals"]
    }
    assert removals == {
        (None, "ancient"): "no module has it",
        (None, "paint1"): "not listed here: its module is off or lists it elsewhere",
        ("Lab", "former"): "no module has it",
        ("Lab", "ping"): "listed globally, too",
    }
    assert await bot.listed("Lab") == {"paint0"}
    assert await bot.listed("Tower") == {"paint0"}
    assert await bot.listed(None) == set()
    assert (await bot.told("clean"))["lists"] == []


async def test_nothing_is_cleaned_while_a_module_is_out(bot: Bot) -> None:
    """Its commands look stale and are not: the command says which module, and deletes nothing."""
    await bot.sync("apply")
    bot.write(needs=("weather",))
    result = await bot.sync("clean")

    assert result.exit_code == 1
    assert "module paint needs the service weather" in result.stdout
    assert await bot.listed() == {"paint0", "paint1"}
    assert (await bot.sync("apply")).exit_code == 1


async def test_a_list_that_cannot_be_sent_holds_no_other_up(bot: Bot) -> None:
    """What failed is named; another run does the rest and repeats nothing."""
    lab = bot.sim.guild("Lab").id
    put = f"PUT /applications/*/guilds/{lab}/commands"
    bot.sim.faults.add(CloudflarePage(520), route=put, times=None)
    result = await bot.sync("apply")
    assert result.exit_code == 1
    assert f"failed   the list of guild {lab}: " in result.stdout
    assert await bot.listed("Tower") == {"paint0", "paint1"}

    bot.sim.faults.clear()
    assert (await bot.told("apply"))["requests"] == 1
    assert await bot.listed("Lab") == {"paint0", "paint1"}


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_reset_is_made_good(bot: Bot, carried_out: bool) -> None:
    """A list whose sending is cut off, before or after Discord took it, is sent again and then as planned."""
    lab = bot.sim.guild("Lab").id
    fault = bot.sim.faults.add(Reset(carried_out), route=f"PUT /applications/*/guilds/{lab}/commands")
    assert (await bot.sync("apply")).exit_code == 0
    assert fault.hits == 1
    assert await bot.listed("Lab") == {"paint0", "paint1"}
    assert (await bot.told("plan"))["requests"] == 0


async def test_a_list_that_cannot_be_read_is_named(bot: Bot) -> None:
    """A guild that did not let the bot have commands is no reason not to plan the others."""
    lab = bot.sim.guild("Lab").id
    bot.sim.faults.add(CloudflarePage(403), route=f"GET /applications/*/guilds/{lab}/commands", times=None)
    told = await bot.told("plan")

    assert [found["guild"] for found in told["lists"]] == [None, "Tower"]
    assert "applications.commands scope" in told["unread"][0]

    alone = await bot.sync("plan", "--guild", str(lab))
    assert alone.exit_code == 1
    assert "unread   " in alone.stdout
