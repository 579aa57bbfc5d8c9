"""How old an interaction is, whatever the machine's clock says."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock
from wisp_framework import BotContext, Module
from wisp_framework.context import Invocation, InvocationKind
from wisp_framework.dispatch.age import WINDOW_S, AgeGate
from wisp_framework.exceptions import TooOldError
from wisp_framework.policy import InteractionCaller
from wisp_framework.testing import StartApp
from wisp_sim import Sim
from wisp_sim.faults import LateFrame

DISCORDS_START = datetime(2030, 1, 1, tzinfo=UTC)


def made(seconds: float) -> InteractionCaller:
    """Whoever called at some moment of Discord's clock."""
    at = DISCORDS_START + timedelta(seconds=seconds)
    return InteractionCaller(
        cast("discord.Interaction", SimpleNamespace(id=discord.utils.time_snowflake(at)))
    )


def invocation(kind: InvocationKind = InvocationKind.COMMAND) -> Invocation:
    return Invocation(kind, "ping", None, 1, 1, 1, "ABCD1234")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def gate(clock: FakeClock) -> AgeGate:
    """A gate that has seen one interaction come at once, at the start of both clocks."""
    gate = AgeGate(clock)
    gate.check(invocation(), made(0.0))
    return gate


@pytest.mark.parametrize(("late_s", "refused"), [(2.9, False), (3.1, True), (600.0, True)])
def test_what_comes_late_is_refused(gate: AgeGate, clock: FakeClock, late_s: float, refused: bool) -> None:
    """More than three seconds later than the quickest is too old; years between the clocks do not count."""
    clock.now_s = 100.0 + late_s
    if refused:
        with pytest.raises(TooOldError) as error:
            gate.check(invocation(), made(100.0))
        assert error.value.age_s == pytest.approx(late_s)
    else:
        gate.check(invocation(), made(100.0))


def test_messages_are_never_too_old(gate: AgeGate, clock: FakeClock) -> None:
    """A prefix command can be answered at any age."""
    clock.now_s = 100.0
    gate.check(invocation(InvocationKind.PREFIX), made(0.0))


def test_clocks_may_drift(gate: AgeGate, clock: FakeClock) -> None:
    """A clock that runs a thousandth too fast drops nothing, however long the process runs."""
    for hour in range(1, 200):
        clock.now_s = hour * WINDOW_S * 1.001
        gate.check(invocation(), made(hour * WINDOW_S))


def test_an_id_from_the_future_makes_no_other_old(gate: AgeGate, clock: FakeClock) -> None:
    """One broken id is no measure for those that come after it."""
    clock.now_s = 100.0
    gate.check(invocation(), made(10_000_000.0))
    gate.check(invocation(), made(100.0))
    gate.check(invocation(), made(10_000_000.0))
    gate.check(invocation(), made(100.0))


def test_a_machine_that_slept_is_measured_anew(gate: AgeGate, clock: FakeClock) -> None:
    """Where the machine's clock stood still meanwhile, the second interaction after that is the measure."""
    slept_s = 8 * 3600.0
    clock.now_s = 100.0
    gate.check(invocation(), made(slept_s + 100.0))
    gate.check(invocation(), made(slept_s + 100.0))
    clock.now_s = 105.0
    with pytest.raises(TooOldError):
        gate.check(invocation(), made(slept_s + 100.0))


class Paying(Module):
    """Counts its side effects."""

    name = "paying"

    def __init__(self) -> None:
        self.paid = 0

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @bot.tree.command(description="Has a side effect")
        async def pay(interaction: discord.Interaction) -> None:
            self.paid += 1
            await interaction.response.send_message("paid")


async def test_a_late_command_has_no_effect(sim: Sim, start_app: StartApp) -> None:
    """What Discord delivers five seconds late is dropped before anything is done; the next one runs."""
    paying = Paying()
    await start_app(paying)
    ada = sim.person("Ada")
    assert (await ada.slash("pay")).text == "paid"

    sim.faults.add(LateFrame(5.0), event="INTERACTION_CREATE")
    seen = await ada.slash("pay")
    await sim.advance(seconds=10)
    assert "did not respond" in seen.failure
    assert paying.paid == 1

    assert (await ada.slash("pay")).text == "paid"
    assert paying.paid == 2
