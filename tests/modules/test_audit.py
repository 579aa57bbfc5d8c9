"""``/audit``: who manages a guild reads what was done there, and nowhere else; nobody else does."""

import discord
from discord.ext import commands
from typing_extensions import override

from support.offline import Offline, offline
from support.probe import ProbeModule
from wisp_framework import BotContext, Module
from wisp_framework.modules.audit import PAGE_SIZE
from wisp_framework.services import AuditService


def note(here: Offline, action: str, guild: str = "Lab", reason: str | None = None) -> None:
    """Let the bot note something that it did in a guild."""
    audit = here.app.services.get(AuditService)
    audit.log_action(action, actor_id=None, guild_id=here.guild_id(guild), reason=reason)


async def test_a_switch_is_shown_with_who_and_what() -> None:
    """Before, after, the member, and the reference that /why takes."""
    async with offline(ProbeModule()) as here:
        await here.switch("probe", enabled=False)
        ada = await here.person("Ada")
        told = (await ada.slash("audit", action="module")).text
        nothing = (await ada.slash("audit", action="policy")).text

    (line,) = [line for line in told.splitlines() if "module.switched" in line]
    assert f"by {here.sim.user('Ada').id}" in line
    assert 'probe  {"probe":true} -> {"probe":false}' in line
    assert "ref " in line
    assert "Nothing that fits is kept." in nothing


async def test_a_guild_sees_its_own_events_alone() -> None:
    """Whatever is asked for, nothing of another guild or of none is shown."""
    async with offline() as here:
        for guild in ("Lab", "Tower"):
            note(here, f"secret.{guild.lower()}", guild)
        here.app.services.get(AuditService).log_action("secret.nowhere", actor_id=None)
        ada, grace = await here.person("Ada"), await here.person("Grace", "Tower")

        lab = (await ada.slash("audit", action="secret")).text
        tower = (await grace.slash("audit")).text

    assert "secret.lab" in lab
    assert "secret.tower" not in lab
    assert "secret.nowhere" not in lab
    assert "secret.tower" in tower
    assert "secret.lab" not in tower
    assert "secret.nowhere" not in tower


async def test_only_who_manages_the_guild_is_told() -> None:
    """By our own check, even where the command's default lets everyone in."""

    class OpenAudit(Module):
        """Takes Discord's own guard off the command."""

        name = "open_audit"
        depends_on = ("audit",)

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            command = bot.tree.get_command("audit")
            assert isinstance(command, discord.app_commands.Command)
            command.default_permissions = None

    async with offline(OpenAudit()) as here:
        note(here, "secret.lab")
        mallory = await here.person("Mallory")
        told = (await mallory.slash("audit")).text

    assert "You need the permission Manage Guild" in told
    assert "secret.lab" not in told


async def test_pages_go_back_in_time() -> None:
    """A page has ten events and fits into one message, however long they are; the next one goes on."""
    async with offline() as here:
        for number in range(PAGE_SIZE + 2):
            note(here, f"act.{number:02}", reason="``` and so on\n" * 100)
        ada = await here.person("Ada")
        first = (await ada.slash("audit", action="act")).text
        second = (await ada.slash("audit", action="act", page=2)).text
        third = (await ada.slash("audit", action="act", page=3)).text

    assert [f"act.{number:02}" in first for number in range(12)] == [False] * 2 + [True] * 10
    assert [f"act.{number:02}" in second for number in range(12)] == [True] * 2 + [False] * 10
    assert "Nothing that fits is kept." in third
    assert first.count("```") == 2


async def test_it_is_narrowed_by_member_and_reference() -> None:
    """Who did it, and in which invocation."""
    async with offline() as here:
        ada, audit = await here.person("Ada"), here.app.services.get(AuditService)
        mallory_id = here.sim.user("Mallory").id
        audit.log_action("by.ada", actor_id=here.sim.user("Ada").id, guild_id=here.guild_id())
        audit.log_action("by.mallory", actor_id=mallory_id, guild_id=here.guild_id(), reference="AAAA1111")

        by_member = (await ada.slash("audit", member=here.sim.user("Mallory"))).text
        by_reference = (await ada.slash("audit", reference="aaaa 1111")).text

    for told in (by_member, by_reference):
        assert "by.mallory" in told
        assert "by.ada" not in told


async def test_actions_are_suggested() -> None:
    """Those that Wisp itself names."""
    async with offline() as here:
        ada = await here.person("Ada")
        seen = await ada.autocomplete("audit", "action", "policy")

    assert {"policy.set", "policy.removed"} <= {str(choice.value) for choice in seen.choices or ()}
