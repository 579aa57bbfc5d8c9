"""What is told of each request to Discord's API, whoever makes it."""

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.rest_watch import SENDING, Watch, after, channel_of
from wisp_framework import BotContext, Module, WispApp
from wisp_framework.services import MetricsService
from wisp_framework.testing import StartApp
from wisp_framework.transport import Priority
from wisp_sim import Sim
from wisp_sim.faults import RateLimit, ServerError


class Talk(Module):
    """Answers, and says more afterwards."""

    name = "talk"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Says two things")
        async def talk(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("one")
            followed = await interaction.followup.send("two", wait=True)
            await followed.edit(content="three")


@pytest.fixture
async def app(start_app: StartApp) -> WispApp:
    return await start_app(Talk)


@pytest.fixture
def watch(app: WispApp) -> Watch:
    watch = Watch()
    app.bot.rest.observers.append(watch)
    return watch


async def test_calls_of_the_bot_and_of_interactions_are_told_by_their_route(
    sim: Sim, app: WispApp, watch: Watch
) -> None:
    """Each call is told of when it is sent and when it is over, with names where ids and tokens stand."""
    await sim.person("Ada").slash("talk")
    await channel_of(app).send("four")

    assert [(f"{call.method} {call.route}", call.status) for call in watch.ended] == [
        ("POST /interactions/{interaction_id}/{interaction_token}/callback", 200),
        ("POST /webhooks/{webhook_id}/{webhook_token}", 200),
        ("PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", 200),
        (SENDING, 200),
    ]
    assert watch.sent == watch.ended
    assert [call.priority for call in watch.ended] == [Priority.INTERACTION] * 3 + [Priority.NORMAL]
    assert [call.bot is None for call in watch.ended] == [True, True, True, False]


async def test_what_is_told_holds_no_secret(sim: Sim, app: WispApp, watch: Watch) -> None:
    """Neither the bot's token nor an interaction's stands in a call."""
    await sim.person("Ada").slash("talk")
    await channel_of(app).send("four")

    told = repr(watch.ended)
    assert sim.bot(sim.bot_names()[0]).token not in told
    assert all(call.webhook is None or len(call.webhook[1]) == 16 for call in watch.ended)


async def test_a_request_that_is_sent_again_is_told_each_time(sim: Sim, app: WispApp, watch: Watch) -> None:
    """Attempts are numbered, and say how long they were held back; the next request begins anew."""
    sim.faults.add(ServerError(500), route=SENDING, times=2)
    await after(sim, 5, channel_of(app).send("one"))
    await after(sim, 0, channel_of(app).send("two"))

    calls = watch.of(SENDING)
    assert [(call.attempt, call.status) for call in calls] == [(1, 500), (2, 500), (3, 200), (1, 200)]
    assert [call.waited_s for call in calls] == [pytest.approx(s, abs=0.5) for s in (0, 1, 3, 0)]


async def test_calls_are_counted(sim: Sim, app: WispApp) -> None:
    """Metrics tell of every route how often it was called, with what status, how long it took, and waits."""
    sim.faults.add(RateLimit("user", retry_after_s=2), route=SENDING)
    await after(sim, 3, channel_of(app).send("one"))

    values = app.services.get(MetricsService).get_metrics()
    sent = {name: count for name, count in values.counters.items() if "/messages" in name}
    assert sorted(sent.values()) == [1, 1]
    assert {status for status in ("200", "429") if any(f'"{status}"' in name for name in sent)} == {
        "200",
        "429",
    }
    (wait,) = [timing for name, timing in values.timings.items() if "rest.wait" in name and "normal" in name]
    assert wait.max == pytest.approx(2, abs=0.5)
