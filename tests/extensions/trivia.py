"""A quiz: a cog that is a group by another name, a paged view with its own check, and things set by hand."""

import asyncio

import discord
from discord import app_commands
from discord.ext import commands, tasks

QUESTIONS = {"What is 6 x 7?": "42", "What is the capital of France?": "Paris"}


class Pages(discord.ui.View):
    message: discord.Message | None = None

    def __init__(self, author, pages):
        super().__init__(timeout=120)
        self.author = author
        self.pages = pages
        self.at = 0

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        if interaction.user == self.author:
            return True
        await interaction.response.send_message("Ask for your own.", ephemeral=True)
        return False

    async def on_timeout(self):
        if self.message:
            await self.message.edit(view=None)

    @discord.ui.button(label="Next")
    async def next(self, interaction: discord.Interaction, button: discord.ui.Button):
        self.at = (self.at + 1) % len(self.pages)
        await interaction.response.edit_message(content=self.pages[self.at])


class TriviaGame(commands.GroupCog, group_name="quiz", group_description="Questions and answers"):
    def __init__(self, bot):
        self.bot = bot
        self.scores = {}
        self.chatter = 0
        super().__init__()

    @app_commands.command()
    async def pages(self, interaction: discord.Interaction):
        """Read all questions."""
        view = Pages(interaction.user, list(QUESTIONS))
        await interaction.response.send_message(view.pages[0], view=view)
        view.message = await interaction.original_response()

    @app_commands.command()
    async def ask(self, interaction: discord.Interaction, number: int):
        """Answer one question."""
        question, answer = list(QUESTIONS.items())[number]
        await interaction.response.send_message(question)

        def right(message):
            return message.channel == interaction.channel and message.content == answer

        try:
            message = await self.bot.wait_for("message", check=right, timeout=30)
        except asyncio.TimeoutError:
            await interaction.followup.send(f"It was {answer}.")
        else:
            self.scores[message.author.id] = self.scores.get(message.author.id, 0) + 1
            await message.reply("Right!")

    @app_commands.command()
    async def fade(self, interaction: discord.Interaction):
        """Let scores fade."""
        self.halve.start()
        await interaction.response.send_message("They fade.")

    @tasks.loop(hours=1)
    async def halve(self):
        self.scores = {member: score // 2 for member, score in self.scores.items()}


@commands.command(name="quizrules")
@commands.guild_only()
async def rules(ctx):
    """Say the rules."""
    await ctx.send("Be quick.")


@app_commands.context_menu(name="Quiz score")
async def score(interaction: discord.Interaction, member: discord.Member):
    scores = interaction.client.get_cog("TriviaGame").scores
    await interaction.response.send_message(str(scores.get(member.id, 0)))


async def setup(bot):
    cog = TriviaGame(bot)
    await bot.add_cog(cog)
    bot.add_command(rules)
    bot.tree.add_command(score)

    @bot.listen("on_message")
    async def listen(message):
        cog.chatter += 1

    @bot.check
    async def not_shouting(ctx):
        return not ctx.message.content.isupper()

    async def wait_forever():
        await asyncio.Event().wait()

    asyncio.create_task(wait_forever())
