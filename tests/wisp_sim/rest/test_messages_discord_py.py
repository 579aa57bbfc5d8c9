"""Plain discord.py works with messages and what hangs on them, and its cache follows."""

from datetime import timedelta
from io import BytesIO

import discord
from discord.ext import commands

from support.plain_bot import running
from wisp_sim import Sim


async def test_cache_follows(sim: Sim, bot: commands.Bot, general: int) -> None:
    """Files, replies, pins, polls, webhooks and bulk deletes work, and leave the cache as it should be."""
    async with running(bot, sim):
        channel = bot.get_channel(general)
        assert isinstance(channel, discord.TextChannel)
        first = await channel.send("look", file=discord.File(BytesIO(b"text"), "a.txt"))
        assert await first.attachments[0].read() == b"text"
        reply = await first.reply("seen", mention_author=False)
        assert (reply.type, reply.reference and reply.reference.message_id) == (
            discord.MessageType.reply,
            first.id,
        )

        await first.pin(reason="rules")
        assert [pinned.id async for pinned in channel.pins()] == [first.id]
        await sim.settle()
        cached = discord.utils.get(bot.cached_messages, id=first.id)
        assert cached is not None
        shown = [cached.pinned]
        await first.unpin()
        await sim.settle()
        assert [*shown, cached.pinned] == [True, False]

        poll = discord.Poll("Tea?", duration=timedelta(hours=1))
        poll.add_answer(text="yes").add_answer(text="no")
        asked = await channel.send(poll=poll)
        ended = await asked.end_poll()
        assert ended.poll is not None
        assert ended.poll.is_finalised()

        webhook = await channel.create_webhook(name="News")
        said = await webhook.send("hear", username="Crier", wait=True)
        assert said.author.display_name == "Crier"
        assert [found.id for found in await channel.webhooks()] == [webhook.id]
        await webhook.delete()

        await channel.delete_messages([first, reply])
        await sim.settle()
        assert {message.id for message in bot.cached_messages}.isdisjoint({first.id, reply.id})
