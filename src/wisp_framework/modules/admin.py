"""``/modules list|enable|disable``: the switch of each guild."""

import re
from typing import Self, cast

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.bot import WispBot
from wisp_framework.config import AppConfig
from wisp_framework.context import BotContext
from wisp_framework.exceptions import DependentSwitchError, SwitchError
from wisp_framework.module import Module
from wisp_framework.policy import require_permissions
from wisp_framework.registry import ModuleRegistry, ModuleStatus
from wisp_framework.ui import branded_embed

MOST_CHOICES = 25
"""Source: https://docs.discord.com/developers/interactions/receiving-and-responding (autocomplete)."""


class AdminModule(Module):
    """Lets members with Manage Server see and switch the modules of their guild."""

    name = "admin"
    description = "The switches of this server"
    can_disable = False
    visibility = "global"

    def __init__(self, modules: ModuleRegistry) -> None:
        self._modules = modules

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        bot.tree.add_command(ModulesGroup(self._modules, ctx.config))
        bot.add_dynamic_items(SwitchAlong)


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ModulesGroup(app_commands.Group, name="modules", description="See and switch this server's modules"):
    """The commands below ``/modules``."""

    def __init__(self, modules: ModuleRegistry, config: AppConfig) -> None:
        super().__init__()
        self._modules = modules
        self._config = config

    @app_commands.command(name="list")
    @require_permissions(manage_guild=True)
    async def list_modules(self, interaction: discord.Interaction) -> None:
        """Show which modules are on here."""
        lines = [status_line(status) for status in self._modules.statuses(_guild_id(interaction))]
        embed = branded_embed(self._config, "Modules", "\n".join(lines))
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command()
    @app_commands.describe(module="The module to switch on")
    @require_permissions(manage_guild=True)
    async def enable(self, interaction: discord.Interaction, module: str) -> None:
        """Switch a module on in this server."""
        await self._switch(interaction, module, enabled=True)

    @app_commands.command()
    @app_commands.describe(module="The module to switch off")
    @require_permissions(manage_guild=True)
    async def disable(self, interaction: discord.Interaction, module: str) -> None:
        """Switch a module off in this server."""
        await self._switch(interaction, module, enabled=False)

    async def _switch(self, interaction: discord.Interaction, module: str, *, enabled: bool) -> None:
        # Setting a module up may take longer than the 3 seconds that Discord waits.
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            was = await self._modules.switch(
                _guild_id(interaction), module, enabled=enabled, actor_id=interaction.user.id
            )
        except DependentSwitchError as error:
            view = _along(error)
            await interaction.followup.send(error.user_message, view=view, ephemeral=True)
            view.stop()  # the dynamic item answers whoever presses it, also after a restart
            return
        state = "on" if enabled else "off"
        text = (
            f"`{module}` was {state} already."
            if was == enabled
            else f"`{module}` is now {state} in this server."
        )
        await interaction.followup.send(text, ephemeral=True)

    @enable.autocomplete("module")
    async def _complete_enable(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return self._choices(interaction, typed, enabled=False)

    @disable.autocomplete("module")
    async def _complete_disable(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return self._choices(interaction, typed, enabled=True)

    def _choices(
        self, interaction: discord.Interaction, typed: str, *, enabled: bool
    ) -> list[app_commands.Choice[str]]:
        names = [
            status.name
            for status in self._modules.statuses(_guild_id(interaction))
            if status.enabled == enabled and status.can_disable and typed.lower() in status.name
        ]
        return [app_commands.Choice(name=name, value=name) for name in names[:MOST_CHOICES]]


class SwitchAlong(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"wisp:modules:(?P<way>on|off):(?P<module>.+)",
):
    """Switches a module and all that has to go with it; works after a restart, too."""

    def __init__(self, module: str, *, enabled: bool, label: str = "Switch") -> None:
        self._module = module
        self._enabled = enabled
        way = "on" if enabled else "off"
        super().__init__(discord.ui.Button(label=label, custom_id=f"wisp:modules:{way}:{module}"))

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[discord.Client],
        item: discord.ui.Item[discord.ui.View],
        match: re.Match[str],
        /,
    ) -> Self:
        return cls(match["module"], enabled=match["way"] == "on")

    @override
    @require_permissions(manage_guild=True)
    async def callback(self, interaction: discord.Interaction[discord.Client]) -> None:
        modules, guild_id = cast("WispBot", interaction.client).modules, _guild_id(interaction)
        await interaction.response.defer()
        others = modules.others(guild_id, self._module, enabled=self._enabled)
        await modules.switch(
            guild_id, self._module, enabled=self._enabled, actor_id=interaction.user.id, with_others=True
        )
        names = ", ".join(f"`{name}`" for name in (*others, self._module))
        state = "on" if self._enabled else "off"
        await interaction.edit_original_response(content=f"Now {state} in this server: {names}.", view=None)


def _along(error: DependentSwitchError) -> discord.ui.View:
    verb = "Enable" if error.enabled else "Disable"
    label = f"{verb} both" if len(error.others) == 1 else f"{verb} all {len(error.others) + 1}"
    view = discord.ui.View(timeout=None)
    view.add_item(SwitchAlong(error.module, enabled=error.enabled, label=label))
    return view


def status_line(status: ModuleStatus) -> str:
    """One line of ``/modules list``."""
    if status.problem is not None:
        mark, note = "⚠️", " (out of order)"
    else:
        mark, note = ("🟢", "") if status.enabled else ("⚪", " (off)")
    text = f" — {status.description}" if status.description else ""
    return f"{mark} `{status.name}`{note}{text}"


def _guild_id(interaction: discord.Interaction) -> int:
    if interaction.guild_id is None:
        raise SwitchError("modules", "Modules are switched in a server, not in a direct message.")
    return interaction.guild_id
