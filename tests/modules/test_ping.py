"""``/ping`` and ``!ping`` over the wire."""

import math
import re

import pytest

from support.offline import offline
from wisp_framework.modules.ping import pong

PONG = re.compile(r"Pong!( \d+ ms)?")


async def test_answers_as_a_slash_command() -> None:
    """``/ping`` is answered once, for everyone in the channel to see."""
    async with offline() as here:
        seen = await (await here.person("Mallory")).slash("ping")

    assert seen.answered
    assert PONG.fullmatch(seen.text)
    assert [message.ephemeral for message in seen.messages] == [False]


@pytest.mark.parametrize("prefix", ["!", "tea "])
async def test_answers_as_a_prefix_command(prefix: str) -> None:
    """The same word after the prefix of the configuration is answered once, and without it not at all."""
    async with offline(command_prefix=prefix) as here:
        mallory = await here.person("Mallory")
        seen = await mallory.say(f"{prefix}ping")
        plain = await mallory.say("ping")

    assert PONG.fullmatch(seen.text)
    assert len(seen.messages) == 1
    assert not plain.answered


async def test_follows_the_switch() -> None:
    """Where the module is off neither way is answered with a pong; elsewhere both still are."""
    async with offline() as here:
        mallory, grace = await here.person("Mallory"), await here.person("Grace", "Tower")
        await here.switch("ping", enabled=False)
        refused = [await mallory.slash("ping"), await mallory.say("!ping")]
        answered = [await grace.slash("ping"), await grace.say("!ping")]

    assert all("The module `ping` is switched off here." in seen.text for seen in refused)
    assert all(PONG.fullmatch(seen.text) for seen in answered)


@pytest.mark.parametrize(
    ("latency_s", "text"),
    [(0.0414, "Pong! 41 ms"), (1.5, "Pong! 1500 ms"), (math.nan, "Pong!"), (math.inf, "Pong!")],
)
def test_tells_the_time_in_milliseconds(latency_s: float, text: str) -> None:
    """The time to Discord is told in whole milliseconds, and left out while it is not known."""
    assert pong(latency_s) == text
