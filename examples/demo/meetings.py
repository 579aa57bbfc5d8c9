"""``/meet``: a plan with a button, and who pressed it."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, GuildDataService, Module

MODULE = "meetings"


class MeetingsModule(Module):
    """Lets members say that they come; the buttons go on working after a restart."""

    name = MODULE
    description = "Plans with a button"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        bot.add_view(ComingView(ctx.guild_data))
        await bot.add_cog(MeetingsCog(ctx.guild_data))


def plan_text(what: str, names: list[str]) -> str:
    """What the message says: the plan and who comes."""
    coming = ", ".join(discord.utils.escape_markdown(name) for name in names) or "nobody yet"
    return f"**{discord.utils.escape_markdown(what)}**\nComing: {coming}"


class ComingView(discord.ui.View):
    """One button under every plan; which plan it was is known by its message."""

    def __init__(self, guild_data: GuildDataService) -> None:
        super().__init__(timeout=None)
        self._guild_data = guild_data

    @discord.ui.button(label="I'm in", style=discord.ButtonStyle.success, custom_id="meetings:coming")
    async def coming(
        self, interaction: discord.Interaction, _button: discord.ui.Button["ComingView"]
    ) -> None:
        """Add the member who pressed, or take them off again."""
        if interaction.guild_id is None or interaction.message is None:
            return
        key = str(interaction.message.id)
        plan = await self._guild_data.get(interaction.guild_id, key, MODULE)
        if not isinstance(plan, dict) or not isinstance(names := plan.get("names"), list):
            await interaction.response.send_message("This plan is gone.", ephemeral=True)
            return
        me = interaction.user.display_name
        coming = [str(name) for name in names if name != me] + ([] if me in names else [me])
        what = str(plan.get("what"))
        await self._guild_data.set(interaction.guild_id, key, {"what": what, "names": coming}, MODULE)
        await interaction.response.edit_message(content=plan_text(what, coming))


class MeetingsCog(commands.Cog):
    """The command of the meetings module."""

    def __init__(self, guild_data: GuildDataService) -> None:
        self._guild_data = guild_data

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(what="What happens, and when")
    async def meet(self, interaction: discord.Interaction, what: app_commands.Range[str, 1, 200]) -> None:
        """Propose a meeting."""
        if interaction.guild_id is None:
            return
        await interaction.response.send_message(plan_text(what, []), view=ComingView(self._guild_data))
        message = await interaction.original_response()
        await self._guild_data.set(interaction.guild_id, str(message.id), {"what": what, "names": []}, MODULE)
