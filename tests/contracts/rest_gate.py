"""What every `RestGate` promises, whoever shares it."""

import asyncio

import discord
import pytest

from support.clock import FakeClock, settle
from support.rest_calls import answered, call, of_webhook
from wisp_framework.services.base import HealthState
from wisp_framework.transport import GoneWebhookError, Priority, Refusal, RestGate, RestRefusedError


async def may_pass(gate: RestGate, priority: Priority = Priority.NORMAL) -> bool:
    """Whether a call of that priority is let through."""
    try:
        await gate.admit(call(priority))
    except RestRefusedError:
        return False
    return True


class RestGateContract:
    """Inherited by the tests of each gate, which give ``clock`` and ``gate``; 50 requests a second."""

    async def test_never_more_in_any_second_than_is_allowed(self, clock: FakeClock, gate: RestGate) -> None:
        """However many ask at once, any second sees 50 of them at most, and no second far fewer."""
        passed: list[float] = []

        async def ask() -> None:
            await gate.admit(call())
            passed.append(clock.monotonic())

        asking = [asyncio.create_task(ask()) for _ in range(300)]
        for _ in range(100):
            await clock.advance(0.1)
        await asyncio.gather(*asking)

        assert max(sum(start <= at < start + 1 for at in passed) for start in passed) <= 50
        assert passed[-1] < 8

    async def test_the_most_urgent_goes_first(self, clock: FakeClock, gate: RestGate) -> None:
        """After a global limit moderation goes before messages, those before bulk; each in its order."""
        gate.note(answered(429, limit="global", retry_after_s=5))
        went: list[tuple[Priority, int]] = []

        async def ask(priority: Priority, number: int) -> None:
            await gate.admit(call(priority))
            went.append((priority, number))

        order = [Priority.BULK, Priority.NORMAL, Priority.ESSENTIAL] * 2
        asking = [asyncio.create_task(ask(priority, number)) for number, priority in enumerate(order)]
        await clock.advance(4.9)
        assert went == []
        await gate.admit(call(Priority.INTERACTION))
        await clock.advance(1)
        await asyncio.gather(*asking)

        assert went == sorted(went)

    async def test_who_gives_up_waiting_holds_nobody(self, clock: FakeClock, gate: RestGate) -> None:
        """Of three that wait the first two are cancelled, and the third still gets its turn."""
        gate.note(answered(429, limit="global", retry_after_s=5))
        asking = [asyncio.create_task(gate.admit(call())) for _ in range(3)]
        await settle()
        asking[0].cancel()
        asking[1].cancel()
        await clock.advance(6)

        assert asking[2].done()
        assert asking[2].exception() is None

    @pytest.mark.parametrize(
        ("number", "passing"),
        [
            (4_999, list(Priority)),
            (5_000, [Priority.INTERACTION, Priority.ESSENTIAL]),
            (8_000, []),
        ],
    )
    async def test_invalid_requests_brake(
        self, clock: FakeClock, gate: RestGate, number: int, passing: list[Priority]
    ) -> None:
        """At 5,000 in ten minutes only what is essential is sent, at 8,000 nothing; after ten minutes all."""
        for status in (401, 403, 429):
            for _ in range(number // 3 + (number % 3 if status == 403 else 0)):
                made = answered(status, limit="user")
                made.bot = None
                gate.note(made)
        assert [priority for priority in Priority if await may_pass(gate, priority)] == passing

        await clock.advance(620)
        assert [priority for priority in Priority if await may_pass(gate, priority)] == list(Priority)

    async def test_shared_limits_and_other_failures_do_not_count(self, gate: RestGate) -> None:
        """A 429 of a shared limit, a 404 or a 500 is no invalid request."""
        for _ in range(9_000):
            gate.note(answered(429, limit="shared"))
            gate.note(answered(404))
            gate.note(answered(500))

        assert await may_pass(gate, Priority.BULK)

    async def test_a_refused_token_is_asked_for_no_more(self, clock: FakeClock, gate: RestGate) -> None:
        """After a 401 nothing is sent with that token but one call in five minutes, until one succeeds."""
        gate.note(answered(401))
        with pytest.raises(discord.HTTPException, match="DISCORD_TOKEN") as caught:
            await gate.admit(call())
        assert caught.value.status == 401
        assert (await gate.check_health()).state is HealthState.DOWN
        await gate.admit(call(bot=None))
        await gate.admit(call(bot="another"))

        await clock.advance(300)
        assert [await may_pass(gate) for _ in range(3)] == [True, False, False]
        gate.note(answered(200))
        assert await may_pass(gate)
        assert (await gate.check_health()).state is HealthState.OK

    async def test_a_banned_address_is_left_in_peace(self, clock: FakeClock, gate: RestGate) -> None:
        """A ban by Cloudflare stops everything for as long as it says, or for a minute."""
        gate.note(answered(429, limit="address"))
        with pytest.raises(RestRefusedError) as caught:
            await gate.admit(call(Priority.INTERACTION))
        assert (caught.value.refusal, caught.value.retry_after_s) == (Refusal.BANNED_ADDRESS, 60)

        await clock.advance(60)
        assert await may_pass(gate)

    async def test_a_webhook_that_is_gone_is_not_asked_again(self, gate: RestGate) -> None:
        """After one Unknown Webhook its id is dead, after an invalid token only that token."""
        gate.note(of_webhook(1, 404, code=10015))
        gate.note(of_webhook(2, 404, code=10008))
        gate.note(of_webhook(3, 401))

        for dead in (of_webhook(1), of_webhook(1, mark="other"), of_webhook(3)):
            with pytest.raises(GoneWebhookError):
                await gate.admit(dead)
        await gate.admit(of_webhook(2))
        await gate.admit(of_webhook(3, mark="other"))
