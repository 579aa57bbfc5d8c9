"""Whatever members have a bot do is in the audit, over the wire."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.offline import Offline, offline
from support.probe import ProbeModule
from wisp_framework import BotContext, Module
from wisp_framework.services import AuditQuery, AuditService


async def audited(here: Offline, about: str) -> list[tuple[str, str | None]]:
    """What the audit says was done, the oldest first, without the rest of the bot."""
    await here.settle()
    events = await here.app.services.get(AuditService).query(AuditQuery(guild_id=here.guild_id(), limit=100))
    ada = here.sim.user("Ada").id
    assert all(event.actor_id == ada and event.reference for event in events)
    return [(event.action, event.target) for event in reversed(events) if about in (event.target or "")]


async def test_every_use_is_audited() -> None:
    """Commands of all kinds, buttons and forms are audited once they ran to their end; no suggestion is."""
    async with offline(ProbeModule()) as here:
        ada = await here.person("Ada")
        await ada.slash("probe", word="tea")
        await ada.context_menu("Look at", ada)
        await ada.say("!shout")
        await ada.slash("panel")
        await ada.click("Press")
        await ada.slash("form")
        await ada.submit(Word="tea")
        done = await audited(here, "")

    assert [(action, (target or "").partition("/")[0]) for action, target in done] == [
        ("command.completed", "probe"),
        ("command.completed", "Look at"),
        ("command.completed", "shout"),
        ("command.completed", "panel"),
        ("component.completed", "Panel"),
        ("command.completed", "form"),
        ("form.completed", "Form"),
    ]


class GreedyModule(Module):
    """Takes the place of the handler that hears of completions, as plain bots do; its command fails."""

    name = "greedy"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.event
        async def on_app_command_completion(*_: object) -> None:
            """Tell nobody."""

    @app_commands.command()
    async def fail(self, interaction: discord.Interaction) -> None:
        """Fail."""
        raise RuntimeError("no")


async def test_no_module_keeps_a_use_out_of_the_audit() -> None:
    """A module that replaced the bot's handler takes nothing away; what failed did not run to its end."""
    async with offline(GreedyModule(), ProbeModule()) as here:
        ada = await here.person("Ada")
        await ada.slash("fail")
        await ada.slash("probe")

        assert await audited(here, "") == [("command.completed", "probe")]
