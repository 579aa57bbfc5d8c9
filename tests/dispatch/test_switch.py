"""One switch for everything: each kind of invocation goes off and on with its module, in one guild."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock
from support.everything import JOB_EVERY_S, Everything
from support.offline import WORLD, Offline, offline
from wisp_framework import BotContext, Module
from wisp_sim.people import Person, Seen

OFF = "The module `everything` is switched off here."
SILENCE = ""
LAB_ID = 81384788765712384


@dataclass(frozen=True)
class Kind:
    """One kind of invocation.

    Attributes:
        use: what a member does, and what they see.
        answer: the words of the module.
        refusal: what is seen instead where the module is off.
    """

    use: Callable[[Offline, Person], Awaitable[Seen | str]]
    answer: str
    refusal: str = OFF


def slash(command: str) -> Callable[[Offline, Person], Awaitable[Seen | str]]:
    async def use(_: Offline, person: Person) -> Seen:
        return await person.slash(command)

    return use


def click(label: str) -> Callable[[Offline, Person], Awaitable[Seen | str]]:
    async def use(_: Offline, person: Person) -> Seen:
        return await person.click(label)

    return use


def say(line: str) -> Callable[[Offline, Person], Awaitable[Seen | str]]:
    async def use(_: Offline, person: Person) -> Seen:
        return await person.say(line)

    return use


async def complete(_: Offline, person: Person) -> str:
    seen = await person.autocomplete("slash", "word", "x")
    assert seen.choices is not None
    return ", ".join(choice.name for choice in seen.choices)


async def member_menu(_: Offline, person: Person) -> Seen:
    return await person.context_menu("Look at member", person)


async def message_menu(_: Offline, person: Person) -> Seen:
    await person.say("look at this")
    return await person.context_menu("Look at message")


async def pick(_: Offline, person: Person) -> Seen:
    return await person.select("Pick", "One")


async def submit(_: Offline, person: Person) -> Seen:
    return await person.submit(Word="late")


async def react(_: Offline, person: Person) -> Seen:
    await person.say("react to this")
    return await person.react(None, "👍")


async def reminder(here: Offline, person: Person) -> str:
    await person.say("what was before is over")
    assert isinstance(here.app.clock, FakeClock)
    await here.app.clock.advance(JOB_EVERY_S)
    await here.settle()
    # Ada hears of the other guild as well.
    here_id = str(here.sim.guild("Tower" if person.name == "Grace" else "Lab").channel("general").id)
    return "".join(said.text for said in (await person.news()).messages if said.channel_id == here_id)


async def listed(here: Offline, person: Person, name: str = "/slash") -> str:
    await here.settle()
    return ", ".join(command.name for command in await person.commands() if command.name == name)


KINDS = {
    "slash command": Kind(slash("slash"), "slashed"),
    "subcommand": Kind(slash("group sub"), "sub"),
    "autocomplete": Kind(complete, "x!", SILENCE),
    "member context menu": Kind(member_menu, "looked at a member"),
    "message context menu": Kind(message_menu, "looked at a message"),
    "button on an old message": Kind(click("Press"), "pressed"),
    "menu on an old message": Kind(pick, "picked"),
    "button of Components V2": Kind(click("In a section"), "in a section"),
    "persistent view": Kind(click("Persist"), "persisted"),
    "dynamic item": Kind(click("Dynamic"), "dynamic 7"),
    "open form": Kind(submit, "submitted late"),
    "hybrid command by slash": Kind(slash("hybrid"), "hybrid"),
    "hybrid command by prefix": Kind(say("!hybrid"), "hybrid"),
    "prefix command": Kind(say("!prefixed"), "prefixed"),
    "listener of a cog": Kind(say("listen"), "heard", SILENCE),
    "what it waits for": Kind(say("wait"), "waited", SILENCE),
    "handler set by bot.event": Kind(react, "reacted", SILENCE),
    "job per guild": Kind(reminder, "reminded", SILENCE),
}


async def open_forms(*people: Person) -> None:
    for person in people:
        await person.slash("form")


async def use(here: Offline, kind: Kind, person: Person, *, opened: bool = False) -> str:
    """What the person sees; a form that is off cannot be opened, only submitted."""
    if not opened:
        await person.slash("form")
    seen = await kind.use(here, person)
    return seen if isinstance(seen, str) else seen.text


@pytest.mark.parametrize("name", KINDS)
async def test_everything_obeys_the_switch(name: str) -> None:
    """On, off and on again in one guild; the other is not touched, and what ran already ends."""
    kind, module = KINDS[name], Everything()
    async with offline(module, clock=FakeClock()) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        grace = await here.person("Grace", "Tower")
        try:
            for person in (ada, grace):
                await person.slash("panels")
                assert kind.answer in await use(here, kind, person)
            await mallory.slash("hold")
            await open_forms(ada, grace)

            await here.switch("everything", enabled=False)
            refused = await use(here, kind, ada, opened=True)
            assert kind.answer not in refused
            assert kind.refusal in refused
            assert kind.answer in await use(here, kind, grace, opened=True)
        finally:
            module.go_on.set()
        await here.settle()
        assert "held to the end" in (await mallory.news()).text

        await here.switch("everything", enabled=True)
        for person in (ada, grace):
            assert kind.answer in await use(here, kind, person)


async def test_the_visible_list_obeys_the_switch() -> None:
    """A guild sees the commands of what is on there, within one settling step of the switch."""

    class Listed(Everything):
        """Listed only where it is on."""

        visibility = "guild"

    async with offline(Listed()) as here:
        ada, grace = await here.person("Ada"), await here.person("Grace", "Tower")
        assert await listed(here, ada) == "/slash"

        await here.switch("everything", enabled=False)
        assert await listed(here, ada) == ""
        assert await listed(here, grace) == "/slash"

        await here.switch("everything", enabled=True)
        assert await listed(here, ada) == "/slash"


async def test_a_command_of_one_guild_obeys_the_switch() -> None:
    """What was registered for a guild by its id is listed there alone, and while its module is on."""
    lab, tower = WORLD["guilds"]

    class OfTheLab(Module):
        """Has a command for one guild."""

        name = "everything"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            @bot.tree.command(guild=discord.Object(LAB_ID), description="A command of the lab")
            async def measure(interaction: discord.Interaction) -> None:
                await interaction.response.send_message("measured")

    async with offline(OfTheLab(), world={**WORLD, "guilds": [{**lab, "id": str(LAB_ID)}, tower]}) as here:
        ada, grace = await here.person("Ada"), await here.person("Grace", "Tower")
        assert await listed(here, ada, "/measure") == "/measure"
        assert await listed(here, grace, "/measure") == ""

        await here.switch("everything", enabled=False)
        assert await listed(here, ada, "/measure") == ""

        await here.switch("everything", enabled=True)
        assert await listed(here, ada, "/measure") == "/measure"
