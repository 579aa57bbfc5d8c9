"""What plain discord.py does when an answer fails it."""

import discord
import pytest

from support.fault_bot import Act, Plain, channel_of
from wisp_sim import Sim
from wisp_sim.faults import (
    CloudflarePage,
    GzipBomb,
    LateAnswer,
    Mistyped,
    NoAnswer,
    RateLimit,
    Reset,
    ServerError,
    Truncated,
    Unauthorized,
    UnknownWebhook,
    WrongContentType,
)
from wisp_sim.pytest_plugin import RunBot

SENDING = "POST /channels/{channel_id}/messages"


async def words_in(sim: Sim, bot: Plain) -> list[str]:
    """What the bot really said, oldest first."""
    sim.faults.clear()
    return [
        message.content async for message in channel_of(bot).history(oldest_first=True) if message.author.bot
    ]


@pytest.mark.parametrize("scope", ["user", "global", "shared"])
async def test_429_is_waited_for(sim: Sim, online: Plain, act: Act, scope: str) -> None:
    """It waits as long as it is told, whatever the scope, and tries once more."""
    fault = sim.faults.add(RateLimit(scope, retry_after_s=10), route=SENDING)
    sent = await act(channel_of(online).send("hi"), seconds=9)
    assert not sent.task.done()
    await sim.advance(seconds=2)

    assert sent.error is None
    assert fault.hits == 1
    assert await words_in(sim, online) == ["hi"]


async def test_global_429_freezes_all(sim: Sim, online: Plain, act: Act) -> None:
    """After a global 429 no other request is made, but interactions are answered."""

    @online.tree.command()
    async def ping(interaction: discord.Interaction) -> None:
        """Answer."""
        await interaction.response.send_message("pong")

    await online.tree.sync()
    sim.faults.add(RateLimit("global", retry_after_s=60), route=SENDING)
    sent = await act(channel_of(online).send("hi"))
    other = await act(online.fetch_user(online.user.id))  # type: ignore[union-attr]
    assert (await sim.person("Ada").slash("ping")).text == "pong"
    assert not other.task.done()
    await sim.advance(seconds=62)

    assert (sent.error, other.error) == (None, None)


@pytest.mark.parametrize(
    "fault",
    [RateLimit(with_json=False), RateLimit(via=False), CloudflarePage()],
    ids=["no JSON", "no Via", "Cloudflare"],
)
async def test_429_that_is_not_waited_for(
    sim: Sim, online: Plain, act: Act, fault: RateLimit | CloudflarePage
) -> None:
    """Without JSON or Via it takes a 429 for a ban, and fails at once; it tells nothing of when to return."""
    sim.faults.add(fault, route=SENDING)
    sent = await act(channel_of(online).send("hi"))

    assert isinstance(sent.error, discord.HTTPException)
    assert sent.error.status == 429
    assert await words_in(sim, online) == []


@pytest.mark.parametrize("with_json", [True, False])
@pytest.mark.parametrize("status", [500, 502, 504, 524])
async def test_5xx_once(sim: Sim, online: Plain, act: Act, status: int, with_json: bool) -> None:
    """It tries again after a second."""
    sim.faults.add(ServerError(status, with_json), route=SENDING)
    sent = await act(channel_of(online).send("hi"), seconds=2)

    assert sent.error is None
    assert await words_in(sim, online) == ["hi"]


@pytest.mark.parametrize("times", [5, None])
async def test_5xx_on_and_on(sim: Sim, online: Plain, act: Act, times: int | None) -> None:
    """It tries five times, which takes it 25 s, and fails."""
    fault = sim.faults.add(ServerError(500), route=SENDING, times=times)
    sent = await act(channel_of(online).send("hi"), seconds=24)
    assert not sent.task.done()
    await sim.advance(seconds=2)

    assert isinstance(sent.error, discord.DiscordServerError)
    assert fault.hits == 5


async def test_503(sim: Sim, online: Plain, act: Act) -> None:
    """It does not try again after 503."""
    fault = sim.faults.add(ServerError(503), route=SENDING, times=None)
    sent = await act(channel_of(online).send("hi"))

    assert isinstance(sent.error, discord.DiscordServerError)
    assert fault.hits == 1


async def test_late_answer(sim: Sim, online: Plain, act: Act) -> None:
    """It waits 20 s for an answer without a word."""
    sim.faults.add(LateAnswer(20), route=SENDING)
    sent = await act(channel_of(online).send("hi"), seconds=19)
    assert not sent.task.done()
    await sim.advance(seconds=2)

    assert sent.error is None
    assert await words_in(sim, online) == ["hi"]


@pytest.mark.parametrize("carried_out", [True, False])
async def test_no_answer(sim: Sim, online: Plain, act: Act, carried_out: bool) -> None:
    """It waits five minutes for an answer that never comes, then fails with TimeoutError, sent or not."""
    sim.faults.add(NoAnswer(carried_out), route=SENDING)
    sent = await act(channel_of(online).send("hi"), seconds=299)
    assert not sent.task.done()
    await sim.advance(seconds=3)

    assert isinstance(sent.error, TimeoutError)
    assert await words_in(sim, online) == (["hi"] if carried_out else [])


async def test_late_answer_to_an_interaction(sim: Sim, online: Plain) -> None:
    """A handler goes on only when its answer was acknowledged, 20 s later; the person saw it in time."""
    done: list[str] = []

    @online.tree.command()
    async def ping(interaction: discord.Interaction) -> None:
        """Answer."""
        await interaction.response.send_message("pong")
        done.append("done")

    await online.tree.sync()
    sim.faults.add(LateAnswer(20), route="/interactions/*")
    seen = await sim.person("Ada").slash("ping")

    assert seen.text == "pong"
    assert done == []
    await sim.advance(seconds=21)
    assert done == ["done"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Truncated(), ValueError),
        (Mistyped(), TypeError),
        (WrongContentType(), TypeError),
    ],
    ids=["truncated", "mistyped", "content type"],
)
async def test_broken_answer(
    sim: Sim, online: Plain, act: Act, fault: Truncated | Mistyped | WrongContentType, error: type[Exception]
) -> None:
    """Its caller gets an error that is no DiscordException, though the message was sent; the bot lives."""
    sim.faults.add(fault, route=SENDING)
    sent = await act(channel_of(online).send("hi"))

    assert isinstance(sent.error, error)
    assert not isinstance(sent.error, discord.DiscordException)
    assert not online.is_closed()
    assert await words_in(sim, online) == ["hi"]


async def test_gzip_bomb(sim: Sim, online: Plain, act: Act) -> None:
    """It unpacks whatever comes, all of it, in memory."""
    sim.faults.add(GzipBomb(8), route=SENDING)
    sent = await act(channel_of(online).send("hi"))

    assert isinstance(sent.error, ValueError)
    assert not online.is_closed()


@pytest.mark.parametrize("carried_out", [True, False])
async def test_reset(sim: Sim, online: Plain, act: Act, carried_out: bool) -> None:
    """On Linux it does not try again after a reset, and cannot say whether the message was sent."""
    fault = sim.faults.add(Reset(carried_out), route=SENDING, times=None)
    sent = await act(channel_of(online).send("hi"), seconds=20)

    assert isinstance(sent.error, OSError)
    assert fault.hits == 1
    assert await words_in(sim, online) == (["hi"] if carried_out else [])


async def test_nonce_makes_one_of_two(sim: Sim, online: Plain, act: Act) -> None:
    """Sent again with the same nonce, the message is there once: discord.py lets Discord enforce nonces."""
    sim.faults.add(Reset(carried_out=True), route=SENDING)
    channel = channel_of(online)
    assert isinstance((await act(channel.send("hi", nonce="1"))).error, OSError)
    assert (await act(channel.send("hi", nonce="1"))).error is None

    assert await words_in(sim, online) == ["hi"]


async def test_401(sim: Sim, online: Plain, act: Act) -> None:
    """It goes on asking with a token that is not known any more."""
    fault = sim.faults.add(Unauthorized(), times=None)
    for _ in range(10):
        sent = await act(channel_of(online).send("hi"))
        assert isinstance(sent.error, discord.HTTPException)
        assert sent.error.status == 401

    assert fault.hits == 10
    assert not online.is_closed()


async def test_401_at_log_in(sim: Sim, run_bot: RunBot, plain: Plain) -> None:
    """It ends when it cannot log in."""
    sim.faults.add(Unauthorized())
    with pytest.raises(discord.LoginFailure):
        await plain.login(sim.bot("Bot").token)
    await plain.close()


async def test_webhook_404(sim: Sim, online: Plain, act: Act) -> None:
    """It asks for a webhook that is gone as often as it is told to."""
    webhook = await channel_of(online).create_webhook(name="news")
    fault = sim.faults.add(UnknownWebhook(), route="POST /webhooks/*", times=None)
    for _ in range(3):
        assert isinstance((await act(webhook.send("hi"))).error, discord.NotFound)

    assert fault.hits == 3
