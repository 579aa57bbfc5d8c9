"""Plain discord.py works with channels and threads, and its cache follows."""

import discord
from discord.ext import commands

from support.plain_bot import running
from wisp_sim import Sim


async def test_cache_follows(sim: Sim, bot: commands.Bot) -> None:
    """A channel, its overwrite, a thread and its archiving are in the cache once they are done."""
    async with running(bot, sim):
        lab = discord.utils.get(bot.guilds, name="Lovelace's Lab")
        assert lab is not None
        made = await lab.create_text_channel("plans", topic="first")
        await made.set_permissions(lab.default_role, send_messages=False)
        thread = await made.create_thread(name="talk", type=discord.ChannelType.public_thread)
        await sim.settle()
        cached = lab.get_channel(made.id)
        assert isinstance(cached, discord.TextChannel)
        assert cached.overwrites_for(lab.default_role).send_messages is False
        assert [kept.id for kept in cached.threads] == [thread.id]

        await thread.send("hello")
        assert [member.id for member in await thread.fetch_members()] == [lab.me.id]
        await thread.edit(archived=True, locked=True)
        old = [found.id async for found in cached.archived_threads()]
        assert old == [thread.id]

        await made.edit(topic="second")
        await sim.settle()
        assert cached.topic == "second"
        await made.delete()
        await sim.settle()
        assert lab.get_channel(made.id) is None
