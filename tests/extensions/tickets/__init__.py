"""Tickets: a package with a persistent view, a dynamic item and a form; it never takes anything back."""

from discord.ext import commands

from .views import Close, Opener, panel


class Tickets(commands.Cog):
    def __init__(self, bot):
        self.bot = bot

    @commands.hybrid_command()
    @commands.has_guild_permissions(manage_channels=True)
    async def panel(self, ctx):
        """Show where tickets are opened."""
        await ctx.send(panel(ctx.guild), view=Opener())

    @commands.Cog.listener()
    async def on_ready(self):
        self.bot.ticket_panels = 0


async def setup(bot):
    bot.tickets_opened = 0
    bot.add_view(Opener())
    bot.add_dynamic_items(Close)
    await bot.add_cog(Tickets(bot))
