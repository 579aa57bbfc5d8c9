"""The webhook logger, speaking to a server on this machine that plays the webhook."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from typing_extensions import override

from support.clock import FakeClock, settle
from wisp_framework.config import AppConfig
from wisp_framework.services import HealthState, MetricsService, WebhookLoggerService
from wisp_framework.services.webhook_logger import MAX_WAITING

SECRET = "s3cret-Webhook_Token"
BOT_TOKEN = "made.up.token"
FULL = "x" * 1990
"""A line that fills a message."""


class WatchedClock(FakeClock):
    """A fake clock that tells when somebody begins to wait, and for how long."""

    def __init__(self) -> None:
        super().__init__()
        self._waits: asyncio.Queue[float] = asyncio.Queue()

    @override
    async def sleep(self, delay_s: float) -> None:
        self._waits.put_nowait(delay_s)
        await super().sleep(delay_s)

    async def next_wait(self) -> float:
        """The length of the next wait that begins."""
        async with asyncio.timeout(5):
            return await self._waits.get()


@dataclass
class Webhook:
    """Plays the webhook: notes what is posted, and answers what the test has put into ``answers``."""

    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    posted: asyncio.Queue[dict[str, object]] = field(default_factory=asyncio.Queue)
    count: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Answer one post."""
        self.count += 1
        status, headers = self.answers.pop(0) if self.answers else (204, {})
        if status == 204:
            self.posted.put_nowait(await request.json())
        return web.Response(status=status, headers=headers)

    async def next(self) -> dict[str, object]:
        """The body of the next post that was taken."""
        async with asyncio.timeout(5):
            return await self.posted.get()


@pytest.fixture
def clock() -> WatchedClock:
    """A clock that stands still and tells who waits."""
    return WatchedClock()


@pytest.fixture
def webhook() -> Webhook:
    """A webhook that takes everything."""
    return Webhook()


@pytest.fixture
async def server(webhook: Webhook) -> AsyncIterator[TestServer]:
    """The server that the webhook stands on."""
    app = web.Application()
    app.router.add_post(f"/api/webhooks/1/{SECRET}", webhook.take)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def webhook_config(server: TestServer) -> AppConfig:
    """Settings that name the webhook."""
    url = str(server.make_url(f"/api/webhooks/1/{SECRET}"))
    return AppConfig(discord_token=BOT_TOKEN, database_url="memory://", webhook_logger_url=url)


@pytest.fixture
async def logger(webhook_config: AppConfig, clock: WatchedClock) -> AsyncIterator[WebhookLoggerService]:
    """The service under test, started."""
    logger = WebhookLoggerService(webhook_config, clock)
    await logger.start()
    yield logger
    stopping = asyncio.create_task(logger.stop())
    await clock.advance(60)
    await stopping


async def health_is(logger: WebhookLoggerService, state: HealthState) -> None:
    """Return once the service says that it is so."""
    async with asyncio.timeout(5):
        while (await logger.check_health()).state is not state:  # noqa: ASYNC110 - health is asked, it never tells
            await asyncio.sleep(0)


async def test_posts_a_line(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """A line is posted with its level, and mentions nobody."""
    await logger.log("@everyone the disk is full", level="error")

    assert await webhook.next() == {
        "content": "`ERROR` @everyone the disk is full",
        "embeds": [],
        "allowed_mentions": {"parse": []},
    }


async def test_posts_embeds(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """Embeds are posted as they are, together and in order, below the line that has one."""
    await logger.log("look", embed={"title": "first"})
    await logger.send_embed({"title": "second"})
    await logger.send_embeds([{"title": "third", "fields": []}, {"title": "fourth"}])

    body = await webhook.next()
    assert body["content"] == "`INFO` look"
    assert body["embeds"] == [
        {"title": "first"},
        {"title": "second"},
        {"title": "third", "fields": []},
        {"title": "fourth"},
    ]


async def test_puts_lines_together(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """What is said at once is posted at once; a line that is too long is cut."""
    await logger.log("one")
    await logger.log("two", level="warning")
    await logger.log("y" * 3000)

    assert (await webhook.next())["content"] == "`INFO` one\n`WARNING` two"
    content = (await webhook.next())["content"]
    assert isinstance(content, str)
    assert (len(content), content[-1]) == (2000, "…")


async def test_keeps_the_pace(logger: WebhookLoggerService, webhook: Webhook, clock: WatchedClock) -> None:
    """After five posts it waits until two seconds have passed since the first of them."""
    for number in range(7):
        await logger.log(f"{FULL[:-1]}{number}")

    assert await clock.next_wait() == 2.0
    assert webhook.count == 5

    await clock.advance(2)
    for _ in range(7):
        await webhook.next()


async def test_waits_as_long_as_discord_asks(
    logger: WebhookLoggerService, webhook: Webhook, clock: WatchedClock
) -> None:
    """After a 429 the same message is posted again, once the time in ``Retry-After`` has passed."""
    webhook.answers.append((429, {"Retry-After": "3.5"}))
    await logger.log("patience")

    assert await clock.next_wait() == 3.5
    await clock.advance(3.5)
    assert (await webhook.next())["content"] == "`INFO` patience"
    assert webhook.count == 2
    assert logger.dropped == 0


async def test_stops_before_discord_has_to_ask(
    logger: WebhookLoggerService, webhook: Webhook, clock: WatchedClock
) -> None:
    """When the bucket is empty it waits until the bucket is filled again."""
    webhook.answers.append((204, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "7"}))
    await logger.log(FULL)
    await logger.log("next")
    await webhook.next()

    assert await clock.next_wait() == 7
    await clock.advance(7)
    assert (await webhook.next())["content"] == "`INFO` next"


async def test_keeps_messages_while_discord_is_away(
    logger: WebhookLoggerService, webhook: Webhook, clock: WatchedClock
) -> None:
    """Server errors are retried after ever longer waits; health tells meanwhile, and nothing is lost."""
    webhook.answers += [(503, {}), (502, {}), (500, {})]
    await logger.log("important")

    for wait_s in (1, 2, 4):
        assert await clock.next_wait() == wait_s
        health = await logger.check_health()
        assert health.state is HealthState.DEGRADED
        await clock.advance(wait_s)
    assert (await webhook.next())["content"] == "`INFO` important"
    await health_is(logger, HealthState.OK)


async def test_survives_a_server_that_is_gone(
    logger: WebhookLoggerService, server: TestServer, clock: WatchedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nobody answers, the message waits, and the log tells why without the URL."""
    await server.close()
    await logger.log("hello")

    assert await clock.next_wait() == 1
    health = await logger.check_health()
    assert health.detail.startswith("ClientConnectorError")
    assert "takes no messages now" in caplog.text
    assert SECRET not in caplog.text + health.detail


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_buries_a_dead_webhook(
    logger: WebhookLoggerService, webhook: Webhook, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """A webhook that is gone is never asked again; health says what to do, and messages are counted."""
    webhook.answers.append((status, {}))
    await logger.log(FULL)
    await logger.log(FULL)
    await logger.log("another")
    await health_is(logger, HealthState.DOWN)
    await logger.log("after")
    await settle()

    assert webhook.count == 1
    assert logger.dropped == 4
    assert "set WEBHOOK_LOGGER_URL to a new one" in (await logger.check_health()).detail
    assert SECRET not in caplog.text


async def test_gives_up_what_discord_refuses(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """A message that Discord calls malformed is counted, and the next one is posted and says so."""
    webhook.answers.append((400, {}))
    await logger.send_embed({"color": "no number"})
    await health_is(logger, HealthState.DEGRADED)
    await logger.log("next")

    assert (await webhook.next())["content"] == "`WARNING` messages dropped before this one: 1\n`INFO` next"
    assert logger.dropped == 1


async def test_an_overflow_is_counted_and_told(
    logger: WebhookLoggerService, webhook: Webhook, clock: WatchedClock
) -> None:
    """When too many messages wait, the later ones are dropped, and how many is posted."""
    webhook.answers.append((503, {}))
    await logger.log("first")
    await clock.next_wait()
    for number in range(MAX_WAITING + 3):
        await logger.log(str(number))
    assert logger.dropped == 3

    await clock.advance(1)
    assert (await webhook.next())["content"] == "`INFO` first"
    content = (await webhook.next())["content"]
    assert isinstance(content, str)
    assert content.startswith("`WARNING` messages dropped before this one: 3\n`INFO` 0\n`INFO` 1\n")


async def test_never_raises_into_the_caller(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """An embed that is no JSON is dropped and counted, and so is whatever else cannot be posted."""
    await logger.send_embed({"fields": {1, 2}})  # type: ignore[dict-item]
    await logger.log("fine")

    assert "messages dropped before this one: 1" in str((await webhook.next())["content"])
    assert logger.dropped == 1


async def test_hides_secrets(
    logger: WebhookLoggerService, webhook_config: AppConfig, webhook: Webhook
) -> None:
    """No setting's secret is posted, nor anything that looks like one, in a line or in an embed."""
    assert webhook_config.webhook_logger_url is not None
    url = webhook_config.webhook_logger_url.get_secret_value()
    shaped = "https://discord.com/api/webhooks/2/another-Secret_Token"
    await logger.log(
        f"{BOT_TOKEN} {url}", embed={"fields": [{"name": "at", "value": f"{shaped} {BOT_TOKEN}"}]}
    )

    text = json.dumps(await webhook.next())
    assert "[hidden]" in text
    for secret in (BOT_TOKEN, SECRET, "another-Secret_Token"):
        assert secret not in text


async def test_shutdown_posts_what_waits(
    webhook_config: AppConfig, clock: WatchedClock, webhook: Webhook
) -> None:
    """What was said just before the end is posted."""
    logger = WebhookLoggerService(webhook_config, clock)
    await logger.start()
    await logger.log("goodbye")
    await logger.stop()

    assert (await webhook.next())["content"] == "`INFO` goodbye"


async def test_shutdown_has_a_limit(
    webhook_config: AppConfig, clock: WatchedClock, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    """A webhook that takes nothing does not hold the stop; what is left is counted in the log."""
    webhook.answers += [(503, {})] * 20
    logger = WebhookLoggerService(webhook_config, clock)
    await logger.start()
    await logger.log("goodbye")
    assert await clock.next_wait() == 1
    await logger.log("and again")
    stopping = asyncio.create_task(logger.stop())
    assert await clock.next_wait() == 5
    clock.now_s = 4.5  # the retries in between are not what this is about
    await clock.advance(0.5)
    async with asyncio.timeout(5):
        await stopping

    assert "Messages to the webhook that were not posted before the stop: 2" in caplog.text


async def test_does_nothing_without_a_url(config: AppConfig) -> None:
    """Where no webhook is set, everything is taken, nothing is posted, and all is well."""
    logger = WebhookLoggerService(config)
    await logger.start()
    await logger.log("hello")
    await logger.send_embeds([{"title": "x"}])

    health = await logger.check_health()
    assert (health.state, health.detail) == (HealthState.OK, "not configured")
    assert logger.dropped == 0
    await logger.stop()


async def test_a_flood_is_one_line_with_its_number(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """What is said again while it waits is posted once, in its first place; embeds are never the same."""
    for _ in range(312):
        await logger.log("the disk is full", level="error")
    await logger.log("look", embed={"title": "x"})
    await logger.log("look", embed={"title": "x"})
    await logger.log("the disk is full", level="error")

    body = await webhook.next()
    assert body["content"] == "`ERROR` the disk is full \u00d7313\n`INFO` look\n`INFO` look"
    assert body["embeds"] == [{"title": "x"}, {"title": "x"}]
    assert logger.dropped == 0

    await logger.log("the disk is full", level="error")
    assert (await webhook.next())["content"] == "`ERROR` the disk is full"


async def test_what_a_flood_stands_for_is_counted(
    webhook_config: AppConfig, clock: WatchedClock, webhook: Webhook
) -> None:
    """Metrics count each message, posted or dropped, and tell that the webhook is gone."""
    metrics = MetricsService(webhook_config, clock)
    logger = WebhookLoggerService(webhook_config, clock, metrics)
    await logger.start()
    for _ in range(3):
        await logger.log("again")
    await webhook.next()
    webhook.answers.append((404, {}))
    for _ in range(5):
        await logger.log("and again")
    await health_is(logger, HealthState.DOWN)
    await logger.stop()

    told = metrics.get_metrics()
    assert told.counters['webhook.messages{outcome="posted"}'] == 3
    assert told.counters['webhook.messages{outcome="dropped"}'] == logger.dropped == 5
    assert told.gauges["webhook.gone"] == 1


async def test_errors_of_the_log_are_posted(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """From the level on, with the error and the request; the same with other arguments counts as the same."""
    log = logging.getLogger("shop")
    log.warning("not posted")
    with structlog.contextvars.bound_contextvars(request_id="3F2A91BC"):
        for number in range(3):
            error = ValueError(f"wheel {number} of {BOT_TOKEN}")
            log.error("order %d failed", number, exc_info=error)
    log.critical("no tea: %s", BOT_TOKEN)

    assert (await webhook.next())["content"] == (
        "`ERROR` shop: order 0 failed (ValueError: wheel 0 of [hidden]) ref 3F2A91BC \u00d73\n"
        "`CRITICAL` shop: no tea: [hidden]"
    )


async def test_lines_of_other_threads_are_posted(logger: WebhookLoggerService, webhook: Webhook) -> None:
    """Wherever something goes wrong."""
    await asyncio.to_thread(logging.getLogger("shop").error, "in a thread")

    assert (await webhook.next())["content"] == "`ERROR` shop: in a thread"


async def test_a_line_that_cannot_be_made_is_posted_as_it_is(
    logger: WebhookLoggerService, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments that do not fit do not lose the line, nor reach the caller."""
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logging.getLogger("shop").error("%d teas", "many")

    assert (await webhook.next())["content"] == "`ERROR` shop: %d teas"


async def test_posting_posts_nothing_about_itself(
    webhook_config: AppConfig, clock: WatchedClock, webhook: Webhook
) -> None:
    """What is logged while a message is posted, and about the webhook, is no message more."""
    config = webhook_config.model_copy(update={"webhook_logger_level": "WARNING"})
    logger = WebhookLoggerService(config, clock)
    await logger.start()
    webhook.answers += [(503, {}), (400, {})]
    await logger.log("first")
    assert await clock.next_wait() == 1
    await clock.advance(1)
    async with asyncio.timeout(5):
        while not logger.dropped:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    await logger.log("second")
    posted = await webhook.next()
    await logger.stop()

    assert posted["content"] == "`WARNING` messages dropped before this one: 1\n`INFO` second"
    assert webhook.count == 3


async def test_no_line_of_the_log_is_posted_where_none_is_wanted(
    webhook_config: AppConfig, clock: WatchedClock, webhook: Webhook
) -> None:
    """With WEBHOOK_LOGGER_LEVEL=never, and after the stop."""
    config = webhook_config.model_copy(update={"webhook_logger_level": None})
    for settings in (config, webhook_config):
        logger = WebhookLoggerService(settings, clock)
        await logger.start()
        if settings is webhook_config:
            await logger.stop()
        logging.getLogger("shop").error("not posted")
        await settle()
        if settings is config:
            await logger.stop()

    assert webhook.count == 0


async def test_hides_what_is_secret_inside_a_setting(
    webhook_config: AppConfig, clock: WatchedClock, webhook: Webhook
) -> None:
    """The password of a database's address, and the token of the webhook's, by themselves."""
    url = "postgresql+asyncpg://wisp:hunter2-and-more@db/wisp"
    logger = WebhookLoggerService(webhook_config.model_copy(update={"database_url": SecretStr(url)}), clock)
    await logger.start()
    await logger.log(f"login with hunter2-and-more, {SECRET}")

    assert (await webhook.next())["content"] == "`INFO` login with [hidden], [hidden]"
    await logger.stop()
