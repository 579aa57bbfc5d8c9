"""``/audit``: who did what in a server, for those who manage it."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.context import BotContext
from wisp_framework.exceptions import SwitchError
from wisp_framework.module import Module
from wisp_framework.policy import require_permissions
from wisp_framework.services.audit import AuditAction, AuditQuery, AuditService
from wisp_framework.services.audit_event import MAX_NAME_LENGTH
from wisp_framework.services.decisions import as_reference
from wisp_framework.ui import audit_line, framed

PAGE_SIZE = 10
MOST_LINE_CHARS = 180
"""So that a whole page fits into one message."""
MOST_PAGES = 1000
MOST_CHOICES = 25
"""Source: https://docs.discord.com/developers/interactions/receiving-and-responding (autocomplete)."""


class AuditModule(Module):
    """Shows members with Manage Server what was done in their guild, and in no other."""

    name = "audit"
    description = "Who did what here"
    can_disable = False
    visibility = "global"

    def __init__(self, audit: AuditService) -> None:
        self._audit = audit

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(AuditCog(self._audit))


class AuditCog(commands.Cog):
    """The command of the module."""

    def __init__(self, audit: AuditService) -> None:
        self._audit = audit

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        action="Only this, and all below it: policy finds policy.set",
        member="Only by this member",
        reference="Only of this invocation: what the member was shown",
        page="How far back: each page has ten events",
    )
    @require_permissions(manage_guild=True)
    async def audit(
        self,
        interaction: discord.Interaction,
        action: app_commands.Range[str, 1, MAX_NAME_LENGTH] | None = None,
        member: discord.User | None = None,
        reference: app_commands.Range[str, 1, MAX_NAME_LENGTH] | None = None,
        page: app_commands.Range[int, 1, MOST_PAGES] = 1,
    ) -> None:
        """Show what was done in this server, the newest first."""
        if interaction.guild_id is None:  # the query below must never be without a guild
            raise SwitchError("audit", "The audit is that of a server; ask there.")
        await interaction.response.defer(ephemeral=True, thinking=True)
        query = AuditQuery(
            guild_id=interaction.guild_id,
            actor_id=member.id if member is not None else None,
            action=action,
            reference=as_reference(reference) if reference is not None else None,
            limit=PAGE_SIZE,
            skip=(page - 1) * PAGE_SIZE,
        )
        lines = [_cut(audit_line(event)) for event in await self._audit.query(query)]
        await interaction.followup.send(framed(lines or ["Nothing that fits is kept."]), ephemeral=True)

    @audit.autocomplete("action")
    async def _complete_action(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        names = [action.value for action in AuditAction if typed.lower() in action.value]
        return [app_commands.Choice(name=name, value=name) for name in names[:MOST_CHOICES]]


def _cut(line: str) -> str:
    return line if len(line) <= MOST_LINE_CHARS else f"{line[: MOST_LINE_CHARS - 1]}…"
