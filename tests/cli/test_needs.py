"""``wisp check`` and ``wisp modules`` tell what modules need, and where it is missing."""

import json
import os
from pathlib import Path

import pytest
from discord.ext import commands
from typer.testing import CliRunner

from support.offline import WORLD, offline_config
from support.packages import POLLS, install
from wisp_framework import ExtensionModule, Module, create_app
from wisp_framework.cli import app as wisp
from wisp_framework.cli import needs
from wisp_framework.cli.findings import Level
from wisp_framework.cli.needs import discord_findings, intent_findings, permission_findings
from wisp_framework.config import IntentSettings
from wisp_sim import Sim, World

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMA.GhijKl.abcdefghijklmnopqrstuvwxyz0123456789AB"

BOT = """
from wisp_framework import ExtensionModule, Module, create_app

class Good(Module):
    name = "good"
    version = "2.1"
    description = "Does good"
    depends_on = {"ping": ""}
    stored_per_guild = ("a name",)

class Liar(Module):
    name = "liar"
    intents = ("everything",)

def app(config=None):
    return create_app(config, modules=[Good, Liar])
"""


WEAK = {"name": "Wisp", "privileged_intents": ["members"], "permissions": ["view_channel", "send_messages"]}


class Greeter(Module):
    name = "greeter"
    intents = {"members": "nobody is greeted", "reactions": "nothing is counted", "messages": ""}  # noqa: RUF012 - as authors write
    bot_permissions = ("ban_members", "send_messages", "view_channel")


class Keeper(Module):
    name = "keeper"
    bot_permissions = ("ban_members",)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with nothing but a token set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "WISP_MODULES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    return tmp_path


def run(*arguments: str) -> str:
    """What the command line says."""
    result = CliRunner().invoke(wisp, list(arguments))
    assert result.exit_code in (0, 1), result.output
    return result.output


def test_modules_are_listed_with_what_they_declare(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its version and source; one that stays out with the reason; unused ones of packages, too."""
    (here / "needy_bot.py").write_text(BOT)
    (here / "site").mkdir()
    install(here / "site", monkeypatch, wisp_polls=POLLS)

    said = run("modules", "needy_bot:app")
    assert "good 2.1: on\n    description: Does good\n    from: needy_bot:Good\n    needs: ping\n" in said
    assert "liar: out" in said
    assert "there is no 'everything'" in said
    assert (
        "polls 1.2.0: not used; name it in WISP_MODULES\n    from: wisp-polls (wisp_polls:PollsModule)"
        in said
    )

    rows = [json.loads(line) for line in run("modules", "needy_bot:app", "--json").splitlines()]
    assert {row["name"]: row["state"] for row in rows}["liar"] == "out"
    assert next(row for row in rows if row["name"] == "good")["stored per guild"] == ["a name"]

    monkeypatch.setenv("WISP_MODULES", "polls")
    used = run("modules")
    assert "polls 1.2.0: on" in used
    assert "stored per user: their votes" in used


def test_modules_are_listed_without_a_token(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever only wants to look need not have one, and the environment stays as it was."""
    monkeypatch.delenv("DISCORD_TOKEN")

    assert "ping: on" in run("modules")
    assert "DISCORD_TOKEN" not in os.environ


def test_check_names_what_modules_need(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost without the intent, which setting gives it, and what the bot is to be invited with."""
    install(here, monkeypatch, wisp_polls=POLLS)
    monkeypatch.setenv("WISP_MODULES", "polls")

    said = run("check")
    assert "warning  module polls: the intent members is off: who left stays in the count. Set" in said
    assert "DISCORD_INTENTS_MEMBERS=true, and switch it on in the Developer Portal." in said
    assert "manage_messages (polls)" in said
    assert "module welcome: the intent members is off: nobody is greeted." in said

    monkeypatch.setenv("DISCORD_INTENTS_MEMBERS", "true")
    assert "the intent members is off" not in run("check")


class Listening(commands.Cog):
    """Says nothing of itself."""

    @commands.Cog.listener("on_presence_update")
    async def see(self, *_: object) -> None:
        """Do nothing."""


class Watching(Module):
    name = "watching"

    @commands.Cog.listener()
    async def on_voice_state_update(self, *_: object) -> None:
        """Do nothing."""


def test_undeclared_intents_are_seen_by_the_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cog, an extension and a module that listen to what never comes are warned of, declared or not."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    cog, file = ExtensionModule(Listening), ExtensionModule("extensions.moderation")
    app = create_app(modules=[Watching, cog, file])
    app.register_modules()

    said = {finding.subject: finding.text for finding in intent_findings(app)}

    assert "voice_states is off: on_voice_state_update is never called" in said["module watching"]
    assert "presences is off: on_presence_update is never called" in said["module Listening"]
    assert "members is off: on_member_join is never called" in said["module moderation"]


async def test_discord_is_asked_which_guilds_lack_permissions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guilds are named with what they lack and for which modules, and the portal's intents are compared."""
    monkeypatch.setattr(needs, "PAGE", 1)  # two guilds make two pages
    world = {**WORLD, "bots": [WEAK]}
    async with Sim(World.from_mapping(world)) as sim:
        settings = IntentSettings(members=True, message_content=True)
        app = create_app(offline_config(sim, intents=settings), modules=[Greeter, Keeper])
        app.register_modules()
        assert list(intent_findings(app)) == []
        assert "ban_members (greeter, keeper)" in next(iter(permission_findings(app))).text
        said = {finding.subject: finding async for finding in discord_findings(app)}

        assert said["discord"].level is Level.ERROR
        assert "the intent message_content is off in the Developer Portal" in said["discord"].text
        lab = said[f"guild Lab ({sim.guild('Lab').id})"]
        assert lab.text == "the bot lacks ban_members (greeter, keeper)"
        assert said["guilds"].text == "2 asked for, 0 give what is needed"


async def test_an_administrator_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that may do everything has every permission, and the list of guilds is cut short."""
    monkeypatch.setattr(needs, "MOST_GUILDS", 1)
    for permissions, expected in ((["administrator"], []), (["send_messages"], ["1 more lack permissions"])):
        world = {**WORLD, "bots": [{"name": "Wisp", "permissions": permissions}]}
        async with Sim(World.from_mapping(world)) as sim:
            app = create_app(offline_config(sim), modules=[Greeter])
            app.register_modules()
            found = [finding async for finding in discord_findings(app)]
            warned = [finding.text for finding in found if finding.level is Level.WARNING]
            assert warned[1:] == expected


async def test_a_discord_that_cannot_be_asked_is_a_finding() -> None:
    """A wrong token is said in one line; nothing is raised."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim, discord_token=TOKEN))
        app.register_modules()
        found = [finding async for finding in discord_findings(app)]

        assert [finding.level for finding in found] == [Level.ERROR]
        assert "could not be asked: LoginFailure" in found[0].text
