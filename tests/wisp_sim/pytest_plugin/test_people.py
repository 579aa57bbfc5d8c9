"""What people can do beside using commands, seen by a plain bot."""

from datetime import timedelta
from urllib.parse import quote

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.raw_user import raw_user
from wisp_sim import Sim
from wisp_sim.people import File, NotThereError, Poll, UnusableError
from wisp_sim.pytest_plugin import RunBot


class Scribe(commands.Bot):
    """Notes what it hears, and has three commands."""

    def __init__(self) -> None:
        super().__init__("!", intents=discord.Intents.all())
        self.lines: list[str] = []

    @override
    async def setup_hook(self) -> None:
        self.add_command(poll)
        self.add_command(invite)
        self.tree.add_command(upload)
        await self.tree.sync()

    @override
    async def on_message(self, message: discord.Message, /) -> None:
        if message.author != self.user:
            files = [(await file.read()).decode() for file in message.attachments]
            self.lines.append(f"said {message.content} {files} in {message.channel.type}")
        await self.process_commands(message)

    async def on_message_edit(self, _: discord.Message, after: discord.Message) -> None:
        self.lines.append(f"edited to {after.content}")

    async def on_message_delete(self, message: discord.Message) -> None:
        self.lines.append(f"deleted {message.content}")

    async def on_reaction_remove(self, reaction: discord.Reaction, _: object) -> None:
        self.lines.append(f"lost {reaction.emoji}")

    async def on_raw_poll_vote_add(self, vote: discord.RawPollVoteActionEvent) -> None:
        self.lines.append(f"voted {vote.answer_id}")

    async def on_member_join(self, member: discord.Member) -> None:
        self.lines.append(f"joined {member.name}")

    async def on_raw_member_remove(self, gone: discord.RawMemberRemoveEvent) -> None:
        self.lines.append(f"left {gone.user.name}")


@commands.command()
async def poll(ctx: commands.Context[commands.Bot]) -> None:
    asked = discord.Poll("Tea?", duration=timedelta(hours=1))
    await ctx.send(poll=asked.add_answer(text="Yes").add_answer(text="No"))


@commands.command()
async def invite(ctx: commands.Context[commands.Bot]) -> None:
    assert isinstance(ctx.channel, discord.TextChannel)
    await ctx.send((await ctx.channel.create_invite()).code)


@app_commands.command()
async def upload(interaction: discord.Interaction, file: discord.Attachment, note: str) -> None:
    """Take a file."""
    await interaction.response.send_message(f"{file.filename} {(await file.read()).decode()} {note}")


@pytest.fixture
async def heard(sim: Sim, run_bot: RunBot) -> list[str]:
    """What a bot that answers nothing but commands heard so far."""
    bot = Scribe()
    await run_bot(bot)
    return bot.lines


async def test_own_messages(sim: Sim, heard: list[str]) -> None:
    """A person writes with a file, edits and deletes their own words, and takes a reaction back."""
    ada = sim.person("Ada", channel="lobby")
    await ada.say("hello", files=[File("a.txt", b"data")])
    await ada.edit(None, "hullo")
    await ada.react(None, "👍")
    await ada.unreact(None, "👍")
    await ada.delete()

    assert heard == ["said hello ['data'] in text", "edited to hullo", "lost 👍", "deleted hullo"]


async def test_file_as_option(sim: Sim, heard: list[str]) -> None:
    """A file is the value of an option; elsewhere it is refused with a sentence."""
    ada = sim.person("Ada")

    seen = await ada.slash("upload", note="ok", file=File("b.txt", b"bytes"))
    with pytest.raises(UnusableError, match="takes no file"):
        await ada.slash("upload", note=File("b.txt", b""), file=File("b.txt", b"bytes"))

    assert seen.text == "b.txt bytes ok", seen


async def test_poll(sim: Sim, heard: list[str]) -> None:
    """A person votes by the words of an answer."""
    ada = sim.person("Ada")
    await ada.say("!poll")
    await ada.vote("No")

    with pytest.raises(NotThereError, match="Maybe"):
        await ada.vote("Maybe")

    assert heard[-1] == "voted 2"


async def test_votes_are_counted(sim: Sim, heard: list[str]) -> None:
    """Each person sees how a poll stands as votes come and go, and that it ended."""
    ada, mallory = sim.person("Ada"), sim.person("Mallory", guild="Lab", channel="general")
    asked = (await ada.say("!poll")).message
    assert asked is not None
    assert asked.poll == Poll("Tea?", (("Yes", 0), ("No", 0)))

    await ada.vote("Yes")
    await mallory.vote("No")
    (seen,) = (await ada.news()).messages
    assert seen.poll == Poll("Tea?", (("Yes", 1), ("No", 1)))
    await mallory.vote("Yes")
    (seen,) = (await ada.news()).messages
    assert seen.poll == Poll("Tea?", (("Yes", 2), ("No", 0)))
    assert "  Bot: [poll 'Tea?': Yes 2, No 0]" in sim.dialogue

    await sim.advance(hours=1)
    ended = (await ada.news()).messages[0].poll
    assert ended == Poll("Tea?", (("Yes", 2), ("No", 0)), ended=True)


async def test_reactions_that_are_cleared(sim: Sim, heard: list[str]) -> None:
    """Who looks on sees reactions go: all of one emoji, then all of them."""
    ada, mallory = sim.person("Ada"), sim.person("Mallory", guild="Lab", channel="general")
    await ada.say("hello")
    for emoji in ("👍", "👎", "🎉"):
        await ada.react(None, emoji)
        await mallory.react(None, emoji)
    message = (await mallory.history())[-1]
    assert message.reactions == (("👍", 2), ("👎", 2), ("🎉", 2))
    await mallory.unreact(None, "🎉")

    address = f"/channels/{message.channel_id}/messages/{message.id}/reactions"
    async with raw_user(sim, sim.user("Ada").token) as moderator:
        await moderator.ok("DELETE", f"{address}/{quote('👎')}")
        (fewer,) = (await mallory.news()).messages
        assert fewer.reactions == (("👍", 2), ("🎉", 1))
        await moderator.ok("DELETE", address)
    (none,) = (await mallory.news()).messages
    assert none.reactions == ()


async def test_come_and_go(sim: Sim, heard: list[str]) -> None:
    """A person joins by an invite, sees the guild, and leaves it."""
    code = (await sim.person("Ada").say("!invite")).text
    grace = sim.person("Grace")

    await grace.join(code)
    assert grace.guild == "Lab"
    await grace.leave()

    assert grace.guild == ""
    assert heard[-2:] == ["joined grace", "left grace"]


async def test_direct_messages(sim: Sim, heard: list[str]) -> None:
    """A person turns to the direct messages with the bot, and back to the guild."""
    ada = sim.person("Ada")
    await ada.dm("Bot")
    await ada.say("psst")
    ada.go(channel="lobby")
    await ada.say("loud")

    assert heard == ["said psst [] in private", "said loud [] in text"]
    assert [message.content for message in await ada.history()] == ["loud"]


async def test_people_come_late_and_cost_nothing(sim: Sim, heard: list[str]) -> None:
    """Somebody who is only named is not logged in; a wrong place is told with their first action."""
    ada = sim.person("Ada", channel="nowhere")
    assert ada.guilds == ()

    with pytest.raises(NotThereError, match="nowhere"):
        await ada.say("hello")
