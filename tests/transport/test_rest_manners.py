"""What Wisp does when an answer of Discord's fails it: beside `tests/wisp_sim/faults/test_rest_rows.py`."""

import asyncio
import io
import logging
from typing import Any

import discord
import pytest
from discord.ext import commands
from discord.http import MultipartParameters, Route
from typing_extensions import override

from support.clock import FakeClock
from support.fault_bot import Pending
from support.offline import offline
from support.rest_watch import SENDING, Watch, after, channel_of
from wisp_framework import AppConfig, BotContext, Module, WispApp, create_app
from wisp_framework.exceptions import ConnectError
from wisp_framework.services.base import HealthState
from wisp_framework.testing import StartApp
from wisp_framework.transport import (
    GoneWebhookError,
    Refusal,
    RestGate,
    RestRefusedError,
    UnansweredError,
)
from wisp_sim import Sim
from wisp_sim.faults import (
    CloudflarePage,
    GzipBomb,
    LateAnswer,
    NoAnswer,
    RateLimit,
    Reset,
    RestFault,
    ServerError,
    Unauthorized,
    UnknownWebhook,
    WrongContentType,
)

CALLBACK = "/interactions/*"
FOLLOW_UP = "POST /webhooks/*"
WITH_CHARSET = WrongContentType("application/json; charset=utf-8")


class Talk(Module):
    """Answers, and keeps what that came to."""

    name = "talk"

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Answers")
        async def talk(interaction: discord.Interaction) -> None:
            try:
                await interaction.response.send_message("one")
            except Exception as error:
                self.errors.append(error)
                raise

        @bot.tree.command(description="Answers by a follow-up")
        async def follow(interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True)
            try:
                await interaction.followup.send("two", ephemeral=True)
            except Exception as error:
                self.errors.append(error)
                raise


@pytest.fixture
def module() -> Talk:
    return Talk()


@pytest.fixture
async def app(start_app: StartApp, module: Talk) -> WispApp:
    return await start_app(module)


@pytest.fixture
def watch(app: WispApp) -> Watch:
    watch = Watch()
    app.bot.rest.observers.append(watch)
    return watch


async def words(sim: Sim, app: WispApp) -> list[str]:
    """What the bot really said, oldest first."""
    sim.faults.clear()
    history = channel_of(app).history(oldest_first=True)
    return [message.content async for message in history if message.author.bot]


# --- tried again, once for all ---


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
async def test_5xx_is_tried_again(sim: Sim, app: WispApp, status: int, times: int) -> None:
    """Also after 503, and four times."""
    sim.faults.add(ServerError(status), route=SENDING, times=times)
    sent = await after(sim, 20, channel_of(app).send("hi"))

    assert sent.error is None
    assert await words(sim, app) == ["hi"]


async def test_503_on_and_on(sim: Sim, app: WispApp) -> None:
    """It ends after five times, with Discord's error."""
    fault = sim.faults.add(ServerError(503), route=SENDING, times=None)
    sent = await after(sim, 30, channel_of(app).send("hi"))

    assert isinstance(sent.error, discord.DiscordServerError)
    assert sent.error.status == 503
    assert fault.hits == 5


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_reset_is_tried_again_and_the_message_is_there_once(
    sim: Sim, app: WispApp, carried_out: bool
) -> None:
    """Sent again with its nonce; whether the first one arrived makes no difference."""
    fault = sim.faults.add(Reset(carried_out), route=SENDING, times=3)
    sent = await after(sim, 20, channel_of(app).send("hi"))

    assert sent.error is None
    assert fault.hits == 3
    assert await words(sim, app) == ["hi"]


@pytest.mark.parametrize("with_file", [False, True])
async def test_every_message_has_a_nonce(sim: Sim, app: WispApp, with_file: bool) -> None:
    """Also one that is sent past discord.py's own `send`."""
    sim.faults.add(Reset(carried_out=True), route=SENDING)
    files = [discord.File(io.BytesIO(b"text"), "a.txt")] if with_file else None
    parts: list[dict[str, Any]] | None = (
        [{"name": "payload_json", "value": '{"content":"hi"}'}] if files else None
    )
    if files and parts:
        parts.append({"name": "files[0]", "value": files[0].fp, "filename": "a.txt"})
    params = MultipartParameters(payload={"content": "hi"}, multipart=parts, files=files)
    sent = await after(sim, 3, app.bot.http.send_message(channel_of(app).id, params=params))

    assert sent.error is None
    assert await words(sim, app) == ["hi"]


async def test_the_nonce_of_the_author_stays(sim: Sim, app: WispApp) -> None:
    """What was given is sent."""
    first = await channel_of(app).send("hi", nonce="mine")
    second = await channel_of(app).send("hi", nonce="mine")

    assert first.id == second.id
    assert first.nonce == "mine"


async def test_what_would_be_done_twice_is_not_sent_again(sim: Sim, app: WispApp) -> None:
    """A channel is not made anew after a reset: the error says that nobody knows."""
    fault = sim.faults.add(Reset(carried_out=True), route="POST /guilds/{guild_id}/channels", times=None)
    made = await after(sim, 0, app.bot.guilds[0].create_text_channel("new"))

    assert isinstance(made.error, UnansweredError)
    assert isinstance(made.error, OSError)
    assert made.error.sent
    assert "not known" in str(made.error)
    assert fault.hits == 1


async def test_what_was_deleted_before_the_reset_is_deleted(sim: Sim, app: WispApp) -> None:
    """The second DELETE finds nothing, which is what was wanted."""
    message = await channel_of(app).send("hi")
    sim.faults.add(Reset(carried_out=True), route="DELETE /channels/*")
    gone = await after(sim, 3, message.delete())

    assert gone.error is None
    assert await words(sim, app) == []


# --- time limits ---


async def test_a_late_answer_is_not_waited_for(sim: Sim, app: WispApp) -> None:
    """After 15 s the message is sent again with its nonce, and is there once."""
    sim.faults.add(LateAnswer(20), route=SENDING)
    sent = await after(sim, 18, channel_of(app).send("hi"))

    assert sent.task.done()
    assert sent.error is None
    assert await words(sim, app) == ["hi"]


async def test_no_answer_at_all(sim: Sim, app: WispApp) -> None:
    """Nothing hangs for a minute; the error names the route, and no id."""
    sim.faults.add(NoAnswer(), route=SENDING, times=None)
    sent = await after(sim, 59, channel_of(app).send("hi"))

    assert isinstance(sent.error, UnansweredError)
    assert "POST /channels/{channel_id}/messages" in str(sent.error)


# --- answers to interactions ---


@pytest.mark.parametrize("fault", [ServerError(500), ServerError(503), Reset(), Reset(carried_out=True)])
async def test_an_answer_to_an_interaction_is_sent_again_in_time(
    sim: Sim, app: WispApp, module: Talk, fault: RestFault
) -> None:
    """Three failures, and the member still gets the answer, once, within the three seconds."""
    active = sim.faults.add(fault, route=CALLBACK, times=3)
    seen = await sim.person("Ada").slash("talk")

    assert [message.text for message in seen.messages] == ["one"]
    assert not seen.failure
    assert module.errors == []
    assert active.hits >= 1


async def test_an_answer_that_never_gets_through_fails_soon(
    sim: Sim, app: WispApp, module: Talk, watch: Watch
) -> None:
    """The handler knows within 2.5 s, after four tries, with Discord's error."""
    sim.faults.add(ServerError(500), route=CALLBACK, times=None)
    await sim.person("Ada").slash("talk")

    assert isinstance(module.errors[0], discord.DiscordServerError)
    tries = [call for call in watch.ended if call.route.endswith("/callback")][:4]
    assert sum(call.waited_s + call.took_s for call in tries) < 2.5


@pytest.mark.parametrize("fault", [ServerError(502), ServerError(503)])
async def test_follow_ups_have_the_same_manners(
    sim: Sim, app: WispApp, module: Talk, fault: RestFault
) -> None:
    """A follow-up is sent again after 5xx."""
    sim.faults.add(fault, route=FOLLOW_UP, times=2)
    ada = asyncio.ensure_future(sim.person("Ada").slash("follow"))
    await sim.advance(seconds=6)

    assert (await ada).messages[-1].text == "two"
    assert module.errors == []


async def test_interactions_do_not_wait_for_the_global_limit(sim: Sim, app: WispApp) -> None:
    """While a global limit holds everything else, commands are answered."""
    sim.faults.add(RateLimit("global", retry_after_s=60), route=SENDING)
    sent = await after(sim, 0, channel_of(app).send("hi"))
    other = Pending(app.bot.fetch_user(app.bot.user.id))  # type: ignore[union-attr]
    assert (await sim.person("Ada").slash("talk")).text == "one"
    assert not other.task.done()
    await sim.advance(seconds=62)

    assert (sent.error, other.error) == (None, None)


# --- what Discord counts against the bot ---


async def test_a_refused_token_stops_the_requests(
    sim: Sim, app: WispApp, caplog: pytest.LogCaptureFixture
) -> None:
    """After the first 401 no more than ten requests are made, whatever the modules do; health says why."""
    fault = sim.faults.add(Unauthorized(), times=None, route="/channels/*")
    for _ in range(50):
        sent = await after(sim, 0, channel_of(app).send("hi"))
        assert isinstance(sent.error, discord.HTTPException)
        assert sent.error.status == 401

    assert fault.hits <= 10
    assert isinstance(sent.error, RestRefusedError)
    assert sent.error.refusal is Refusal.REFUSED_TOKEN
    assert (await app.services.get(RestGate).check_health()).state is HealthState.DOWN
    alarms = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert ["DISCORD_TOKEN" in record.getMessage() for record in alarms] == [True]


async def test_a_token_that_works_again_is_used_again(sim: Sim, app: WispApp) -> None:
    """A refusal that was Discord's mistake heals by itself."""
    sim.faults.add(Unauthorized(), route=SENDING)
    await after(sim, 0, channel_of(app).send("hi"))
    await sim.advance(seconds=301)
    await after(sim, 0, channel_of(app).send("again"))
    await after(sim, 0, channel_of(app).send("and again"))

    assert await words(sim, app) == ["again", "and again"]


async def test_a_ban_is_left_in_peace(sim: Sim, app: WispApp) -> None:
    """After Cloudflare's page nothing is sent for a minute, not even an answer; then all goes on."""
    fault = sim.faults.add(CloudflarePage(), times=None)
    for _ in range(10):
        sent = await after(sim, 0, channel_of(app).send("hi"))
        assert isinstance(sent.error, discord.HTTPException)
    assert fault.hits == 1
    sim.faults.clear()
    await sim.advance(seconds=61)
    await channel_of(app).send("hi")

    assert await words(sim, app) == ["hi"]


async def test_a_webhook_that_is_gone_costs_one_request(sim: Sim, app: WispApp) -> None:
    """Callers get the NotFound they know, and Discord hears of it once."""
    webhook = await channel_of(app).create_webhook(name="news")
    fault = sim.faults.add(UnknownWebhook(), route=FOLLOW_UP, times=None)
    errors = [(await after(sim, 0, webhook.send("hi"))).error for _ in range(5)]

    assert all(isinstance(error, discord.NotFound) for error in errors)
    assert isinstance(errors[-1], GoneWebhookError)
    assert fault.hits == 1


async def test_an_interaction_that_is_not_answered_yet_is_not_buried(
    sim: Sim, app: WispApp, module: Talk
) -> None:
    """Discord calls its webhook unknown before the first answer; follow-ups work after that."""
    sim.faults.add(UnknownWebhook(), route=FOLLOW_UP)
    await sim.person("Ada").slash("follow")
    assert isinstance(module.errors[0], discord.NotFound)
    assert (await sim.person("Ada").slash("follow")).messages[-1].text == "two"


# --- answers that are not as they should be ---


async def test_a_content_type_with_a_charset_is_json(sim: Sim, start_app: StartApp) -> None:
    """Such a proxy lets the bot log in, speak, and answer."""
    fault = sim.faults.add(WITH_CHARSET, times=None)
    app = await start_app(Talk)
    message = await channel_of(app).send("hi")
    seen = await sim.person("Ada").slash("talk")

    assert (message.content, seen.text) == ("hi", "one")
    assert fault.hits > 5


async def test_a_bomb_is_not_unpacked_to_its_end(sim: Sim, app: WispApp) -> None:
    """An answer of more than 32 MiB is refused; the bot lives."""
    sim.faults.add(GzipBomb(64), route=SENDING)
    sent = await after(sim, 0, channel_of(app).send("hi"))

    assert isinstance(sent.error, ValueError)
    assert (await app.bot.fetch_channel(channel_of(app).id)).id == channel_of(app).id


async def test_a_login_tells_at_once_that_nobody_answers(sim: Sim) -> None:
    """Whoever starts a bot is not kept waiting by manners that are meant for one that runs."""
    fault = sim.faults.add(Reset(), route="GET /users/@me", times=None)
    token = sim.bot(sim.bot_names()[0]).token
    app = create_app(AppConfig(discord_token=token, discord_api_url=sim.api_url, database_url="memory://"))
    with pytest.raises(ConnectError, match="Nobody answers"):
        await app.start()

    assert fault.hits == 1


async def test_routes_of_others_are_not_touched(sim: Sim, app: WispApp) -> None:
    """A request that is no message goes out as it was asked for."""
    route = Route("GET", "/channels/{channel_id}", channel_id=channel_of(app).id)
    assert (await app.bot.http.request(route))["id"] == str(channel_of(app).id)


async def test_a_clock_that_stands_still_holds_no_request() -> None:
    """Discord's limits are kept in the machine's time, also where a test stops the app's own."""
    async with offline(clock=FakeClock()) as here:
        for number in range(20):
            await here.app.bot.guilds[0].text_channels[0].send(str(number))
