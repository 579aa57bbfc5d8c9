"""Moderation: context menus made in the cog's constructor, permission checks, listeners and a log."""

import logging

import discord
from discord import app_commands
from discord.ext import commands

log = logging.getLogger(__name__)


def is_calm():
    """A check of one's own, as a decorator."""

    async def predicate(interaction: discord.Interaction) -> bool:
        return not interaction.client.get_cog("Moderation").alarmed

    return app_commands.check(predicate)


class Moderation(commands.Cog, name="Moderation"):
    """Warnings, and what was deleted."""

    def __init__(self, bot: commands.Bot) -> None:
        self.bot = bot
        self.alarmed = False
        self.warnings: dict[int, list[str]] = {}
        self.deleted: list[str] = []
        self.warn_menu = app_commands.ContextMenu(name="Warn author", callback=self.warn_author)
        self.who_menu = app_commands.ContextMenu(name="Warnings", callback=self.show_warnings)
        self.bot.tree.add_command(self.warn_menu)
        self.bot.tree.add_command(self.who_menu)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(self.warn_menu.name, type=self.warn_menu.type)
        self.bot.tree.remove_command(self.who_menu.name, type=self.who_menu.type)

    async def cog_app_command_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        if isinstance(error, app_commands.MissingPermissions):
            text = f"You lack {', '.join(error.missing_permissions)}."
        elif isinstance(error, app_commands.CheckFailure):
            text = "Not now."
        else:
            log.error("failed", exc_info=error)
            text = "That went wrong."
        await interaction.response.send_message(text, ephemeral=True)

    async def warn_author(self, interaction: discord.Interaction, message: discord.Message) -> None:
        self.warnings.setdefault(message.author.id, []).append(message.content)
        await interaction.response.send_message(f"{message.author.display_name} was warned.", ephemeral=True)

    async def show_warnings(self, interaction: discord.Interaction, member: discord.Member) -> None:
        count = len(self.warnings.get(member.id, []))
        await interaction.response.send_message(f"{member.display_name}: {count}", ephemeral=True)

    @app_commands.command()
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.checks.has_permissions(manage_messages=True)
    @app_commands.checks.cooldown(2, 60.0)
    @is_calm()
    async def warn(self, interaction: discord.Interaction, member: discord.Member, reason: str = "") -> None:
        """Warn a member."""
        self.warnings.setdefault(member.id, []).append(reason)
        await interaction.response.send_message(f"{member.display_name} was warned.")

    @app_commands.command()
    async def fail(self, interaction: discord.Interaction) -> None:
        """Fail, as commands sometimes do."""
        raise LookupError("no such record")

    @commands.Cog.listener("on_message_delete")
    async def note_deleted(self, message: discord.Message) -> None:
        self.deleted.append(message.content)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        self.warnings[member.id] = []


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Moderation(bot))
