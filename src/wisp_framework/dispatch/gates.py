"""The gates behind the module's switch, each of which asks one thing."""

from collections.abc import Awaitable, Callable
from typing import Final

from wisp_framework.context import InvocationKind
from wisp_framework.dispatch.gate import InnerGate, Question
from wisp_framework.exceptions import (
    BotPermissionsError,
    BusyError,
    CooldownError,
    GuildOnlyError,
    MissingPermissionsError,
    OwnerOnlyError,
    PolicyDeniedError,
)
from wisp_framework.policy.callers import Caller
from wisp_framework.policy.demands import Concurrency, Per
from wisp_framework.policy.limits import Bucket, RateStore
from wisp_framework.policy.permissions import missing_permissions
from wisp_framework.policy.rulebook import RuleBook
from wisp_framework.policy.rules import Use, decide

COMMANDS: Final = frozenset({InvocationKind.COMMAND, InvocationKind.AUTOCOMPLETE, InvocationKind.PREFIX})


class GuildOnlyGate:
    """What works only in a guild."""

    name = GuildOnlyError.gate
    asks_always = False

    def check(self, question: Question) -> None:
        """Refuse in direct messages."""
        if question.demands.guild_only and question.invocation.guild_id is None:
            raise GuildOnlyError


class OwnerGate:
    """What is for the bot's owners."""

    name = OwnerOnlyError.gate
    asks_always = False

    def check(self, question: Question) -> Awaitable[None] | None:
        """Refuse everybody else; discord.py may have to ask once who owns the application."""
        return self._ask(question.caller) if question.demands.owner_only else None

    async def _ask(self, caller: Caller) -> None:
        if not await caller.is_owner():
            raise OwnerOnlyError


class PermissionsGate:
    """What the member must be allowed by Discord."""

    name = MissingPermissionsError.gate
    asks_always = False

    def check(self, question: Question) -> None:
        """Refuse who lacks something."""
        needed = question.demands.permissions
        if needed and (missing := missing_permissions(needed, question.caller.permissions())):
            raise MissingPermissionsError(missing)


class BotPermissionsGate:
    """What the bot must be allowed by Discord."""

    name = BotPermissionsError.gate
    asks_always = False

    def check(self, question: Question) -> None:
        """Refuse where it lacks something."""
        needed = question.demands.bot_permissions
        if needed and (missing := missing_permissions(needed, question.caller.bot_permissions())):
            raise BotPermissionsError(missing)


class PolicyGate:
    """The rules of the guild.

    Args:
        rules: of all guilds.
        is_fixed: whether a module cannot be switched off; it cannot be denied either, so that a guild
            cannot lock itself out.
    """

    name = PolicyDeniedError.gate
    asks_always = True

    def __init__(self, rules: RuleBook, is_fixed: Callable[[str], bool]) -> None:
        self._rules = rules
        self._is_fixed = is_fixed

    def check(self, question: Question) -> None:
        """Refuse what a rule denies, and everything while the rules are not known."""
        invocation = question.invocation
        if invocation.guild_id is None:
            return
        rules = self._rules.of(invocation.guild_id)
        if rules is None and self._rules.loaded:
            return
        if invocation.module is not None and self._is_fixed(invocation.module):
            return
        if rules is None:
            raise PolicyDeniedError(None)
        caller = question.caller
        rule = decide(
            rules,
            Use(
                command=invocation.name if invocation.kind in COMMANDS else None,
                module=invocation.module,
                user_id=invocation.user_id,
                role_ids=caller.role_ids(),
                channel_ids=caller.channel_ids(),
                guild_id=invocation.guild_id,
            ),
        )
        if rule is not None and not rule.allowed:
            raise PolicyDeniedError(str(rule))


class CooldownGate:
    """How often."""

    name = CooldownError.gate
    asks_always = False

    def __init__(self, store: RateStore) -> None:
        self._store = store

    def check(self, question: Question) -> Awaitable[None] | None:
        """Refuse what was used too often lately; count what is let through."""
        return self._ask(question) if question.demands.cooldowns and question.is_use else None

    async def _ask(self, question: Question) -> None:
        buckets = [
            Bucket(f"{index}:{key_of(question, limit.by)}", limit.uses, limit.per_s)
            for index, limit in enumerate(question.demands.cooldowns)
        ]
        ask = self._store.take if question.counts else self._store.wait_s
        wait_s = await ask(buckets)
        if wait_s > 0:
            raise CooldownError(wait_s)


class ConcurrencyGate:
    """How many at once, in this process."""

    name = BusyError.gate
    asks_always = False

    def __init__(self) -> None:
        self._running: dict[str, int] = {}
        self._held: dict[str, list[str]] = {}

    def check(self, question: Question) -> None:
        """Refuse what runs too often already; hold a place for what is let through."""
        limits = question.demands.concurrencies
        if not limits or not question.is_use:
            return
        keys = [f"{index}:{key_of(question, limit.by)}" for index, limit in enumerate(limits)]
        for key, limit in zip(keys, limits, strict=True):
            self._refuse_if_full(key, limit)
        if question.counts:
            for key in keys:
                self._running[key] = self._running.get(key, 0) + 1
            self._held.setdefault(question.invocation.reference, []).extend(keys)

    def _refuse_if_full(self, key: str, limit: Concurrency) -> None:
        if self._running.get(key, 0) >= limit.limit:
            raise BusyError(limit.limit)

    def release(self, reference: str) -> None:
        """Give back the places that an invocation held, if any."""
        for key in self._held.pop(reference, ()):
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]


def key_of(question: Question, by: Per) -> str:
    """Under which key the uses of a handler are counted together; in direct messages the person's own."""
    invocation = question.invocation
    guild_id = invocation.guild_id
    if by is Per.CHANNEL:
        whose = f"channel:{invocation.channel_id}"
    elif by is Per.GUILD and guild_id is not None:
        whose = f"guild:{guild_id}"
    elif by is Per.MEMBER and guild_id is not None:
        whose = f"member:{guild_id}:{invocation.user_id}"
    else:
        whose = f"user:{invocation.user_id}"
    return f"{invocation.module}/{question.counted_as or invocation.name}/{whose}"


def inner_gates(
    rules: RuleBook, is_fixed: Callable[[str], bool], rates: RateStore, running: ConcurrencyGate
) -> tuple[InnerGate, ...]:
    """The gates behind the module's switch, in order."""
    return (
        GuildOnlyGate(),
        OwnerGate(),
        PermissionsGate(),
        BotPermissionsGate(),
        PolicyGate(rules, is_fixed),
        CooldownGate(rates),
        running,
    )
