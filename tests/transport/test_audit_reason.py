"""What moderators read in Discord's own audit log about what the bot did."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.offline import WORLD, Offline, offline
from wisp_framework import BotContext, Module
from wisp_framework.services.audit_reason import audit_reason
from wisp_framework.services.decisions import DecisionQuery, DecisionService

POWERS = ["ban_members", "manage_channels", "view_audit_log"]
MODERATED = {
    **WORLD,
    "guilds": [
        {**WORLD["guilds"][0], "roles": [{"name": "Bots", "permissions": POWERS, "members": ["Wisp"]}]}
    ],
}


class ModerationCog(commands.Cog):
    """Commands that leave an entry in the audit log, as their author would write them."""

    @app_commands.command(description="Bans")
    async def ban(self, interaction: discord.Interaction, reason: str | None = None) -> None:
        assert interaction.guild is not None
        mallory = interaction.guild.get_member_named("Mallory")
        assert mallory is not None
        await mallory.ban(reason=reason)
        await interaction.response.send_message("banned")

    @app_commands.command(description="Explains")
    async def explain(self, interaction: discord.Interaction) -> None:
        assert isinstance(interaction.channel, discord.TextChannel)
        await interaction.channel.edit(topic="quiet", reason=audit_reason("too loud"))
        await interaction.response.send_message("done")

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if message.content == "make a channel":
            assert message.guild is not None
            await message.guild.create_text_channel("made")


class ModerationModule(Module):
    """Bans people."""

    name = "moderation"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(ModerationCog())


async def reasons(here: Offline, action: discord.AuditLogAction) -> list[str | None]:
    """The reasons of what was done so in the guild, as Discord tells them."""
    guild = here.app.bot.get_guild(here.guild_id())
    assert guild is not None
    return [entry.reason async for entry in guild.audit_logs(action=action)]


async def test_a_ban_without_a_reason_names_who_asked_for_it() -> None:
    """The member by name and id, and the reference that leads to the decision."""
    async with offline(ModerationModule(), world=MODERATED) as here:
        ada = await here.person("Ada")
        assert "banned" in (await ada.slash("ban")).text
        (decision, *_) = await here.app.services.get(DecisionService).recent(DecisionQuery(name="ban"))

        ada_id = here.sim.user("Ada").id
        assert await reasons(here, discord.AuditLogAction.ban) == [
            f"by ada ({ada_id}), ref {decision.reference}"
        ]


async def test_an_authors_own_reason_is_kept_and_cut() -> None:
    """Word for word; what Discord would refuse for its length is cut, and the ban done."""
    async with offline(ModerationModule(), world=MODERATED) as here:
        ada = await here.person("Ada")
        await ada.slash("ban", reason="spam " * 200)

        (reason,) = await reasons(here, discord.AuditLogAction.ban)
        assert reason is not None
        assert reason.startswith("spam spam")
        assert len(reason) == 512


async def test_the_helper_adds_who_to_a_reason() -> None:
    """Both the author's words and the member who asked."""
    async with offline(ModerationModule(), world=MODERATED) as here:
        ada = await here.person("Ada")
        await ada.slash("explain")

        (reason,) = await reasons(here, discord.AuditLogAction.channel_update)
        assert reason is not None
        assert reason.startswith(f"too loud (by {here.sim.user('Ada').id}, ref ")


async def test_outside_of_commands_the_module_is_named() -> None:
    """What a listener does is the module's doing."""
    async with offline(ModerationModule(), world=MODERATED) as here:
        ada = await here.person("Ada")
        await ada.say("make a channel")
        await here.settle()

        assert await reasons(here, discord.AuditLogAction.channel_create) == ["by the module moderation"]
