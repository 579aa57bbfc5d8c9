"""What `settle` promises for bots in the same loop and elsewhere."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
from discord.ext import commands

from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS
from wisp_sim.pytest_plugin import RunBot


def make_bot() -> commands.Bot:
    return commands.Bot("!", intents=discord.Intents.all())


async def test_chain_of_requests(sim: Sim, run_bot: RunBot) -> None:
    """All requests of a handler are done when a person's action returns, however many follow each other."""
    bot = make_bot()

    @bot.command()
    async def chain(ctx: commands.Context[commands.Bot]) -> None:
        for number in range(12):
            message = await ctx.send(str(number))
            for _ in range(50):
                await asyncio.sleep(0)
            await message.edit(content=f"{number}!")

    await run_bot(bot)
    seen = await sim.person("Ada").say("!chain")

    assert seen.text.split() == [f"{number}!" for number in range(12)]


async def test_chain_of_events(sim: Sim, run_bot: RunBot) -> None:
    """What a bot does upon what it did itself is waited for, too."""
    bot = make_bot()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        if message.content.isdigit() and int(message.content) < 15:
            await message.channel.send(str(int(message.content) + 1))

    await run_bot(bot)
    seen = await sim.person("Ada").say("0")

    assert seen.text.split()[-1] == "15"


async def test_background_task_and_thread(sim: Sim, run_bot: RunBot) -> None:
    """A task that a handler leaves behind is waited for, and a thread that it waits for."""
    bot = make_bot()
    left: list[asyncio.Task[None]] = []
    pause_s = 0.05

    @bot.command()
    async def later(ctx: commands.Context[commands.Bot]) -> None:
        async def work() -> None:
            await asyncio.to_thread(time.sleep, pause_s)
            await asyncio.to_thread(time.sleep, pause_s)
            await ctx.send("worked")

        left.append(asyncio.create_task(work()))

    await run_bot(bot)

    assert (await sim.person("Ada").say("!later")).text == "worked"


async def test_budget_is_left_alone(sim: Sim, run_bot: RunBot) -> None:
    """A bot in the same loop is asked for no heartbeats, so two hundred rests take no minute."""
    bot = make_bot()
    await run_bot(bot)
    sent: list[object] = []
    send = bot.ws.send_heartbeat

    async def counted(data: object) -> None:
        sent.append(data)
        await send(data)

    bot.ws.send_heartbeat = counted  # type: ignore[method-assign]
    for _ in range(200):
        await sim.settle()

    assert sent == []


class Elsewhere:
    """A bot in a loop of another thread: it answers requests for a heartbeat, and may then do something.

    Args:
        sim: where it logs in.
        busy_at: upon which requests it does something after its answer.
        deed: what: ``write``, ``write slowly``, ``read`` or ``appear``;
            or ``nothing``, not even an answer, or ``lag``, answering that only READY was read.
    """

    def __init__(self, sim: Sim, busy_at: tuple[int, ...], deed: str) -> None:
        self.asked = self.done = 0
        self._busy_at, self._deed = busy_at, deed
        self._url, self._token = sim.gateway_url, sim.bot("Bot").token
        self._send_to = f"{sim.api_url}/channels/{sim.guild('Lab').channel('general').id}/messages"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Log in, and out at the end of the block."""
        self._ready, self._end = threading.Event(), threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._live()))
        thread.start()
        try:
            await asyncio.to_thread(self._ready.wait)
            yield
        finally:
            self._end.set()
            await asyncio.to_thread(thread.join)

    async def _live(self) -> None:
        headers = {"Authorization": f"Bot {self._token}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(self._url) as socket:
            await socket.send_json(
                {"op": 2, "d": {"token": self._token, "properties": {}, "intents": int(ALL_INTENTS)}}
            )
            seq, deeds = 0, set[asyncio.Task[None]]()
            while not self._end.is_set():
                try:
                    frame: dict[str, Any] = await socket.receive_json(timeout=0.05)
                except TimeoutError:
                    continue
                seq = frame["s"] or seq
                if frame["t"] == "GUILD_CREATE":
                    self._ready.set()
                if frame["op"] == 1:
                    self.asked += 1
                    if self._deed != "nothing":
                        await socket.send_json({"op": 1, "d": 1 if self._deed == "lag" else seq})
                    if self.asked in self._busy_at:
                        deeds.add(asyncio.create_task(self._act(http, socket)))
            await asyncio.gather(*deeds)

    async def _act(self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        match self._deed:
            case "appear":
                await socket.send_json({"op": 3, "d": {"status": "dnd", "activities": []}})
            case "read":
                await (await http.get(self._send_to)).read()
            case "write":
                await (await http.post(self._send_to, json={"content": "x"})).read()
            case "write slowly":
                json_type = {"Content-Type": "application/json"}
                await (await http.post(self._send_to, data=in_parts(), headers=json_type)).read()
        self.done += 1


async def in_parts() -> AsyncIterator[bytes]:
    """A message whose bytes take their time."""
    for part in (b'{"content"', b":", b'"x"}'):
        yield part
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("deed", ["write", "write slowly", "read", "appear"])
@pytest.mark.parametrize(("busy_at", "least"), [((), 3), ((1,), 4), ((2,), 5), ((2, 4), 7)])
async def test_three_quiet_answers_in_a_row(
    sim: Sim, busy_at: tuple[int, ...], least: int, deed: str
) -> None:
    """A bot elsewhere is done when three answers came and nothing else; anything else begins it anew."""
    bot = Elsewhere(sim, busy_at, deed)
    async with bot.running():
        await sim.settle()
        assert bot.asked >= least
        assert bot.done == len(busy_at)


@pytest.mark.parametrize("deed", ["nothing", "lag"])
async def test_who_does_not_answer_is_asked_once(
    sim: Sim, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    """A client that answers no request for a heartbeat, or says it read less, is not waited for again."""
    monkeypatch.setattr("wisp_sim.gateway.connection._ANSWER_LIMIT_S", 0.05)
    bot = Elsewhere(sim, (), deed)
    async with bot.running():
        for word in ("one", "two", "three"):
            await sim.person("Ada").say(word)

    assert bot.asked == 1


async def test_several_wait_for_rest_at_once(sim: Sim, run_bot: RunBot) -> None:
    """Who waits for rest is nothing to wait for: people may act at the same time."""
    await run_bot(make_bot())
    async with asyncio.timeout(5):
        await asyncio.gather(*(sim.settle() for _ in range(5)))


async def test_the_loop_is_given_back() -> None:
    """An offline Discord watches what its loop hands to threads only while it runs."""
    loop = asyncio.get_running_loop()
    before = loop.run_in_executor
    async with Sim():
        assert loop.run_in_executor != before

    assert loop.run_in_executor == before
