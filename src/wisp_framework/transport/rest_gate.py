"""Who may ask Discord for something, and when: what protects the bot's address and its token."""

import logging
from collections import OrderedDict, deque
from typing import Protocol, runtime_checkable

from wisp_framework.config import AppConfig
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.metrics import MetricsService
from wisp_framework.transport.rest_call import Priority, RestCall
from wisp_framework.transport.rest_errors import GoneWebhookError, Refusal, RestRefusedError
from wisp_framework.transport.rest_turns import Turns
from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)

WINDOW_S = 600.0
WARN_AT, SHED_AT, STOP_AT = 2_000, 5_000, 8_000
"""Of 10,000 invalid requests in ten minutes, after which Discord bans the address.

Source: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""
BAN_S = 60.0
"""How long nothing is sent after a ban that does not say how long it lasts."""
PROBE_S = 300.0
"""How often one request is sent with a token that Discord refused, to see whether it takes it again."""
UNKNOWN_WEBHOOK = 10015
"""Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json"""
REMEMBERED = 4_096
_STEP_S = 10.0


@runtime_checkable
class RestGate(Protocol):
    """Asked before every call to Discord, and told how it went.

    One gate is enough for all that share an address and a token.
    """

    async def admit(self, call: RestCall) -> None:
        """Return when the call may be sent.

        Raises:
            RestRefusedError: it must not be.
        """

    def note(self, call: RestCall) -> None:
        """Take note of a call that is over."""

    async def check_health(self) -> Health:
        """Down while nothing may be sent, degraded while something is held back."""


class InvalidRequests:
    """How many invalid requests there were in the last ten minutes, to ten seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steps: deque[tuple[float, int]] = deque()
        self._total = 0

    def add(self) -> None:
        """There was one more."""
        now_s = self._clock.monotonic()
        if self._steps and now_s - self._steps[-1][0] < _STEP_S:
            began_s, number = self._steps[-1]
            self._steps[-1] = (began_s, number + 1)
        else:
            self._steps.append((now_s, 1))
        self._total += 1

    @property
    def count(self) -> int:
        """How many that still count."""
        oldest_s = self._clock.monotonic() - WINDOW_S - _STEP_S
        while self._steps and self._steps[0][0] <= oldest_s:
            self._total -= self._steps.popleft()[1]
        return self._total


class LocalRestGate:
    """`RestGate` for one process.

    Args:
        config: how many requests a second Discord takes from this bot.
        clock: measures waits and the ten minutes.
        metrics: where refusals and invalid requests are counted.
    """

    def __init__(self, config: AppConfig, clock: Clock, metrics: MetricsService) -> None:
        self._clock = clock
        self._metrics = metrics
        self._turns = Turns(clock, config.discord_requests_per_s)
        self._invalid = InvalidRequests(clock)
        self._level = 0
        self._banned_until_s = 0.0
        self._refused: OrderedDict[str, float] = OrderedDict()
        self._gone: OrderedDict[tuple[int, str | None], int] = OrderedDict()

    async def admit(self, call: RestCall) -> None:
        """Let it through at once, after its turn, or not at all.

        Raises:
            RestRefusedError: the token was refused, the webhook is gone, the address is or may be banned.
        """
        self._check(call)
        if call.priority is not Priority.INTERACTION:  # those are not bound to the global limit
            await self._turns.take(call.priority)
            self._check(call)
        if call.bot is not None and call.bot in self._refused:  # this one is the probe
            self._refused[call.bot] = self._clock.monotonic() + PROBE_S

    def _check(self, call: RestCall) -> None:
        refused = (
            self._gone_webhook(call) or self._banned() or self._refused_token(call) or self._braked(call)
        )
        if refused is not None:
            self._metrics.increment("rest.refused", reason=refused.refusal.value)
            raise refused

    def _gone_webhook(self, call: RestCall) -> RestRefusedError | None:
        if call.webhook is None:
            return None
        webhook_id, mark = call.webhook
        status = self._gone.get((webhook_id, None)) or self._gone.get((webhook_id, mark))
        return GoneWebhookError(webhook_id, status) if status is not None else None

    def _banned(self) -> RestRefusedError | None:
        left_s = self._banned_until_s - self._clock.monotonic()
        if left_s <= 0:
            return None
        text = f"this address is banned from Discord's API; nothing is sent for {left_s:.0f} s"
        return RestRefusedError(Refusal.BANNED_ADDRESS, text, 429, left_s)

    def _refused_token(self, call: RestCall) -> RestRefusedError | None:
        probe_s = self._refused.get(call.bot) if call.bot is not None else None
        if call.bot is None or probe_s is None or _logs_in(call):
            return None
        left_s = probe_s - self._clock.monotonic()
        if left_s <= 0:
            return None
        text = "Discord refused DISCORD_TOKEN; give the bot its new one and start it again"
        return RestRefusedError(Refusal.REFUSED_TOKEN, text, 401, left_s)

    def _braked(self, call: RestCall) -> RestRefusedError | None:
        count = self._invalid.count
        if count < SHED_AT or (count < STOP_AT and call.priority <= Priority.ESSENTIAL):
            return None
        text = f"{count} invalid requests in ten minutes: at 10,000 Discord bans this address"
        return RestRefusedError(Refusal.INVALID_REQUESTS, text, 429)

    # --- what is learnt ---

    def note(self, call: RestCall) -> None:
        """Learn from its answer: limits, bans, refused tokens, webhooks that are gone."""
        if call.status is None:
            return
        if call.bot is not None and call.status < 400 and self._refused.pop(call.bot, None) is not None:
            _log.warning("Discord takes the bot's token again")
        if call.status in {401, 403} or (call.status == 429 and call.limit != "shared"):
            self._count()
        if call.status == 429:
            self._note_limit(call)
        elif call.status in {401, 404}:
            self._note_unknown(call)

    def _count(self) -> None:
        self._invalid.add()
        count = self._invalid.count
        self._metrics.gauge("rest.invalid", count)
        level = sum(count >= at for at in (WARN_AT, SHED_AT, STOP_AT))
        if level > self._level:
            what = ("look for what fails", "only what is essential is sent", "nothing is sent")[level - 1]
            log = (_log.warning, _log.error, _log.critical)[level - 1]
            log("%d invalid requests (401, 403, 429) in ten minutes: %s; at 10,000 comes a ban", count, what)
        self._level = level

    def _note_limit(self, call: RestCall) -> None:
        if call.limit == "global":
            self._turns.hold(call.retry_after_s)
        elif call.limit == "address":
            wait_s = call.retry_after_s or BAN_S
            self._banned_until_s = self._clock.monotonic() + wait_s
            _log.critical("this address is banned from Discord's API; nothing is sent for %.0f s", wait_s)

    def _note_unknown(self, call: RestCall) -> None:
        if call.bot is not None and call.status == 401 and not _logs_in(call):
            if call.bot not in self._refused:
                _log.critical("Discord refused DISCORD_TOKEN (401 at %s %s)", call.method, call.route)
            self._refused[call.bot] = self._clock.monotonic() + PROBE_S
            _forget_oldest(self._refused)
        elif call.webhook is not None and call.status == 401:
            self._bury(call.webhook, 401)
        elif call.webhook is not None and call.code == UNKNOWN_WEBHOOK and not _is_of_interaction(call):
            self._bury((call.webhook[0], None), 404)

    def _bury(self, webhook: tuple[int, str | None], status: int) -> None:
        if webhook not in self._gone:
            _log.warning("webhook %d is gone (%d); it is not asked again", webhook[0], status)
            self._metrics.increment("rest.webhooks_gone")
        self._gone[webhook] = status
        _forget_oldest(self._gone)

    async def check_health(self) -> Health:
        """Down with a refused token or a banned address, degraded near the limit of invalid requests."""
        count = self._invalid.count
        if self._refused:
            return Health(HealthState.DOWN, "Discord refused DISCORD_TOKEN")
        if (banned := self._banned()) is not None:
            return Health(HealthState.DOWN, banned.text)
        if count >= WARN_AT:
            return Health(HealthState.DEGRADED, f"{count} invalid requests in ten minutes")
        return Health(HealthState.OK, f"{count} invalid requests in ten minutes")


def _logs_in(call: RestCall) -> bool:
    """A login tells by itself that the token is wrong, and may bring another one."""
    return call.route == "/users/@me"


def _is_of_interaction(call: RestCall) -> bool:
    """Discord does not know the webhook of an interaction before its first answer, and does after it."""
    return call.priority is Priority.INTERACTION


def _forget_oldest(known: OrderedDict[str, float] | OrderedDict[tuple[int, str | None], int]) -> None:
    if len(known) > REMEMBERED:
        known.popitem(last=False)
