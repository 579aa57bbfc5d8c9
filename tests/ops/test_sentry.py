"""Unexpected failures as Sentry gets them, over HTTP from a loopback server."""

import gzip
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from support.offline import offline
from support.tea import SECRET_WORDS, TeaModule

KEY = "0123456789abcdef0123456789abcdef"


class Sentry:
    """A server that takes envelopes."""

    def __init__(self, port: int | None, envelopes: list[bytes]) -> None:
        self.dsn = f"http://{KEY}@127.0.0.1:{port}/7"
        self._envelopes = envelopes

    @property
    def events(self) -> list[dict[str, Any]]:
        """All errors that came."""
        lines = [line for envelope in self._envelopes for line in envelope.splitlines()]
        found = [json.loads(line) for line in lines if line.startswith(b"{")]
        return [one for one in found if "exception" in one]

    @property
    def text(self) -> str:
        """Everything that came."""
        return b"\n".join(self._envelopes).decode()


@pytest.fixture
async def sentry() -> AsyncIterator[Sentry]:
    """A Sentry of our own."""
    envelopes: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        envelopes.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/api/7/envelope/", take)
    async with TestServer(app) as server:
        yield Sentry(server.port, envelopes)


def _fail(text: str, line: str) -> None:
    """Log a failure of that text, with a variable in its frame, under that line."""
    written = "member wrote what a"[::-1]
    try:
        _raise(OSError(text, written[:0]))
    except OSError:
        logging.getLogger("wisp_framework.tests").exception(line)


def _raise(error: Exception) -> None:
    raise error


async def test_a_failure_with_its_reference_module_and_command(sentry: Sentry) -> None:
    """What a handler raises arrives with what the member saw and where it happened."""
    async with offline(TeaModule(), sentry_dsn=sentry.dsn, app_env="tests") as here:
        seen = await (await here.person("Ada")).slash("spill")

    (event,) = sentry.events
    assert event["tags"]["reference"] in seen.text
    assert (event["tags"]["module"], event["tags"]["command"]) == ("tea", "spill")
    assert event["exception"]["values"][-1]["type"] == "OSError"
    assert event["environment"] == "tests"


async def test_what_is_expected_is_not_told(sentry: Sentry) -> None:
    """A refusal is no failure, nor is an error line without an exception."""
    async with offline(TeaModule(), sentry_dsn=sentry.dsn) as here:
        await here.switch("tea", enabled=False)
        await (await here.person("Mallory")).slash("brew")
        logging.getLogger("wisp_framework.tests").error("only words")

    assert sentry.events == []


async def test_secrets_stay_here(sentry: Sentry) -> None:
    """Tokens in messages, errors and local variables are hidden before they leave."""
    async with offline(TeaModule(), sentry_dsn=sentry.dsn, ops_token="correct-horse-battery-staple") as here:
        token = here.app.config.discord_token.get_secret_value()
        _fail(f"refused {token} and correct-horse-battery-staple", f"failed with {token}")

    (event,) = sentry.events
    assert event["logentry"]["message"] == "failed with [hidden]"
    for secret in (token, "correct-horse-battery-staple", "a tahw etorw rebmem"):
        assert secret not in sentry.text
    assert "vars" not in event["exception"]["values"][-1]["stacktrace"]["frames"][-1]


async def test_nothing_of_it_stays_in_the_process(sentry: Sentry) -> None:
    """A bot that has stopped reports nothing any more."""
    async with offline(sentry_dsn=sentry.dsn):
        pass
    _fail(SECRET_WORDS, "later")

    assert sentry.events == []
