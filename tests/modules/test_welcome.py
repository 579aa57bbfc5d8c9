"""``/welcome`` and the greeting of those who join, over the wire."""

from collections.abc import Mapping
from typing import Any

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.offline import WORLD, Offline, offline
from wisp_framework import BotContext, Module
from wisp_framework.config import IntentSettings
from wisp_framework.modules.welcome import greeting

LOBBY_ID = 1111111111111111111


def world(*joiners: str) -> Mapping[str, Any]:
    """The usual guilds, with a lobby whose id is known before the bot starts, and users who may join."""
    lab, tower = WORLD["guilds"]
    return {
        **WORLD,
        "users": [*WORLD["users"], *({"name": name} for name in joiners or ("Hedy", "Radia"))],
        "guilds": [{**lab, "channels": [{"name": "general"}, {"name": "lobby", "id": LOBBY_ID}]}, tower],
    }


async def join(here: Offline, name: str, guild: str = "Lab") -> None:
    """Let somebody join, and the bot finish what it does about it."""
    await here.sim.join(name, guild)
    await here.settle()


async def choose(here: Offline, channel: str | None, guild: str = "Lab") -> str:
    """Have the owner say where members are greeted; what the bot answers to that."""
    owner = await here.person("Ada" if guild == "Lab" else "Grace", guild)
    seen = await (owner.slash("welcome", channel=channel) if channel else owner.slash("welcome"))
    assert seen.message is not None
    assert seen.message.ephemeral
    return owner.readable(seen.text)


async def greetings(here: Offline, channel: str, guild: str = "Lab") -> list[str]:
    """What the bot has said in a channel, to everyone there."""
    reader = await here.person("Ada", guild, channel)
    return [message.content for message in await reader.history() if not message.ephemeral]


async def test_greets_in_the_chosen_channel() -> None:
    """Once a channel is chosen, each member who joins is greeted there, once, and nowhere else."""
    async with offline(world=world()) as here:
        assert await choose(here, "lobby") == "New members are greeted in #lobby."
        await join(here, "Hedy")
        await join(here, "Radia")
        await join(here, "Hedy", "Tower")

        assert await greetings(here, "lobby") == ["Welcome, Hedy.", "Welcome, Radia."]
        assert await greetings(here, "general") == []
        assert await greetings(here, "general", "Tower") == []


async def test_the_last_choice_counts() -> None:
    """A channel that is chosen later takes the place of the one before."""
    async with offline(world=world()) as here:
        await choose(here, "general")
        await choose(here, "lobby")
        await join(here, "Hedy")

        assert await greetings(here, "general") == []
        assert await greetings(here, "lobby") == ["Welcome, Hedy."]


async def test_without_a_channel_nobody_is_greeted() -> None:
    """A guild that chose no channel has no greetings, nor has one that left the channel out again."""
    async with offline(world=world()) as here:
        await join(here, "Hedy")
        await choose(here, "lobby")
        assert await choose(here, None) == "Nobody is greeted any more."
        await join(here, "Radia")

        assert await greetings(here, "lobby") == []


async def test_the_default_channel_serves_who_chose_none() -> None:
    """WELCOME_CHANNEL_ID holds in its guild until the guild chooses; other guilds see nothing of it."""
    async with offline(world=world("Hedy", "Radia"), welcome_channel_id=LOBBY_ID) as here:
        await join(here, "Hedy")
        await join(here, "Hedy", "Tower")
        await choose(here, "general")
        await join(here, "Radia")

        assert await greetings(here, "lobby") == ["Welcome, Hedy."]
        assert await greetings(here, "general") == ["Welcome, Radia."]
        assert await greetings(here, "general", "Tower") == []


@pytest.mark.parametrize("chosen_before", [False, True])
async def test_no_greetings_means_none_in_the_default_channel_either(chosen_before: bool) -> None:
    """A guild that says stop is not greeted in WELCOME_CHANNEL_ID, until it chooses a channel again."""
    async with offline(world=world(), welcome_channel_id=LOBBY_ID) as here:
        if chosen_before:
            await choose(here, "general")
        assert await choose(here, None) == "Nobody is greeted any more."
        await join(here, "Hedy")
        assert await greetings(here, "lobby") == await greetings(here, "general") == []

        await choose(here, "general")
        await join(here, "Radia")
        assert await greetings(here, "general") == ["Welcome, Radia."]


async def test_a_channel_that_is_no_more() -> None:
    """A default channel that is in no guild of the bot greets nobody, and breaks nothing."""
    async with offline(world=world(), welcome_channel_id=LOBBY_ID + 1) as here:
        await join(here, "Hedy")

        assert await greetings(here, "lobby") == []
        assert await choose(here, "lobby") == "New members are greeted in #lobby."


class OpenWelcome(Module):
    """Takes Discord's own guard off the command."""

    name = "open_welcome"
    depends_on = ("welcome",)

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        command = bot.tree.get_command("welcome")
        assert isinstance(command, discord.app_commands.Command)
        command.default_permissions = None


async def test_a_plain_member_may_not_choose() -> None:
    """Without Manage Server nothing is set, even where the command's default lets everyone in."""
    async with offline(OpenWelcome(), world=world()) as here:
        mallory = await here.person("Mallory")
        refused = await mallory.slash("welcome", channel="lobby")
        await join(here, "Hedy")

        assert "You need the permission Manage Guild" in refused.text
        assert await greetings(here, "lobby") == []


async def test_discord_keeps_a_plain_member_out() -> None:
    """The command says whom it is for, so Discord does not even hand a plain member's attempt on."""
    async with offline() as here:
        refused = await (await here.person("Mallory")).slash("welcome", channel="lobby")

        assert refused.failure
        assert not refused.answered
        assert (await here.app.ctx.guild_data.get_config(here.guild_id())).welcome_channel_id is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("**Hedy**", r"Welcome, \*\*Hedy\*\*."),
        ("__R_a__", r"Welcome, \_\_R\_a\_\_."),
        ("`x` ||y||", r"Welcome, \`x\` \|\|y\|\|."),
        ("Zoë 世界 🎉", "Welcome, Zoë 世界 🎉."),
    ],
)
async def test_a_name_is_shown_as_it_is(name: str, text: str) -> None:
    """Markdown in a name is escaped, so that nobody dresses up the bot's message; other signs stay."""
    async with offline(world=world(name)) as here:
        await choose(here, "lobby")
        await join(here, name)

        assert await greetings(here, "lobby") == [text]
    assert greeting(name) == text


async def test_a_guild_that_switched_it_off_has_no_greetings() -> None:
    """Where the module is off nobody is greeted; elsewhere they are, and here again once it is back on."""
    async with offline(world=world("Hedy", "Radia")) as here:
        await choose(here, "lobby")
        await choose(here, "general", "Tower")
        await here.switch("welcome", enabled=False)
        await join(here, "Hedy")
        await join(here, "Hedy", "Tower")
        assert await greetings(here, "lobby") == []
        assert await greetings(here, "general", "Tower") == ["Welcome, Hedy."]

        await here.switch("welcome", enabled=True)
        await join(here, "Radia")
        assert await greetings(here, "lobby") == ["Welcome, Radia."]


async def test_says_when_the_bot_is_not_told_of_members() -> None:
    """Without the intent nobody can be greeted, and the owner is told so when they choose a channel."""
    async with offline(world=world(), intents=IntentSettings(message_content=True)) as here:
        answer = await choose(here, "lobby")
        await join(here, "Hedy")

        assert "its owner must set `DISCORD_INTENTS_MEMBERS=true`" in answer
        assert await greetings(here, "lobby") == []
