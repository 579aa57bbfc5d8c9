"""Coins for everybody: hybrid commands in a group, a cooldown, checks and an error handler of the cog."""

import discord
from discord.ext import commands


class NotRichEnough(commands.CommandError):
    """Somebody gives away what they do not have."""


class Economy(commands.Cog):
    """Keeps a purse for every member."""

    def __init__(self, bot: commands.Bot) -> None:
        self.bot = bot
        self.purses: dict[int, int] = {}
        self.open = False

    async def cog_load(self) -> None:
        self.open = True
        self.bot.economy = self

    async def cog_unload(self) -> None:
        self.open = False

    async def cog_check(self, ctx: commands.Context) -> bool:
        return ctx.guild is not None

    async def cog_command_error(self, ctx: commands.Context, error: commands.CommandError) -> None:
        error = getattr(error, "original", error)
        if isinstance(error, commands.HybridCommandError):
            error = getattr(error.original, "original", error.original)
        if isinstance(error, NotRichEnough):
            await ctx.send(f"You need more coins: {error}", ephemeral=True)
        elif isinstance(error, commands.CommandOnCooldown):
            await ctx.send("One wage a day.", ephemeral=True)
        else:
            await ctx.send(f"Not here ({type(error).__name__}).")

    @commands.hybrid_group(name="coins", fallback="show")
    async def coins(self, ctx: commands.Context, member: discord.Member = None) -> None:
        """Look into a purse."""
        member = member or ctx.author
        await ctx.send(f"{member.display_name} has {self.purses.get(member.id, 0)} coins.")

    @coins.command()
    @commands.cooldown(1, 86_400, commands.BucketType.member)
    async def work(self, ctx: commands.Context) -> None:
        """Earn ten coins."""
        self.purses[ctx.author.id] = self.purses.get(ctx.author.id, 0) + 10
        await ctx.send("You earned 10 coins.")

    @coins.command()
    async def give(
        self, ctx: commands.Context, member: discord.Member, amount: commands.Range[int, 1]
    ) -> None:
        """Give coins away."""
        if self.purses.get(ctx.author.id, 0) < amount:
            raise NotRichEnough(f"{amount} of {self.purses.get(ctx.author.id, 0)}")
        self.purses[ctx.author.id] -= amount
        self.purses[member.id] = self.purses.get(member.id, 0) + amount
        await ctx.send(f"{amount} coins for {member.display_name}.")

    @commands.command(aliases=["purse"])
    @commands.has_permissions(manage_guild=True)
    async def mint(self, ctx: commands.Context, amount: int) -> None:
        """Make coins out of nothing."""
        self.purses[ctx.author.id] = self.purses.get(ctx.author.id, 0) + amount
        await ctx.message.add_reaction("🪙")


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Economy(bot))
