"""What a user installed is there for that user everywhere, and for nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from support.plain_bot import running
from support.raw_user import RawUser, raw_user
from wisp_sim import Sim, World
from wisp_sim.model.kinds import ALL_INTENTS

LAB = "Lovelace's Lab"
PING = {"name": "ping", "description": "Pong."}
MINE = {**PING, "name": "mine", "integration_types": [1]}
BOTH = {**PING, "name": "both", "integration_types": [0, 1]}
BUTTON = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]
EPHEMERAL = 64
USE_EXTERNAL_APPS = 1 << 50


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
async def attic(sim: Sim, wisp: RawUser) -> int:
    """The channel of a guild where the bot is not, with three commands registered."""
    sim.add({"guilds": [{"name": "Attic", "owner": "Grace", "members": ["Ada", "Mallory"]}]})
    await wisp.ok("PUT", f"/applications/{sim.bot('Wisp').id}/commands", json=[PING, MINE, BOTH])
    return sim.guild("Attic").channel("general").id


def _invocation(command: dict[str, Any]) -> dict[str, Any]:
    data = {key: command[key] for key in ("id", "name", "type", "version")}
    return {"type": 2, "application_id": command["application_id"], "data": data}


async def _told(sim: Sim, wisp: RawUser) -> dict[str, Any]:
    """The newest interaction that the bot heard of."""
    await sim.settle()
    return wisp.told("INTERACTION_CREATE")[-1]


async def _answer(wisp: RawUser, told: dict[str, Any], **data: Any) -> dict[str, Any]:
    """Answer with a message; the message."""
    path = f"/interactions/{told['id']}/{told['token']}/callback?with_response=true"
    body = await wisp.ok("POST", path, json={"type": 4, "data": {"content": "Pong.", **data}})
    message: dict[str, Any] = body["resource"]["message"]
    return message


async def test_there_for_who_installed_it(
    sim: Sim, ada: RawUser, mallory: RawUser, attic: int, general: int
) -> None:
    """Its commands for users are in every guild, with the bot or without; others do not have them."""
    assert await ada.commands(attic) == {}
    sim.install("Ada", "Wisp")
    assert set(await ada.commands(attic)) == {"mine", "both"}
    assert set(await ada.commands(general)) == {"ping", "mine", "both"}
    index = await ada.ok("GET", "/users/@me/application-command-index")
    assert {command["name"] for command in index["application_commands"]} == {"mine", "both"}
    assert [application["id"] for application in index["applications"]] == [str(sim.bot("Wisp").id)]
    assert await mallory.commands(attic) == {}
    assert set(await mallory.commands(general)) == {"ping", "both"}
    for user, guild, names in (
        (ada, "Attic", {"mine", "both"}),
        (mallory, "Attic", set()),
        (mallory, LAB, {"ping", "both"}),
    ):
        index = await user.ok("GET", f"/guilds/{sim.guild(guild).id}/application-command-index")
        assert {command["name"] for command in index["application_commands"]} == names

    mine = (await ada.commands(attic))["mine"]
    status, body = await mallory.act(attic, _invocation(mine))
    assert (status, body["code"]) == (403, 50001)
    status, body = await mallory.act(general, _invocation(mine))
    assert (status, body["code"]) == (403, 50013)
    sim.uninstall("Ada", "Wisp")
    status, body = await ada.act(attic, _invocation(mine))
    assert (status, body["code"]) == (403, 50001)


async def test_the_bot_learns_who_authorized_it(
    sim: Sim, wisp: RawUser, ada: RawUser, attic: int, general: int
) -> None:
    """The guild, the user or both; and in what kind of place it was."""
    sim.install("Ada", "Wisp")
    me, lab = str(sim.user("Ada").id), str(sim.guild(LAB).id)
    bot_dm = await ada.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.bot("Wisp").id)]})
    private = await ada.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.user("Mallory").id)]})
    for channel_id, name, owners, context in (
        (attic, "mine", {"1": me}, 0),
        (attic, "both", {"1": me}, 0),
        (general, "ping", {"0": lab}, 0),
        (general, "mine", {"1": me}, 0),
        (general, "both", {"0": lab, "1": me}, 0),
        (int(bot_dm["id"]), "ping", {"0": "0"}, 1),
        (int(bot_dm["id"]), "both", {"0": "0", "1": me}, 1),
        (int(private["id"]), "both", {"1": me}, 2),
    ):
        assert (await ada.slash(channel_id, name))[0] == 204
        told = await _told(sim, wisp)
        assert told["authorizing_integration_owners"] == owners, (channel_id, name)
        assert told["context"] == context
        if context == 2:
            assert told["app_permissions"] == str(1 << 14 | 1 << 15 | 1 << 17)
        message = await _answer(wisp, told)
        assert message["interaction_metadata"]["authorizing_integration_owners"] == owners
        assert message["channel_id"] == str(channel_id)
    assert set(await ada.commands(int(private["id"]))) == {"mine", "both"}


async def test_contexts_narrow_it(sim: Sim, wisp: RawUser, ada: RawUser, attic: int) -> None:
    """A command for private channels alone is in no guild; one for guilds alone is not in private ones."""
    sim.install("Ada", "Wisp")
    guilds, private = {**MINE, "name": "g", "contexts": [0]}, {**MINE, "name": "p", "contexts": [2]}
    await wisp.ok("PUT", f"/applications/{sim.bot('Wisp').id}/commands", json=[guilds, private])
    channel = await ada.ok("POST", "/users/@me/channels", json={"recipients": [str(sim.user("Grace").id)]})
    assert set(await ada.commands(attic)) == {"g"}
    assert set(await ada.commands(int(channel["id"]))) == {"p"}


async def test_a_guest_answers_in_public_only_if_the_user_may(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, attic: int
) -> None:
    """Without Use External Apps, or Send Messages, what it says is for the user alone."""
    sim.install("Ada", "Wisp")
    await ada.slash(attic, "mine")
    assert not (await _answer(wisp, await _told(sim, wisp)))["flags"] & EPHEMERAL
    await sim.settle()
    assert [message["content"] for message in mallory.told("MESSAGE_CREATE")] == ["Pong."]
    guild_id = sim.guild("Attic").id
    async with raw_user(sim, sim.user("Grace").token) as grace:
        (role,) = await grace.ok("GET", f"/guilds/{guild_id}/roles")
        for missing in (USE_EXTERNAL_APPS, 1 << 11):
            left = int(role["permissions"]) & ~missing
            await grace.ok("PATCH", f"/guilds/{guild_id}/roles/{guild_id}", json={"permissions": str(left)})
            await ada.slash(attic, "mine")
            told = await _told(sim, wisp)
            assert (await _answer(wisp, told))["flags"] & EPHEMERAL
            hook = f"/webhooks/{told['application_id']}/{told['token']}"
            assert (await wisp.ok("POST", hook, json={"content": "More."}))["flags"] & EPHEMERAL
    await sim.settle()
    assert len(mallory.told("MESSAGE_CREATE")) == 1


async def test_who_is_no_guest_answers_in_public(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, attic: int, general: int
) -> None:
    """Where the guild added the bot, its answers do not depend on the user's right to outside apps."""
    lab = sim.guild(LAB).id
    everyone = next(role for role in await ada.ok("GET", f"/guilds/{lab}/roles") if role["id"] == str(lab))
    left = int(everyone["permissions"]) & ~USE_EXTERNAL_APPS
    await ada.ok("PATCH", f"/guilds/{lab}/roles/{lab}", json={"permissions": str(left)})
    await mallory.slash(general, "both")
    assert not (await _answer(wisp, await _told(sim, wisp)))["flags"] & EPHEMERAL


async def test_a_guest_has_five_follow_ups(
    sim: Sim, wisp: RawUser, ada: RawUser, attic: int, general: int
) -> None:
    """The sixth is refused where the guild did not add the application, and only there."""
    sim.install("Ada", "Wisp")
    for channel_id, last in ((attic, 400), (general, 200)):
        await ada.slash(channel_id, "both")
        told = await _told(sim, wisp)
        await _answer(wisp, told)
        hook = f"/webhooks/{told['application_id']}/{told['token']}"
        for number in range(5):
            await wisp.ok("POST", hook, json={"content": str(number)})
        status, body = await wisp.call("POST", hook, json={"content": "5"})
        assert status == last
        assert status == 200 or body["code"] == 40094


async def test_others_use_its_buttons(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, attic: int
) -> None:
    """Who presses a button of an answer is told apart from who installed the application."""
    sim.install("Ada", "Wisp")
    await ada.slash(attic, "mine")
    await _answer(wisp, await _told(sim, wisp), components=BUTTON)
    await sim.settle()
    (message,) = mallory.told("MESSAGE_CREATE")
    assert (await mallory.press(message, "go"))[0] == 204
    told = await _told(sim, wisp)
    assert told["member"]["user"]["global_name"] == "Mallory"
    assert told["authorizing_integration_owners"] == {"1": str(sim.user("Ada").id)}
    path = f"/interactions/{told['id']}/{told['token']}/callback"
    await wisp.ok("POST", path, json={"type": 7, "data": {"content": "Gone.", "components": []}})
    await sim.settle()
    assert [update["content"] for update in ada.told("MESSAGE_UPDATE")] == ["Gone."]


async def test_buttons_of_a_bot_that_left(sim: Sim, wisp: RawUser, mallory: RawUser, general: int) -> None:
    """What a bot wrote by itself can be pressed no more when it is gone."""
    await wisp.say(general, "Press.", components=BUTTON)
    await sim.settle()
    (message,) = mallory.told("MESSAGE_CREATE")
    await sim.leave("Wisp", LAB)
    status, body = await mallory.press(message, "go")
    assert (status, body["code"]) == (403, 50001)


async def test_installed_over_the_wire(sim: Sim, wisp: RawUser, ada: RawUser, attic: int) -> None:
    """Users add an application to themselves, or to a guild that they manage, as on Discord's page."""
    bot_id, guild_id = sim.bot("Wisp").id, str(sim.guild("Attic").id)
    path = f"/oauth2/authorize?client_id={bot_id}&scope=applications.commands"
    await ada.ok("POST", f"{path}&integration_type=1", json={"authorize": False})
    assert await ada.commands(attic) == {}
    await ada.ok("POST", f"{path}&integration_type=1", json={"authorize": True})
    assert set(await ada.commands(attic)) == {"mine", "both"}
    for _ in range(2):
        assert (await wisp.ok("GET", "/applications/@me"))["approximate_user_install_count"] == 1
        await ada.ok("POST", f"{path}&integration_type=1", json={"authorize": True})
    status, body = await ada.call("POST", path, json={"authorize": True, "guild_id": guild_id})
    assert (status, body["code"]) == (403, 50013)
    async with raw_user(sim, sim.user("Grace").token) as grace:
        await grace.ok("POST", path, json={"authorize": True, "guild_id": guild_id})
    assert set(await ada.commands(attic)) == {"ping", "mine", "both"}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("client_id=5&scope=bot&integration_type=1", 404, 10002),
        ("client_id=x&scope=bot&integration_type=1", 400, 50035),
        ("client_id={}&scope=bot&integration_type=2", 400, 50035),
        ("client_id={}&scope=email&integration_type=1", 400, 50035),
        ("client_id={}&integration_type=1", 400, 50035),
        ("client_id={}&scope=bot", 400, 50035),
    ],
)
async def test_wrong_installs(sim: Sim, ada: RawUser, query: str, status: int, code: int) -> None:
    """An unknown application, a wrong kind, a scope that installs nothing, a guild that is missing."""
    path = f"/oauth2/authorize?{query.format(sim.bot('Wisp').id)}"
    answered, body = await ada.call("POST", path, json={"authorize": True})
    assert (answered, body["code"]) == (status, code)


def test_a_world_tells_it() -> None:
    """Who installed what, and in which language they use Discord, is told and read again."""
    data = {"bots": [{"name": "Wisp"}], "users": [{"name": "Ada", "locale": "de", "installs": ["Wisp"]}]}
    described = Sim(World.from_mapping(data)).describe()
    (ada,) = World.from_mapping(described).users
    assert (ada.locale, ada.installs) == ("de", ("Wisp",))


async def test_plain_discord_py_answers_where_it_is_not(sim: Sim, bot: commands.Bot, ada: RawUser) -> None:
    """discord.py, installed by a user, defers, follows up, shows a view and edits in a foreign guild."""
    sim.add({"guilds": [{"name": "Attic", "owner": "Grace", "members": ["Ada"]}]})
    attic = sim.guild("Attic").channel("general").id
    sim.install("Ada", "Wisp")
    told: list[discord.Interaction] = []

    class Again(discord.ui.View):
        @discord.ui.button(label="Again", custom_id="again")
        async def again(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
            told.append(interaction)
            await interaction.response.edit_message(content="Again.", view=None)

    @bot.tree.command(name="mine", description="Mine.")
    @app_commands.allowed_installs(guilds=False, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def mine(interaction: discord.Interaction) -> None:
        told.append(interaction)
        await interaction.response.defer()
        await interaction.followup.send("First.", view=Again())
        await interaction.followup.send("Second.", ephemeral=True)

    async with running(bot, sim):
        await bot.tree.sync()
        assert (await ada.slash(attic, "mine"))[0] == 204
        await sim.settle()
        first = next(update for update in ada.told("MESSAGE_UPDATE") if update["content"] == "First.")
        assert (await ada.press(first, "again"))[0] == 204
        await sim.settle()

    assert [interaction.is_user_integration() for interaction in told] == [True, True]
    assert not any(interaction.is_guild_integration() for interaction in told)
    assert told[0].guild_id == sim.guild("Attic").id
    assert told[0].app_permissions.send_messages
    assert ada.told("MESSAGE_UPDATE")[-1]["content"] == "Again."


async def test_people_use_it_where_the_bot_is_not(sim: Sim, bot: commands.Bot) -> None:
    """A person finds and uses what they installed in a guild without the bot, and in private messages."""
    sim.add({"guilds": [{"name": "Attic", "owner": "Grace", "members": ["Ada"]}]})
    sim.install("Ada", "Wisp")

    @bot.tree.command(name="mine", description="Mine.")
    @app_commands.user_install()
    async def mine(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Here.", ephemeral=True)

    async with running(bot, sim):
        await bot.tree.sync()
        ada = sim.person("Ada", guild="Attic")
        assert [command.name for command in await ada.commands()] == ["/mine"]
        assert (await ada.slash("mine")).text == "Here."
        await ada.dm("Grace")
        assert (await ada.slash("mine")).text == "Here."


async def test_kept_in_a_snapshot(sim: Sim, wisp: RawUser, ada: RawUser, attic: int, tmp_path: Path) -> None:
    """Who installed what, and what a guild decided about commands, is there again after loading."""
    sim.install("Ada", "Wisp")
    lab = sim.guild(LAB).id
    decided = f"/applications/{sim.bot('Wisp').id}/guilds/{lab}/commands/permissions"
    one = (await ada.commands(attic))["both"]["id"]
    entry = {"id": str(lab), "type": 1, "permission": False}
    await ada.ok("PUT", decided.replace("/permissions", f"/{one}/permissions"), json={"permissions": [entry]})
    kept = await wisp.ok("GET", decided)
    sim.save(tmp_path / "sim.json")

    async with Sim.load(tmp_path / "sim.json") as later, raw_user(later, sim.user("Ada").token) as user:
        assert set(await user.commands(attic)) == {"mine", "both"}
        assert await user.ok("GET", decided) == kept
