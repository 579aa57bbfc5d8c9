"""The offline Discord as an object: where it listens, who is in it, when it is quiet."""

import socket

import aiohttp
import pytest

from support.raw_user import raw_user
from wisp_sim import ManualClock, Sim, SimError
from wisp_sim.model.snowflake import created_at, parse_snowflake


async def test_a_port_in_use_is_named(sim: Sim) -> None:
    """Listening where somebody listens already fails with the port and what to do."""
    port = int(sim.api_url.split(":")[2].split("/")[0])

    with pytest.raises(SimError, match=f"port {port} is in use; .*choose another port"):
        await Sim(port=port).start()


async def test_two_run_side_by_side(sim: Sim) -> None:
    """Each has its own world: a token of one is nobody's in the other."""
    async with Sim() as other, aiohttp.ClientSession() as session:
        header = {"Authorization": f"Bot {sim.bot('Wisp').token}"}
        async with session.get(f"{other.api_url}/users/@me", headers=header) as response:
            assert response.status == 401


async def test_close_frees_the_port() -> None:
    """After close, which may be called twice, the port can be had again."""
    sim = Sim()
    await sim.start()
    port = int(sim.api_url.split(":")[2].split("/")[0])
    await sim.close()
    await sim.close()

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


async def test_starts_once(sim: Sim) -> None:
    """Starting twice is refused."""
    with pytest.raises(SimError, match="runs already"):
        await sim.start()


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    """A lookup that fails says what there is."""
    sim = Sim()
    for lookup in (sim.bot, sim.user, sim.guild):
        with pytest.raises(SimError, match="there are: "):
            lookup("Nobody")
    with pytest.raises(SimError, match="has no channel 'x'; it has: general"):
        sim.guild("Hopper's Harbour").channel("x")


async def test_the_owner_cannot_leave(sim: Sim) -> None:
    """Nobody else would own the guild then."""
    with pytest.raises(SimError, match="'Ada' owns"):
        await sim.leave("Ada", "Lovelace's Lab")


def test_ids_tell_their_time(clock: ManualClock) -> None:
    """Made ids are snowflakes of the clock's present, and all different."""
    sim = Sim(clock=clock)
    ids = [sim.user("Ada").id, sim.bot("Wisp").id, sim.guild("Lovelace's Lab").id]

    assert len(set(ids)) == 3
    for snowflake in ids:
        assert abs((created_at(snowflake) - clock.now()).total_seconds()) < 0.01
        assert parse_snowflake(str(snowflake)) == snowflake


async def test_settling_waits_for_what_was_sent(sim: Sim, general: int) -> None:
    """After settling, every client has read what was sent before."""
    async with raw_user(sim, sim.user("Ada").token) as ada, raw_user(sim, sim.user("Grace").token) as grace:
        for number in range(50):
            await ada.say(general, str(number))
        await sim.settle()
        assert [message["content"] for message in grace.told("MESSAGE_CREATE")] == list(map(str, range(50)))


def test_timers_ring_in_order(clock: ManualClock) -> None:
    """Callbacks ring at their moment, in order, unless cancelled; time does not go back."""
    rang: list[tuple[str, float]] = []
    clock.call_later(2, lambda: rang.append(("late", clock.monotonic())))
    clock.call_later(1, lambda: rang.append(("early", clock.monotonic())))
    clock.call_later(1, lambda: rang.append(("never", 0))).cancel()
    clock.advance(3)

    assert rang == [("early", 1.0), ("late", 2.0)]
    with pytest.raises(ValueError, match="negative"):
        clock.advance(-1)
