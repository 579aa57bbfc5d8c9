"""Reminders: an app command group, a loop that the cog starts and stops, and one that it forgets."""

import datetime

import discord
from discord import app_commands
from discord.ext import commands, tasks


class Reminders(commands.Cog):
    def __init__(self, bot):
        self.bot = bot
        self.waiting = []
        self.rounds = 0

    async def cog_load(self):
        self.look.start()

    async def cog_unload(self):
        self.look.cancel()

    remind = app_commands.Group(name="remind", description="Be told again", guild_only=True)
    every = app_commands.Group(name="every", description="Again and again", parent=remind)

    @remind.command(name="me")
    @app_commands.describe(minutes="In how many minutes", text="What to say then")
    async def me(self, interaction: discord.Interaction, minutes: app_commands.Range[int, 1, 600], text: str):
        """Be reminded once."""
        due = discord.utils.utcnow() + datetime.timedelta(minutes=minutes)
        self.waiting.append((due, interaction.channel_id, text))
        await interaction.response.send_message(f"In {minutes} minutes: {text}", ephemeral=True)

    @every.command(name="day")
    async def day(self, interaction: discord.Interaction, text: str):
        """Be reminded every day."""
        if not self.daily.is_running():
            self.daily.start()
        await interaction.response.send_message(f"Every day: {text}")

    @me.autocomplete("text")
    async def usual(self, interaction: discord.Interaction, current: str):
        words = ["tea", "bread", "sleep"]
        return [app_commands.Choice(name=w, value=w) for w in words if w.startswith(current)]

    @tasks.loop(seconds=30)
    async def look(self):
        self.rounds += 1
        now = discord.utils.utcnow()
        for entry in [entry for entry in self.waiting if entry[0] <= now]:
            self.waiting.remove(entry)
            await self.bot.get_channel(entry[1]).send(entry[2])

    @look.before_loop
    async def ready(self):
        await self.bot.wait_until_ready()

    @tasks.loop(time=datetime.time(hour=9))
    async def daily(self):
        self.rounds += 1


async def setup(bot):
    await bot.add_cog(Reminders(bot))
